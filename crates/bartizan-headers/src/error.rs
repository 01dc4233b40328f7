//! What is wrong with a policy.

use std::{error::Error, fmt, time::Duration};

use crate::Reason;

/// Why a policy cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// A directive of Content-Security-Policy, or one of its sources.
    Directive {
        /// The directive's name, as it was written.
        directive: String,
        /// The source; `None` if the directive itself is meant.
        source: Option<String>,
        /// What is wrong.
        reason: Reason,
    },
    /// A nonce in the policy of answers that are no documents, which have no scripts.
    NonceOutsideDocuments,
    /// A policy has a place for a nonce, but nothing to draw it from.
    NoEntropy,
    /// A report-only policy whose reports nobody gets.
    ReportsUnheard,
    /// `preload` needs a `max-age` of at least a year and `includeSubDomains`.
    Preload {
        /// The time asked for.
        max_age: Duration,
        /// Whether subdomains are included.
        subdomains: bool,
    },
    /// A feature's name or one of its origins in Permissions-Policy.
    Permission {
        /// The feature's name.
        feature: String,
        /// The origin; `None` if the name itself is meant.
        origin: Option<String>,
    },
    /// A reporting endpoint whose name is not a key of lower-case letters, digits, `_`, `-`, `.` and `*`, or whose address is
    /// neither a path nor of `https`.
    Endpoint {
        /// The name.
        name: String,
        /// The address.
        url: String,
    },
    /// A text that is no path such as `/embed/logo` or `/embed/**`, or one that is there twice.
    Route {
        /// The text.
        route: String,
        /// Whether it is there twice.
        duplicate: bool,
    },
    /// A name that no cookie can have.
    CookieName {
        /// The name.
        name: String,
    },
    /// The text is empty or no legal field value.
    Value {
        /// The field's name.
        field: &'static str,
    },
}

impl PolicyError {
    /// What is wrong with a directive, if this is about one.
    #[must_use]
    pub const fn reason(&self) -> Option<Reason> {
        match self {
            Self::Directive { reason, .. } => Some(*reason),
            _ => None,
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directive {
                directive,
                source: Some(source),
                reason,
            } => write!(f, "{directive}: {source:?} {reason}"),
            Self::Directive {
                directive,
                source: None,
                reason,
            } => write!(f, "{directive} {reason}"),
            Self::NonceOutsideDocuments => {
                f.write_str("only the policy of documents can have a nonce")
            }
            Self::NoEntropy => {
                f.write_str("a nonce has a place, but there is nothing to draw it from")
            }
            Self::ReportsUnheard => {
                f.write_str("a report-only policy without an endpoint for reports")
            }
            Self::Preload {
                max_age,
                subdomains,
            } => write!(
                f,
                "preload needs a max-age of at least 31536000 seconds and subdomains, found {} and {subdomains}",
                max_age.as_secs()
            ),
            Self::Permission {
                feature,
                origin: None,
            } => write!(f, "{feature:?} is no feature's name"),
            Self::Permission {
                feature,
                origin: Some(origin),
            } => write!(f, "{origin:?} for {feature} is no origin over https"),
            Self::Endpoint { name, url } => {
                write!(f, "{name:?} at {url:?} is no endpoint for reports")
            }
            Self::Route {
                route,
                duplicate: false,
            } => write!(
                f,
                "expected a path such as /embed/logo or /embed/**, found {route:?}"
            ),
            Self::Route { route, .. } => write!(f, "{route} is there twice"),
            Self::CookieName { name } => write!(f, "{name:?} is no cookie's name"),
            Self::Value { field } => write!(
                f,
                "the value for {field} is empty or not a legal field value"
            ),
        }
    }
}

impl Error for PolicyError {}

/// Everything that is wrong with a policy: at least one [`PolicyError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyErrors(Vec<PolicyError>);

impl PolicyErrors {
    /// At least one.
    pub(crate) const fn all(errors: Vec<PolicyError>) -> Self {
        Self(errors)
    }

    pub(crate) fn unless_empty(errors: Vec<PolicyError>) -> Result<(), Self> {
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Self(errors))
        }
    }

    /// The mistakes, in the order of the policy.
    pub fn iter(&self) -> std::slice::Iter<'_, PolicyError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a PolicyErrors {
    type Item = &'a PolicyError;
    type IntoIter = std::slice::Iter<'a, PolicyError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One line for all.
impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.0.iter().enumerate() {
            let gap = if place == 0 { "" } else { "; " };
            write!(f, "{gap}{error}")?;
        }
        Ok(())
    }
}

impl Error for PolicyErrors {}
