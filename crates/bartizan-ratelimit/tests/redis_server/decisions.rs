//! The script decides as the table does.

use std::time::{Duration, Instant, SystemTime};

use bartizan_ratelimit::{
    Calendar, Change, Claim, Decision, Limit, Memory, OnFailure, Quota, Redis, Store, decide_all,
};

use super::{connected, decide, is_allowed, key, left, limit, n, server::Server, until};

/// How far the two clocks' readings of one decision may lie apart: the time of a call on a busy machine.
const SLACK: Duration = Duration::from_secs(2);

/// Numbers without a pattern, the same in each run (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // below `end`, so it fits
        (((mixed >> 32) * u64::from(end)) >> 32) as u32
    }
}

/// Waits for the next UTC day if this one ends in a moment: its windows must not turn between two readings.
async fn far_from_midnight() {
    let day = 24 * 60 * 60;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let rest = day - now.unwrap().as_secs() % day;
    if rest < 60 {
        tokio::time::sleep(Duration::from_secs(rest)).await;
    }
}

#[tokio::test]
async fn decides_random_schedules_as_the_local_table_does() {
    far_from_midnight().await;
    let server = Server::start();
    let store = connected(&server, |config| config.with_deny_cells(0)).await;
    // So slow that nothing comes back while the test runs. The second's interval is no whole number of microseconds.
    let limits = [
        limit("a", Quota::per_hour(n(12)).unwrap()),
        limit("b", Quota::per_hour(n(7)).unwrap()),
        limit("c", Quota::calendar(n(20), Calendar::Day)),
        limit("d", Quota::calendar(n(9), Calendar::Month)),
    ]
    // The tables are the model: nothing of the store's may be counted in them.
    .map(|limit| limit.on_failure(OnFailure::Closed));
    let mut numbers = Numbers(1);
    let mut taken: Vec<(Limit, bartizan_ratelimit::Key, Decision, Decision)> = Vec::new();
    for step in 0..2000 {
        // A key that is named twice pays twice.
        let claims: Vec<Claim<'_>> = (0..=numbers.below(4))
            .map(|_| {
                let limit = &limits[numbers.below(4) as usize];
                let cost = [0, 1, 1, 1, 2, 3, 21][numbers.below(7) as usize];
                Claim::new(limit, key(limit, numbers.below(6) as u8), cost)
            })
            .collect();
        let local = decide_all(&claims, Instant::now());
        let shared = decide(&store, &claims).await.unwrap();
        let pairs = || local.as_slice().iter().zip(shared.as_slice());
        for (local, shared) in pairs() {
            same(local, shared, step);
        }
        if local.are_allowed() {
            let made = claims.iter().zip(pairs());
            taken.extend(made.map(|(claim, (l, s))| (claim.limit.clone(), claim.key, *l, *s)));
        }
        if numbers.below(3) == 0 && !taken.is_empty() {
            let (limit, key, local, shared) =
                taken.swap_remove(numbers.below(taken.len() as u32) as usize);
            let cost = numbers.below(3);
            let changes = match numbers.below(8) {
                0 => [Change::Clear; 2],
                1 => [Change::Penalty(cost); 2],
                _ => [Change::Refund(local), Change::Refund(shared)],
            };
            if matches!(changes[0], Change::Clear) {
                // A refund of what was taken before would leave a debt a hair above whole requests: which side of them it is
                // on depends on the microsecond.
                taken.retain(|(_, other, ..)| *other != key);
            }
            settle(&store, &limit, key, changes).await;
        }
    }
    assert_eq!(store.stats().fallbacks, 0);
}

async fn settle(store: &Redis, limit: &Limit, key: bartizan_ratelimit::Key, changes: [Change; 2]) {
    let [local, shared] = changes;
    let now = Instant::now();
    Memory::new().settle(limit, key, local, now);
    let calls = store.stats().calls;
    let sends = !matches!(shared, Change::Refund(decision) if decision.cost() == 0);
    store.settle(limit, key, shared, now);
    if sends {
        // On one connection calls are carried out in their order: it is enough that it was sent.
        until("the change is sent", || store.stats().calls > calls).await;
    }
}

fn same(local: &Decision, shared: &Decision, step: u32) {
    let close = |one: Duration, other: Duration| one.abs_diff(other) < SLACK;
    let told = format!("step {step}: {local:?} {shared:?}");
    assert_eq!(local.is_allowed(), shared.is_allowed(), "{told}");
    assert_eq!(local.remaining(), shared.remaining(), "{told}");
    assert_eq!(local.cost(), shared.cost(), "{told}");
    assert_eq!(local.quota(), shared.quota(), "{told}");
    assert!(close(local.next_after(), shared.next_after()), "{told}");
    assert!(close(local.full_after(), shared.full_after()), "{told}");
    match (local.retry_after(), shared.retry_after()) {
        (Some(one), Some(other)) => assert!(close(one, other), "{told}"),
        (one, other) => assert_eq!(one, other, "{told}"),
    }
}

#[tokio::test]
async fn a_refused_request_takes_from_none_and_writes_nothing() {
    let server = Server::start();
    let store = connected(&server, |config| config).await;
    let (wide, narrow) = (
        limit("wide", Quota::per_hour(n(100)).unwrap()),
        limit("narrow", Quota::per_hour(n(1)).unwrap()),
    );
    let claims = |last| {
        [
            Claim::new(&wide, key(&wide, 1), 1),
            Claim::new(&narrow, key(&narrow, last), 1),
        ]
    };
    assert!(decide(&store, &claims(1)).await.unwrap().are_allowed());
    let writes = server.calls("psetex");
    for _ in 0..50 {
        let refused = decide(&store, &claims(1)).await.unwrap();
        let allowed: Vec<bool> = refused
            .as_slice()
            .iter()
            .map(Decision::is_allowed)
            .collect();
        assert_eq!(allowed, [true, false]);
        assert_eq!(refused.tightest().unwrap().0, 1);
    }
    assert_eq!(server.calls("psetex"), writes);
    assert_eq!(left(&store, &wide, key(&wide, 1)).await, 99);
    assert!(decide(&store, &claims(2)).await.unwrap().are_allowed());
}

#[tokio::test]
async fn any_number_of_limits_is_one_call() {
    let server = Server::start();
    let store = connected(&server, |config| config).await;
    let limits: Vec<Limit> = (0..32)
        .map(|number| limit(&number.to_string(), Quota::per_second(n(1000)).unwrap()))
        .collect();
    let claims: Vec<Claim<'_>> = limits.iter().map(|l| Claim::new(l, key(l, 1), 1)).collect();
    for count in [1, 3, 32] {
        let before = server.calls("evalsha");
        for _ in 0..10 {
            let decisions = decide(&store, &claims[..count]).await.unwrap();
            assert!(decisions.are_allowed());
            assert_eq!(decisions.as_slice().len(), count);
        }
        assert_eq!(server.calls("evalsha") - before, 10);
    }
}

#[tokio::test]
async fn a_server_that_forgot_the_script_is_told_it_again() {
    let server = Server::start();
    let store = connected(&server, |config| config).await;
    let limit = limit("a", Quota::per_hour(n(10)).unwrap());
    for count in 1..=3 {
        server.ask(&["SCRIPT", "FLUSH"]);
        assert!(is_allowed(&store, &limit, key(&limit, 1)).await);
        assert!(is_allowed(&store, &limit, key(&limit, 1)).await);
        assert_eq!(left(&store, &limit, key(&limit, 1)).await, 10 - 2 * count);
    }
    assert_eq!(server.calls("eval"), 3);
    assert_eq!(store.stats().failures, 0);
}

#[tokio::test]
async fn a_refund_gives_back_only_what_time_has_not() {
    let server = Server::start();
    let store = connected(&server, |config| config).await;
    // Ten, of which one comes back each 100 ms.
    let limit = limit("a", Quota::per_second(n(10)).unwrap());
    let key = key(&limit, 1);
    let first = decide(&store, &[Claim::new(&limit, key, 1)]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
    // The first has drained; what is owed now is another request's.
    let start = Instant::now();
    decide(&store, &[Claim::new(&limit, key, 10)])
        .await
        .unwrap();
    let calls = store.stats().calls;
    store.settle(&limit, key, Change::Refund(first.as_slice()[0]), start);
    until("the refund is sent", || store.stats().calls > calls).await;
    let left = left(&store, &limit, key).await;
    let drained = start.elapsed().as_millis() / 100;
    assert!(
        u128::from(left) <= drained,
        "{left} left, {drained} drained"
    );
}

#[tokio::test]
async fn a_penalty_goes_into_debt_and_clearing_forgets_it() {
    let server = Server::start();
    let store = connected(&server, |config| config).await;
    for quota in [
        Quota::per_hour(n(10)).unwrap(),
        Quota::calendar(n(10), Calendar::Month),
    ] {
        let limit = limit("a", quota);
        let key = key(&limit, 1);
        let calls = store.stats().calls;
        store.settle(&limit, key, Change::Penalty(30), Instant::now());
        until("the penalty is sent", || store.stats().calls > calls).await;
        assert!(!is_allowed(&store, &limit, key).await);
        // Never so much that the server's numbers would be inexact.
        for _ in 0..3 {
            store.settle(&limit, key, Change::Penalty(u32::MAX), Instant::now());
        }
        let calls = store.stats().calls;
        store.settle(&limit, key, Change::Clear, Instant::now());
        until("the clearing is sent", || store.stats().calls > calls).await;
        until("the queue is empty", || server.calls("del") > 0).await;
        assert_eq!(left(&store, &limit, key).await, 10);
        server.ask(&["CONFIG", "RESETSTAT"]);
    }
    assert_eq!(store.stats().failures, 0);
}
