//! On axum's router: what is cached is what the router says.

use std::sync::Arc;

use axum::{Router, body::Body, routing::get};
use bartizan_cache::{CacheLayer, Flights, Origin, Policy, Store};
use http::Request;
use tower::ServiceExt;

#[tokio::test]
async fn no_spelling_of_a_path_makes_an_uncached_route_a_cached_one() {
    let flights = Arc::new(Flights::new(Arc::new(Store::with_capacity(1 << 20))));
    let fresh = [("cache-control", "max-age=60")];
    let layer = CacheLayer::new(
        flights.clone(),
        Policy::default(),
        Origin::new("https", "example.com"),
    );
    let cached = Router::new()
        .route(
            "/static/{*file}",
            get(move || async move { (fresh, "file") }),
        )
        .route_layer(layer);
    let app: Router = Router::new()
        .route("/me", get(move || async move { (fresh, "mine") }))
        .route("/me/{tab}", get(move || async move { (fresh, "mine") }))
        .merge(cached);
    let ask = |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        app.clone().oneshot(request)
    };
    let mut mine = 0;
    for path in [
        "/me",
        "/me;x.css",
        "/me/x.css",
        "/me%2fx.css",
        "/me%2Fstatic%2Fx.css",
        "/me/..%2fstatic%2fx.css",
        "/static/../me",
        "/me?/static/x.css",
        "/me%00.css",
        "//me",
        "/static",
        "/me/%2e%2e%2fstatic",
    ] {
        let answer = ask(path).await.unwrap();
        let was_cached = answer.headers().contains_key("cache-status");
        let body = axum::body::to_bytes(answer.into_body(), 1000)
            .await
            .unwrap();
        assert_eq!(was_cached, body == "file", "{path}");
        mine += usize::from(body == "mine");
    }
    assert_eq!(mine, 5);
    let first = ask("/static/x.css").await.unwrap();
    assert!(
        first.headers()["cache-status"]
            .to_str()
            .unwrap()
            .contains("stored")
    );
    let second = ask("/static/x.css").await.unwrap();
    assert!(
        second.headers()["cache-status"]
            .to_str()
            .unwrap()
            .contains("hit")
    );
}
