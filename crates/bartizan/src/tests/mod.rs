mod caller;
mod configuration;
mod limits;
mod origins;
#[cfg(all(feature = "axum", feature = "validate"))]
mod validation;

use std::{collections::HashSet, convert::Infallible};

use axum::{
    Router,
    body::Body,
    routing::{get, post},
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use crate::Hardening;

async fn text<B: http_body::Body<Data = Bytes, Error: std::fmt::Debug>>(body: B) -> String {
    String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

fn router() -> Router {
    async fn panics() -> &'static str {
        panic!("a secret in the panic 4711")
    }
    async fn doubles(body: axum::Json<u32>) -> String {
        (body.0 * 2).to_string()
    }
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/html", get(|| async { axum::response::Html("<p>hello") }))
        .route("/panics", get(panics))
        .route("/doubles", post(doubles))
        .layer(Hardening::default())
}

async fn ask(
    request: http::request::Builder,
    body: &'static str,
) -> (http::response::Parts, String) {
    let response = router()
        .oneshot(request.body(Body::from(body)).unwrap())
        .await
        .unwrap();
    let (head, body) = response.into_parts();
    (head, text(body).await)
}

#[tokio::test]
async fn every_way_out_of_a_router_is_hardened() {
    let json = Request::post("/doubles").header("content-type", "application/json");
    for (request, body, status) in [
        (Request::get("/"), "", 200),
        (Request::get("/nowhere"), "", 404),
        (Request::put("/"), "", 405),
        (Request::get("/panics"), "", 500),
        (Request::post("/doubles"), "4711", 415),
        (json, "\"4711 is not a number\"", 422),
    ] {
        let (head, text) = ask(request, body).await;
        assert_eq!(head.status, status);
        assert_eq!(head.headers["x-content-type-options"], "nosniff");
        assert!(
            head.headers["content-security-policy"]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'")
        );
        assert!(!text.contains("4711"), "{text}");
        if status >= 400 {
            assert_eq!(head.headers["content-type"], "application/problem+json");
            let problem: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(problem["status"], status);
            assert_eq!(
                problem["request_id"],
                head.headers["x-request-id"].to_str().unwrap()
            );
        }
    }
}

#[tokio::test]
async fn a_405_keeps_its_allow_and_a_head_has_no_body() {
    let (head, _) = ask(Request::put("/"), "").await;
    assert!(head.headers["allow"].to_str().unwrap().contains("GET"));
    for path in ["/", "/nowhere", "/panics"] {
        let (head, text) = ask(Request::head(path), "").await;
        assert_eq!(text, "", "{path}");
        assert_eq!(head.headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn a_document_gets_the_document_policy() {
    let (head, _) = ask(Request::get("/html"), "").await;
    let policy = head.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
}

#[tokio::test]
async fn a_plain_service_with_another_body_is_hardened_too() {
    let service =
        Hardening::default().layer(service_fn(|request: Request<Full<Bytes>>| async move {
            let mut response = Response::new(Full::<Bytes>::from("hi"));
            if request.uri().path() == "/echo" {
                *response.status_mut() = StatusCode::BAD_REQUEST;
                response
                    .headers_mut()
                    .insert("content-type", "text/plain".parse().unwrap());
            }
            Ok::<_, Infallible>(response)
        }));
    let ask = |path: &str| {
        service
            .clone()
            .oneshot(Request::get(path).body(Full::default()).unwrap())
    };
    let fine = ask("/").await.unwrap();
    assert_eq!(fine.headers()["x-content-type-options"], "nosniff");
    assert_eq!(text(fine.into_body()).await, "hi");
    let refused = ask("/echo").await.unwrap();
    assert_eq!(
        refused.headers()["content-type"],
        "application/problem+json"
    );
    assert!(!text(refused.into_body()).await.contains("hi"));
}

#[tokio::test]
async fn services_of_one_hardening_give_each_request_its_own_id() {
    let hardening = Hardening::default();
    let mut seen = HashSet::new();
    // As an axum router does: `layer` is called anew for each connection and route.
    for _ in 0..20 {
        let service = hardening.layer(service_fn(|_: Request<()>| async {
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        }));
        let answer = service.oneshot(Request::new(())).await.unwrap();
        assert!(seen.insert(answer.headers()["x-request-id"].clone()));
    }
}
