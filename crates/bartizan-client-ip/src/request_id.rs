//! The id that joins a request, its answer and its log lines.

use std::{error::Error, fmt, hash, str::FromStr};

/// Longest id that is taken over from a proxy.
const LONGEST: usize = 64;

/// The id of one request: 1 to 64 ASCII letters, digits, `-`, `_` or `.`.
///
/// So it can stand in a log line, a field, a file name or a shell's argument without being escaped. An id that the layer
/// makes is 32 hexadecimal digits; one that a trusted proxy sent keeps its text. An id is unique as far as its maker makes
/// it so, and it is not secret: never use it as a token.
#[derive(Clone, Copy)]
pub struct RequestId {
    /// ASCII, zeros beyond the length.
    text: [u8; LONGEST],
    length: u8,
}

impl RequestId {
    /// The id of this value, as 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn from_u128(value: u128) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; LONGEST];
        let (pairs, _) = text.as_chunks_mut::<2>();
        for (pair, byte) in pairs.iter_mut().zip(value.to_be_bytes()) {
            *pair = [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ];
        }
        Self { text, length: 32 }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.text.get(..usize::from(self.length));
        // always ASCII
        std::str::from_utf8(text.unwrap_or_default()).unwrap_or_default()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let good = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        let mut text = [0; LONGEST];
        text.get_mut(..bytes.len())?.copy_from_slice(bytes);
        let length = u8::try_from(bytes.len()).ok()?;
        (length > 0 && bytes.iter().all(good)).then_some(Self { text, length })
    }
}

impl PartialEq for RequestId {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for RequestId {}

impl hash::Hash for RequestId {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

impl FromStr for RequestId {
    type Err = RequestIdError;

    fn from_str(text: &str) -> Result<Self, RequestIdError> {
        Self::from_bytes(text.as_bytes()).ok_or(RequestIdError { _private: () })
    }
}

/// The text is no request id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestIdError {
    _private: (),
}

impl fmt::Display for RequestIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request id is 1 to 64 letters, digits, '-', '_' or '.'")
    }
}

impl Error for RequestIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_becomes_its_digits() {
        let id = RequestId::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        assert_eq!(id.as_str(), "0123456789abcdef0123456789abcdef");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(
            format!("{id:?}"),
            "RequestId(0123456789abcdef0123456789abcdef)"
        );
    }

    #[test]
    fn only_harmless_texts_are_ids() {
        let (longest, longer) = ("a".repeat(64), "a".repeat(65));
        for text in ["a", "Root-1.2_3", "0", &longest] {
            assert_eq!(text.parse::<RequestId>().unwrap().as_str(), text);
        }
        for text in ["", " a", "a b", "a,b", "a\n", "\u{e9}", "a=1", "<", &longer] {
            assert!(text.parse::<RequestId>().is_err(), "{text}");
        }
    }
}
