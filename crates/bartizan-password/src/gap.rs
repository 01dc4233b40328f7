//! What is left of a full hash's work after a cheaper row was checked, so that time does not tell which kind of row it was.

use std::time::Duration;

use crate::Cost;

/// A part of a full hash, in 1,024ths: 0 to 1,024.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share(u32);

impl Share {
    pub(crate) const WHOLE: Self = Self(1024);

    /// `part` of `of`, rounded to the nearest; none where the whole is nothing.
    fn new(part: u128, of: u128) -> Self {
        match of {
            0 => Self(0),
            of => Self(((part * 2048 + of) / (2 * of)).min(1024) as u32),
        }
    }
}

/// What is missing to the time of a full hash.
pub(crate) fn remaining(spent: Duration, typical: Duration) -> Share {
    let missing = typical.saturating_sub(spent);
    Share::new(missing.as_nanos(), typical.as_nanos())
}

/// The time of a full hash, from that of one of the policy's cost: it grows with the work.
pub(crate) fn scaled(typical: Duration, policy: Cost, full: Cost) -> Duration {
    let nanos = typical.as_nanos().saturating_mul(full.work().into()) / u128::from(policy.work());
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// What is missing to the work of a full hash, where both are Argon2id of a known cost: no clock is asked, and its noise adds
/// nothing.
pub(crate) fn remaining_work(done: Cost, full: Cost) -> Share {
    let missing = full.work().saturating_sub(done.work());
    Share::new(missing.into(), full.work().into())
}

/// A cost with this share of the work: the time of Argon2 is linear in its memory. `None` below the least memory that
/// Argon2 takes, 8 KiB a lane, which is some microseconds.
pub(crate) fn fill(full: Cost, share: Share) -> Option<Cost> {
    let memory = u64::from(full.memory_kib) * u64::from(share.0) / 1024;
    Cost::new(u32::try_from(memory).ok()?, full.passes, full.lanes).ok()
}

/// The time that a full hash takes on this machine now: the median of the last ones, so that one that was interrupted counts for
/// nothing, and a machine that becomes slower is followed.
#[derive(Debug, Default)]
pub(crate) struct Typical {
    last: [Duration; Self::KEPT],
    seen: usize,
}

impl Typical {
    /// Odd, so that there is a middle one.
    const KEPT: usize = 15;

    pub(crate) fn record(&mut self, time: Duration) {
        self.last[self.seen % Self::KEPT] = time;
        self.seen = self.seen.wrapping_add(1);
    }

    /// `None` before the first.
    pub(crate) fn median(&self) -> Option<Duration> {
        let mut sorted = self.last;
        let known = sorted.get_mut(..self.seen.min(Self::KEPT))?;
        known.sort_unstable();
        known.get(known.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn what_is_missing_to_the_typical_time_is_filled() {
        for (spent, typical, share) in [
            (0, 60, 1024),
            (15, 60, 768),
            (30, 60, 512),
            (59, 60, 17),
            (60, 60, 0),
            (900, 60, 0),
            (5, 0, 0),
        ] {
            assert_eq!(remaining(MS(spent), MS(typical)), Share(share), "{spent}");
        }
        let hour = Duration::from_secs(3600);
        assert_eq!(remaining(Duration::from_micros(3), hour), Share::WHOLE);
        assert_eq!(remaining(Duration::ZERO, Duration::MAX), Share::WHOLE);
    }

    #[test]
    fn a_share_is_taken_from_the_memory() {
        let full = Cost::new(19_456, 2, 1).unwrap();
        let memory = |share| fill(full, Share(share)).map(|cost| cost.memory_kib());
        assert_eq!(memory(1024), Some(19_456));
        assert_eq!(memory(512), Some(9_728));
        assert_eq!(memory(1), Some(19));
        assert_eq!(memory(0), None);
        assert_eq!(fill(Cost::new(64, 1, 8).unwrap(), Share(1023)), None);
    }

    #[test]
    fn the_work_of_known_costs_needs_no_clock() {
        let full = Cost::new(256, 2, 1).unwrap();
        for (memory, passes, share) in [(64, 2, 768), (128, 2, 512), (256, 2, 0), (256, 9, 0)] {
            let done = Cost::new(memory, passes, 1).unwrap();
            assert_eq!(remaining_work(done, full), Share(share));
        }
    }

    #[test]
    fn the_time_of_a_larger_cost_grows_with_its_work() {
        let cost = |memory, passes| Cost::new(memory, passes, 1).unwrap();
        let of = |time, full| scaled(time, cost(64, 2), full);
        assert_eq!(of(MS(60), cost(64, 2)), MS(60));
        assert_eq!(of(MS(60), cost(96, 4)), MS(180));
        assert_eq!(
            of(Duration::MAX, cost(96, 4)),
            Duration::from_nanos(u64::MAX)
        );
    }

    #[test]
    fn one_slow_hash_among_many_does_not_move_the_typical_time() {
        let mut typical = Typical::default();
        assert_eq!(typical.median(), None);
        typical.record(MS(60));
        assert_eq!(typical.median(), Some(MS(60)));
        for _ in 0..5 {
            typical.record(MS(60));
            typical.record(MS(61));
        }
        typical.record(MS(5_000));
        assert!((MS(60)..=MS(61)).contains(&typical.median().unwrap()));
        for _ in 0..Typical::KEPT {
            typical.record(MS(120)); // the machine has become slower
        }
        assert_eq!(typical.median(), Some(MS(120)));
    }
}
