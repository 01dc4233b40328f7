use std::{num::NonZeroU32, time::Duration};

use bartizan_ratelimit::{
    Calendar, Dialect, KeyBy, Networks, OnFailure, Quota, QuotaError, RoutePattern, Rule, Rules,
};
use http::Method;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{ConfigError, client_ip::network};
use crate::duration::read_duration;

/// One limit: how many requests of which kind one caller may make.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RateLimitConfig {
    /// 1 to 64 of `a-z`, `0-9`, `-`, `_`, `.`. A limit with the name of a default one takes its place.
    pub name: String,
    /// Routes as `/v1/**`, `/v1/*/tags`, `/v1/articles/{id}`. Default: all.
    #[serde(default)]
    pub routes: Vec<String>,
    /// Default: all.
    #[serde(default)]
    pub methods: Vec<String>,
    /// What is counted. Default: the address.
    #[serde(default)]
    pub key: LimitKey,
    /// How many in each period.
    pub limit: u32,
    /// Text as `30s`, `15m`, `1d`; or `calendar-hour`, `calendar-day`, `calendar-week`, `calendar-month`.
    pub period: LimitPeriod,
    /// How many at once. Default: `limit`.
    #[serde(default)]
    pub burst: Option<u32>,
    /// Never more than `limit` in any window of one period. Needs a burst below `limit`.
    #[serde(default)]
    pub strict: bool,
    /// What a request costs. Default: 1.
    #[serde(default = "one")]
    pub cost: u32,
    /// How many at once that are not finished. Default: any number.
    #[serde(default)]
    pub at_once: Option<u32>,
    /// Counts, but refuses nobody.
    #[serde(default)]
    pub shadow: bool,
    /// Tells clients what is left. Default: true.
    #[serde(default = "yes")]
    pub fields: bool,
    /// What happens when a shared store cannot be asked. Default: what holds for the store.
    #[serde(default)]
    pub on_failure: Option<LimitFailure>,
}

const fn one() -> u32 {
    1
}

const fn yes() -> bool {
    true
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LimitKey {
    /// The caller's address, IPv6 by prefix.
    #[default]
    Address,
    /// Who asks.
    Principal,
    /// The account that is acted for.
    Account,
    /// The tenant.
    Tenant,
}

/// In how much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitPeriod {
    /// In so much.
    Rolling(Duration),
    /// In each window of the calendar.
    Calendar(Calendar),
}

impl<'de> Deserialize<'de> for LimitPeriod {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl std::str::FromStr for LimitPeriod {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let calendar = match text {
            "calendar-minute" => Calendar::Minute,
            "calendar-hour" => Calendar::Hour,
            "calendar-day" => Calendar::Day,
            "calendar-week" => Calendar::Week,
            "calendar-month" => Calendar::Month,
            text => return read_duration(text).map(Self::Rolling),
        };
        Ok(Self::Calendar(calendar))
    }
}

/// What happens to a limit's requests when the store that instances share cannot be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LimitFailure {
    /// Each instance counts its own share.
    #[default]
    Local,
    /// They pass.
    Open,
    /// They are refused with 503.
    Closed,
}

impl From<LimitFailure> for OnFailure {
    fn from(failure: LimitFailure) -> Self {
        match failure {
            LimitFailure::Local => Self::Local,
            LimitFailure::Open => Self::Open,
            LimitFailure::Closed => Self::Closed,
        }
    }
}

/// What holds for all limits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RateLimitsConfig {
    /// Networks that are never counted.
    pub allow: Vec<String>,
    /// Networks that are always refused.
    pub deny: Vec<String>,
    /// Refuses nobody: counts what would have been refused.
    pub shadow: bool,
    /// Which fields tell clients what is left.
    pub fields: LimitFields,
}

/// Where limits count.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RateLimitStoreConfig {
    /// How many callers each limit can tell apart at once, 1,024 to 67,108,864. Each takes 16 bytes, twice for a limit by
    /// address. Default: 65,536.
    pub capacity: usize,
    /// What limits do that say nothing of it, when a shared store cannot be asked.
    pub on_failure: LimitFailure,
}

impl Default for RateLimitStoreConfig {
    fn default() -> Self {
        Self {
            capacity: bartizan_ratelimit::DEFAULT_CELLS,
            on_failure: LimitFailure::default(),
        }
    }
}

impl RateLimitStoreConfig {
    /// What `capacity` must be.
    pub const CAPACITY: std::ops::RangeInclusive<usize> = 1 << 10..=1 << 26;

    pub(crate) fn cells(&self) -> Result<usize, ConfigError> {
        match Self::CAPACITY.contains(&self.capacity) {
            true => Ok(self.capacity),
            false => Err(ConfigError::text(
                "rate_limit_store.capacity",
                "must be 1024 to 67108864",
            )),
        }
    }
}

/// Which fields tell clients what is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LimitFields {
    /// `RateLimit` and `RateLimit-Policy`, version 11 of the IETF's draft.
    #[default]
    Draft11,
    /// `X-RateLimit-*`.
    Legacy,
    /// Both.
    Both,
    /// None.
    Off,
}

impl RateLimitConfig {
    /// So many in a period, for every request, by address.
    pub fn new(name: &str, limit: u32, period: Duration) -> Self {
        Self {
            name: name.to_owned(),
            routes: Vec::new(),
            methods: Vec::new(),
            key: LimitKey::default(),
            limit,
            period: LimitPeriod::Rolling(period),
            burst: None,
            strict: false,
            cost: 1,
            at_once: None,
            shadow: false,
            fields: true,
            on_failure: None,
        }
    }

    /// The limit that holds for every request unless another takes its name: a person with a browser never meets it, one
    /// machine that does nothing else does.
    pub fn edge() -> Self {
        Self {
            burst: Some(500),
            ..Self::new("edge", 100, Duration::from_secs(1))
        }
    }

    fn quota(&self) -> Result<Quota, String> {
        let positive = |count, name: &str| {
            NonZeroU32::new(count).ok_or_else(|| format!("{name} must be at least 1"))
        };
        let limit = positive(self.limit, "limit")?;
        let burst = self
            .burst
            .map(|burst| positive(burst, "burst"))
            .transpose()?;
        let say = |error: QuotaError| error.to_string();
        match (self.period, burst) {
            (LimitPeriod::Rolling(period), burst) if self.strict => {
                let burst = burst.ok_or("strict needs a burst, below the limit")?;
                Quota::strict(limit, period, burst).map_err(say)
            }
            (LimitPeriod::Rolling(period), burst) => {
                let quota = Quota::new(limit, period).map_err(say)?;
                burst
                    .map_or(Ok(quota), |burst| quota.with_burst(burst))
                    .map_err(say)
            }
            (LimitPeriod::Calendar(_), Some(_)) => Err(say(QuotaError::CalendarBurst)),
            (LimitPeriod::Calendar(_), None) if self.strict => {
                Err("strict needs a period like 1d".to_owned())
            }
            (LimitPeriod::Calendar(window), None) => Ok(Quota::calendar(limit, window)),
        }
    }

    /// That the limit can be built.
    ///
    /// # Errors
    ///
    /// What it must be: a quota that can be kept, routes that something matches, methods that are some.
    pub fn check(&self) -> Result<(), String> {
        self.rule(LimitFailure::default()).map(drop)
    }

    /// The rule that this describes.
    pub(crate) fn rule(&self, otherwise: LimitFailure) -> Result<Rule, String> {
        let routes = self.routes.iter().map(|route| RoutePattern::parse(route));
        let routes: Result<Vec<_>, _> = routes.collect();
        // Methods have case (RFC 9110 section 9.1): `get` would be one that nobody sends.
        let methods = self.methods.iter().map(|method| {
            let shouts = method
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'-');
            method.parse::<Method>().ok().filter(|_| shouts)
        });
        let methods: Option<Vec<_>> = methods.collect();
        let cost = NonZeroU32::new(self.cost).ok_or("cost must be at least 1")?;
        let mut rule = Rule::new(&self.name, self.quota()?)
            .routes(routes.map_err(|error| error.to_string())?)
            .methods(methods.ok_or("methods are like GET")?)
            .cost(cost)
            .key([match self.key {
                LimitKey::Address => KeyBy::Address,
                LimitKey::Principal => KeyBy::Principal,
                LimitKey::Account => KeyBy::Account,
                LimitKey::Tenant => KeyBy::Tenant,
            }])
            .on_failure(self.on_failure.unwrap_or(otherwise).into());
        if let Some(most) = self.at_once {
            rule = rule.at_once(NonZeroU32::new(most).ok_or("at_once must be at least 1")?);
        }
        if self.shadow {
            rule = rule.shadow();
        }
        if !self.fields {
            rule = rule.without_fields();
        }
        Ok(rule)
    }
}

impl RateLimitsConfig {
    /// The rules in force: the given ones, and of the defaults those whose name no given one has.
    pub(crate) fn rules(
        &self,
        limits: &[RateLimitConfig],
        store: &RateLimitStoreConfig,
    ) -> Result<Rules, ConfigError> {
        let default = RateLimitConfig::edge();
        let is_replaced = limits.iter().any(|limit| limit.name == default.name);
        let all = limits.iter().chain((!is_replaced).then_some(&default));
        let rules: Result<Vec<Rule>, String> = all
            .map(|limit| {
                let rule = limit.rule(store.on_failure);
                rule.map_err(|why| format!("{}: {why}", limit.name))
            })
            .collect();
        let mut rules = Rules::new(rules.map_err(|why| ConfigError::new("rate_limit", why))?);
        rules.allow = networks("rate_limits.allow", &self.allow)?;
        rules.deny = networks("rate_limits.deny", &self.deny)?;
        rules.shadow = self.shadow;
        rules.dialect = match self.fields {
            LimitFields::Draft11 => Dialect::Draft11,
            LimitFields::Legacy => Dialect::Legacy,
            LimitFields::Both => Dialect::Draft11AndLegacy,
            LimitFields::Off => Dialect::Off,
        };
        Ok(rules)
    }
}

fn networks(key: &'static str, list: &[String]) -> Result<Networks, ConfigError> {
    let networks: Option<Networks> = list.iter().map(|text| network(text)).collect();
    networks.ok_or_else(|| ConfigError::text(key, "must be networks like 192.0.2.0/24"))
}
