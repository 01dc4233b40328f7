//! The arithmetic of one cell: pure functions of its word, the quota, the cost and the time.
//!
//! A rate's word is the theoretical arrival time of GCRA (ITU-T I.371, the virtual scheduling algorithm) in nanoseconds
//! since the table's epoch: the moment at which all that was admitted is paid off. A calendar quota's word is the window's
//! number in the upper half and the count in the lower. In both, smaller is less indebted, and zero is empty.

use crate::{
    decision::{Decision, Verdict},
    quota::{Kind, Quota},
};

/// A moment, as cells know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Nanoseconds since the table's epoch.
    pub(crate) elapsed_ns: u64,
    /// Nanoseconds since 1970.
    pub(crate) unix_ns: u64,
}

/// Decides, and says what the word becomes when the request is allowed.
#[inline]
pub(crate) fn decide(quota: Quota, word: u64, cost: u32, now: Moment) -> Decision {
    let answer = |verdict, spent, left_ns, word| Decision {
        quota,
        verdict,
        spent,
        left_ns,
        cost,
        word,
    };
    let burst = u64::from(quota.burst().get());
    match quota.kind() {
        Kind::Rate { interval_ns } => {
            // cannot overflow: checked when the quota was built
            let horizon = interval_ns * burst;
            let debt = word.saturating_sub(now.elapsed_ns);
            if u64::from(cost) > burst {
                return answer(Verdict::Never, debt, 0, word);
            }
            let after = debt.saturating_add(interval_ns * u64::from(cost));
            match after.checked_sub(horizon) {
                None | Some(0) => {
                    let word = now.elapsed_ns.saturating_add(after);
                    answer(Verdict::Allowed, after, 0, word)
                }
                Some(wait_ns) => answer(Verdict::Refused { wait_ns }, debt, 0, word),
            }
        }
        Kind::Calendar(calendar) => {
            let window = calendar.window(now.unix_ns);
            let (number, count) = in_window(word, window.number);
            if u64::from(cost) > burst {
                return answer(Verdict::Never, count, window.left_ns, word);
            }
            let after = count + u64::from(cost);
            match after <= burst {
                true => answer(Verdict::Allowed, after, window.left_ns, join(number, after)),
                false => {
                    let verdict = Verdict::Refused {
                        wait_ns: window.left_ns,
                    };
                    answer(verdict, count, window.left_ns, word)
                }
            }
        }
    }
}

/// Whether the word says no more than an empty cell does.
pub(crate) fn is_expired(quota: Quota, word: u64, now: Moment) -> bool {
    match quota.kind() {
        Kind::Rate { .. } => word <= now.elapsed_ns,
        Kind::Calendar(calendar) => split(word).0 < calendar.window(now.unix_ns).number,
    }
}

/// Gives back what `decision` took, as far as it has not drained since: what has come back by time must not come back twice.
pub(crate) fn refund(word: u64, decision: &Decision, now: Moment) -> u64 {
    let cost = u64::from(decision.cost);
    match decision.quota.kind() {
        Kind::Rate { interval_ns } => {
            let left = decision.word.saturating_sub(now.elapsed_ns);
            word.saturating_sub((interval_ns * cost).min(left))
        }
        Kind::Calendar(_) => {
            let (number, count) = split(word);
            match number == split(decision.word).0 {
                true => join(number, count.saturating_sub(cost)),
                false => word,
            }
        }
    }
}

/// Takes debt away without asking who made it.
#[cfg(feature = "redis")]
pub(crate) fn give_back(quota: Quota, word: u64, cost: u32) -> u64 {
    let cost = u64::from(cost);
    match quota.kind() {
        // What lies in the past is no debt: how far does not matter.
        Kind::Rate { interval_ns } => word.saturating_sub(interval_ns.saturating_mul(cost)),
        Kind::Calendar(_) => {
            let (number, count) = split(word);
            join(number, count.saturating_sub(cost))
        }
    }
}

/// Adds debt without asking.
pub(crate) fn penalize(quota: Quota, word: u64, cost: u32, now: Moment) -> u64 {
    let cost = u64::from(cost);
    match quota.kind() {
        Kind::Rate { interval_ns } => word
            .max(now.elapsed_ns)
            .saturating_add(interval_ns.saturating_mul(cost)),
        Kind::Calendar(calendar) => {
            let window = calendar.window(now.unix_ns).number;
            let (number, count) = in_window(word, window);
            join(number, count.saturating_add(cost))
        }
    }
}

/// At most the debt of a full burst.
pub(crate) fn cap(quota: Quota, word: u64, now: Moment) -> u64 {
    let burst = u64::from(quota.burst().get());
    match quota.kind() {
        Kind::Rate { interval_ns } => word.min(now.elapsed_ns.saturating_add(interval_ns * burst)),
        Kind::Calendar(_) => {
            let (number, count) = split(word);
            join(number, count.min(burst))
        }
    }
}

/// The word as it counts in this window. One of a later window was written before the clock was set back: it counts on until
/// time catches up.
fn in_window(word: u64, window: u32) -> (u32, u64) {
    let (number, count) = split(word);
    match number >= window {
        true => (number, count),
        false => (window, 0),
    }
}

fn split(word: u64) -> (u32, u64) {
    ((word >> 32) as u32, word & u64::from(u32::MAX))
}

fn join(window: u32, count: u64) -> u64 {
    u64::from(window) << 32 | count.min(u64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use super::*;
    use crate::Calendar;

    fn n(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).unwrap()
    }

    fn at(secs: u64) -> Moment {
        Moment {
            elapsed_ns: secs * 1_000_000_000,
            unix_ns: secs * 1_000_000_000,
        }
    }

    #[test]
    fn a_rate_admits_its_burst_then_one_an_interval() {
        let quota = Quota::per_minute(n(6)).unwrap().with_burst(n(2)).unwrap();
        let mut word = 0;
        for (secs, allowed, wait) in [
            (100, true, 0),
            (100, true, 0),
            (100, false, 10),
            (109, false, 1),
            (110, true, 0),
            (110, false, 10),
            (200, true, 0),
        ] {
            let decision = decide(quota, word, 1, at(secs));
            assert_eq!(decision.is_allowed(), allowed, "{secs}");
            assert_eq!(decision.retry_after(), Some(Duration::from_secs(wait)));
            word = decision.word;
        }
    }

    #[test]
    fn what_is_left_is_told_exactly() {
        let quota = Quota::per_minute(n(6)).unwrap();
        let decision = decide(quota, 0, 2, at(100));
        assert_eq!(decision.remaining(), 4);
        assert_eq!(decision.next_after(), Duration::from_secs(10));
        assert_eq!(decision.full_after(), Duration::from_secs(20));
        let later = decide(quota, decision.word, 0, at(103));
        assert_eq!(later.remaining(), 4);
        assert_eq!(later.next_after(), Duration::from_secs(7));
    }

    #[test]
    fn a_cost_above_the_burst_is_never_allowed_and_takes_nothing() {
        let quota = Quota::per_second(n(5)).unwrap();
        let decision = decide(quota, 7, 6, at(100));
        assert_eq!((decision.retry_after(), decision.word), (None, 7));
        let calendar = Quota::calendar(n(5), Calendar::Day);
        assert_eq!(decide(calendar, 0, u32::MAX, at(1)).retry_after(), None);
    }

    #[test]
    fn a_calendar_quota_comes_back_when_the_window_turns() {
        let quota = Quota::calendar(n(2), Calendar::Minute);
        let first = decide(quota, 0, 2, at(119));
        assert!(first.is_allowed());
        let second = decide(quota, first.word, 1, at(119));
        assert_eq!(second.retry_after(), Some(Duration::from_secs(1)));
        assert!(decide(quota, first.word, 2, at(120)).is_allowed());
        assert!(is_expired(quota, first.word, at(120)));
    }

    #[test]
    fn a_clock_that_is_set_back_gives_nothing_back() {
        let quota = Quota::calendar(n(1), Calendar::Minute);
        let word = decide(quota, 0, 1, at(600)).word;
        assert!(!decide(quota, word, 1, at(30)).is_allowed());
        let rate = Quota::per_minute(n(1)).unwrap();
        let word = decide(rate, 0, 1, at(600)).word;
        assert!(!decide(rate, word, 1, at(30)).is_allowed());
    }

    #[test]
    fn a_refund_gives_back_only_what_time_has_not() {
        let quota = Quota::per_minute(n(6)).unwrap();
        let taken = decide(quota, 0, 1, at(100));
        assert_eq!(refund(taken.word, &taken, at(100)), 100_000_000_000);
        // Ten seconds later all of it has drained, and the word is another request's.
        let other = decide(quota, taken.word, 1, at(150));
        assert_eq!(refund(other.word, &taken, at(150)), other.word);
        assert_eq!(refund(taken.word, &taken, at(104)), 104_000_000_000);
    }

    #[test]
    fn debt_never_overflows() {
        for quota in [
            Quota::per_minute(n(6)).unwrap(),
            Quota::calendar(n(6), Calendar::Day),
        ] {
            let word = penalize(quota, u64::MAX - 1, u32::MAX, at(100));
            let decision = decide(quota, word, 1, at(100));
            assert!(!decision.is_allowed());
            assert_eq!(decision.remaining(), 0);
            assert!(decision.next_after() >= Duration::from_secs(1));
        }
    }
}
