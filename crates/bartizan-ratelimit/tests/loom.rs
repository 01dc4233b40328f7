//! Every order in which two threads can meet in a bucket, by the model checker:
//! `RUSTFLAGS="--cfg loom" cargo test -p bartizan-ratelimit --no-default-features --release --test loom`.
#![cfg(loom)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bartizan_ratelimit::{Claim, Epoch, Key, Limit, Quota, Secret, Table, decide_all};
use loom::thread;

fn n(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

fn quota(burst: u32) -> Quota {
    Quota::new(n(burst), Duration::from_secs(60)).unwrap()
}

/// One bucket: every key meets every other.
fn table(t0: Instant) -> Arc<Table> {
    Arc::new(Table::with_cells(4, Epoch::new(t0, SystemTime::UNIX_EPOCH)))
}

fn key(number: u128) -> Key {
    Key::from_u128(number)
}

#[test]
fn the_last_unit_is_admitted_once() {
    let t0 = Instant::now();
    loom::model(move || {
        let table = table(t0);
        let other = Arc::clone(&table);
        let decide = move |table: &Table| table.decide(key(1), quota(1), 1, t0).is_allowed();
        let thread = thread::spawn(move || decide(&other));
        let here = decide(&table);
        assert!(here ^ thread.join().unwrap());
    });
}

#[test]
fn opposite_orders_neither_deadlock_nor_take_a_part() {
    let t0 = Instant::now();
    loom::model(move || {
        let limit = |name| Limit::new(name, quota(1), table(t0), &Secret::from_bytes([7; 16]));
        let limits = [limit("a"), limit("b")];
        let others = limits.clone();
        let decide = move |first: &Limit, second: &Limit| {
            let claims = [Claim::new(first, key(1), 1), Claim::new(second, key(1), 1)];
            decide_all(&claims, t0).are_allowed()
        };
        let thread = thread::spawn(move || decide(&others[1], &others[0]));
        let here = decide(&limits[0], &limits[1]);
        assert!(here ^ thread.join().unwrap());
        for limit in limits {
            let left = limit.table().peek(key(1), quota(1), 0, t0).remaining();
            assert_eq!(left, 0);
        }
    });
}

#[test]
fn a_refusal_leaves_the_other_limit_to_others() {
    let t0 = Instant::now();
    loom::model(move || {
        let limit = |name| Limit::new(name, quota(1), table(t0), &Secret::from_bytes([7; 16]));
        let (used_up, free) = (limit("a"), limit("b"));
        let _ = used_up.table().decide(key(1), quota(1), 1, t0);
        let others = (used_up.clone(), free.clone());
        // One asks both and is refused; the other asks only the free one and must not notice.
        let thread = thread::spawn(move || {
            let (used_up, free) = others;
            let claims = [
                Claim::new(&free, key(1), 1),
                Claim::new(&used_up, key(1), 1),
            ];
            decide_all(&claims, t0).are_allowed()
        });
        let here = free.table().decide(key(1), quota(1), 1, t0);
        assert!(here.is_allowed());
        assert!(!thread.join().unwrap());
    });
}

#[test]
fn a_newcomer_that_takes_over_a_cell_loses_no_debt() {
    let t0 = Instant::now();
    loom::model(move || {
        let table = table(t0);
        // Four owners, the first least in debt: seven of the bucket's twelve are spent.
        for (owner, cost) in [(1, 1), (2, 2), (3, 2), (4, 2)] {
            assert!(table.decide(key(owner), quota(3), cost, t0).is_allowed());
        }
        let other = Arc::clone(&table);
        let newcomer = thread::spawn(move || other.decide(key(5), quota(3), 1, t0).is_allowed());
        assert!(table.decide(key(1), quota(3), 1, t0).is_allowed());
        assert!(newcomer.join().unwrap());
        let admitted = (6..20).filter(|number| {
            let decision = table.decide(key(*number), quota(3), 1, t0);
            decision.is_allowed()
        });
        assert_eq!(admitted.count(), 3, "nine of twelve were spent");
    });
}

#[test]
fn a_refund_and_a_decision_at_once_lose_nothing() {
    let t0 = Instant::now();
    loom::model(move || {
        let table = table(t0);
        let taken = table.decide(key(1), quota(1), 1, t0);
        let other = Arc::clone(&table);
        let thread = thread::spawn(move || other.refund(key(1), &taken, t0));
        let here = table.decide(key(1), quota(1), 1, t0).is_allowed();
        thread.join().unwrap();
        let left = table.peek(key(1), quota(1), 0, t0).remaining();
        assert_eq!(left, u32::from(!here));
    });
}
