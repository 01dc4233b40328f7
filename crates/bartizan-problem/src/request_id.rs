//! The id that joins an answer, a problem and a log line.

use std::{error::Error, fmt, str::FromStr};

/// The id of one request: 128 bits, written as 32 lower-case hexadecimal digits.
///
/// That is also the shape of a trace id in W3C Trace Context, so one can be used as the other. An id is unique, not
/// secret: never use it as a token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(u128);

impl RequestId {
    /// The id of this value.
    #[must_use]
    pub const fn from_u128(value: u128) -> Self {
        Self(value)
    }

    /// The id as a number.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// The 32 digits, without an allocation.
    pub(crate) fn hex(self) -> Hex {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 32];
        for (pair, byte) in text
            .as_chunks_mut::<2>()
            .0
            .iter_mut()
            .zip(self.0.to_be_bytes())
        {
            *pair = [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ];
        }
        Hex(text)
    }
}

/// 32 hexadecimal digits.
pub(crate) struct Hex([u8; 32]);

impl Hex {
    #[cfg(feature = "layer")]
    pub(crate) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn as_str(&self) -> &str {
        // always ASCII
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.hex().as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

impl FromStr for RequestId {
    type Err = RequestIdError;

    /// Reads exactly 32 lower-case hexadecimal digits, so that an id has one spelling only.
    fn from_str(text: &str) -> Result<Self, RequestIdError> {
        let digits = text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() != 32 || !digits {
            return Err(RequestIdError { _private: () });
        }
        u128::from_str_radix(text, 16)
            .map(Self)
            .map_err(|_| RequestIdError { _private: () })
    }
}

/// The text is not 32 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestIdError {
    _private: (),
}

impl fmt::Display for RequestIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request id is 32 lower-case hexadecimal digits")
    }
}

impl Error for RequestIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling_that_reads_back() {
        let id = RequestId::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        assert_eq!(id.to_string(), "0123456789abcdef0123456789abcdef");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn other_spellings_are_refused() {
        let long = "0".repeat(33);
        let hostile = [
            "",
            "0123",
            "0123456789ABCDEF0123456789ABCDEF",
            "+123456789abcdef0123456789abcdef",
            &long,
        ];
        for text in hostile {
            assert!(text.parse::<RequestId>().is_err(), "{text}");
        }
    }
}
