use std::{num::NonZeroU32, time::Duration};

use super::*;
use crate::Calendar;

const MS: u64 = 1_000_000;

fn n(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

fn refused(quota: Quota, cost: u32, wait_ns: u64, spent: u64) -> Decision {
    Decision {
        quota,
        verdict: Verdict::Refused { wait_ns },
        spent,
        left_ns: wait_ns,
        cost,
        word: 0,
    }
}

/// Keys of one bucket, whatever the number of buckets.
fn key(number: u64) -> Key {
    Key::from_u128(u128::from(number) << 1)
}

#[test]
fn a_refusal_lasts_until_its_time_and_shrinks() {
    let start = Instant::now();
    let cache = DenyCache::new(64, start);
    // Ten requests a second, all of them spent: the next in 40 ms.
    let quota = Quota::per_second(n(10)).unwrap();
    let spent = 940 * MS;
    cache.remember(key(1), quota, &refused(quota, 1, 40 * MS, spent), start);
    let at = |ms| cache.refusal(key(1), quota, 1, start + Duration::from_millis(ms));
    assert_eq!(
        at(0).unwrap().retry_after(),
        Some(Duration::from_millis(40))
    );
    let later = at(39).unwrap();
    assert_eq!(later.retry_after(), Some(Duration::from_millis(1)));
    assert_eq!(later.remaining(), 0);
    assert_eq!(later.full_after(), Duration::from_millis(901));
    assert_eq!(at(40), None);
    assert_eq!(cache.refusal(key(2), quota, 1, start), None);
}

#[test]
fn other_costs_have_their_own_times() {
    let start = Instant::now();
    let cache = DenyCache::new(64, start);
    let quota = Quota::per_second(n(10)).unwrap();
    // Half is left; eight do not fit before 300 ms have passed.
    cache.remember(key(1), quota, &refused(quota, 8, 300 * MS, 500 * MS), start);
    let wait = |cost| {
        cache
            .refusal(key(1), quota, cost, start)
            .and_then(|decision| decision.retry_after())
    };
    assert_eq!(wait(8), Some(Duration::from_millis(300)));
    assert_eq!(wait(10), Some(Duration::from_millis(500)));
    assert_eq!(wait(5), None);
    assert_eq!(wait(11), None, "never is the store's to say");
}

#[test]
fn a_calendar_quota_is_refused_until_the_window_turns_but_never_longer() {
    let start = Instant::now();
    let cache = DenyCache::new(64, start);
    let quota = Quota::calendar(n(3), Calendar::Minute);
    cache.remember(key(1), quota, &refused(quota, 2, 40 * MS, 2), start);
    let at = |cost, ms| cache.refusal(key(1), quota, cost, start + Duration::from_millis(ms));
    let wait = at(2, 0).unwrap().retry_after().unwrap();
    assert!(wait <= Duration::from_millis(40) && wait > Duration::from_millis(39));
    assert_eq!(at(2, 0).unwrap().remaining(), 1);
    assert_eq!(at(1, 0), None, "one is left");
    assert_eq!(at(2, 40), None);
    // Of another kind under the same key nothing is known.
    assert_eq!(
        cache.refusal(key(1), Quota::per_second(n(3)).unwrap(), 2, start),
        None
    );
}

#[test]
fn a_full_bucket_forgets_what_ends_first() {
    let start = Instant::now();
    let cache = DenyCache::new(4, start);
    let quota = Quota::per_second(n(1)).unwrap();
    for (number, secs) in [(1, 50), (2, 20), (3, 40), (4, 30), (5, 60)] {
        let refusal = refused(quota, 1, secs * 1000 * MS, secs * 1000 * MS);
        cache.remember(key(number), quota, &refusal, start);
    }
    let known: Vec<u64> = (1..=5)
        .filter(|number| cache.refusal(key(*number), quota, 1, start).is_some())
        .collect();
    assert_eq!(known, [1, 3, 4, 5]);
}

#[test]
fn what_is_forgotten_is_asked_again() {
    let start = Instant::now();
    let quota = Quota::per_second(n(1)).unwrap();
    let refusal = refused(quota, 1, 1000 * MS, 1000 * MS);
    let cache = DenyCache::new(4, start);
    cache.remember(key(1), quota, &refusal, start);
    cache.forget(key(1), quota);
    assert_eq!(cache.refusal(key(1), quota, 1, start), None);
    let none = DenyCache::new(0, start);
    none.remember(key(1), quota, &refusal, start);
    assert_eq!(none.refusal(key(1), quota, 1, start), None);
}

#[test]
fn a_cell_has_sixteen_bytes() {
    assert_eq!(size_of::<Bucket>(), 16 * WAYS);
}
