//! Stale answers: confirmed, served meanwhile, served in the place of a failure.

use std::sync::Arc;

use bartizan_cache::{Policy, Purge};
use tokio::sync::Semaphore;

use crate::service::{App, response};

#[tokio::test]
async fn a_304_renews_what_is_stored_and_keeps_its_tags() {
    let app = App::new(Policy::builder(), |request, call| {
        let fresh = ("cache-control", "max-age=60");
        match request.headers().get("if-none-match") {
            Some(tag) if tag == "\"a\"" => {
                response(304, &[fresh, ("x-call", &call.to_string())], "")
            }
            _ => response(
                200,
                &[fresh, ("etag", "\"a\""), ("surrogate-key", "x")],
                &call.to_string(),
            ),
        }
    });
    app.get("/a", &[]).await;
    app.clock.advance(60);
    let renewed = app.get("/a", &[("if-none-match", "\"other\"")]).await;
    assert_eq!(
        (
            renewed.status,
            renewed.body.as_str(),
            renewed.field("x-call")
        ),
        (200, "1", "2")
    );
    assert_eq!(
        renewed.field("cache-status"),
        "c; fwd=stale; fwd-status=304; stored"
    );
    assert_eq!(renewed.field("age"), "0");
    let same = app.get("/a", &[("if-none-match", "\"a\"")]).await;
    assert_eq!((same.status, app.calls()), (304, 2));
    app.flights.store().purge_tag("x", Purge::Hard);
    assert_eq!(app.get("/a", &[]).await.body, "3");
}

#[tokio::test]
async fn a_failure_is_answered_by_what_is_stale_for_its_time() {
    let app = App::new(Policy::builder(), |_, call| match call {
        1 => response(
            200,
            &[("cache-control", "max-age=10, stale-if-error=20")],
            "good",
        ),
        _ => response(503, &[], "bad"),
    });
    app.get("/a", &[]).await;
    app.clock.advance(29);
    let stale = app.get("/a", &[]).await;
    assert_eq!(
        (stale.status, stale.body.as_str(), stale.field("age")),
        (200, "good", "29")
    );
    assert_eq!(stale.field("cache-status"), "c; fwd=stale; fwd-status=503");
    app.clock.advance(1);
    assert_eq!(app.get("/a", &[]).await.status, 503);
}

#[tokio::test]
async fn a_soft_purge_serves_only_where_stale_answers_may() {
    for (control, body) in [
        ("max-age=60, stale-if-error=60", "good"),
        ("max-age=60", "bad"),
    ] {
        let app = App::new(Policy::builder(), move |_, call| match call {
            1 => response(
                200,
                &[("cache-control", control), ("surrogate-key", "x")],
                "good",
            ),
            _ => response(500, &[], "bad"),
        });
        app.get("/a", &[]).await;
        app.flights.store().purge_tag("x", Purge::Soft);
        assert_eq!(app.get("/a", &[]).await.body, body);
        assert_eq!(app.calls(), 2);
    }
}

#[tokio::test]
async fn while_one_refreshes_the_others_do_not_wait() {
    let gate = Arc::new(Semaphore::new(1));
    let theirs = gate.clone();
    let app = App::with_future(Policy::builder(), move |_, call| {
        let gate = theirs.clone();
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            let control = ("cache-control", "max-age=10, stale-while-revalidate=20");
            Ok(response(200, &[control], &call.to_string()))
        })
    });
    app.get("/a", &[]).await;
    app.clock.advance(15);
    let refreshing = tokio::spawn({
        let app = app.clone();
        async move { app.get("/a", &[]).await.body }
    });
    tokio::task::yield_now().await;
    assert_eq!(app.calls(), 2);
    let meanwhile = app.get("/a", &[]).await;
    assert_eq!(
        (meanwhile.body.as_str(), meanwhile.field("cache-status")),
        ("1", "c; hit; ttl=-5")
    );
    gate.add_permits(1);
    assert_eq!(refreshing.await.unwrap(), "2");
    assert_eq!(app.get("/a", &[]).await.body, "2");
    assert_eq!(app.calls(), 2);
}

#[tokio::test]
async fn a_cookie_that_comes_with_a_304_reaches_its_client_and_nobody_else() {
    let app = App::new(Policy::builder(), |_, call| match call {
        1 => response(
            200,
            &[("cache-control", "max-age=10"), ("etag", "\"a\"")],
            "good",
        ),
        2 => response(
            304,
            &[("cache-control", "max-age=10"), ("set-cookie", "s=1")],
            "",
        ),
        _ => response(304, &[("cache-control", "max-age=10")], ""),
    });
    app.get("/a", &[]).await;
    app.clock.advance(10);
    let confirmed = app.get("/a", &[]).await;
    assert_eq!(
        (confirmed.body.as_str(), confirmed.field("set-cookie")),
        ("good", "s=1")
    );
    let next = app.get("/a", &[]).await;
    assert_eq!(
        (next.body.as_str(), next.field("set-cookie"), app.calls()),
        ("good", "", 3)
    );
}
