use bartizan_headers::{
    CorsPolicies, CorsPolicy, CrossOriginPolicy, CrossOriginPolicyBuilder, CrossOriginPolicyError,
    OriginSet,
};
use http::Method;
use serde::Deserialize;

use super::{ConfigError, Transport, cors::why};

/// Which requests of other sites are refused: those that change something, and WebSocket handshakes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CsrfConfig {
    /// Origins that may act in a user's name, beside those to which CORS gives credentials.
    pub trusted_origins: Vec<String>,
    /// Cookies that log in: a request that changes something and brings one must say by `Origin` or `Sec-Fetch-Site` where it
    /// comes from.
    pub session_cookies: Vec<String>,
    /// Refuses what other sites load as images, scripts and the like.
    pub isolate_reads: bool,
    /// Routes that they may load all the same, each by its exact template.
    pub shared_reads: Vec<String>,
    /// Routes without the check, each by method and exact template: `POST /hooks/{name}`.
    pub insecure_bypass: Vec<String>,
    /// Refuses nothing, counts what would be refused.
    pub report_only: bool,
}

impl CsrfConfig {
    pub(crate) fn policy(
        &self,
        cors: &CorsPolicies,
        transport: Transport,
    ) -> Result<CrossOriginPolicy, Vec<ConfigError>> {
        let mut errors = Vec::new();
        let own = self.own_trusted(&mut errors);
        let mut trusted: Vec<OriginSet> = cors
            .iter()
            .filter_map(CorsPolicy::trusted_origins)
            .cloned()
            .collect();
        trusted.extend(own);
        let by_path = cors.clone();
        let mut policy = CrossOriginPolicy::builder()
            .transport(transport.into())
            .trusted(move |origin| trusted.iter().any(|set| set.contains(origin)))
            .trusted_without_credentials(move |path, origin| {
                let policy = by_path.policy(path);
                policy.is_some_and(|policy| policy.allows_origin(origin))
            });
        for (index, text) in self.insecure_bypass.iter().enumerate() {
            match bypass(text) {
                Some((method, route)) => policy = policy.with_insecure_bypass(method, route),
                None => errors.push(ConfigError::text(
                    format!("csrf.insecure_bypass[{index}]"),
                    "must be a method and a route, as \"POST /hooks/{name}\"",
                )),
            }
        }
        if self.isolate_reads {
            policy = policy.isolate_reads();
        }
        if self.report_only {
            policy = policy.report_only();
        }
        let shared = self.shared_reads.iter();
        policy = shared.fold(policy, CrossOriginPolicyBuilder::share_reads);
        let cookies = self.session_cookies.iter();
        policy = cookies.fold(policy, CrossOriginPolicyBuilder::session_cookie);
        match policy.build() {
            Ok(policy) if errors.is_empty() => Ok(policy),
            Ok(_) => Err(errors),
            Err(error) => {
                errors.push(ConfigError::text(key_of(&error), what(&error)));
                Err(errors)
            }
        }
    }

    /// Checked as CORS checks origins with credentials: they may do no less.
    fn own_trusted(&self, errors: &mut Vec<ConfigError>) -> Option<OriginSet> {
        if self.trusted_origins.is_empty() {
            return None;
        }
        let origins = CorsPolicy::builder().origins(&self.trusted_origins);
        match origins.credentials().build() {
            Ok(policy) => policy.origins().cloned(),
            Err(found) => {
                errors.extend(found.as_slice().iter().map(|error| {
                    let key = format!("csrf.trusted_{}", error.path());
                    ConfigError::new(key, why(error.reason()))
                }));
                None
            }
        }
    }
}

fn bypass(text: &str) -> Option<(Method, &str)> {
    let (method, route) = text.split_once(' ')?;
    // methods have case (RFC 9110 section 9.1): `post` would be one that nobody sends
    let shouts = method.bytes().all(|byte| byte.is_ascii_uppercase());
    let method = method.parse().ok().filter(|_| shouts)?;
    Some((method, route))
}

const fn key_of(error: &CrossOriginPolicyError) -> &'static str {
    match error {
        CrossOriginPolicyError::CookieName { .. } => "csrf.session_cookies",
        CrossOriginPolicyError::NotIsolated { .. }
        | CrossOriginPolicyError::Duplicate { method: None, .. } => "csrf.shared_reads",
        _ => "csrf.insecure_bypass",
    }
}

/// What it must be, without the value.
const fn what(error: &CrossOriginPolicyError) -> &'static str {
    match error {
        CrossOriginPolicyError::CookieName { .. } => "must be names of cookies",
        CrossOriginPolicyError::NotIsolated { .. } => "is of no use without csrf.isolate_reads",
        CrossOriginPolicyError::Duplicate { .. } => "says the same twice",
        CrossOriginPolicyError::NeverRefused { .. } => {
            "is for what is never refused: HEAD, OPTIONS and TRACE pass anyway"
        }
        _ => "must be a route's exact template, as /hooks/{name}",
    }
}
