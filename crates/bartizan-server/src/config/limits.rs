use std::{fmt, num::NonZeroU32, path::PathBuf, time::Duration};

use bartizan::{
    LimitKey, RateLimitConfig,
    ratelimit::{LoginConfig, OnFailure, Quota, QuotaError},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The limits that hold without any configuration. A configured one of the same name takes a default one's place.
pub fn default_limits() -> Vec<RateLimitConfig> {
    let for_route = |name, limit, period, burst, method: &str, route: &str| {
        let mut limits = RateLimitConfig::new(name, limit, period);
        limits.burst = Some(burst);
        limits.methods = vec![method.to_owned()];
        limits.routes = vec![route.to_owned()];
        limits
    };
    // Each sends a mail: what is too often for a person is a mail bomb.
    let sign_up = for_route("sign-up", 20, HOUR, 10, "POST", "/v1/accounts");
    // 2^-256 is not guessed; this bounds the look-ups.
    let confirm = for_route("confirm", 60, HOUR, 20, "POST", "/v1/accounts/confirm");
    // Each sends a mail, and each link that is tried costs a look-up.
    let reset = for_route("reset", 20, HOUR, 10, "POST", "/v1/password-resets");
    let reset_confirm = for_route(
        "reset-confirm",
        60,
        HOUR,
        20,
        "POST",
        "/v1/password-resets/confirm",
    );
    // Each sends a mail to an address that its sender has chosen.
    let email_change = for_route("email-change", 20, HOUR, 10, "POST", "/v1/account/email");
    let mut email_links = for_route(
        "email-links",
        60,
        HOUR,
        20,
        "POST",
        "/v1/account/email/confirm",
    );
    email_links.routes.push("/v1/account/email/undo".to_owned());
    // A session refreshes now and then; many devices may stand behind one address.
    let refresh = for_route("refresh", 600, HOUR, 60, "POST", "/v1/sessions/refresh");
    // Every login costs a hash of 19 MiB, right or wrong. The login limits count the wrong ones.
    let mut log_in = for_route("log-in", 60, MINUTE, 30, "POST", "/v1/sessions");
    log_in.fields = false;
    let mut user = RateLimitConfig::new("user", 600, MINUTE);
    user.burst = Some(300);
    user.key = LimitKey::Principal;
    let mut write = RateLimitConfig::new("write", 120, MINUTE);
    write.burst = Some(60);
    write.key = LimitKey::Principal;
    write.methods = ["POST", "PUT", "DELETE"].map(str::to_owned).to_vec();
    vec![
        RateLimitConfig::edge(),
        sign_up,
        confirm,
        reset,
        reset_confirm,
        email_change,
        email_links,
        refresh,
        log_in,
        user,
        write,
    ]
}

/// How many logins may fail.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Login {
    /// At one account from one address prefix at once; then one comes back every five minutes.
    pub failures_at_once: NonZeroU32,
    /// From one address prefix in an hour, at all accounts together.
    pub failures_per_prefix_hour: NonZeroU32,
    /// At one account in any 24 hours, from devices that have never logged in to it.
    pub failures_per_account_day: NonZeroU32,
}

impl Default for Login {
    fn default() -> Self {
        let number = |number: u32| NonZeroU32::MIN.saturating_add(number - 1);
        Self {
            failures_at_once: number(5),
            failures_per_prefix_hour: number(60),
            failures_per_account_day: number(100),
        }
    }
}

impl Login {
    /// That the limits can be built.
    ///
    /// # Errors
    ///
    /// A quota that cannot be kept.
    pub fn check(&self) -> Result<(), QuotaError> {
        let limits = self.limits(OnFailure::Local)?;
        // The wider prefix of IPv6 has eight times the quota.
        let hourly = self.failures_per_prefix_hour.checked_mul(limits.wide_times);
        Quota::new(hourly.ok_or(QuotaError::TooLong)?, HOUR).map(drop)
    }

    /// The limits that this describes.
    ///
    /// # Errors
    ///
    /// A quota that cannot be kept.
    pub fn limits(&self, on_failure: OnFailure) -> Result<LoginConfig, QuotaError> {
        let mut limits = LoginConfig::default();
        limits.pair = Quota::new(NonZeroU32::MIN, 5 * MINUTE)?.with_burst(self.failures_at_once)?;
        let hourly = self.failures_per_prefix_hour;
        let third = NonZeroU32::new(hourly.get() / 3).unwrap_or(NonZeroU32::MIN);
        limits.prefix = Quota::new(hourly, HOUR)?.with_burst(third)?;
        let daily = self.failures_per_account_day;
        let tenth = NonZeroU32::new(daily.get() / 10).unwrap_or(NonZeroU32::MIN);
        limits.account = Quota::strict(daily, DAY, tenth)?;
        // Never open: who can make the store fail could guess without end.
        limits.on_failure = match on_failure {
            OnFailure::Closed => OnFailure::Closed,
            _ => OnFailure::Local,
        };
        Ok(limits)
    }
}

/// Where limits are counted.
#[derive(Clone)]
#[non_exhaustive]
pub struct LimitStore {
    /// In this process or in a server.
    pub kind: StoreKind,
    /// The server, as `redis://host:port`, without a password.
    pub url: String,
    /// A file with the URL, for one with a password.
    pub url_file: Option<PathBuf>,
    /// What names of keys begin with.
    pub namespace: String,
    /// How many instances share it: each counts its share while it fails.
    pub expected_instances: NonZeroU32,
    /// A file with the secret of the keys, 32 hexadecimal digits, the same for all instances.
    pub secret_file: Option<PathBuf>,
}

/// In this process or in a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreKind {
    /// In this process.
    Memory,
    /// Redis or Valkey.
    Redis,
}

impl Default for LimitStore {
    fn default() -> Self {
        Self {
            kind: StoreKind::Memory,
            url: "redis://127.0.0.1:6379".to_owned(),
            url_file: None,
            namespace: "bartizan".to_owned(),
            expected_instances: NonZeroU32::MIN,
            secret_file: None,
        }
    }
}

impl fmt::Debug for LimitStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LimitStore")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
