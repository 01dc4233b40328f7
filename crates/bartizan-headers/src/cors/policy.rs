//! The policy: immutable once built, cheap to clone.

use std::sync::Arc;

use http::HeaderValue;

use super::{
    asked::AllowedHeaders,
    builder::CorsPolicyBuilder,
    names,
    prepared::{Prepared, STAR},
};
use crate::OriginSet;

/// Which origins' scripts may read answers, and what they may send.
///
/// ```
/// use bartizan_headers::{CorsDecision, CorsPolicy};
/// use http::{HeaderMap, HeaderValue, Method};
///
/// let policy = CorsPolicy::builder()
///     .origins(["https://app.example.com"])
///     .credentials()
///     .methods(["PUT", "DELETE"])
///     .request_headers(["content-type"])
///     .build()?;
///
/// let mut preflight = HeaderMap::new();
/// preflight.insert("origin", HeaderValue::from_static("https://app.example.com"));
/// preflight.insert("access-control-request-method", HeaderValue::from_static("PUT"));
/// let CorsDecision::Preflight { refused, .. } = policy.decide(&Method::OPTIONS, &preflight) else { panic!() };
/// assert_eq!(refused, None);
///
/// // Refused: another origin, which learns nothing.
/// preflight.insert("origin", HeaderValue::from_static("https://app.example.com.evil.example"));
/// let CorsDecision::Preflight { refused, fields } = policy.decide(&Method::OPTIONS, &preflight) else { panic!() };
/// assert!(refused.is_some());
/// let mut answer = HeaderMap::new();
/// fields.write(&mut answer);
/// assert!(answer.keys().eq(["vary"]));
///
/// // Refused before any request: `*` together with credentials.
/// assert!(CorsPolicy::builder().any_origin().credentials().build().is_err());
/// # Ok::<(), bartizan_headers::CorsErrors>(())
/// ```
#[derive(Clone, Debug)]
pub struct CorsPolicy {
    pub(super) rules: Arc<Rules>,
}

#[derive(Debug)]
pub(super) struct Rules {
    /// None: any.
    pub(super) origins: Option<OriginSet>,
    pub(super) credentials: bool,
    pub(super) methods: AllowedMethods,
    pub(super) headers: AllowedHeaders,
    pub(super) expose: Option<HeaderValue>,
}

/// Which methods are allowed, with the answer to a preflight for each.
#[derive(Debug)]
pub(super) struct AllowedMethods {
    safelisted: Prepared,
    any: Option<Prepared>,
    listed: Box<[(Box<str>, Prepared)]>,
}

impl AllowedMethods {
    /// `prepare` makes the answer from the value of `Access-Control-Allow-Methods`.
    pub(super) fn new(
        any: bool,
        names: Vec<Box<str>>,
        prepare: impl Fn(Option<HeaderValue>) -> Prepared,
    ) -> Self {
        let listed = names.into_iter().map(|name| {
            let prepared = prepare(HeaderValue::from_str(&name).ok());
            (name, prepared)
        });
        Self {
            safelisted: prepare(None),
            any: any.then(|| prepare(Some(STAR))),
            listed: listed.collect(),
        }
    }

    /// Names differ by case (RFC 9110, section 9.1).
    pub(super) fn find(&self, name: &[u8]) -> Option<&Prepared> {
        if names::is_safelisted_method(name) {
            return Some(&self.safelisted);
        }
        if let Some(any) = &self.any {
            return names::is_token(name).then_some(any);
        }
        let found = self
            .listed
            .iter()
            .find(|(method, _)| method.as_bytes() == name);
        found.map(|(_, prepared)| prepared)
    }

    /// For people.
    pub(super) fn listed(&self) -> String {
        let names: Vec<&str> = self.listed.iter().map(|(name, _)| &**name).collect();
        names.join(", ")
    }
}

impl CorsPolicy {
    /// A builder, which allows nothing by itself.
    #[must_use]
    pub fn builder() -> CorsPolicyBuilder {
        CorsPolicyBuilder::default()
    }

    /// The origins, unless any is allowed.
    #[must_use]
    pub fn origins(&self) -> Option<&OriginSet> {
        self.rules.origins.as_ref()
    }

    /// Whether an answer to a request with this `Origin` can be read.
    #[must_use]
    pub fn allows_origin(&self, origin: &[u8]) -> bool {
        self.origins().is_none_or(|set| set.contains(origin))
    }

    /// Whether browsers may send cookies along, and scripts read the answer all the same.
    #[must_use]
    pub fn allows_credentials(&self) -> bool {
        self.rules.credentials
    }

    /// The origins that may act for a user: those of a policy with credentials.
    ///
    /// A check of cross-origin requests has to trust the same ones, else it refuses what the preflight has allowed.
    #[must_use]
    pub fn trusted_origins(&self) -> Option<&OriginSet> {
        self.origins().filter(|_| self.rules.credentials)
    }
}

/// The names as one value.
pub(super) fn joined<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<HeaderValue> {
    let list: Vec<&str> = names.into_iter().collect();
    if list.is_empty() {
        return None;
    }
    HeaderValue::try_from(list.join(",")).ok()
}

/// The value that names what scripts may read.
pub(super) fn exposed(any: bool, defaults: bool, own: &[Box<str>]) -> Option<HeaderValue> {
    if any {
        return Some(STAR);
    }
    let own = own.iter().map(|name| &**name);
    if defaults {
        let own = own.filter(|name| !names::DEFAULT_EXPOSED.contains(name));
        joined(names::DEFAULT_EXPOSED.into_iter().chain(own))
    } else {
        joined(own)
    }
}
