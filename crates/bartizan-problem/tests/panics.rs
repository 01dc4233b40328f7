//! A panic, wherever it comes from, is an answer of 500 that tells nothing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    convert::Infallible,
    panic::panic_any,
    pin::Pin,
    task::{Context, Poll},
};

use bartizan_problem::{CatchPanicLayer, ProblemLayer, Rejection};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

type Answer = Response<Full<Bytes>>;

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a secret 4711 in a drop");
    }
}

/// Panics when it is polled, and again when it is dropped.
struct Twice(#[allow(dead_code, reason = "dropped")] Bomb);

impl Future for Twice {
    type Output = Result<Answer, Infallible>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        panic!("a secret 4711 in a poll")
    }
}

async fn caught<F>(call: impl FnMut(Request<()>) -> F + Clone)
where
    F: Future<Output = Result<Answer, Infallible>>,
{
    let bare = CatchPanicLayer::new().layer(service_fn(call.clone()));
    let answer = bare.oneshot(Request::new(())).await.unwrap();
    assert_eq!(answer.status(), 500);
    assert!(matches!(
        answer.extensions().get(),
        Some(Rejection::Panicked)
    ));

    let rendered = ProblemLayer::new().layer(CatchPanicLayer::new().layer(service_fn(call)));
    let answer = rendered.oneshot(Request::new(())).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(!String::from_utf8_lossy(&text).contains("4711"));
}

#[tokio::test]
async fn in_call() {
    caught(|_| -> std::future::Ready<_> { panic!("a secret 4711") }).await;
}

#[tokio::test]
async fn in_poll() {
    caught(|_| async { panic!("a secret 4711") }).await;
}

#[tokio::test]
async fn after_a_wait() {
    caught(|_| async {
        tokio::task::yield_now().await;
        panic!("a secret 4711")
    })
    .await;
}

#[tokio::test]
async fn in_poll_and_again_in_drop() {
    caught(|_| Twice(Bomb)).await;
}

#[tokio::test]
async fn with_a_payload_that_panics_when_it_is_dropped() {
    caught(|_| async { panic_any(Bomb) }).await;
}

#[tokio::test]
async fn what_does_not_panic_passes() {
    let service = CatchPanicLayer::new().layer(service_fn(|_: Request<()>| async {
        tokio::task::yield_now().await;
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("fine")))
    }));
    let answer = service.oneshot(Request::new(())).await.unwrap();
    assert_eq!(
        answer.into_body().collect().await.unwrap().to_bytes(),
        "fine"
    );
}
