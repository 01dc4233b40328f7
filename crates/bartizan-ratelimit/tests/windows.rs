//! What each kind of quota admits in its worst window, and that a strict one keeps its word.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    num::NonZeroU32,
    time::{Duration, Instant, SystemTime},
};

use bartizan_ratelimit::{Calendar, Epoch, Key, Quota, Table};
use proptest::prelude::*;

const KEY: Key = Key::from_u128(7);
const MINUTE: Duration = Duration::from_secs(60);

fn n(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

/// When requests that come at these times are admitted.
fn admitted(quota: Quota, arrivals: impl Iterator<Item = Duration>) -> Vec<Duration> {
    let t0 = Instant::now();
    let table = Table::with_cells(4, Epoch::new(t0, SystemTime::UNIX_EPOCH));
    arrivals
        .filter(|at| table.decide(KEY, quota, 1, t0 + *at).is_allowed())
        .collect()
}

/// The most of these times in one window `[t, t + length)`.
fn worst(times: &[Duration], length: Duration) -> usize {
    let window = |first: &Duration| times.partition_point(|time| *time < *first + length);
    let counts = times.iter().enumerate().map(|(at, time)| window(time) - at);
    counts.max().unwrap_or(0)
}

/// Someone who tries at every millisecond of four minutes, after half a minute of rest.
fn relentless(quota: Quota) -> Vec<Duration> {
    let arrivals = (30_000..270_000).flat_map(|ms| {
        // at the start, and where a calendar window turns, more than once
        let times = if ms % 30_000 == 0 || ms % 60_000 == 59_999 {
            120
        } else {
            1
        };
        std::iter::repeat_n(Duration::from_millis(ms), times)
    });
    admitted(quota, arrivals)
}

#[test]
fn the_worst_minutes_are_those_that_the_documentation_tells() {
    let hundred = Quota::per_minute(n(100)).unwrap();
    let strict = Quota::strict(n(100), MINUTE, n(50)).unwrap();
    for (quota, expected) in [
        (hundred, 199),
        (hundred.with_burst(n(10)).unwrap(), 109),
        (strict, 100),
        (Quota::calendar(n(100), Calendar::Minute), 200),
    ] {
        assert_eq!(worst(&relentless(quota), MINUTE), expected, "{quota:?}");
    }
}

#[test]
fn the_long_run_is_what_the_documentation_tells() {
    let strict = Quota::strict(n(100), MINUTE, n(50)).unwrap();
    let times = relentless(strict);
    let last = times.partition_point(|time| *time < Duration::from_secs(210));
    let last_minute = last - times.partition_point(|time| *time < Duration::from_secs(150));
    assert_eq!(last_minute, 51);
}

fn strict() -> impl Strategy<Value = (u32, u32, Duration)> {
    let count = prop_oneof![1_u32..10, 1_u32..300];
    let window = prop_oneof![1_000_u64..1_000_000, 1_u64..100_000_000_000_000];
    (count, window).prop_flat_map(|(count, window)| {
        let window = Duration::from_nanos(window);
        (Just(count), 1..=count, Just(window))
    })
}

proptest! {
    #[test]
    fn a_strict_quota_never_admits_more_in_any_window(
        (count, burst, window) in strict(),
        gaps in prop::collection::vec((0_u32..4, 0.0_f64..1.0), 1..1_500),
    ) {
        let quota = Quota::strict(n(count), window, n(burst)).unwrap();
        let interval = quota.interval().unwrap();
        let mut at = Duration::ZERO;
        let arrivals = gaps.iter().map(|(kind, share)| {
            at += match kind {
                0 => Duration::ZERO,
                1 => interval,
                2 => interval.mul_f64(*share),
                _ => window.mul_f64(share / f64::from(count)),
            };
            at
        });
        let times = admitted(quota, arrivals);
        // Even with both its ends in it, a window holds no more.
        let closed = window + Duration::from_nanos(1);
        prop_assert!(worst(&times, closed) <= count as usize);
    }

    #[test]
    fn a_strict_quota_is_used_up_by_one_who_never_rests((count, burst, window) in strict()) {
        let quota = Quota::strict(n(count), window, n(burst)).unwrap();
        let interval = quota.interval().unwrap();
        // All at once, then each as soon as it is allowed: the worst that can be.
        let steps = 2 * count - burst;
        let arrivals = (0..burst)
            .map(|_| Duration::ZERO)
            .chain((1..=steps).map(|step| interval * step));
        let times = admitted(quota, arrivals);
        prop_assert_eq!(times.len(), (burst + steps) as usize);
        let closed = window + Duration::from_nanos(1);
        let worst = worst(&times, closed);
        prop_assert!(worst <= count as usize);
        // Where an interval has few nanoseconds, rounding it up costs some of the count; from a second on, none.
        if window >= Duration::from_secs(1) {
            prop_assert_eq!(worst, count as usize);
        }
    }
}
