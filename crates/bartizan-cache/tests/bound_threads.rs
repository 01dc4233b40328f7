//! Threads that store at once stay within the bound together.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread,
};

use bartizan_cache::Store;
use http::HeaderMap;

use crate::support::{answer, key, t0};

const CAPACITY: u64 = 1 << 20;

#[test]
fn the_bound_holds_while_eight_threads_store() {
    let store = Store::with_capacity(CAPACITY);
    let (done, text) = (AtomicBool::new(false), "x".repeat(20_000));
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut most = 0;
            while !done.load(SeqCst) {
                // a refused claim stands in the account for an instant, once a thread
                most = most.max(store.counters().bytes.saturating_sub(8 * 25_000));
                thread::yield_now();
            }
            most
        });
        let storing: Vec<_> = (0..8)
            .map(|number| {
                let (store, text) = (&store, &text);
                scope.spawn(move || {
                    let request = HeaderMap::new();
                    for round in 0..300 {
                        let answer = answer(&request, text, &[], store.begin());
                        let _ = store.put(&key(&format!("/{number}/{round}")), answer, t0());
                    }
                })
            })
            .collect();
        for thread in storing {
            thread.join().unwrap();
        }
        done.store(true, SeqCst);
        assert!(watch.join().unwrap() <= CAPACITY + CAPACITY / 16);
    });
    let counters = store.counters();
    assert!(counters.bytes <= CAPACITY + CAPACITY / 16);
    assert!(counters.stored > 300, "{} stored", counters.stored);
    assert_eq!(counters.stored + counters.refused, 2400);
}
