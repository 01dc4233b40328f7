//! What is wrong with a policy.

use std::{error::Error, fmt};

use http::Method;

/// Why a [`CrossOriginPolicy`](crate::CrossOriginPolicy) cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrossOriginPolicyError {
    /// No route has this template: it must begin with a slash and have no query, no fragment, no space and no segment `*`
    /// or `**`. Templates are compared as they are; there are no patterns.
    Route {
        /// The template.
        route: String,
    },
    /// Requests of this method are never refused, so nothing can be switched off for them.
    NeverRefused {
        /// The method.
        method: Method,
        /// The template.
        route: String,
    },
    /// The same is said twice.
    Duplicate {
        /// The method; `None` for a route that is shared with other sites.
        method: Option<Method>,
        /// The template.
        route: String,
    },
    /// A route is shared with other sites, and no reads are isolated.
    NotIsolated {
        /// The template.
        route: String,
    },
    /// No cookie has this name (RFC 6265, section 4.1.1: a token).
    CookieName {
        /// The name.
        name: String,
    },
}

impl fmt::Display for CrossOriginPolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route { route } => write!(
                f,
                "{route:?} is no route's template, expected one like /v1/hooks/{{id}}"
            ),
            Self::NeverRefused { method, route } => {
                write!(
                    f,
                    "{method} {route} is never refused, so it needs no bypass"
                )
            }
            Self::Duplicate {
                method: Some(method),
                route,
            } => write!(f, "the bypass of {method} {route} is there twice"),
            Self::Duplicate {
                method: None,
                route,
            } => write!(f, "{route} is shared twice"),
            Self::NotIsolated { route } => {
                write!(f, "{route} is shared, but no reads are isolated")
            }
            Self::CookieName { name } => write!(f, "{name:?} is not a cookie's name"),
        }
    }
}

impl Error for CrossOriginPolicyError {}
