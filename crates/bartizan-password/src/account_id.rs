use std::fmt;

/// What a peppered row is bound to: 1 to 64 bytes that name the account.
///
/// Take the primary key, as text or as bytes, always in the same form. It must **never change** for the life of the account:
/// with another id no password matches the row any more, so the e-mail address or the login name will not do. And it must
/// **never be reused**: an old row of the former account would match again.
///
/// ```
/// use bartizan_password::AccountId;
///
/// let id: i64 = 4711; // the row's primary key
/// assert_eq!(AccountId::new(id.to_string())?.as_bytes(), b"4711");
/// assert!(AccountId::new("").is_err());
/// # Ok::<(), bartizan_password::AccountIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountId {
    bytes: [u8; Self::MAX_BYTES],
    len: u8,
}

impl AccountId {
    /// The most bytes.
    pub const MAX_BYTES: usize = 64;

    /// The id with these bytes.
    ///
    /// # Errors
    ///
    /// None, or more than [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn new(from: impl AsRef<[u8]>) -> Result<Self, AccountIdError> {
        let from = from.as_ref();
        let error = AccountIdError { bytes: from.len() };
        let mut bytes = [0; Self::MAX_BYTES];
        match (bytes.get_mut(..from.len()), u8::try_from(from.len())) {
            (Some(slots), Ok(len)) if len > 0 => {
                slots.copy_from_slice(from);
                Ok(Self { bytes, len })
            }
            _ => Err(error),
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Of the hash that stands in for an account that does not exist. Its tag is random: no row is bound to it.
    pub(crate) const fn nobody() -> Self {
        Self {
            bytes: [0; Self::MAX_BYTES],
            len: 16,
        }
    }
}

/// The number's decimal digits, as they stand in a table.
impl From<i64> for AccountId {
    fn from(number: i64) -> Self {
        use std::io::Write;
        let mut bytes = [0; Self::MAX_BYTES];
        let mut rest = bytes.as_mut_slice();
        // 20 bytes at most: they fit.
        let _ = write!(rest, "{number}");
        let left = rest.len();
        let len = u8::try_from(Self::MAX_BYTES - left).unwrap_or(1);
        Self { bytes, len }
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId(\"{}\")", self.as_bytes().escape_ascii())
    }
}

/// Bytes that are no id of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountIdError {
    /// How many there were.
    pub bytes: usize,
}

impl fmt::Display for AccountIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = AccountId::MAX_BYTES;
        write!(
            f,
            "account id of {} bytes, expected 1 to {most}",
            self.bytes
        )
    }
}

impl std::error::Error for AccountIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_1_to_64_bytes() {
        for bytes in [1, 64] {
            assert_eq!(
                AccountId::new(vec![0; bytes]).unwrap().as_bytes().len(),
                bytes
            );
        }
        for bytes in [0, 65, 256, 257] {
            assert_eq!(
                AccountId::new(vec![7; bytes]),
                Err(AccountIdError { bytes })
            );
        }
    }
}
