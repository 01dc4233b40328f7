//! Any number of hostile keys takes no more memory than the bound, and leaves the answers that are in use.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use bartizan_cache::Store;
use http::HeaderMap;

use crate::support::{Rng, answer, body, key, t0};

const CAPACITY: u64 = 2 << 20;
const HOT: u64 = 200;
const KEYS: u64 = if cfg!(debug_assertions) {
    20_000
} else {
    200_000
};

#[test]
fn hostile_keys_neither_pass_the_bound_nor_push_out_what_is_in_use() {
    let store = Store::with_capacity(CAPACITY);
    let request = HeaderMap::new();
    let text = "x".repeat(1024);
    let fetch = |path: &str| {
        let key = key(path);
        if body(&store, &key).is_some() {
            return true;
        }
        let answer = answer(&request, &text, &[], store.begin());
        let _ = store.put(&key, answer, t0());
        assert!(store.counters().bytes <= CAPACITY + CAPACITY / 16);
        false
    };
    let mut rng = Rng::new(15);
    let mut hot = |count: u64| {
        let hits = (0..count)
            .filter(|_| fetch(&format!("/hot/{}", rng.below(HOT))))
            .count();
        hits as f64 / count as f64
    };
    hot(20 * HOT);
    let before = hot(10 * HOT);
    let mut during = 0.0;
    for round in 0..KEYS / 100 {
        for number in 0..100 {
            fetch(&format!("/hostile/{round}/{number}"));
        }
        during += hot(50);
    }
    let during = during / (KEYS / 100) as f64;
    assert!(before > 0.99, "{before}");
    assert!(before - during <= 0.05, "{before} before, {during} during");
    assert!(
        store.counters().freed_bytes > 4 * CAPACITY,
        "the flood was larger than the store"
    );
}
