//! The server freezes, dies, or is not there yet.

use std::time::{Duration, Instant};

use bartizan_ratelimit::{
    Answer, Calendar, Change, Claim, Limit, OnFailure, Quota, Redis, RedisConfig, RedisConfigError,
    Store as _,
};

use super::{
    connected, decide, is_allowed, key, left, limit, n,
    server::{Server, free_port, start_on},
    until,
};

/// Allowed requests, and how many had to wait, of so many one after the other.
async fn requests(store: &Redis, limit: &Limit, count: u32) -> (u32, u32) {
    let (mut allowed, mut waited) = (0, 0);
    for _ in 0..count {
        let claims = [Claim::new(limit, key(limit, 1), 1)];
        let outcome = match store.decide(&claims, Instant::now()) {
            Answer::Now(outcome) => outcome,
            Answer::Later(wait) => {
                waited += 1;
                wait.await
            }
        };
        allowed += u32::from(outcome.unwrap().are_allowed());
    }
    (allowed, waited)
}

#[tokio::test]
async fn a_frozen_server_makes_twenty_wait_and_then_nobody() {
    let server = Server::start();
    // Four instances: while the store is away each grants a quarter.
    let config = RedisConfig::new(&server.url())
        .with_time_limit(Duration::from_millis(20))
        .with_expected_instances(n(4));
    let store = Redis::connect(config).unwrap();
    until("the store is up", || !store.stats().is_down).await;
    let limit = limit("a", Quota::calendar(n(1000), Calendar::Month));

    server.freeze();
    let (allowed, waited) = requests(&store, &limit, 2000).await;
    assert!(store.stats().is_down);
    assert!((2..=20).contains(&waited), "{waited} waited");
    assert_eq!(allowed, 250);
    // Nobody is made to probe, however long it lasts.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (allowed, waited) = requests(&store, &limit, 2000).await;
    assert_eq!((allowed, waited), (0, 0));

    server.thaw();
    // Back on the store's count: it has seen at most those who waited.
    let start = Instant::now();
    while left(&store, &limit, key(&limit, 1)).await < 1000 - 20 {
        assert!(start.elapsed() < super::DEADLINE, "it never came back");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_restarted_server_is_used_again() {
    let mut server = Server::start();
    let store = connected(&server, |config| config).await;
    let limit = limit("a", Quota::per_hour(n(5)).unwrap());
    assert!(is_allowed(&store, &limit, key(&limit, 1)).await);
    server.kill();
    // What this process knows of the key counts on: four of five are left.
    let (allowed, _) = requests(&store, &limit, 50).await;
    assert_eq!(allowed, 4);
    assert!(store.stats().is_down);
    server.restart();
    until("the store is back", || !store.stats().is_down).await;
    // A new server knows nothing of either.
    assert_eq!(left(&store, &limit, key(&limit, 1)).await, 5);
}

#[tokio::test]
async fn a_store_that_starts_before_its_server_finds_it() {
    let port = free_port();
    let url = format!("redis://127.0.0.1:{port}");
    let store = Redis::connect(RedisConfig::new(&url).with_time_limit(super::PATIENT)).unwrap();
    let limit = limit("a", Quota::per_hour(n(2)).unwrap());
    assert_eq!(requests(&store, &limit, 10).await, (2, 0));
    let _server = start_on(port);
    until("the store is up", || !store.stats().is_down).await;
    assert_eq!(requests(&store, &limit, 2).await, (2, 2));
}

#[tokio::test]
async fn each_limit_fails_as_it_says_and_a_mixed_request_as_a_whole() {
    let url = format!("redis://127.0.0.1:{}", free_port());
    let store = Redis::connect(RedisConfig::new(&url)).unwrap();
    let quota = Quota::per_hour(n(1)).unwrap();
    let local = limit("local", quota);
    let open = limit("open", quota).on_failure(OnFailure::Open);
    let closed = limit("closed", quota).on_failure(OnFailure::Closed);
    let claim = |limit| Claim::new(limit, key(limit, 1), 1);
    for _ in 0..3 {
        assert!(decide(&store, &[claim(&open)]).await.unwrap().are_allowed());
        assert!(decide(&store, &[claim(&closed)]).await.is_err());
        assert!(
            decide(&store, &[claim(&local), claim(&closed)])
                .await
                .is_err()
        );
    }
    let mixed = [claim(&open), claim(&local)];
    assert!(decide(&store, &mixed).await.unwrap().are_allowed());
    assert!(!decide(&store, &mixed).await.unwrap().are_allowed());
    assert_eq!(store.stats().fallbacks, 11);
    assert_eq!(store.stats().denied_from_cache, 0);
}

#[tokio::test]
async fn a_penalty_is_not_lost_and_a_local_refund_stays_local() {
    let url = format!("redis://127.0.0.1:{}", free_port());
    let store = Redis::connect(RedisConfig::new(&url)).unwrap();
    let limit = limit("a", Quota::per_hour(n(5)).unwrap());
    let key = key(&limit, 1);
    let taken = decide(&store, &[Claim::new(&limit, key, 2)]).await.unwrap();
    assert_eq!(left(&store, &limit, key).await, 3);
    let refund = Change::Refund(taken.as_slice()[0]);
    store.settle(&limit, key, refund, Instant::now());
    assert_eq!(left(&store, &limit, key).await, 5);
    store.settle(&limit, key, Change::Penalty(9), Instant::now());
    assert!(!is_allowed(&store, &limit, key).await);
    store.settle(&limit, key, Change::Clear, Instant::now());
    assert_eq!(left(&store, &limit, key).await, 5);
    assert_eq!(store.stats().dropped_changes, 1);
}

#[tokio::test]
async fn a_server_that_refuses_to_write_is_down() {
    let server = Server::start();
    let store = connected(&server, |config| config).await;
    let limit = limit("a", Quota::per_hour(n(1000)).unwrap());
    assert!(is_allowed(&store, &limit, key(&limit, 1)).await);
    // A replica of nobody: it may be read, but not written, and still answers PING.
    server.ask(&["REPLICAOF", "127.0.0.1", "1"]);
    requests(&store, &limit, 30).await;
    assert!(store.stats().is_down);
    server.ask(&["REPLICAOF", "NO", "ONE"]);
    until("the store is back", || !store.stats().is_down).await;
}

#[tokio::test]
async fn what_the_queue_cannot_hold_is_kept_here_or_counted_too_high() {
    let server = Server::start();
    let store = connected(&server, |config| config.with_queue(1)).await;
    let limit = limit("a", Quota::per_hour(n(100)).unwrap());
    let (key, now) = (key(&limit, 1), Instant::now());
    let taken = decide(&store, &[Claim::new(&limit, key, 1)]).await.unwrap();
    limit.table().clear(key);
    // Nothing is sent before this task waits: one change fits the queue.
    for _ in 0..3 {
        store.settle(&limit, key, Change::Penalty(10), now);
    }
    store.settle(&limit, key, Change::Refund(taken.as_slice()[0]), now);
    let here = limit.table().peek(key, limit.quota(), 0, now);
    // Two penalties that did not fit, and the refund, which is taken off here at once.
    assert_eq!(here.remaining(), 100 - 20 + 1);
    assert_eq!(store.stats().dropped_changes, 1);
    let start = Instant::now();
    while left(&store, &limit, key).await != 100 - 1 - 10 {
        assert!(start.elapsed() < super::DEADLINE, "the penalty never came");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn urls_that_never_connect_are_refused() {
    for url in ["rediss://localhost", "http://localhost", "localhost", ""] {
        let refused = Redis::connect(RedisConfig::new(url)).map(drop);
        assert_eq!(refused, Err(RedisConfigError::Url), "{url}");
    }
}
