//! What is wrong with a policy.

use std::{error::Error, fmt, time::Duration};

use crate::OriginError;

/// One thing that is wrong with a policy, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsError {
    path: Box<str>,
    reason: CorsReason,
}

impl CorsError {
    pub(super) fn new(path: impl Into<Box<str>>, reason: CorsReason) -> Self {
        Self {
            path: path.into(),
            reason,
        }
    }

    /// Where: `origins[3]`, `max_age`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What.
    #[must_use]
    pub const fn reason(&self) -> &CorsReason {
        &self.reason
    }
}

impl fmt::Display for CorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

impl Error for CorsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.reason {
            CorsReason::Origin { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// What is wrong with one setting of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CorsReason {
    /// The text is no origin or pattern, or one that is not to be trusted.
    Origin {
        /// The text.
        text: Box<str>,
        /// Why.
        source: OriginError,
    },
    /// A policy without an origin allows nothing. A path without a policy does the same for less.
    NoOrigins,
    /// Origins beside [`any_origin`](crate::CorsPolicyBuilder::any_origin).
    OriginsBesideAny,
    /// The same was listed before.
    Duplicate {
        /// Where: `origins[0]`.
        first: Box<str>,
    },
    /// Another pattern is for all that this one is for.
    Redundant {
        /// The other one.
        wider: Box<str>,
    },
    /// Listed beside "any", which includes it.
    IncludedInAny,
    /// With credentials Fetch takes `*` for a name (section 3.3.5), so browsers refuse the answer.
    AnyWithCredentials,
    /// A `*` in a list: "any" is a setting of its own.
    Wildcard,
    /// Not a method's or a field's name.
    Name {
        /// The text.
        text: Box<str>,
    },
    /// Browsers send another case.
    MethodCase {
        /// What is meant.
        meant: &'static str,
    },
    /// Needs no permission: scripts can use the method or read the field anyway.
    Safelisted,
    /// No script can use the method, set the request field or read the response field.
    Forbidden,
    /// A field of CORS itself.
    CorsField,
    /// More than a day, or not whole seconds.
    MaxAge {
        /// The time given.
        found: Duration,
    },
    /// Not a path such as `/v1/articles`, or one with `/**` at its end.
    Route {
        /// The text.
        text: Box<str>,
    },
}

impl fmt::Display for CorsReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin { text, source } => write!(f, "{text:?}: {source}"),
            Self::NoOrigins => f.write_str("expected at least one origin, found none"),
            Self::OriginsBesideAny => f.write_str("any origin is allowed already"),
            Self::Duplicate { first } => write!(f, "the same as {first}"),
            Self::Redundant { wider } => write!(f, "{wider} includes it"),
            Self::IncludedInAny => f.write_str("any is allowed already"),
            Self::AnyWithCredentials => {
                f.write_str("browsers refuse credentials together with \"any\"")
            }
            Self::Wildcard => f.write_str("\"any\" is a setting of its own, not a * in a list"),
            Self::Name { text } => write!(f, "{text:?} is no name"),
            Self::MethodCase { meant } => {
                write!(f, "methods differ by case, expected {meant}")
            }
            Self::Safelisted => f.write_str("needs no permission"),
            Self::Forbidden => f.write_str("no script can use it, allowed or not"),
            Self::CorsField => f.write_str("a field of CORS itself"),
            Self::MaxAge { found } => {
                write!(f, "expected whole seconds from 0 to 86400, found {found:?}")
            }
            Self::Route { text } => {
                write!(
                    f,
                    "expected a path such as /v1/articles or /v1/**, found {text:?}"
                )
            }
        }
    }
}

/// All that is wrong with a policy, at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsErrors(pub(super) Vec<CorsError>);

impl CorsErrors {
    /// One by one, in the order of the settings.
    #[must_use]
    pub fn as_slice(&self) -> &[CorsError] {
        &self.0
    }
}

impl fmt::Display for CorsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl Error for CorsErrors {}
