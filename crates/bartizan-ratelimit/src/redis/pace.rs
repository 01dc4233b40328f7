//! A quota as the store counts it: in whole microseconds, and shared among instances when it is down.

use std::{error::Error, fmt, num::NonZeroU32, time::Duration};

use crate::{
    calendar::Calendar,
    key::Key,
    limit::Limit,
    quota::{Kind, Quota},
};

/// What the script is told of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    Rate {
        interval_ns: u64,
        /// Rounded up, so that the rate is never above the quota's.
        interval_us: u64,
    },
    Calendar(Calendar),
}

impl Pace {
    pub(crate) const fn of(quota: Quota) -> Self {
        match quota.kind() {
            Kind::Rate { interval_ns } => Self::Rate {
                interval_ns,
                interval_us: interval_ns.div_ceil(1000),
            },
            Kind::Calendar(calendar) => Self::Calendar(calendar),
        }
    }

    /// The letter in the key's name: a key whose quota becomes one of another kind is another key.
    pub(crate) const fn letter(self) -> u8 {
        match self {
            Self::Rate { .. } => b'r',
            Self::Calendar(Calendar::Minute) => b'm',
            Self::Calendar(Calendar::Hour) => b'h',
            Self::Calendar(Calendar::Day) => b'd',
            Self::Calendar(Calendar::Week) => b'w',
            Self::Calendar(Calendar::Month) => b'M',
        }
    }

    /// What so many requests cost: microseconds of a rate, requests of a calendar quota.
    pub(crate) const fn price(self, requests: u32) -> u64 {
        match self {
            Self::Rate { interval_us, .. } => interval_us.saturating_mul(requests as u64),
            Self::Calendar(_) => requests as u64,
        }
    }

    /// The debt as a decision tells it: in units of the exact interval, so that whole requests stay whole.
    pub(crate) fn debt_ns(interval_ns: u64, interval_us: u64, debt_us: u64) -> u64 {
        match interval_us * 1000 == interval_ns {
            true => debt_us.saturating_mul(1000),
            false => {
                let debt = u128::from(debt_us) * u128::from(interval_ns) / u128::from(interval_us);
                u64::try_from(debt).unwrap_or(u64::MAX)
            }
        }
    }
}

/// The key under which this quota is counted in the store. A quota that changes begins anew there: what is owed under the old
/// one is in its units, and could take days to pay off under a new one that is meant to be wider.
pub(crate) const fn stored(key: Key, quota: Quota) -> Key {
    let burst = quota.burst().get() as u128;
    let interval = match quota.kind() {
        Kind::Rate { interval_ns } => interval_ns as u128,
        Kind::Calendar(_) => 0,
    };
    Key::from_u128(key.as_u128() ^ (interval << 40 | burst << 1))
}

/// Whether a store can keep this quota, and each of so many instances its share.
pub(crate) fn check(limit: &Limit, instances: NonZeroU32) -> Result<(), NotShareable> {
    let quota = limit.quota();
    if let Kind::Rate { interval_ns } = quota.kind()
        && interval_ns < 1000
    {
        return Err(NotShareable::TooFine {
            interval: Duration::from_nanos(interval_ns),
        });
    }
    match share(quota, instances) {
        Some(_) => Ok(()),
        None => Err(NotShareable::ShareTooLong { instances }),
    }
}

/// What one of so many instances grants on its own. The shares' rates add up to the quota's, their bursts to at most
/// `instances - 1` more than its burst. `None` when a share takes more than 100 years to come back.
pub(crate) fn share(quota: Quota, instances: NonZeroU32) -> Option<Quota> {
    if instances == NonZeroU32::MIN {
        return Some(quota);
    }
    // at least 1, since the burst is
    let burst = NonZeroU32::new(quota.burst().get().div_ceil(instances.get()))?;
    match quota.kind() {
        Kind::Rate { interval_ns } => {
            let interval_ns = interval_ns.checked_mul(u64::from(instances.get()))?;
            let one = Quota::new(NonZeroU32::MIN, Duration::from_nanos(interval_ns)).ok()?;
            one.with_burst(burst).ok()
        }
        Kind::Calendar(calendar) => Some(Quota::calendar(burst, calendar)),
    }
}

/// A limit that a shared store cannot keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotShareable {
    /// The store counts in microseconds.
    TooFine {
        /// How long one request takes to come back.
        interval: Duration,
    },
    /// One instance's share takes more than 100 years to come back.
    ShareTooLong {
        /// Among how many it is shared.
        instances: NonZeroU32,
    },
}

impl fmt::Display for NotShareable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFine { interval } => write!(
                f,
                "expected an interval of at least 1 us between requests, found {interval:?}"
            ),
            Self::ShareTooLong { instances } => write!(
                f,
                "the share of one of {instances} instances takes more than 100 years to come back"
            ),
        }
    }
}

impl Error for NotShareable {}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).unwrap()
    }

    #[test]
    fn shares_never_add_up_to_more_than_rounding() {
        for (count, instances) in [(100, 4), (100, 3), (1, 8), (7, 7), (5, 1)] {
            let quota = Quota::per_minute(n(count)).unwrap();
            let share = share(quota, n(instances)).unwrap();
            let all = share.burst().get() * instances;
            assert!((count..count + instances).contains(&all));
            let interval = quota.interval().unwrap() * instances;
            assert_eq!(share.interval(), Some(interval));
        }
        let daily = Quota::calendar(n(10), Calendar::Day);
        assert_eq!(
            share(daily, n(4)),
            Some(Quota::calendar(n(3), Calendar::Day))
        );
    }

    #[test]
    fn a_share_beyond_a_hundred_years_is_none() {
        let year = Duration::from_secs(365 * 24 * 60 * 60);
        let quota = Quota::new(n(1), 50 * year).unwrap();
        assert!(share(quota, n(2)).is_some());
        assert_eq!(share(quota, n(3)), None);
    }

    #[test]
    fn whole_requests_stay_whole_in_microseconds() {
        for interval_ns in [1000, 1001, 1999, 333_333_334, 1_000_000_000] {
            let interval_us = u64::div_ceil(interval_ns, 1000);
            for requests in [0, 1, 2, 1000] {
                assert_eq!(
                    Pace::debt_ns(interval_ns, interval_us, requests * interval_us),
                    requests * interval_ns
                );
            }
            // A microsecond more is part of one more request.
            let beyond = Pace::debt_ns(interval_ns, interval_us, 5 * interval_us + 1);
            assert!(beyond > 5 * interval_ns, "{interval_ns}");
            assert!(beyond <= 6 * interval_ns, "{interval_ns}");
        }
    }
}
