//! Panics, hostile ones included.

use std::{
    future::Future,
    panic::panic_any,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll, Waker},
};

use http::StatusCode;
use tower::Service;

use super::*;
use crate::{CatchPanicLayer, Rejection};

type Answer = Result<Response<Full<Bytes>>, Infallible>;

/// A service whose call gives this future, or panics while it makes it.
async fn ask<F: Future<Output = Answer>>(
    make: impl FnMut(Request<()>) -> F,
) -> Response<Full<Bytes>> {
    CatchPanicLayer::new()
        .layer(service_fn(make))
        .oneshot(Request::new(()))
        .await
        .unwrap()
}

fn assert_panicked(response: &Response<Full<Bytes>>) {
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.extensions().get(), Some(&Rejection::Panicked));
    assert_eq!(response.body().size_hint().exact(), Some(0));
    assert!(response.headers().is_empty());
}

#[tokio::test]
async fn a_panic_in_the_future_is_an_empty_500() {
    assert_panicked(&ask(async |_| panic!("secret 4711")).await);
}

#[tokio::test]
async fn a_panic_after_waiting_is_caught_too() {
    let response = ask(async |_| {
        tokio::task::yield_now().await;
        panic!("secret 4711")
    });
    assert_panicked(&response.await);
}

#[tokio::test]
async fn a_panic_before_there_is_a_future_is_caught() {
    let response = ask(|request: Request<()>| {
        assert_ne!(request.uri().path(), "/", "secret 4711");
        std::future::ready(Ok(Response::default()))
    });
    assert_panicked(&response.await);
}

#[tokio::test]
async fn an_answer_passes_unchanged() {
    let response = ask(async |_| Ok(answer(201, &[("etag", "\"1\"")], "made"))).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()["etag"], "\"1\"");
}

#[tokio::test]
async fn an_error_of_the_service_is_no_panic() {
    let service = CatchPanicLayer::new().layer(service_fn(async |_: Request<()>| {
        Err::<Response<Full<Bytes>>, _>("broken")
    }));
    assert_eq!(
        service.oneshot(Request::new(())).await.map(drop),
        Err("broken")
    );
}

/// Panics when it is dropped, and counts how often that happened.
struct Bomb(Arc<AtomicU32>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("a drop");
    }
}

/// A future that panics in its poll and again in its drop.
struct Twice(#[allow(dead_code, reason = "held for its drop")] Bomb);

impl Future for Twice {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Answer> {
        panic!("a poll")
    }
}

#[tokio::test]
async fn a_future_whose_drop_panics_as_well_is_still_an_answer() {
    let drops = Arc::new(AtomicU32::new(0));
    let response = ask(|_| Twice(Bomb(Arc::clone(&drops)))).await;
    assert_panicked(&response);
    assert_eq!(drops.load(Ordering::Relaxed), 1);
}

/// Panics with another bomb when it is dropped.
struct Chain(Arc<AtomicU32>);

impl Drop for Chain {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic_any(Self(Arc::clone(&self.0)));
    }
}

#[tokio::test]
async fn a_payload_whose_drop_panics_for_ever_ends_after_one() {
    let drops = Arc::new(AtomicU32::new(0));
    let own = Arc::clone(&drops);
    let response = ask(move |_| {
        let payload = Chain(Arc::clone(&own));
        async move { panic_any(payload) }
    });
    assert_panicked(&response.await);
    assert_eq!(drops.load(Ordering::Relaxed), 1);
}

#[test]
fn the_panicked_future_is_not_polled_again() {
    let polls = Arc::new(AtomicU32::new(0));
    let mut service = CatchPanicLayer::new().layer(service_fn(|_: Request<()>| {
        let polls = Arc::clone(&polls);
        std::future::poll_fn(move |_| -> Poll<Answer> {
            polls.fetch_add(1, Ordering::Relaxed);
            panic!("each time")
        })
    }));
    let mut future = pin!(service.call(Request::new(())));
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..2 {
        assert!(future.as_mut().poll(&mut cx).is_ready());
    }
    assert_eq!(polls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_service_answers_after_a_panic() {
    let mut count = 0;
    let mut service = CatchPanicLayer::new().layer(service_fn(move |_: Request<()>| {
        count += 1;
        assert!(count > 1, "the first call");
        std::future::ready(Ok::<_, Infallible>(Response::<Full<Bytes>>::default()))
    }));
    assert_panicked(&service.call(Request::new(())).await.unwrap());
    assert_eq!(
        service.call(Request::new(())).await.unwrap().status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_panic_is_a_problem_without_a_word_of_it() {
    let inner = CatchPanicLayer::new().layer(service_fn(async |request: Request<()>| {
        assert_ne!(request.uri().path(), "/", "secret 4711");
        Answer::Ok(Response::default())
    }));
    let seen = see(with_ids()
        .layer(inner)
        .oneshot(Request::new(()))
        .await
        .unwrap())
    .await;
    seen.assert_problem(500);
    assert!(!String::from_utf8_lossy(&seen.text).contains("secret"));
    assert_eq!(seen.json()["title"], "Internal Server Error");
}
