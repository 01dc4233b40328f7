//! A refused key costs one call until its time has come.

use std::time::{Duration, Instant};

use bartizan_ratelimit::{Calendar, Change, Claim, Quota, Store as _};

use super::{connected, decide, is_allowed, key, left, limit, n, server::Server, until};

#[tokio::test]
async fn a_thousand_refused_requests_are_one_call() {
    let server = Server::start();
    let store = connected(&server, |config| config).await;
    for quota in [
        Quota::per_hour(n(3)).unwrap(),
        Quota::calendar(n(3), Calendar::Month),
    ] {
        let limit = limit("a", quota);
        let key = key(&limit, 1);
        for _ in 0..3 {
            assert!(is_allowed(&store, &limit, key).await);
        }
        let before = server.calls("evalsha");
        let mut last = Duration::MAX;
        for _ in 0..1000 {
            let refused = decide(&store, &[Claim::new(&limit, key, 1)]).await.unwrap();
            let decision = &refused.as_slice()[0];
            assert!(!decision.is_allowed());
            assert_eq!(decision.remaining(), 0);
            let wait = decision.retry_after().unwrap();
            assert!(wait < last && !wait.is_zero(), "{wait:?} after {last:?}");
            last = wait;
        }
        assert_eq!(server.calls("evalsha") - before, 1);
    }
    assert_eq!(store.stats().denied_from_cache, 2 * 999);
    assert_eq!(store.stats().fallbacks, 0);
}

#[tokio::test]
async fn it_is_over_when_the_store_says_so() {
    let server = Server::start();
    let store = connected(&server, |config| config).await;
    // One each 200 ms.
    let quota = Quota::per_second(n(5)).unwrap().with_burst(n(1)).unwrap();
    let limit = limit("a", quota);
    let key = key(&limit, 1);
    let (start, before) = (Instant::now(), server.calls("evalsha"));
    let mut allowed = 0;
    while start.elapsed() < Duration::from_secs(1) {
        allowed += u64::from(is_allowed(&store, &limit, key).await);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let most = 1 + start.elapsed().as_millis() as u64 / 200;
    assert!((2..=most).contains(&allowed), "{allowed} of {most}");
    // One call is allowed and one refused in each interval; a call that comes a moment too early may be a third.
    let calls = server.calls("evalsha") - before;
    assert!(calls <= 3 * most, "{calls} calls in {most} intervals");
}

#[tokio::test]
async fn a_refund_ends_it() {
    let server = Server::start();
    let store = connected(&server, |config| config).await;
    let limit = limit("a", Quota::per_hour(n(1)).unwrap());
    let key = key(&limit, 1);
    let taken = decide(&store, &[Claim::new(&limit, key, 1)]).await.unwrap();
    assert!(!is_allowed(&store, &limit, key).await);
    let calls = store.stats().calls;
    let refund = Change::Refund(taken.as_slice()[0]);
    store.settle(&limit, key, refund, Instant::now());
    until("the refund is sent", || store.stats().calls > calls).await;
    assert_eq!(left(&store, &limit, key).await, 1);
    assert!(is_allowed(&store, &limit, key).await);
}
