//! What a policy is built from.

use std::{sync::Arc, time::Duration};

use http::HeaderValue;

use super::{
    asked::AllowedHeaders,
    check::{self, Names},
    error::CorsErrors,
    policy::{AllowedMethods, CorsPolicy, Rules, exposed},
    prepared::Prepared,
};

/// Browsers that are told nothing ask again after 5 seconds (Fetch, section 4.9), which is a round trip for almost every
/// call. A policy that became stricter has to hold soon, though: ten minutes.
const MAX_AGE: Duration = Duration::from_secs(600);

/// Builds a [`CorsPolicy`].
///
/// GET, HEAD and POST, and the fields that a form could send, need no listing. Nothing else is allowed until it is.
#[derive(Clone, Debug)]
pub struct CorsPolicyBuilder {
    pub(super) origins: Vec<Box<str>>,
    pub(super) any_origin: bool,
    pub(super) credentials: bool,
    pub(super) methods: Vec<Box<str>>,
    pub(super) any_method: bool,
    pub(super) request_headers: Vec<Box<str>>,
    pub(super) any_request_header: bool,
    pub(super) expose: Vec<Box<str>>,
    pub(super) expose_any: bool,
    pub(super) expose_defaults: bool,
    pub(super) max_age: Duration,
    pub(super) public_suffix: bool,
    pub(super) insecure_origins: bool,
}

impl Default for CorsPolicyBuilder {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            any_origin: false,
            credentials: false,
            methods: Vec::new(),
            any_method: false,
            request_headers: Vec::new(),
            any_request_header: false,
            expose: Vec::new(),
            expose_any: false,
            expose_defaults: true,
            max_age: MAX_AGE,
            public_suffix: false,
            insecure_origins: false,
        }
    }
}

fn extend(list: &mut Vec<Box<str>>, items: impl IntoIterator<Item: AsRef<str>>) {
    list.extend(items.into_iter().map(|item| Box::from(item.as_ref())));
}

impl CorsPolicyBuilder {
    /// Allows these origins, each one a text as for [`OriginPattern`](crate::OriginPattern).
    #[must_use]
    pub fn origins(mut self, origins: impl IntoIterator<Item: AsRef<str>>) -> Self {
        extend(&mut self.origins, origins);
        self
    }

    /// Allows every origin, `null` included: for what anybody may read without being somebody.
    #[must_use]
    pub const fn any_origin(mut self) -> Self {
        self.any_origin = true;
        self
    }

    /// Lets browsers send cookies and client certificates along (Fetch, section 3.3.3). The origins can then do what the
    /// user can.
    #[must_use]
    pub const fn credentials(mut self) -> Self {
        self.credentials = true;
        self
    }

    /// Allows these methods, beside GET, HEAD and POST.
    #[must_use]
    pub fn methods(mut self, methods: impl IntoIterator<Item: AsRef<str>>) -> Self {
        extend(&mut self.methods, methods);
        self
    }

    /// Allows every method.
    #[must_use]
    pub const fn any_method(mut self) -> Self {
        self.any_method = true;
        self
    }

    /// Allows these request fields.
    ///
    /// `content-type` has to be here for JSON: without permission a script can send the types of forms only.
    #[must_use]
    pub fn request_headers(mut self, names: impl IntoIterator<Item: AsRef<str>>) -> Self {
        extend(&mut self.request_headers, names);
        self
    }

    /// Allows every request field but `authorization`, which Fetch excepts (section 2.2.2, "CORS non-wildcard
    /// request-header name"): list that one too if it is meant.
    #[must_use]
    pub const fn any_request_header(mut self) -> Self {
        self.any_request_header = true;
        self
    }

    /// Lets scripts read these response fields, beside those which Fetch lets them read always and `ratelimit`,
    /// `ratelimit-policy`, `retry-after` and `x-request-id`.
    #[must_use]
    pub fn expose(mut self, names: impl IntoIterator<Item: AsRef<str>>) -> Self {
        extend(&mut self.expose, names);
        self
    }

    /// Lets scripts read every response field.
    #[must_use]
    pub const fn expose_any(mut self) -> Self {
        self.expose_any = true;
        self
    }

    /// Keeps `ratelimit`, `ratelimit-policy`, `retry-after` and `x-request-id` from scripts.
    #[must_use]
    pub const fn without_default_expose(mut self) -> Self {
        self.expose_defaults = false;
        self
    }

    /// Sets how long browsers remember an allowed preflight: whole seconds from 0, which is not at all, to 86400. Firefox
    /// remembers for a day at most, Chromium for two hours. Ten minutes unless set.
    #[must_use]
    pub const fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// Allows patterns such as `https://*.github.io`, under which anybody can have an origin, and lets a `*` stand for names
    /// beyond a public suffix, as `a.s3.amazonaws.com` in `https://*.amazonaws.com`.
    ///
    /// The feature `psl` finds them by the public suffix list; without it only a base of one label, such as
    /// `https://*.com`, is found.
    #[must_use]
    pub const fn danger_public_suffix(mut self) -> Self {
        self.public_suffix = true;
        self
    }

    /// Allows origins of plain `http` together with credentials. Those of the user's own machine need no such call.
    #[must_use]
    pub const fn danger_insecure_origins(mut self) -> Self {
        self.insecure_origins = true;
        self
    }

    /// Builds the policy.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each with its place and its [`CorsReason`](crate::CorsReason).
    pub fn build(self) -> Result<CorsPolicy, CorsErrors> {
        let Names {
            origins,
            methods,
            request_headers,
            expose,
        } = check::check(&self)?;
        let max_age = HeaderValue::from(self.max_age.as_secs());
        let prepare = |method| Prepared::new(method, self.credentials, max_age.clone());
        let rules = Rules {
            origins: (!self.any_origin).then_some(origins),
            credentials: self.credentials,
            methods: AllowedMethods::new(self.any_method, methods, prepare),
            headers: AllowedHeaders::new(self.any_request_header, request_headers),
            expose: exposed(self.expose_any, self.expose_defaults, &expose),
        };
        Ok(CorsPolicy {
            rules: Arc::new(rules),
        })
    }
}
