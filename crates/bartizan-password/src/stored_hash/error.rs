use std::fmt;

/// A stored text that is no hash this service can check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoredHashError {
    /// Not Argon2id, or for an import none that is known.
    UnknownScheme,
    /// Not version 19 (0x13), or for an import none that is known.
    UnknownVersion,
    /// A part is missing or has the wrong form.
    #[non_exhaustive]
    Malformed {
        /// Which part.
        part: &'static str,
    },
    /// A part is too short to be safe or too long to be taken.
    #[non_exhaustive]
    Length {
        /// Which part.
        part: &'static str,
        /// Its bytes.
        bytes: usize,
    },
    /// Above a ceiling.
    #[non_exhaustive]
    TooCostly {
        /// Which cost.
        what: &'static str,
        /// What the text asks for.
        asked: u32,
        /// The most.
        ceiling: u32,
    },
}

impl fmt::Display for StoredHashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScheme => f.write_str("stored hash is of an unknown scheme"),
            Self::UnknownVersion => f.write_str("stored hash is of an unknown version"),
            Self::Malformed { part } => write!(f, "stored hash with a malformed {part}"),
            Self::Length { part, bytes } => write!(f, "stored hash with a {part} of {bytes} bytes"),
            Self::TooCostly {
                what,
                asked,
                ceiling,
            } => {
                write!(
                    f,
                    "stored hash asks for {what} {asked}, ceiling is {ceiling}"
                )
            }
        }
    }
}

impl std::error::Error for StoredHashError {}
