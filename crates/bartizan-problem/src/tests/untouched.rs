//! Answers that must not be changed.

use http::{Method, StatusCode};

use super::*;
use crate::Problem;

#[tokio::test]
async fn success_redirect_and_unchanged_pass() {
    for status in [200, 201, 204, 206, 301, 304] {
        let mut response = answer(
            status,
            &[("etag", "\"1\""), ("content-type", "text/plain")],
            "as it is",
        );
        response
            .extensions_mut()
            .insert(Problem::new(StatusCode::CONFLICT));
        let seen = get(response).await;
        assert_eq!(seen.head.status, status);
        assert_eq!(seen.text, "as it is");
        assert_eq!(seen.header("etag"), "\"1\"");
        assert_eq!(seen.header("cache-control"), "");
    }
}

#[tokio::test]
async fn an_upgrade_passes() {
    let seen = get(answer(101, &[("upgrade", "websocket")], "")).await;
    assert_eq!(seen.head.status, 101);
    assert_eq!(seen.header("content-type"), "");
    assert_eq!(seen.header("upgrade"), "websocket");
}

#[tokio::test]
async fn a_tunnel_is_left_alone() {
    let request = Request::builder()
        .method(Method::CONNECT)
        .uri("a.example:443")
        .body(())
        .unwrap();
    let seen = through(with_ids(), request, answer(502, &[], "")).await;
    assert_eq!(seen.head.status, 502);
    assert!(seen.text.is_empty());
    assert_eq!(seen.header("content-type"), "");
}

#[tokio::test]
async fn a_grpc_answer_is_left_alone() {
    for kind in [
        "application/grpc",
        "application/grpc+proto",
        "Application/gRPC-Web; x=y",
    ] {
        let seen = get(answer(500, &[("content-type", kind)], "")).await;
        assert_eq!(seen.header("content-type"), kind);
    }
}

#[tokio::test]
async fn what_only_sounds_like_grpc_is_not() {
    let request = Request::post("/")
        .header("content-type", "application/grpcish")
        .body(())
        .unwrap();
    through(with_ids(), request, answer(500, &[], ""))
        .await
        .assert_problem(500);
}
