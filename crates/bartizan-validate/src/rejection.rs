//! Why an input is refused.

use std::{error::Error, fmt};

use http::StatusCode;

use crate::Violations;

/// Why an input is refused. Nothing of the input is in it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Rejection {
    /// 415: the body is of another type than `accept`.
    UnsupportedMediaType {
        /// What is read here, for the answer's `Accept` (RFC 9110, section 15.5.16).
        accept: &'static str,
    },
    /// 413: more bytes than are read.
    TooLarge {
        /// The most bytes.
        limit: usize,
    },
    /// 400: it cannot be read.
    Malformed(Malformed),
    /// 422: it can be read, and breaks rules.
    Invalid(Violations),
}

/// Why an input cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// A stable name for programs: `syntax`, `duplicate_key`, `too_deep`, `utf8`.
    pub code: &'static str,
    /// For people.
    pub message: &'static str,
    /// The byte at which it was noticed, from 0; of a body only.
    pub at: Option<usize>,
}

impl Rejection {
    /// The answer's status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsupportedMediaType { accept } => write!(f, "expected {accept}"),
            Self::TooLarge { limit } => write!(f, "expected at most {limit} bytes"),
            Self::Malformed(malformed) => f.write_str(malformed.message),
            Self::Invalid(violations) => {
                let count = violations.as_slice().len() + violations.more();
                write!(f, "{count} rules are broken")
            }
        }
    }
}

impl Error for Rejection {}
