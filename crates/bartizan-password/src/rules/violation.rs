use std::fmt;

use super::Rules;

/// Why a new password is refused. Its `Display` is for the person who chose it: NIST SP 800-63B-4, 3.1.1.2 wants the reason
/// told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// Too few characters.
    TooShort {
        /// Characters after NFKC.
        chars: usize,
        /// The least.
        min_chars: usize,
    },
    /// Among the first that are guessed.
    Common,
    /// Made of the service's or the user's own names.
    Context,
    /// Leaked elsewhere, as far as a filter of leaked passwords knows.
    Breached,
    /// Guessed sooner than the rules allow.
    #[cfg(feature = "strength")]
    #[non_exhaustive]
    TooGuessable {
        /// What makes it so, and what would help, in codes: nothing of the password.
        feedback: super::Feedback,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { chars, min_chars } => {
                write!(f, "has {chars} characters, at least {min_chars} are needed")
            }
            Self::Common => f.write_str("is among the passwords that are guessed first"),
            Self::Context => f.write_str("is made of names that others link with this account"),
            Self::Breached => f.write_str("was found among leaked passwords"),
            #[cfg(feature = "strength")]
            Self::TooGuessable { feedback } => {
                write!(f, "is easy to guess: {feedback}")
            }
        }
    }
}

/// Everything that is wrong with a new password; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    pub(super) const fn new(violations: Vec<Violation>) -> Self {
        Self(violations)
    }

    /// In the order of [`Violation`].
    pub fn as_slice(&self) -> &[Violation] {
        &self.0
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("password ")?;
        for (at, violation) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{violation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// A length that cannot be the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RulesError {
    pub(super) min_chars: usize,
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "least length of {} characters: expected {} to {}",
            self.min_chars,
            Rules::LEAST_CHARS,
            Rules::MOST_CHARS
        )
    }
}

impl std::error::Error for RulesError {}
