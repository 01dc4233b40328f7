//! A form that only its own site can send: `cargo run -p bartizan-examples --example csrf_form`.
//!
//! No token in the form, nothing kept between requests: the browser says who asks.

use std::error::Error;

use axum::{
    Router,
    body::Body,
    extract::MatchedPath,
    routing::{get, post},
};
use bartizan_client_ip::{ClientIpLayer, Policy};
use bartizan_headers::{CrossOriginLayer, CrossOriginPolicy, CrossOriginRejection};
use http::{Method, Request, Response, StatusCode};
use tower::ServiceExt;

type Failure = Box<dyn Error + Send + Sync>;

const SHOP: &str = "https://shop.example";

/// A request as it comes in over HTTP/1.1.
fn request(method: &str, path: &str, fields: &[(&str, &str)]) -> Result<Request<Body>, Failure> {
    let builder = Request::builder().method(method).uri(path);
    let mut builder = builder.header("host", "bank.example");
    for (name, value) in fields {
        builder = builder.header(*name, *value);
    }
    Ok(builder.body(Body::empty())?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let policy = CrossOriginPolicy::builder()
        .trusted(|origin| origin == SHOP.as_bytes())
        // Other servers call it, and it checks their signature.
        .with_insecure_bypass(Method::POST, "/hooks/{name}")
        .session_cookie("__Host-session")
        .build()?;
    let check = CrossOriginLayer::new(policy).route_from(|uri, extensions| {
        let matched = extensions.get::<MatchedPath>();
        matched.map_or(uri.path(), MatchedPath::as_str)
    });
    let app = Router::new()
        .route("/", get(|| async { "<form method=post action=/transfer>" }))
        .route("/transfer", post(|| async { "sent" }))
        .route("/hooks/{name}", post(|| async { "noted" }))
        .route("/live", get(|| async { "a WebSocket would open here" }))
        .layer(check.clone())
        // Outside of it: writes the scheme and host that the client used into the request's URI.
        .layer(ClientIpLayer::new(Policy::builder().tls().build()?));

    let same = ("sec-fetch-site", "same-origin");
    let cross = ("sec-fetch-site", "cross-site");
    let evil = ("origin", "https://evil.example");
    let session = ("cookie", "__Host-session=abc");
    let upgrade = ("upgrade", "websocket");
    let (ok, forbidden) = (StatusCode::OK, StatusCode::FORBIDDEN);
    for (what, method, path, fields, expected) in [
        ("the page", "GET", "/", &[cross][..], ok),
        ("its form", "POST", "/transfer", &[same, session], ok),
        (
            "its form, from an old browser",
            "POST",
            "/transfer",
            &[("origin", "https://bank.example"), session],
            ok,
        ),
        (
            "the shop's form",
            "POST",
            "/transfer",
            &[cross, ("origin", SHOP)],
            ok,
        ),
        ("a hook", "POST", "/hooks/a", &[evil], ok),
        ("a program", "POST", "/transfer", &[], ok),
        (
            "another site's form",
            "POST",
            "/transfer",
            &[cross, evil, session],
            forbidden,
        ),
        (
            "a page over plain HTTP",
            "POST",
            "/transfer",
            &[("origin", "http://bank.example"), session],
            forbidden,
        ),
        (
            "a cookie from nowhere",
            "POST",
            "/transfer",
            &[session],
            forbidden,
        ),
        (
            "another site's WebSocket",
            "GET",
            "/live",
            &[upgrade, evil, session],
            forbidden,
        ),
    ] {
        let response: Response<Body> = app.clone().oneshot(request(method, path, fields)?).await?;
        let reason = response.extensions().get::<CrossOriginRejection>();
        let reason = reason.map_or("", |rejection| rejection.reason().as_str());
        println!("{what}: {} {reason}", response.status());
        assert_eq!(response.status(), expected);
    }
    println!("{:?}", check.stats());
    Ok(())
}
