use std::time::Duration;

use bartizan_headers::{CorsErrors, CorsPolicies, CorsPolicy, CorsReason};
use serde::Deserialize;

use super::ConfigError;
use crate::duration;

/// Which origins' scripts may read the answers of some paths.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CorsConfig {
    /// Paths as `/v1/articles`, or `/v1/**` for it and all below. Default: all.
    pub routes: Vec<String>,
    /// Excepts the paths from a wider policy. Then nothing else is set.
    pub except: bool,
    /// As `https://app.example.com`, `https://*.example.com`, `http://localhost:*`.
    pub origins: Vec<String>,
    /// Every origin, in place of `origins`.
    pub any_origin: bool,
    /// Lets browsers send cookies along. These origins can then do what the user can.
    pub credentials: bool,
    /// Beside GET, HEAD and POST.
    pub methods: Vec<String>,
    /// Every method.
    pub any_method: bool,
    /// Fields of requests that scripts may set, as `content-type`.
    pub request_headers: Vec<String>,
    /// Every field but `authorization`.
    pub any_request_header: bool,
    /// Fields of answers that scripts may read, beside those of limits and the request id.
    pub expose: Vec<String>,
    /// Every field.
    pub expose_any: bool,
    /// Whether `ratelimit`, `ratelimit-policy`, `retry-after` and `x-request-id` can be read. Default: true.
    pub expose_defaults: bool,
    /// How long browsers remember an allowed preflight, as `10m`, which is the default.
    #[serde(deserialize_with = "duration::text")]
    pub max_age: Duration,
    /// Takes patterns under which anybody can have an origin.
    pub danger_public_suffix: bool,
    /// Takes origins of plain `http` together with credentials.
    pub danger_insecure_origins: bool,
}

impl Default for CorsConfig {
    fn default() -> Self {
        Self {
            routes: vec!["/**".to_owned()],
            except: false,
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
            max_age: Duration::from_secs(600),
            danger_public_suffix: false,
            danger_insecure_origins: false,
        }
    }
}

impl CorsConfig {
    /// The policy that this describes; `None` for an exception.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each with its place, as `origins[1]`.
    pub fn policy(&self) -> Result<Option<CorsPolicy>, CorsErrors> {
        if self.except {
            return Ok(None);
        }
        let mut policy = CorsPolicy::builder()
            .origins(&self.origins)
            .methods(&self.methods)
            .request_headers(&self.request_headers)
            .expose(&self.expose)
            .max_age(self.max_age);
        if self.any_origin {
            policy = policy.any_origin();
        }
        if self.credentials {
            policy = policy.credentials();
        }
        if self.any_method {
            policy = policy.any_method();
        }
        if self.any_request_header {
            policy = policy.any_request_header();
        }
        if self.expose_any {
            policy = policy.expose_any();
        }
        if !self.expose_defaults {
            policy = policy.without_default_expose();
        }
        if self.danger_public_suffix {
            policy = policy.danger_public_suffix();
        }
        if self.danger_insecure_origins {
            policy = policy.danger_insecure_origins();
        }
        policy.build().map(Some)
    }

    /// Whether an exception says more than its routes.
    fn contradicts(&self) -> bool {
        let bare = Self {
            routes: self.routes.clone(),
            except: true,
            ..Self::default()
        };
        self.except && *self != bare
    }
}

pub(super) fn policies(all: &[CorsConfig]) -> Result<CorsPolicies, Vec<ConfigError>> {
    let mut errors = Vec::new();
    let mut routes = Vec::new();
    let mut places = Vec::new();
    for (index, cors) in all.iter().enumerate() {
        let mut wrong = |path: &str, error: Box<dyn std::error::Error + Send + Sync>| {
            errors.push(ConfigError::new(format!("cors[{index}].{path}"), error));
        };
        if cors.routes.is_empty() {
            wrong("routes", "has none".into());
        }
        if cors.contradicts() {
            wrong("except", "takes nothing but routes beside it".into());
        }
        let policy = cors.policy().unwrap_or_else(|found| {
            for error in found.as_slice() {
                wrong(error.path(), why(error.reason()).into());
            }
            None
        });
        for (place, route) in cors.routes.iter().enumerate() {
            routes.push((route.as_str(), policy.clone()));
            places.push(format!("cors[{index}].routes[{place}]"));
        }
    }
    let policies = CorsPolicies::new(routes);
    if let Err(found) = &policies {
        for error in found.as_slice() {
            let place = |path: &str| {
                let number = path.strip_prefix("routes[")?.strip_suffix(']')?;
                places.get(number.parse::<usize>().ok()?)
            };
            let key = place(error.path()).map_or(error.path(), String::as_str);
            let why = match error.reason() {
                CorsReason::Duplicate { first } => {
                    let first = place(first).map_or(&**first, String::as_str);
                    format!("the same as {first}")
                }
                reason => why(reason),
            };
            errors.push(ConfigError::new(key.to_owned(), why));
        }
    }
    match policies {
        Ok(policies) if errors.is_empty() => Ok(policies),
        _ => Err(errors),
    }
}

/// The reason without the text that it is about: a configuration's errors do not repeat values.
pub(super) fn why(reason: &CorsReason) -> String {
    match reason {
        CorsReason::Origin { source, .. } => source.to_string(),
        CorsReason::Name { .. } => "is no name".to_owned(),
        CorsReason::Route { .. } => {
            "must be a path such as /v1/articles, or /v1/** for all below".to_owned()
        }
        reason => reason.to_string(),
    }
}
