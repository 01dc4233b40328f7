//! Why an attempt may not begin.

use std::{error::Error, fmt, time::Duration};

use crate::store::Unavailable;

/// The password must not be checked. It never says which limit was met: that would tell a guesser what to change. The wait hints at it; round it up
/// to five minutes where that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginRefused {
    /// Too many failures: 429 Too Many Requests.
    TooMany {
        /// Until when, if nobody else fails meanwhile.
        retry_after: Duration,
    },
    /// It could not be decided: 503 Service Unavailable. The caller did nothing wrong.
    Unavailable(Unavailable),
}

impl LoginRefused {
    /// How long to wait; unknown when the store cannot be asked.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany { retry_after } => Some(*retry_after),
            Self::Unavailable(_) => None,
        }
    }
}

impl fmt::Display for LoginRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooMany { .. } => "too many failed logins",
            Self::Unavailable(_) => "the limits of logins cannot be checked",
        })
    }
}

impl Error for LoginRefused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::TooMany { .. } => None,
            Self::Unavailable(cause) => Some(cause),
        }
    }
}
