//! What is wrong with a policy.

use std::{error::Error, fmt, time::Duration};

use crate::Directive;

/// Why a policy cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// The text is not one source of Content-Security-Policy.
    MalformedSource {
        /// Where it was to be added.
        directive: Directive,
        /// The text.
        source: String,
    },
    /// The source would undo the policy. Whoever needs it writes the whole policy by
    /// [`danger_document_csp`](crate::PolicyBuilder::danger_document_csp).
    DangerousSource {
        /// Where it was to be added.
        directive: Directive,
        /// The text.
        source: String,
    },
    /// `preload` needs a `max-age` of at least a year and `includeSubDomains`.
    Preload {
        /// The time asked for.
        max_age: Duration,
        /// Whether subdomains are included.
        subdomains: bool,
    },
    /// The text is empty or no legal field value.
    Value {
        /// The field's name.
        field: &'static str,
    },
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MalformedSource { directive, source } => {
                write!(f, "{source:?} is not one source for {directive}")
            }
            Self::DangerousSource { directive, source } => {
                write!(f, "{source:?} in {directive} would undo the policy")
            }
            Self::Preload {
                max_age,
                subdomains,
            } => write!(
                f,
                "preload needs a max-age of at least 31536000 seconds and subdomains, found {} and {subdomains}",
                max_age.as_secs()
            ),
            Self::Value { field } => write!(
                f,
                "the value for {field} is empty or not a legal field value"
            ),
        }
    }
}

impl Error for PolicyError {}
