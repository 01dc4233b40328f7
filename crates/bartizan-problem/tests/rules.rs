//! Which answers become problems, and what becomes of their fields.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;

use bartizan_problem::{Problem, ProblemLayer, RequestId};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn is_problem(&self) -> bool {
        self.headers
            .get("content-type")
            .is_some_and(|value| value == "application/problem+json")
    }
}

/// Sends `method` through the layer to a service that gives this answer.
async fn through(method: Method, response: Response<Full<Bytes>>) -> Answer {
    let service = service_fn(move |_: Request<()>| {
        let response = response.clone();
        async move { Ok::<_, Infallible>(response) }
    });
    let request = Request::builder().method(method).body(()).unwrap();
    let answer = ProblemLayer::new()
        .layer(service)
        .oneshot(request)
        .await
        .unwrap();
    let (head, body) = answer.into_parts();
    let (exact, ended) = (body.size_hint().exact(), body.is_end_stream());
    let body = body.collect().await.unwrap().to_bytes();
    assert_eq!(exact, Some(body.len() as u64));
    assert_eq!(ended, body.is_empty());
    Answer {
        status: head.status,
        headers: head.headers,
        body,
    }
}

fn response(
    status: u16,
    content_type: Option<&'static str>,
    body: &'static str,
) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(status);
    if let Some(content_type) = content_type {
        response = response.header("content-type", content_type);
    }
    response.body(Full::from(body)).unwrap()
}

#[tokio::test]
async fn empty_and_plain_errors_become_problems() {
    for (content_type, body) in [
        (None, ""),
        (None, "input"),
        (Some("text/plain"), "input"),
        (Some("TEXT/Plain ; charset=utf-8"), "input"),
        (Some("nonsense"), "input"),
        (Some("application/json"), ""),
    ] {
        for status in [400, 404, 405, 422, 499, 500, 503] {
            let answer = through(Method::GET, response(status, content_type, body)).await;
            assert!(answer.is_problem(), "{status} {content_type:?}");
            assert_eq!(answer.status, status);
            assert_eq!(answer.json()["status"], status);
            assert_eq!(
                answer.headers["content-length"],
                answer.body.len().to_string().as_str()
            );
            assert_eq!(answer.headers["cache-control"], "no-store");
            assert!(!String::from_utf8_lossy(&answer.body).contains("input"));
        }
    }
}

#[tokio::test]
async fn what_the_application_wrote_and_what_is_no_error_pass() {
    for (status, content_type, body) in [
        (200, None, "text"),
        (204, None, ""),
        (304, None, ""),
        (302, Some("text/plain"), "moved"),
        (404, Some("application/json"), "{}"),
        (500, Some("text/html; charset=utf-8"), "<p>sorry"),
        (400, Some("application/problem+json"), "{\"title\":\"own\"}"),
        (503, Some("application/grpc+proto"), ""),
        (503, Some("application/grpc"), ""),
    ] {
        let answer = through(Method::GET, response(status, content_type, body)).await;
        assert_eq!(answer.body, body, "{status} {content_type:?}");
        assert_eq!(answer.status, status);
        assert_eq!(
            answer
                .headers
                .get("content-type")
                .map(|v| v.to_str().unwrap()),
            content_type
        );
    }
    let answer = through(Method::CONNECT, response(502, Some("text/plain"), "tunnel")).await;
    assert_eq!(answer.body, "tunnel");
}

#[tokio::test]
async fn a_replaced_body_takes_its_fields_with_it_and_leaves_the_others() {
    let mut plain = response(503, Some("text/plain"), "input");
    let gone = [
        "etag",
        "last-modified",
        "content-encoding",
        "content-range",
        "accept-ranges",
        "trailer",
        "expires",
    ];
    let kept = [
        "vary",
        "allow",
        "www-authenticate",
        "retry-after",
        "set-cookie",
        "x-own",
    ];
    for name in gone.iter().chain(&kept) {
        plain
            .headers_mut()
            .insert(*name, HeaderValue::from_static("v"));
    }
    plain
        .headers_mut()
        .append("set-cookie", HeaderValue::from_static("w"));
    plain
        .headers_mut()
        .insert("content-length", HeaderValue::from_static("5"));
    let answer = through(Method::GET, plain).await;
    assert!(gone.iter().all(|name| !answer.headers.contains_key(*name)));
    assert!(kept.iter().all(|name| answer.headers[*name] == "v"));
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 2);
}

#[tokio::test]
async fn an_answer_to_head_has_the_fields_and_no_body() {
    let answer = through(Method::HEAD, response(404, Some("text/plain"), "input")).await;
    assert!(answer.is_problem());
    assert!(answer.body.is_empty());
    assert_ne!(answer.headers["content-length"], "0");
    let kept = through(Method::HEAD, response(404, Some("application/json"), "")).await;
    assert_eq!(kept.headers["content-type"], "application/json");
}

#[tokio::test]
async fn a_field_that_is_no_text_is_no_reason_to_fail() {
    let mut odd = response(400, None, "input");
    odd.headers_mut().insert(
        "content-type",
        HeaderValue::from_bytes(b"\xff/\xfe;\x80").unwrap(),
    );
    let answer = through(Method::GET, odd).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a_handlers_problem_wins_over_its_body() {
    let mut own = response(409, Some("application/json"), "{\"input\":1}");
    let problem = Problem::new(StatusCode::CONFLICT)
        .with_type("https://example.com/taken")
        .with_title("Taken")
        .with_detail("try \"another\"\u{2028}\n")
        .with_instance("/accounts/1")
        .with_member("field", "email");
    own.extensions_mut().insert(problem);
    let answer = through(Method::GET, own).await;
    let mut json = answer.json();
    assert_eq!(
        json["request_id"].as_str(),
        Some(answer.headers["x-request-id"].to_str().unwrap())
    );
    json.as_object_mut().unwrap().remove("request_id");
    assert_eq!(
        json,
        json!({
            "type": "https://example.com/taken", "title": "Taken", "status": 409,
            "detail": "try \"another\"\u{2028}\n", "instance": "/accounts/1", "field": "email",
        })
    );
}

#[tokio::test]
async fn a_problem_of_no_error_is_not_rendered() {
    let mut fine = response(200, None, "text");
    fine.extensions_mut().insert(Problem::new(StatusCode::OK));
    assert_eq!(through(Method::GET, fine).await.body, "text");
}

#[tokio::test]
async fn an_id_from_outside_is_kept_and_seen_by_the_handler() {
    let id = RequestId::from_u128(0xabc);
    let service = ProblemLayer::new().layer(service_fn(|request: Request<()>| async move {
        let seen = request.extensions().get::<RequestId>().unwrap().to_string();
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(seen)))
    }));
    let mut request = Request::new(());
    request.extensions_mut().insert(id);
    let answer = service.oneshot(request).await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], id.to_string().as_str());
    assert_eq!(
        answer.into_body().collect().await.unwrap().to_bytes(),
        id.to_string()
    );
}
