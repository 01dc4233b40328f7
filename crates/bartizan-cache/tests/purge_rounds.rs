//! Write, purge, read, while others fill: no read is older than the last purge. The same test finds the fault of a store that
//! compares times, so it can find ours.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread,
};

use bartizan_cache::{Key, Purge, Store};
use http::HeaderMap;

use crate::support::{answer, body, key, t0};

const ROUNDS: u64 = if cfg!(debug_assertions) {
    40_000
} else {
    10_000_000
};
const FILLERS: usize = 2;

/// A cache of one value.
trait Subject: Sync {
    type Born;
    fn begin(&self) -> Self::Born;
    fn put(&self, value: u64, born: Self::Born);
    fn purge(&self, round: u64);
    fn find(&self) -> Option<u64>;
}

/// How many reads after a purge found what was written before it, and how many found anything.
fn stale_reads<S: Subject>(subject: &S, rounds: u64) -> (u64, u64) {
    let written = AtomicU64::new(0);
    let done = AtomicBool::new(false);
    let (mut stale, mut found) = (0, 0);
    thread::scope(|scope| {
        for _ in 0..FILLERS {
            scope.spawn(|| {
                while !done.load(SeqCst) {
                    let born = subject.begin();
                    let value = written.load(SeqCst);
                    if value.is_multiple_of(3) {
                        thread::yield_now();
                    }
                    subject.put(value, born);
                }
            });
        }
        for round in 1..=rounds {
            written.store(round, SeqCst);
            subject.purge(round);
            if round.is_multiple_of(2) {
                thread::yield_now();
            }
            if let Some(value) = subject.find() {
                found += 1;
                stale += u64::from(value < round);
            }
        }
        done.store(true, SeqCst);
    });
    (stale, found)
}

struct Ours {
    store: Store,
    key: Key,
    request: HeaderMap,
}

impl Subject for Ours {
    type Born = bartizan_cache::Born;

    fn begin(&self) -> Self::Born {
        self.store.begin()
    }

    fn put(&self, value: u64, born: Self::Born) {
        let answer = answer(&self.request, &value.to_string(), &["x"], born);
        let _ = self.store.put(&self.key, answer, t0());
    }

    fn purge(&self, round: u64) {
        match round % 8 {
            0 => self.store.purge_all(Purge::Hard),
            1 => self.store.purge_key(&self.key, Purge::Hard),
            2 => self.store.purge_key(&self.key, Purge::Soft),
            _ => self.store.purge_tag("x", Purge::Hard),
        };
        if round % 8 == 2 {
            // a soft purge leaves what is stored: only what is on its way is refused
            self.store.purge_tag("x", Purge::Hard);
        }
    }

    fn find(&self) -> Option<u64> {
        body(&self.store, &self.key).map(|text| text.parse().unwrap())
    }
}

#[test]
fn no_read_after_a_purge_is_older_than_it() {
    let subject = Ours {
        store: Store::with_capacity(1 << 20),
        key: key("/a"),
        request: HeaderMap::new(),
    };
    let (stale, found) = stale_reads(&subject, ROUNDS);
    assert_eq!(stale, 0);
    assert!(found > ROUNDS / 1000, "{found} of {ROUNDS} found anything");
    assert!(
        subject.store.counters().refused_as_purged > 0,
        "no answer was overtaken by a purge"
    );
}

/// The common way: an answer is older than a purge if it was stored at an earlier time. The time here is a count that runs on
/// by itself, so the fault does not depend on the machine's clock.
struct ByTime {
    stored: Mutex<Option<(u64, u64)>>,
    purged: AtomicU64,
    ticks: AtomicU64,
}

impl ByTime {
    fn now(&self) -> u64 {
        self.ticks.fetch_add(1, SeqCst)
    }
}

impl Subject for ByTime {
    type Born = ();

    fn begin(&self) {}

    fn put(&self, value: u64, (): ()) {
        *self.stored.lock().unwrap() = Some((value, self.now()));
    }

    fn purge(&self, _: u64) {
        self.purged.fetch_max(self.now(), SeqCst);
    }

    fn find(&self) -> Option<u64> {
        let stored = *self.stored.lock().unwrap();
        let (value, at) = stored?;
        (at > self.purged.load(SeqCst)).then_some(value)
    }
}

#[test]
fn the_same_rounds_find_the_fault_of_times() {
    let subject = ByTime {
        stored: Mutex::new(None),
        purged: AtomicU64::new(0),
        ticks: AtomicU64::new(1),
    };
    let (stale, _) = stale_reads(&subject, ROUNDS.min(1_000_000));
    assert!(stale > 0);
}
