//! How many failures are too many.

use std::{error::Error, fmt, num::NonZeroU32};

use crate::{
    limit::OnFailure,
    quota::{Quota, QuotaError},
};

const SECOND_NS: u64 = 1_000_000_000;
const DAY_NS: u64 = 24 * 60 * 60 * SECOND_NS;

/// How many failures are too many: the quotas of [`LoginLimits`](crate::LoginLimits). Each default is the hardened value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginConfig {
    /// Of an account from one address or network: 5, then one each 5 minutes. A person who has forgotten which password it
    /// was tries three or four.
    pub pair: Quota,
    /// Of an IPv4 address or IPv6 network, all accounts together: 20, then 60 an hour. An office behind one address has that
    /// many typing errors; a guesser who tries one password for each account has no use for it.
    pub prefix: Quota,
    /// How many times [`prefix`](Self::prefix) the wider IPv6 network gets: 8. A /48 is one customer with 65,536 networks,
    /// and sometimes several.
    pub wide_times: NonZeroU32,
    /// Of an account from all unknown devices: never more than 100 in any 24 hours, 10 at once. NIST SP 800-63B-4, section
    /// 3.2.2, allows 100 consecutive failures before the password is disabled; this slows down instead, since what is
    /// disabled by guessing is disabled by guessers.
    pub account: Quota,
    /// Of a device that the account has logged in from: 10, then 10 an hour.
    pub device: Quota,
    /// Of all such devices of an account together: never more than 100 in any 24 hours, 20 at once.
    pub devices: Quota,
    /// Of everything together, above which an alarm is raised and nothing refused: 600, then 10 a second. Set it to ten
    /// times what a normal busy hour has. A limit here would let anybody close the login for all.
    pub alarm: Quota,
    /// Bits of the IPv6 networks of [`pair`](Self::pair) and [`prefix`](Self::prefix): 64, the smallest that customers get
    /// (RFC 6177).
    pub v6_bits: u8,
    /// Bits of the wider IPv6 networks: 48, the largest that customers usually get. Not more than `v6_bits`.
    pub v6_wide_bits: u8,
    /// Cells of each of the six tables: 65,536, which is 1 MiB each. One for each account and network that fails in a few
    /// hours is enough; with fewer, newcomers inherit debt.
    pub cells: usize,
    /// What happens while a shared store cannot be asked: counted in each instance. [`OnFailure::Open`] is refused.
    pub on_failure: OnFailure,
}

impl Default for LoginConfig {
    fn default() -> Self {
        Self {
            pair: Quota::known(300 * SECOND_NS, n(5)),
            prefix: Quota::known(60 * SECOND_NS, n(20)),
            wide_times: n(8),
            // `Quota::strict`: a window holds ten and floor(window / interval), which is 90.
            account: Quota::known(DAY_NS / 91 + 1, n(10)),
            device: Quota::known(360 * SECOND_NS, n(10)),
            devices: Quota::known(DAY_NS / 81 + 1, n(20)),
            alarm: Quota::known(SECOND_NS / 10, n(600)),
            v6_bits: 64,
            v6_wide_bits: 48,
            cells: 1 << 16,
            on_failure: OnFailure::Local,
        }
    }
}

impl LoginConfig {
    /// The quotas in the order of the limits, when all is well.
    pub(super) fn quotas(&self) -> Result<[Quota; 6], LoginConfigError> {
        if self.on_failure == OnFailure::Open {
            return Err(LoginConfigError::Open);
        }
        let (wide, narrow) = (self.v6_wide_bits, self.v6_bits);
        if wide == 0 || wide > narrow || narrow > 128 {
            return Err(LoginConfigError::Prefixes { wide, narrow });
        }
        let wide = self.prefix.times(self.wide_times);
        let wide = wide.map_err(LoginConfigError::Wide)?;
        Ok([
            self.pair,
            self.prefix,
            wide,
            self.account,
            self.device,
            self.devices,
        ])
    }
}

/// `count`, which is not zero.
const fn n(count: u32) -> NonZeroU32 {
    match NonZeroU32::new(count) {
        Some(count) => count,
        None => NonZeroU32::MIN,
    }
}

/// A configuration that would not protect logins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginConfigError {
    /// Logins would not be limited while the store is down, so whoever can take it down could guess at will.
    Open,
    /// The wider network does not contain the narrower one, or they are no prefixes of an IPv6 address.
    Prefixes {
        /// Bits of the wider one.
        wide: u8,
        /// Bits of the narrower one.
        narrow: u8,
    },
    /// The quota of the wider network cannot be kept.
    Wide(QuotaError),
}

impl fmt::Display for LoginConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("limits of logins must not open when the store fails"),
            Self::Prefixes { wide, narrow } => write!(
                f,
                "IPv6 networks of {wide} and {narrow} bits, expected 1 to 128 and the wider one first"
            ),
            Self::Wide(_) => f.write_str("the quota of the wider network cannot be kept"),
        }
    }
}

impl Error for LoginConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Wide(cause) => Some(cause),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_defaults_are_what_their_documentation_says() {
        let config = LoginConfig::default();
        let hour = Duration::from_secs(3_600);
        let rate = |count, period, burst| {
            Quota::new(n(count), period)
                .and_then(|quota| quota.with_burst(n(burst)))
                .unwrap()
        };
        assert_eq!(config.pair, rate(12, hour, 5));
        assert_eq!(config.prefix, rate(60, hour, 20));
        assert_eq!(
            config.account,
            Quota::strict(n(100), 24 * hour, n(10)).unwrap()
        );
        assert_eq!(config.device, rate(10, hour, 10));
        assert_eq!(config.alarm, rate(10, Duration::from_secs(1), 600));
        assert_eq!(config.quotas().unwrap()[2], rate(480, hour, 160));
    }

    #[test]
    fn what_would_not_protect_is_refused() {
        let with = |change: fn(&mut LoginConfig)| {
            let mut config = LoginConfig::default();
            change(&mut config);
            config.quotas().unwrap_err()
        };
        assert_eq!(
            with(|config| config.on_failure = OnFailure::Open),
            LoginConfigError::Open
        );
        assert_eq!(
            with(|config| config.v6_wide_bits = 65),
            LoginConfigError::Prefixes {
                wide: 65,
                narrow: 64
            }
        );
        assert!(matches!(
            with(|config| config.v6_wide_bits = 0),
            LoginConfigError::Prefixes { .. }
        ));
        assert!(matches!(
            with(|config| config.v6_bits = 129),
            LoginConfigError::Prefixes { .. }
        ));
        assert_eq!(
            with(|config| config.wide_times = NonZeroU32::MAX),
            LoginConfigError::Wide(QuotaError::TooLong)
        );
    }
}
