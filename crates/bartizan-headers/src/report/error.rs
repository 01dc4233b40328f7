//! Why a body holds no reports.

use std::{error::Error, fmt};

/// Why a body was not read. Nothing of it is kept, and nothing of it is in here.
///
/// A browser does nothing with the answer: a collector answers 204 either way, and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReportError {
    /// The type is neither `application/csp-report` nor `application/reports+json`.
    ContentType,
    /// The body is longer than the limit.
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
        /// What came, in bytes.
        found: usize,
    },
    /// The body is not JSON, or not what its type says.
    Malformed,
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContentType => f.write_str(
                "expected application/csp-report or application/reports+json, found another type",
            ),
            Self::TooLarge { limit, found } => {
                write!(f, "expected at most {limit} bytes, found {found}")
            }
            Self::Malformed => f.write_str("the body is not a report"),
        }
    }
}

impl Error for ReportError {}
