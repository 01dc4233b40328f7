//! Bans: who is refused too often is not even counted for a while, and each time for longer.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use crate::{
    key::Key,
    limit::Limit,
    quota::{Quota, QuotaError},
    until::Until,
};

/// When somebody is banned, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BanPolicy {
    strikes: Quota,
    first: Duration,
    longest: Duration,
}

impl BanPolicy {
    /// A ban after `strikes` refusals within `window`: for `first`, and for twice as long each time that it happens again
    /// while the last ban is remembered, at most for `longest`. A ban is remembered for as long as `longest` after its end.
    ///
    /// # Errors
    ///
    /// What [`Quota::new`] refuses.
    pub fn new(
        strikes: NonZeroU32,
        window: Duration,
        first: Duration,
        longest: Duration,
    ) -> Result<Self, QuotaError> {
        let horizon = Duration::from_secs(365 * 24 * 60 * 60);
        if first.is_zero() || longest < first || longest > horizon {
            return Err(QuotaError::TooLong);
        }
        Ok(Self {
            strikes: Quota::new(strikes, window)?,
            first,
            longest,
        })
    }

    pub(crate) const fn strikes(&self) -> Quota {
        self.strikes
    }

    /// How long the next ban lasts, after `earlier` ones.
    fn length(&self, earlier: u32) -> Duration {
        let factor = 2_u32.checked_pow(earlier.min(31)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

/// The bans of one rule.
#[derive(Debug)]
pub(crate) struct Bans {
    policy: BanPolicy,
    strikes: Limit,
    until: Arc<Until>,
    count: AtomicU64,
}

impl Bans {
    pub(crate) const fn new(policy: BanPolicy, strikes: Limit, until: Arc<Until>) -> Self {
        Self {
            policy,
            strikes,
            until,
            count: AtomicU64::new(0),
        }
    }

    pub(crate) const fn strikes(&self) -> &Limit {
        &self.strikes
    }

    pub(crate) fn until(&self) -> &Arc<Until> {
        &self.until
    }

    /// How many bans there were.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Relaxed)
    }

    /// How much longer this key is banned, if it is.
    pub(crate) fn left(&self, key: Key, now: Instant) -> Option<Duration> {
        let (end, _) = self.until.find(key)?;
        end.checked_duration_since(now)
            .filter(|left| !left.is_zero())
    }

    /// Counts a refusal of this key, which may be one too many.
    pub(crate) fn strike(&self, key: Key, now: Instant) {
        let table = self.strikes.table();
        if table.decide(key, self.strikes.quota(), 1, now).is_allowed() {
            return;
        }
        let earlier = match self.until.find(key) {
            Some((end, count)) if now < end + self.policy.longest => count,
            _ => 0,
        };
        // Strikes begin anew after the ban.
        table.clear(key);
        self.count.fetch_add(1, Relaxed);
        let end = now + self.policy.length(earlier);
        self.until.put(key, end, earlier.saturating_add(1));
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::{Epoch, Secret, Table};

    const SECOND: Duration = Duration::from_secs(1);

    fn bans(now: Instant) -> Bans {
        let three = NonZeroU32::new(3).unwrap();
        let policy = BanPolicy::new(three, 60 * SECOND, 10 * SECOND, 35 * SECOND).unwrap();
        let table = Table::with_cells(64, Epoch::new(now, SystemTime::UNIX_EPOCH));
        let strikes = Limit::new("b", policy.strikes(), Arc::new(table), &Secret::random());
        Bans::new(policy, strikes, Arc::new(Until::with_cells(64, now)))
    }

    #[test]
    fn bans_double_up_to_the_longest_and_end_by_themselves() {
        let mut now = Instant::now();
        let bans = bans(now);
        let key = Key::from_u128(1 << 100 | 7);
        for expected in [10, 20, 35, 35] {
            for _ in 0..3 {
                bans.strike(key, now);
                assert_eq!(bans.left(key, now), None);
            }
            bans.strike(key, now);
            assert_eq!(bans.left(key, now), Some(expected * SECOND));
            now += expected * SECOND;
            assert_eq!(bans.left(key, now), None);
        }
        // Forgotten after a quiet time.
        now += 36 * SECOND;
        for _ in 0..4 {
            bans.strike(key, now);
        }
        assert_eq!(bans.left(key, now), Some(10 * SECOND));
        assert_eq!(bans.count(), 5);
    }

    #[test]
    fn refusals_that_are_far_apart_ban_nobody() {
        let mut now = Instant::now();
        let bans = bans(now);
        let key = Key::from_u128(9);
        for _ in 0..50 {
            bans.strike(key, now);
            now += 21 * SECOND;
        }
        assert_eq!((bans.left(key, now), bans.count()), (None, 0));
    }

    #[test]
    fn a_ban_without_length_or_of_years_is_refused() {
        let one = NonZeroU32::MIN;
        for (first, longest) in [(0, 10), (10, 5), (1, 400 * 24 * 60 * 60)] {
            let (first, longest) = (first * SECOND, longest * SECOND);
            assert!(BanPolicy::new(one, SECOND, first, longest).is_err());
        }
    }
}
