//! What becomes a problem, and what stays of the answer.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderValue, Method, StatusCode};
use http_body_util::Empty;

use super::*;
use crate::Problem;

const ECHO: &str = "no such item: <script>4711</script>";

#[tokio::test]
async fn an_empty_error_becomes_a_problem() {
    for status in [400, 401, 404, 405, 429, 499, 500, 503, 599] {
        get(answer(status, &[], "")).await.assert_problem(status);
        // an empty body of a type that promises something is still empty
        get(answer(status, &[("content-type", "application/json")], ""))
            .await
            .assert_problem(status);
    }
}

/// No server can send one as an answer: hyper would put a 500 without any field in its place.
#[tokio::test]
async fn an_interim_status_is_an_error_of_the_service() {
    for status in [100, 102, 103, 199] {
        get(answer(status, &[("link", "</a.css>")], ""))
            .await
            .assert_problem(500);
        get(answer(status, &[], ECHO)).await.assert_problem(500);
    }
    let tunnel = Request::builder()
        .method(Method::CONNECT)
        .uri("a.example:443")
        .body(())
        .unwrap();
    let seen = through(with_ids(), tunnel, answer(103, &[], "")).await;
    assert_eq!(seen.head.status, 500);
    assert!(seen.text.is_empty());
}

#[tokio::test]
async fn plain_text_is_replaced_however_it_is_spelt() {
    for kind in [
        "text/plain",
        "TEXT/PLAIN",
        "text/plain;charset=utf-8",
        " text/plain ; charset=x",
        "Text/Plain;",
    ] {
        let seen = get(answer(400, &[("content-type", kind)], ECHO)).await;
        seen.assert_problem(400);
        assert!(!seen.text.windows(4).any(|part| part == b"4711"), "{kind}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_say_what_it_is_is_replaced() {
    get(answer(400, &[], ECHO)).await.assert_problem(400);
    get(answer(400, &[("content-type", "")], ECHO))
        .await
        .assert_problem(400);
    get(answer(400, &[("content-type", "nonsense")], ECHO))
        .await
        .assert_problem(400);
    let two = [
        ("content-type", "application/json"),
        ("content-type", "text/plain"),
    ];
    get(answer(400, &two, ECHO)).await.assert_problem(400);
}

#[tokio::test]
async fn a_type_of_broken_bytes_is_judged_by_its_bytes() {
    let mut response = answer(400, &[], ECHO);
    response.headers_mut().insert(
        "content-type",
        HeaderValue::from_bytes(b"text/plain;\xff").unwrap(),
    );
    get(response).await.assert_problem(400);
}

#[tokio::test]
async fn a_type_that_is_no_text_is_no_reason_to_fail() {
    let mut response = answer(400, &[], ECHO);
    let odd = HeaderValue::from_bytes(b"\xff/\xfe;\x80").unwrap();
    response.headers_mut().insert("content-type", odd);
    // it names a type, if an odd one, so the body is the application's
    assert_eq!(get(response).await.text, ECHO);
}

#[tokio::test]
async fn a_huge_text_that_repeats_the_input_is_not_sent() {
    let seen = get(answer(
        422,
        &[("content-type", "text/plain")],
        &"x".repeat(1 << 20),
    ))
    .await;
    seen.assert_problem(422);
    assert!(seen.text.len() < 200);
}

#[tokio::test]
async fn a_structured_body_stays() {
    for kind in [
        "application/json",
        "application/problem+json",
        "application/xml",
        "text/html;charset=utf-8",
    ] {
        let seen = get(answer(
            409,
            &[("content-type", kind), ("etag", "\"1\"")],
            "{}",
        ))
        .await;
        assert_eq!(seen.text, "{}", "{kind}");
        assert_eq!(seen.header("content-type"), kind);
        assert_eq!(seen.header("etag"), "\"1\"");
        assert_eq!(seen.header("x-request-id"), "some-id");
    }
}

#[tokio::test]
async fn fields_of_the_replaced_body_go_and_those_of_the_answer_stay() {
    let stale = [
        ("etag", "\"1\""),
        ("last-modified", "Mon, 01 Jan 2024 00:00:00 GMT"),
        ("content-encoding", "gzip"),
        ("content-language", "de"),
        ("content-location", "/x"),
        ("content-disposition", "attachment"),
        ("content-range", "bytes 0-1/2"),
        ("accept-ranges", "bytes"),
        ("transfer-encoding", "chunked"),
        ("trailer", "digest"),
        ("expires", "0"),
        ("content-digest", "sha-256=:AA==:"),
    ];
    let kept = [
        ("vary", "origin"),
        ("allow", "GET, HEAD"),
        ("www-authenticate", "Bearer"),
        ("retry-after", "3"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    ];
    let old = [
        ("content-type", "text/plain"),
        ("content-length", "35"),
        ("cache-control", "public, max-age=60"),
    ];
    let mut response = answer(401, &stale, ECHO);
    append(response.headers_mut(), &kept);
    append(response.headers_mut(), &old);
    let seen = get(response).await;
    seen.assert_problem(401);
    for (name, _) in stale {
        assert!(!seen.head.headers.contains_key(name), "{name}");
    }
    for (name, value) in kept {
        assert!(
            seen.head
                .headers
                .get_all(name)
                .iter()
                .any(|found| found == value),
            "{name}"
        );
    }
    for name in ["content-type", "content-length", "cache-control"] {
        assert_eq!(seen.head.headers.get_all(name).iter().count(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_problem_of_the_handler_is_always_rendered() {
    let mut response = answer(400, &[("content-type", "application/json")], "{}");
    response
        .extensions_mut()
        .insert(Problem::new(StatusCode::CONFLICT).with_detail("taken"));
    let seen = get(response).await;
    seen.assert_problem(409);
    assert_eq!(seen.json()["detail"], "taken");

    let seen = get(Problem::new(StatusCode::GONE).into_response::<Empty<Bytes>>()).await;
    seen.assert_problem(410);
}

#[tokio::test]
async fn the_handlers_problem_comes_before_the_describers() {
    let describe = |head: &Parts| Some(Problem::new(head.status).with_detail("described"));
    let seen = through(
        ProblemLayer::describing(describe),
        Request::new(()),
        answer(429, &[], ""),
    )
    .await;
    seen.assert_problem(429);
    assert_eq!(seen.json()["detail"], "described");

    let response = Problem::new(StatusCode::NOT_FOUND)
        .with_detail("own")
        .into_response::<Empty<Bytes>>();
    let seen = through(
        ProblemLayer::describing(describe),
        Request::new(()),
        response,
    )
    .await;
    assert_eq!(seen.json()["detail"], "own");
}

#[tokio::test]
async fn a_problem_of_no_error_is_not_rendered() {
    let mut response = answer(404, &[], "");
    response
        .extensions_mut()
        .insert(Problem::new(StatusCode::OK).with_detail("fine"));
    let seen = get(response).await;
    seen.assert_problem(404);
    assert_eq!(seen.json().get("detail"), None);
}

#[tokio::test]
async fn a_head_has_the_fields_of_a_get_and_no_body() {
    let ask = |response| through(with_ids(), Request::head("/").body(()).unwrap(), response);
    let sent = get(answer(404, &[], "")).await;
    for response in [
        answer(404, &[], ""),
        answer(404, &[("content-type", "text/plain")], ECHO),
    ] {
        let seen = ask(response).await;
        assert!(seen.text.is_empty());
        assert_eq!(seen.header("content-type"), "application/problem+json");
        assert_eq!(seen.header("content-length"), sent.header("content-length"));
    }
    // the body may have been cut off, so what the fields say stays
    let seen = ask(answer(
        404,
        &[
            ("content-type", "application/json"),
            ("content-length", "35"),
        ],
        "",
    ))
    .await;
    assert_eq!(seen.header("content-type"), "application/json");
    assert_eq!(seen.header("content-length"), "35");
}

#[tokio::test]
async fn every_type_of_body_fits() {
    let mut empty = Response::new(Empty::<Bytes>::new());
    *empty.status_mut() = StatusCode::NOT_FOUND;
    get(empty).await.assert_problem(404);

    // a stream does not know that it is empty; it says no type, so it is replaced
    let mut stream = Response::new(Stream);
    *stream.status_mut() = StatusCode::BAD_GATEWAY;
    get(stream).await.assert_problem(502);
}

/// A body of unknown length that ends at once.
struct Stream;

impl Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}

#[tokio::test]
async fn a_body_polled_after_its_end_stays_at_its_end() {
    let service = ProblemLayer::new().layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(answer(404, &[], ""))
    }));
    let mut body = service.oneshot(Request::new(())).await.unwrap().into_body();
    assert!(!body.is_end_stream());
    assert!(body.frame().await.is_some());
    assert!(body.is_end_stream());
    assert_eq!(body.size_hint().exact(), Some(0));
    assert!(body.frame().await.is_none());
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn the_id_that_another_layer_gave_is_sent_and_is_in_the_problem() {
    let mut request = Request::new(());
    request.extensions_mut().insert(Id("of-a-proxy"));
    // a handler's own field would not lead to the log
    let response = answer(404, &[("x-request-id", "mine")], "");
    let seen = through(with_ids(), request, response).await;
    seen.assert_problem(404);
    assert_eq!(seen.header("x-request-id"), "of-a-proxy");
}

#[tokio::test]
async fn without_an_id_none_is_made_up() {
    let seen = through(ProblemLayer::new(), Request::new(()), answer(404, &[], "")).await;
    assert_eq!(seen.header("x-request-id"), "");
    assert_eq!(seen.json().get("request_id"), None);
}

#[tokio::test]
async fn the_services_error_passes() {
    let service = ProblemLayer::new().layer(service_fn(async |_: Request<()>| {
        Err::<Response<Full<Bytes>>, _>("broken")
    }));
    assert_eq!(
        service.oneshot(Request::new(())).await.map(drop),
        Err("broken")
    );
}
