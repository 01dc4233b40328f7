mod client_ip;
mod cors;
mod csrf;
mod fields;
mod headers;
mod rate_limit;
mod words;

use std::{borrow::Cow, error::Error, fmt};

use bartizan_headers::{CorsPolicies, CrossOriginPolicy, Policies};
use bartizan_ratelimit::{RuleErrors, Rules};
use serde::Deserialize;

pub use self::{
    client_ip::{ClientIpConfig, HostsConfig},
    cors::CorsConfig,
    csrf::CsrfConfig,
    headers::{Directives, HeaderPolicyConfig, HeadersConfig, Transport},
    rate_limit::{
        LimitFailure, LimitFields, LimitKey, LimitPeriod, RateLimitConfig, RateLimitStoreConfig,
        RateLimitsConfig,
    },
};

/// What [`Hardening`](crate::Hardening) is built from: the shape of a configuration file. The default is hardened, and a key
/// that is not known is refused.
///
/// ```
/// let config: bartizan::Config = serde_json::from_str(
///     r#"{
///         "headers": {"transport": "https"},
///         "cors": [{"origins": ["https://app.example.com"], "credentials": true}]
///     }"#,
/// )?;
/// bartizan::Hardening::new(&config)?;
/// assert!(serde_json::from_str::<bartizan::Config>(r#"{"headres": {}}"#).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Who is calling.
    pub client_ip: ClientIpConfig,
    /// Which hosts are answered.
    pub hosts: HostsConfig,
    /// Limits beside the default one, which is [`RateLimitConfig::edge`].
    pub rate_limit: Vec<RateLimitConfig>,
    /// What holds for all limits.
    pub rate_limits: RateLimitsConfig,
    /// Where limits count.
    pub rate_limit_store: RateLimitStoreConfig,
    /// The security fields.
    pub headers: HeadersConfig,
    /// Other security fields for some paths.
    pub header_policy: Vec<HeaderPolicyConfig>,
    /// Which origins' scripts may read answers. Default: none.
    pub cors: Vec<CorsConfig>,
    /// Which requests of other sites are refused.
    pub csrf: CsrfConfig,
}

impl Config {
    /// That every section can be built, without building any of what takes memory.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each with its key.
    pub fn check(&self) -> Result<(), Vec<ConfigError>> {
        let mut errors = Vec::new();
        let mut check = |found: Result<(), Vec<ConfigError>>| {
            errors.extend(found.err().into_iter().flatten());
        };
        let one = |error| vec![error];
        check(self.header_policies().map(drop));
        check(self.client_ip.policy(&self.hosts).map(drop).map_err(one));
        let limits = self.limits().and_then(|rules| {
            self.rate_limit_store.cells()?;
            rules.check().map_err(wrong_rules)
        });
        check(limits.map_err(one));
        match self.cors_policies() {
            Ok(cors) => check(self.cross_origin_policy(&cors).map(drop)),
            Err(wrong) => {
                check(Err(wrong));
                check(self.cross_origin_policy(&CorsPolicies::default()).map(drop));
            }
        }
        match errors.is_empty() {
            true => Ok(()),
            false => Err(errors),
        }
    }

    /// The security fields: the site's own policy and those for some paths.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each with its key.
    pub fn header_policies(&self) -> Result<Policies, Vec<ConfigError>> {
        headers::policies(&self.headers, &self.header_policy)
    }

    /// Which origins' scripts may read answers.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each with its key.
    pub fn cors_policies(&self) -> Result<CorsPolicies, Vec<ConfigError>> {
        cors::policies(&self.cors)
    }

    /// Which requests of other sites are refused, beside this CORS: its origins with credentials are trusted.
    pub(crate) fn cross_origin_policy(
        &self,
        cors: &CorsPolicies,
    ) -> Result<CrossOriginPolicy, Vec<ConfigError>> {
        self.csrf.policy(cors, self.headers.transport)
    }

    /// The limits in force.
    pub(crate) fn limits(&self) -> Result<Rules, ConfigError> {
        self.rate_limits
            .rules(&self.rate_limit, &self.rate_limit_store)
    }
}

pub(crate) fn wrong_rules(errors: RuleErrors) -> ConfigError {
    ConfigError::new("rate_limit", errors)
}

/// A configuration that contradicts itself.
#[derive(Debug)]
pub struct ConfigError {
    key: Cow<'static, str>,
    source: Box<dyn Error + Send + Sync>,
}

impl ConfigError {
    pub(crate) fn new(
        key: impl Into<Cow<'static, str>>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            key: key.into(),
            source: source.into(),
        }
    }

    pub(crate) fn text(key: impl Into<Cow<'static, str>>, why: &'static str) -> Self {
        Self::new(key, why)
    }

    /// The section or key that is wrong, as `hosts.allowed` or `cors[0].origins[2]`.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be built", self.key)
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
