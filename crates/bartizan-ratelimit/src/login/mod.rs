//! Limits for logins: what is counted, and an attempt that is reserved before the password is checked.

mod alarm;
mod attempt;
#[cfg(feature = "device-cookie")]
mod cookie;
mod device;
mod policy;
mod refused;

use std::{fmt, net::IpAddr, sync::Arc, time::Instant};

use smallvec::SmallVec;

use self::alarm::Alarm;
#[cfg(feature = "device-cookie")]
pub use self::cookie::DeviceKeys;
pub use self::{
    alarm::LoginAlarm,
    attempt::Attempt,
    device::Device,
    policy::{LoginConfig, LoginConfigError},
    refused::LoginRefused,
};
use crate::{
    claim::Claim,
    epoch::Epoch,
    key::{Key, KeyPart, Secret, prefix},
    limit::Limit,
    store::{Answer, Memory, Store},
    table::Table,
};

/// Places in [`LoginLimits::limits`].
const PAIR: usize = 0;
const PREFIX: usize = 1;
const WIDE: usize = 2;
const ACCOUNT: usize = 3;
const DEVICE: usize = 4;
const DEVICES: usize = 5;

const NAMES: [&str; 6] = [
    "login-pair",
    "login-prefix",
    "login-prefix-wide",
    "login-account",
    "login-device",
    "login-devices",
];

/// Limits on failed logins that bound every guesser and let nobody lock a victim out.
///
/// | limit | counts failures of | default |
/// |---|---|---|
/// | `login-pair` | an account from an IPv4 address or IPv6 /64 | 5, then one each 5 minutes |
/// | `login-prefix` | an IPv4 address or IPv6 /64, all accounts | 20, then 60 an hour |
/// | `login-prefix-wide` | an IPv6 /48 | 8 times that |
/// | `login-account` | an account, all unknown devices | never more than 100 in any 24 hours, 10 at once |
/// | `login-device` | a device that the account has logged in from | 10, then 10 an hour |
/// | `login-devices` | an account, all known devices together | 100 in any 24 hours, 20 at once |
///
/// A login with a [`Device`] of its account asks the last limit only, every other login the four before it. So guesses from a
/// thousand networks stop at the account's limit, and its owner still gets in from where he has been before. Accounts that do
/// not exist are counted like those that do, so a refusal does not tell them apart.
///
/// An [`Attempt`] takes its place in all limits *before* the password is checked, all or none, and gives it back when the
/// password was right: a hundred guesses at the same moment get no further than a hundred one after the other.
///
/// What it cannot do: while an account is under attack, its owner is refused on a device that is not known yet, since
/// nothing tells him from the guessers. The way in is a second channel, as a link by mail. And tables are of fixed size:
/// when there are more keys in debt than cells, newcomers inherit debt ([`Table::inherited`] of each limit tells), and a
/// login that clears its pair clears what the pair has inherited with it; the other limits still hold.
///
/// ```
/// use bartizan_ratelimit::{Epoch, LoginConfig, LoginLimits, Memory, Secret};
/// use std::time::{Duration, Instant, SystemTime};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let now = Instant::now();
/// let epoch = Epoch::new(now, SystemTime::now());
/// let config = LoginConfig::default();
/// let limits = LoginLimits::new(&config, &Secret::random(), epoch, Memory::new())?;
/// let address = [192, 0, 2, 7].into();
///
/// for _ in 0..5 {
///     let attempt = limits.begin(b"alice", address, None, now).await?;
///     // ... the password is wrong:
///     attempt.failed();
/// }
/// let refused = limits.begin(b"alice", address, None, now).await.unwrap_err();
/// assert_eq!(refused.retry_after(), Some(Duration::from_secs(5 * 60)));
///
/// // Another account from there is another matter.
/// limits.begin(b"bob", address, None, now).await?.succeeded(now);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LoginLimits<S = Memory> {
    shared: Arc<Shared<S>>,
}

struct Shared<S> {
    limits: [Limit; 6],
    store: S,
    alarm: Alarm,
    v6_bits: u8,
    v6_wide_bits: u8,
}

/// What an attempt claims: places of limits, and the key in each.
type Keys = SmallVec<[(usize, Key); 4]>;

impl<S: Store> LoginLimits<S> {
    /// The limits of this configuration, each with a table of its own. With a store that several instances share, all need
    /// the same `secret`.
    ///
    /// # Errors
    ///
    /// A limit that would open when the store fails, prefixes that do not nest, or a quota that is too large.
    pub fn new(
        config: &LoginConfig,
        secret: &Secret,
        epoch: Epoch,
        store: S,
    ) -> Result<Self, LoginConfigError> {
        let quotas = config.quotas()?;
        let mut places = 0..;
        let limits = NAMES.map(|name| {
            // as many quotas as names, in their order
            let quota = quotas[places.next().unwrap_or(PAIR)];
            let table = Arc::new(Table::with_cells(config.cells, epoch));
            Limit::new(name, quota, table, secret).on_failure(config.on_failure)
        });
        Ok(Self {
            shared: Arc::new(Shared {
                limits,
                store,
                alarm: Alarm::new(config.alarm, epoch),
                v6_bits: config.v6_bits,
                v6_wide_bits: config.v6_wide_bits,
            }),
        })
    }

    /// Reserves a place for one guess, before the password is checked.
    ///
    /// `account` is the name that was submitted, normalised exactly as the login will look it up: else `Alice` and `alice`
    /// get a quota each. `device` counts only when it is of this account.
    ///
    /// # Errors
    ///
    /// Too many failures, or the store cannot be asked. Nothing was taken then.
    pub async fn begin(
        &self,
        account: &[u8],
        address: IpAddr,
        device: Option<&Device>,
        now: Instant,
    ) -> Result<Attempt<S>, LoginRefused> {
        let keys = self.keys(account, address, device);
        let answer = {
            let claims: SmallVec<[Claim<'_>; 4]> = keys
                .iter()
                .map(|(place, key)| Claim::new(&self.shared.limits[*place], *key, 1))
                .collect();
            self.shared.store.decide(&claims, now)
        };
        // When the caller goes away here, what was taken stays taken: it counts as a failure.
        let outcome = match answer {
            Answer::Now(outcome) => outcome,
            Answer::Later(wait) => wait.await,
        };
        let decisions = outcome.map_err(LoginRefused::Unavailable)?;
        if decisions.are_allowed() {
            let reserved = keys.into_iter().zip(decisions.as_slice());
            let reserved = reserved.map(|((place, key), decision)| (place, key, *decision));
            return Ok(Attempt::new(self.clone(), reserved.collect(), now));
        }
        let wait = decisions
            .tightest()
            .and_then(|(_, refused)| refused.retry_after());
        Err(LoginRefused::TooMany {
            // always there: one login costs one, which each quota holds
            retry_after: wait.unwrap_or_default(),
        })
    }

    fn keys(&self, account: &[u8], address: IpAddr, device: Option<&Device>) -> Keys {
        let key = |place: usize, parts: &[KeyPart<'_>]| {
            (place, self.shared.limits[place].keyer().parts(parts))
        };
        let account = KeyPart::Bytes(account);
        let mut keys = Keys::new();
        if let Some(device) = device
            && KeyPart::Bytes(device.account()) == account
        {
            keys.push(key(DEVICE, &[account, KeyPart::Bytes(device.id())]));
            // Who has the password once could collect devices, and guess with each of them after it has changed.
            keys.push(key(DEVICES, &[account]));
            return keys;
        }
        let network = prefix(address, self.shared.v6_bits);
        keys.push(key(PAIR, &[account, KeyPart::Address(network)]));
        keys.push(key(PREFIX, &[KeyPart::Address(network)]));
        if network.is_ipv6() {
            let wide = prefix(address, self.shared.v6_wide_bits);
            keys.push(key(WIDE, &[KeyPart::Address(wide)]));
        }
        keys.push(key(ACCOUNT, &[account]));
        keys
    }
}

impl<S> LoginLimits<S> {
    /// The six limits, for metrics and [`snapshot`](crate::snapshot).
    #[must_use]
    pub fn limits(&self) -> &[Limit] {
        &self.shared.limits
    }

    /// How many attempts have failed since the start, all accounts together.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.shared.alarm.failures()
    }

    /// Calls this when more logins fail than [`LoginConfig::alarm`] holds, at most once a minute. It is called where an
    /// attempt ends, so it must neither block nor panic. The first call decides; false when there was one already.
    pub fn on_alarm(&self, call: impl Fn(LoginAlarm) + Send + Sync + 'static) -> bool {
        self.shared.alarm.on_alarm(Box::new(call))
    }
}

impl<S> Clone for LoginLimits<S> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<S> fmt::Debug for LoginLimits<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginLimits")
            .field("limits", &self.shared.limits)
            .field("failures", &self.failures())
            .finish_non_exhaustive()
    }
}
