use std::fmt;

/// Names a pepper key in every row that it masks: 1 to 8 characters of `A-Z a-z 0-9 - _ .`, chosen by the operator, no secret,
/// never used for another key.
///
/// It is the `keyid` of the row's text, which the PHC string format allows 8 bytes. (`_` is not among that format's own
/// characters: leave it out where other programs read the column.)
///
/// ```
/// use bartizan_password::PepperKeyId;
///
/// assert_eq!(PepperKeyId::new("2026-11")?.as_str(), "2026-11");
/// assert!(PepperKeyId::new("november-2026").is_err()); // more than 8
/// assert!(PepperKeyId::new("a,b").is_err());
/// # Ok::<(), bartizan_password::PepperKeyIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PepperKeyId {
    /// Zeros behind the characters, which are never zero: so equal ids are equal bytes.
    bytes: [u8; 8],
}

impl PepperKeyId {
    /// The most characters.
    pub const MAX_CHARS: usize = 8;

    /// The id with this text.
    ///
    /// # Errors
    ///
    /// Empty, longer than [`MAX_CHARS`](Self::MAX_CHARS), or with another character.
    pub fn new(text: &str) -> Result<Self, PepperKeyIdError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let mut bytes = [0; Self::MAX_CHARS];
        let slots = bytes.get_mut(..text.len()).ok_or(PepperKeyIdError)?;
        if text.is_empty() || !text.bytes().all(plain) {
            return Err(PepperKeyIdError);
        }
        slots.copy_from_slice(text.as_bytes());
        Ok(Self { bytes })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        let text = std::str::from_utf8(&self.bytes).unwrap_or_default();
        text.trim_end_matches('\0')
    }
}

impl fmt::Display for PepperKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for PepperKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PepperKeyId({self})")
    }
}

/// A text that is no id of a pepper key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PepperKeyIdError;

impl fmt::Display for PepperKeyIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("id of a pepper key is not 1 to 8 characters of A-Z a-z 0-9 - _ .")
    }
}

impl std::error::Error for PepperKeyIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_1_to_8_plain_characters() {
        for text in ["k", "2026-11", "a.b_c-d9", "........"] {
            assert_eq!(PepperKeyId::new(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "123456789",
            "a b",
            "a\0",
            "\0",
            "ä",
            "a$",
            "a,b",
            "a=b",
            "a+b",
            "a/b",
        ] {
            assert_eq!(PepperKeyId::new(text), Err(PepperKeyIdError), "{text:?}");
        }
    }
}
