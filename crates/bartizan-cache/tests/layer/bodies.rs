//! Bodies on their way.

use bartizan_cache::Policy;
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as _, Frame};
use http_body_util::BodyExt;
use tokio::sync::mpsc;

use crate::service::{App, Body, data, frames, read, request, response};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

fn with_body(fields: &'static [(&'static str, &'static str)], body: fn(usize) -> Body) -> App {
    App::new(Policy::builder().max_body(10), move |_, call| {
        response(200, fields, "").map(|_| body(call))
    })
}

#[tokio::test]
async fn a_body_in_parts_is_stored_whole() {
    let app = with_body(&[FRESH], |_| frames(vec![data("01234"), data("56789")]));
    for _ in 0..3 {
        assert_eq!(app.get("/a", &[]).await.body, "0123456789");
    }
    assert_eq!(app.calls(), 1);
}

#[tokio::test]
async fn what_is_larger_than_the_route_stores_passes_and_is_not_stored() {
    let app = with_body(&[FRESH], |_| {
        frames(vec![data("01234"), data("567890"), data("x")])
    });
    for _ in 0..3 {
        assert_eq!(app.get("/a", &[]).await.body, "01234567890x");
    }
    assert_eq!(app.calls(), 3);
    let app = with_body(&[FRESH, ("content-length", "11")], |_| {
        frames(vec![data("01234567890")])
    });
    let first = app.get("/a", &[]).await;
    assert_eq!(
        first.field("cache-status"),
        "c; fwd=uri-miss; fwd-status=200; detail=too-large"
    );
    app.get("/a", &[]).await;
    assert_eq!(app.calls(), 2);
}

#[tokio::test]
async fn truncated_failed_and_trailered_answers_are_not_stored() {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-a", "1".parse().unwrap());
    let app = with_body(&[FRESH, ("content-length", "9")], |_| {
        frames(vec![data("01234")])
    });
    for _ in 0..2 {
        assert_eq!(app.get("/a", &[]).await.body, "01234");
    }
    assert_eq!(app.calls(), 2);

    let app = with_body(&[FRESH], |call| {
        let last = if call == 1 { Err("broken") } else { data("5") };
        frames(vec![data("01234"), last])
    });
    let failed = app.send(request("GET", "/a", &[])).await;
    assert!(
        failed.into_body().collect().await.is_err(),
        "the failure reaches the client"
    );
    assert_eq!(app.get("/a", &[]).await.body, "012345");

    let app = with_body(&[FRESH], |_| {
        let mut trailers = HeaderMap::new();
        trailers.insert("x-a", "1".parse().unwrap());
        frames(vec![data("01234"), Ok(Frame::trailers(trailers))])
    });
    for _ in 0..2 {
        let answer = app.send(request("GET", "/a", &[])).await;
        let collected = answer.into_body().collect().await.unwrap();
        assert_eq!(collected.trailers(), Some(&trailers));
    }
    assert_eq!(app.calls(), 2);
}

/// A body whose frames the test sends when it likes.
fn slow(receiver: mpsc::UnboundedReceiver<Result<Frame<Bytes>, &'static str>>) -> Body {
    let stream = tokio_stream::wrappers::UnboundedReceiverStream::new(receiver);
    http_body_util::StreamBody::new(stream).boxed_unsync()
}

#[tokio::test]
async fn the_first_part_is_sent_before_the_last_is_made() {
    let (sender, receiver) = mpsc::unbounded_channel();
    let receiver = std::sync::Mutex::new(Some(receiver));
    let app = App::new(Policy::builder(), move |_, _| {
        let receiver = receiver.lock().unwrap().take().unwrap();
        response(200, &[FRESH], "").map(|_| slow(receiver))
    });
    sender.send(data("first")).unwrap();
    let mut answer = app.send(request("GET", "/a", &[])).await;
    let frame = answer.body_mut().frame().await.unwrap().unwrap();
    assert_eq!(frame.data_ref().unwrap(), "first");
    assert!(!answer.body().is_end_stream());
    sender.send(data(" last")).unwrap();
    drop(sender);
    assert_eq!(read(answer).await.body, " last");
    assert_eq!(app.get("/a", &[]).await.body, "first last");
    assert_eq!(app.calls(), 1);
}

#[tokio::test]
async fn a_body_that_the_client_gave_up_is_not_stored_and_the_next_one_leads() {
    let (sender, receiver) = mpsc::unbounded_channel();
    let receiver = std::sync::Mutex::new(Some(receiver));
    let app = App::new(Policy::builder(), move |_, call| {
        match receiver.lock().unwrap().take() {
            Some(receiver) => response(200, &[FRESH], "").map(|_| slow(receiver)),
            None => response(200, &[FRESH], &call.to_string()),
        }
    });
    sender.send(data("half")).unwrap();
    let given_up = app.send(request("GET", "/a", &[])).await;
    let waiting = tokio::spawn({
        let app = app.clone();
        async move { app.get("/a", &[]).await.body }
    });
    tokio::task::yield_now().await;
    assert_eq!(app.calls(), 1, "it waits");
    drop(given_up);
    assert_eq!(waiting.await.unwrap(), "2");
    assert_eq!(app.get("/a", &[]).await.body, "2");
}

#[tokio::test]
async fn a_client_that_reads_slowly_keeps_nobody_waiting() {
    let app = App::new(Policy::builder(), |_, call| {
        response(200, &[FRESH], "").map(|_| {
            frames(vec![
                data("a"),
                data("b"),
                data(if call == 1 { "c" } else { "d" }),
            ])
        })
    });
    let unread = app.send(request("GET", "/a", &[])).await;
    assert_eq!(app.get("/a", &[]).await.body, "abc");
    assert_eq!(read(unread).await.body, "abc");
}
