mod client_ip;
mod rate_limit;

use std::{error::Error, fmt, time::Duration};

use bartizan_headers as headers;
use bartizan_ratelimit::{RuleErrors, Rules};
use serde::Deserialize;

pub use self::{
    client_ip::{ClientIpConfig, HostsConfig},
    rate_limit::{
        LimitFailure, LimitFields, LimitKey, LimitPeriod, RateLimitConfig, RateLimitStoreConfig,
        RateLimitsConfig,
    },
};

/// What [`Hardening`](crate::Hardening) is built from: the shape of a configuration file. The default is hardened, and a key
/// that is not known is refused.
///
/// ```
/// let config: bartizan::Config = serde_json::from_str(r#"{"headers": {"transport": "https"}}"#)?;
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
}

impl Config {
    /// That every section can be built, without building any of what takes memory.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with each: the fields, who is calling, the limits.
    pub fn check(&self) -> Result<(), Vec<ConfigError>> {
        let parts = [
            self.headers.policy().map(drop),
            self.client_ip.policy(&self.hosts).map(drop),
            self.limits().and_then(|rules| {
                self.rate_limit_store.cells()?;
                rules.check().map_err(wrong_rules)
            }),
        ];
        let errors: Vec<_> = parts.into_iter().filter_map(Result::err).collect();
        match errors.is_empty() {
            true => Ok(()),
            false => Err(errors),
        }
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

/// Security fields of every answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct HeadersConfig {
    /// When the connection counts as HTTPS.
    pub transport: Transport,
    /// Seconds that browsers insist on HTTPS. Default: two years.
    pub hsts_max_age_secs: u64,
    /// Keeps `Server`, `X-Powered-By` and the like. Default: they are removed.
    pub keep_disclosure: bool,
}

impl Default for HeadersConfig {
    fn default() -> Self {
        Self {
            transport: Transport::default(),
            hsts_max_age_secs: 2 * 365 * 24 * 60 * 60,
            keep_disclosure: false,
        }
    }
}

/// When the connection counts as HTTPS (RFC 6797 section 7.2: `Strict-Transport-Security` is never sent over plain HTTP).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Transport {
    /// When the request's URI says so.
    #[default]
    FromRequest,
    /// Always: TLS ends here or at a proxy in front.
    Https,
    /// Never.
    Plain,
}

impl HeadersConfig {
    pub(crate) fn policy(&self) -> Result<headers::Policy, ConfigError> {
        let mut policy = headers::Policy::builder()
            .transport(match self.transport {
                Transport::FromRequest => headers::Transport::FromRequest,
                Transport::Https => headers::Transport::Https,
                Transport::Plain => headers::Transport::Plain,
            })
            .hsts_max_age(Duration::from_secs(self.hsts_max_age_secs));
        if self.keep_disclosure {
            policy = policy.keep_disclosure();
        }
        policy
            .build()
            .map_err(|error| ConfigError::new("headers", error))
    }
}

/// A configuration that contradicts itself.
#[derive(Debug)]
pub struct ConfigError {
    key: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl ConfigError {
    pub(crate) fn new(key: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            key,
            source: source.into(),
        }
    }

    pub(crate) fn text(key: &'static str, why: &'static str) -> Self {
        Self::new(key, why)
    }

    /// The section or key that is wrong.
    pub const fn key(&self) -> &'static str {
        self.key
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
