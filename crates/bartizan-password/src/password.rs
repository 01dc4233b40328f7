use std::{fmt, ops::Deref};

use zeroize::Zeroizing;

/// A password as received: 1 to 1,024 bytes, wiped on drop.
///
/// Neither `Clone` nor `Serialize`, and `Debug` shows nothing of it, not even its length. It is not trimmed or cut:
/// ASVS 5.0 6.2.8 wants it verified as the user typed it. It is normalised only where a policy says so.
///
/// ```compile_fail,E0599
/// # use bartizan_password::Password;
/// let password = Password::new("correct horse".into()).unwrap();
/// password.clone();
/// ```
///
/// ```
/// # use bartizan_password::Password;
/// let password = Password::new("correct horse".into()).unwrap();
/// assert_eq!(format!("{password:?}"), "Password(..)");
/// ```
pub struct Password(Zeroizing<String>);

impl Password {
    /// The most bytes. Hashing starts with one pass of BLAKE2b over them, so the bound keeps a request's cost flat.
    pub const MAX_BYTES: usize = 1024;

    /// Takes the string over; what was in it is wiped even when it is refused.
    ///
    /// # Errors
    ///
    /// Empty, or above [`MAX_BYTES`](Self::MAX_BYTES). How long a *new* password must be is a rule of the service.
    pub fn new(text: String) -> Result<Self, PasswordError> {
        let text = Zeroizing::new(text);
        match text.len() {
            0 => Err(PasswordError::Empty),
            bytes if bytes > Self::MAX_BYTES => Err(PasswordError::TooLong {
                bytes,
                max_bytes: Self::MAX_BYTES,
            }),
            _ => Ok(Self(text)),
        }
    }

    /// Of a job that has none.
    #[cfg(feature = "legacy")]
    pub(crate) fn none() -> Self {
        Self(Zeroizing::new(String::new()))
    }

    #[cfg(feature = "legacy")]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    #[cfg(feature = "rules")]
    pub(crate) fn nfkc(&self) -> Zeroizing<String> {
        crate::rules::nfkc(&self.0)
    }

    /// The bytes that are hashed: as typed, or normalised. ASCII is its own NFKC.
    pub(crate) fn form(&self, nfkc: bool) -> Form<'_> {
        #[cfg(feature = "rules")]
        if nfkc && !self.0.is_ascii() {
            return Form::Normal(self.nfkc());
        }
        let _ = nfkc;
        Form::AsTyped(&self.0)
    }
}

/// A password in the form that is hashed.
pub(crate) enum Form<'a> {
    AsTyped(&'a str),
    #[cfg(feature = "rules")]
    Normal(Zeroizing<String>),
}

impl Deref for Form<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::AsTyped(text) => text.as_bytes(),
            #[cfg(feature = "rules")]
            Self::Normal(text) => text.as_bytes(),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// A text that is no password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordError {
    /// No byte at all.
    Empty,
    /// More bytes than are hashed.
    #[non_exhaustive]
    TooLong {
        /// Bytes of the text.
        bytes: usize,
        /// The most.
        max_bytes: usize,
    },
}

impl fmt::Display for PasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty password"),
            Self::TooLong { bytes, max_bytes } => {
                write!(
                    f,
                    "password of {bytes} bytes, at most {max_bytes} are taken"
                )
            }
        }
    }
}

impl std::error::Error for PasswordError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_1_to_1024_bytes() {
        assert_eq!(
            Password::new(String::new()).unwrap_err(),
            PasswordError::Empty
        );
        assert!(Password::new("x".into()).is_ok());
        assert!(Password::new("ä".repeat(512)).is_ok());
        assert_eq!(
            Password::new("x".repeat(1025)).unwrap_err(),
            PasswordError::TooLong {
                bytes: 1025,
                max_bytes: 1024
            }
        );
    }
}
