//! A refused request leaves overfull buckets as they were: owners, debts and counters.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bartizan_ratelimit::{Claim, Decision, Epoch, Key, Limit, Quota, Secret, Table, decide_all};
use proptest::prelude::*;

const LIMITS: usize = 3;
/// Thrice what a bucket can tell apart.
const KEYS: u64 = 12;

/// One bucket each, so that nearly every newcomer takes over a cell.
fn limits(t0: Instant) -> Vec<Limit> {
    let n = |count| NonZeroU32::new(count).unwrap();
    (0..LIMITS)
        .map(|_| {
            let table = Table::with_cells(4, Epoch::new(t0, SystemTime::UNIX_EPOCH));
            let quota = Quota::new(n(5), Duration::from_secs(5)).unwrap();
            Limit::new("overfull", quota, Arc::new(table), &Secret::random())
        })
        .collect()
}

fn key(number: u64) -> Key {
    Key::from_u128(u128::from(number) + 1)
}

/// All that can be seen from outside.
fn seen(limits: &[Limit], now: Instant) -> Vec<(Vec<Decision>, u64, u64)> {
    let of = |limit: &Limit| {
        let table = limit.table();
        let keys = (0..KEYS).map(|at| table.peek(key(at), limit.quota(), 1, now));
        (keys.collect(), table.inherited(), table.expired())
    };
    limits.iter().map(of).collect()
}

proptest! {
    #[test]
    fn a_refusal_puts_back_whose_cells_they_were(
        requests in prop::collection::vec(
            (0_u64..2_000, prop::collection::vec((0..LIMITS, 0..KEYS, 0_u32..4), 2..6)),
            1..80,
        ),
    ) {
        let t0 = Instant::now();
        let limits = limits(t0);
        let mut now = t0 + Duration::from_secs(1);
        for (gap, list) in &requests {
            now += Duration::from_millis(*gap);
            let before = seen(&limits, now);
            let claims: Vec<_> = list
                .iter()
                .map(|(limit, at, cost)| Claim::new(&limits[*limit], key(*at), *cost))
                .collect();
            let decisions = decide_all(&claims, now);
            let after = seen(&limits, now);
            if decisions.are_allowed() {
                let took = list.iter().any(|(_, _, cost)| *cost > 0);
                prop_assert_eq!(took, before != after);
            } else {
                prop_assert_eq!(before, after);
            }
        }
    }
}
