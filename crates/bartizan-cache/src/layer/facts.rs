//! What the layer cannot know by itself.

use std::time::SystemTime;

use http::{Extensions, request::Parts};

use crate::Partition;

/// What others have found out about a request or an answer: layers outside put it into the extensions, and this reads it there.
///
/// ```
/// use bartizan_cache::{Facts, Origin};
/// use http::{Extensions, request::Parts};
///
/// #[derive(Clone)]
/// struct User;
/// struct Service(Origin);
///
/// impl Facts for Service {
///     fn origin<'a>(&'a self, parts: &'a Parts) -> Option<(&'a str, &'a str)> {
///         self.0.origin(parts)
///     }
///
///     fn is_authenticated(&self, extensions: &Extensions) -> bool {
///         extensions.get::<User>().is_some()
///     }
/// }
/// ```
pub trait Facts: Send + Sync + 'static {
    /// The effective scheme and the validated host. Without them a request passes by.
    fn origin<'a>(&'a self, parts: &'a Parts) -> Option<(&'a str, &'a str)>;

    /// The template of the route that the router chose, for [`Store::purge_route`](crate::Store::purge_route).
    fn route<'a>(&self, _extensions: &'a Extensions) -> Option<&'a str> {
        None
    }

    /// Whether something else than the fields says who asks. `Authorization` and cookies are seen without this.
    fn is_authenticated(&self, _extensions: &Extensions) -> bool {
        false
    }

    /// Whose answers a request reads and writes, where the route shares by partition.
    fn partition(&self, _extensions: &Extensions) -> Option<Partition> {
        None
    }

    /// Whether an answer may be stored, by marks in its extensions: it used a nonce, it is a refusal that another layer renders,
    /// it is for one person. Extensions are not stored, so an answer that needs them must not be.
    fn may_store(&self, _extensions: &Extensions) -> bool {
        true
    }

    /// The time. Read once for each request and once for each answer.
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A service that has one origin, and nothing but fields to say who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: Box<str>,
    host: Box<str>,
}

impl Origin {
    /// Such as `https` and `example.com`. Requests for other hosts must have been refused before.
    #[must_use]
    pub fn new(scheme: impl Into<Box<str>>, host: impl Into<Box<str>>) -> Self {
        Self {
            scheme: scheme.into(),
            host: host.into(),
        }
    }
}

impl Facts for Origin {
    fn origin<'a>(&'a self, _: &'a Parts) -> Option<(&'a str, &'a str)> {
        Some((&self.scheme, &self.host))
    }
}
