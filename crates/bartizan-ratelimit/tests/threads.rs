//! Sixteen threads at once: nothing is admitted above a quota, and several limits are taken all or none.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    num::NonZeroU32,
    sync::{
        Arc, Barrier,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use bartizan_ratelimit::{Claim, Decision, Epoch, Key, Limit, Quota, Secret, Table, decide_all};
use support::Rng;

const THREADS: u64 = 16;
const KEYS: u64 = 10;

fn n(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

/// The key of this number, each in a bucket of its own.
fn key(number: u64) -> Key {
    Key::from_u128(u128::from(number) << 120 | u128::from(number + 1))
}

#[test]
fn never_more_than_the_burst_and_what_time_has_given_back() {
    const CHECKS: u64 = 1_000_000;
    let interval = Duration::from_micros(100);
    let quota = Quota::new(n(1), interval)
        .unwrap()
        .with_burst(n(50))
        .unwrap();
    let t0 = Instant::now();
    let table = Table::with_cells(1 << 8, Epoch::new(t0, SystemTime::UNIX_EPOCH));
    let admitted: [AtomicU64; KEYS as usize] = Default::default();
    let start = Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (table, admitted, start) = (&table, &admitted, &start);
            scope.spawn(move || {
                let mut rng = Rng::new(thread);
                start.wait();
                for _ in 0..CHECKS / THREADS {
                    let at = rng.below(KEYS);
                    let decision = table.decide(key(at), quota, 1, Instant::now());
                    admitted[at as usize].fetch_add(u64::from(decision.is_allowed()), Relaxed);
                }
            });
        }
    });
    // The clock has run at least as long as between the first and the last decision.
    let most = 50 + t0.elapsed().as_nanos() / interval.as_nanos();
    for count in admitted.map(AtomicU64::into_inner) {
        println!("admitted {count} of at most {most}");
        assert!(
            u128::from(count) <= most,
            "{count} admitted, {most} allowed"
        );
        assert!(count >= 50);
    }
}

/// Three limits whose quotas do not come back during the test, so that what is spent can be counted.
fn limits(t0: Instant, bursts: [u32; 3]) -> Vec<Limit> {
    let secret = Secret::random();
    bursts
        .iter()
        .zip(["first", "second", "third"])
        .map(|(burst, name)| {
            let quota = Quota::new(n(*burst), Duration::from_secs(1_000_000)).unwrap();
            let table = Table::with_cells(1 << 8, Epoch::new(t0, SystemTime::UNIX_EPOCH));
            Limit::new(name, quota, Arc::new(table), &secret)
        })
        .collect()
}

fn spent(limit: &Limit, at: u64, now: Instant) -> u64 {
    let decision = limit.table().peek(key(at), limit.quota(), 0, now);
    u64::from(limit.quota().burst().get() - decision.remaining())
}

/// Each limit in another place of the list, and a key of its own in each.
fn claims<'a>(limits: &'a [Limit], rng: &mut Rng) -> [(usize, u64, Claim<'a>); 3] {
    const ORDERS: [[usize; 3]; 4] = [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]];
    ORDERS[rng.below(4) as usize].map(|limit| {
        let at = rng.below(KEYS);
        (limit, at, Claim::new(&limits[limit], key(at), 1))
    })
}

#[test]
fn several_limits_are_taken_all_or_none_in_any_order() {
    let t0 = Instant::now();
    let limits = limits(t0, [300, 700, 2_000]);
    let taken: [[AtomicU64; KEYS as usize]; 3] = Default::default();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (limits, taken) = (&limits, &taken);
            scope.spawn(move || {
                let mut rng = Rng::new(thread);
                for _ in 0..5_000 {
                    let places = claims(limits, &mut rng);
                    let list = places.map(|(_, _, claim)| claim);
                    if decide_all(&list, t0).are_allowed() {
                        for (limit, at, _) in places {
                            taken[limit][at as usize].fetch_add(1, Relaxed);
                        }
                    }
                }
            });
        }
    });
    let mut totals = [0; 3];
    for ((limit, taken), total) in limits.iter().zip(&taken).zip(&mut totals) {
        for (at, taken) in (0..).zip(taken) {
            let taken = taken.load(Relaxed);
            assert_eq!(spent(limit, at, t0), taken, "{} key {at}", limit.name());
            *total += taken;
        }
    }
    // A request takes one of each: the tightest limit is used up, the others as often and no more.
    assert_eq!(totals, [300 * KEYS; 3]);
}

#[test]
fn what_other_threads_refund_is_given_back_once() {
    type Taken = Vec<(usize, u64, Decision)>;
    let t0 = Instant::now();
    let limits = limits(t0, [20, 20, 20]);
    let kept: [[AtomicU64; KEYS as usize]; 3] = Default::default();
    let (sender, receiver) = mpsc::channel::<Taken>();
    thread::scope(|scope| {
        let (limits, kept) = (&limits, &kept);
        for thread in 0..THREADS {
            let sender = sender.clone();
            scope.spawn(move || {
                let mut rng = Rng::new(thread);
                for _ in 0..5_000 {
                    let places = claims(limits, &mut rng);
                    let list = places.map(|(_, _, claim)| claim);
                    let decisions = decide_all(&list, t0);
                    if !decisions.are_allowed() {
                        continue;
                    }
                    if rng.below(50) == 0 {
                        for (limit, at, _) in places {
                            kept[limit][at as usize].fetch_add(1, Relaxed);
                        }
                    } else {
                        let taken = places.iter().zip(decisions.as_slice());
                        let taken =
                            taken.map(|((limit, at, _), decision)| (*limit, *at, *decision));
                        sender.send(taken.collect()).unwrap();
                    }
                }
            });
        }
        drop(sender);
        scope.spawn(move || {
            for taken in receiver {
                for (limit, at, decision) in taken {
                    limits[limit].table().refund(key(at), &decision, t0);
                }
            }
        });
    });
    for (limit, kept) in limits.iter().zip(&kept) {
        for (at, kept) in (0..).zip(kept) {
            assert_eq!(spent(limit, at, t0), kept.load(Relaxed));
        }
    }
}
