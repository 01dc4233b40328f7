use std::{net::SocketAddr, time::Duration};

use axum::{
    extract::ConnectInfo,
    middleware::{Next, from_fn},
};

use super::*;
use crate::{Config, LimitKey, Principal, RateLimitConfig};

/// `/open` for everybody, `/mine/{id}` for users, who say by a field who they are.
fn router(hardening: &Hardening) -> Router {
    async fn authenticate(
        mut request: axum::extract::Request,
        next: Next,
    ) -> axum::response::Response {
        if let Some(user) = request.headers().get("x-user") {
            let user: u64 = user.to_str().unwrap().parse().unwrap();
            request.extensions_mut().insert(Principal::new(user));
        }
        next.run(request).await
    }
    Router::new()
        .route("/mine/{id}", get(|| async { "mine" }))
        // The last one added is the first one passed.
        .route_layer(hardening.principal_quotas())
        .route_layer(from_fn(authenticate))
        .route("/open", get(|| async { "open" }))
        .layer(hardening.clone())
}

fn config(rate_limit: Vec<RateLimitConfig>) -> Config {
    Config {
        rate_limit,
        ..Config::default()
    }
}

fn hardening(limits: impl IntoIterator<Item = RateLimitConfig>) -> Hardening {
    Hardening::new(&config(limits.into_iter().collect())).unwrap()
}

async fn ask_as(router: &Router, path: &str, peer: u8, user: Option<u64>) -> http::response::Parts {
    let mut request = Request::get(path).header("host", "localhost");
    if let Some(user) = user {
        request = request.header("x-user", user.to_string());
    }
    let mut request = request.body(Body::empty()).unwrap();
    let peer = SocketAddr::from(([192, 0, 2, peer], 4711));
    request.extensions_mut().insert(ConnectInfo(peer));
    router
        .clone()
        .oneshot(request)
        .await
        .unwrap()
        .into_parts()
        .0
}

const HOUR: Duration = Duration::from_secs(60 * 60);

fn limit(name: &str, count: u32) -> RateLimitConfig {
    RateLimitConfig::new(name, count, HOUR)
}

#[tokio::test]
async fn a_limit_by_address_is_a_429_problem_with_security_fields() {
    let router = router(&hardening([limit("edge", 2)]));
    for status in [200, 200, 429] {
        assert_eq!(ask_as(&router, "/open", 1, None).await.status, status);
    }
    let mut request = Request::get("/open")
        .header("host", "localhost")
        .body(Body::empty())
        .unwrap();
    request
        .extensions_mut()
        .insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1))));
    let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    assert_eq!(head.headers["content-type"], "application/problem+json");
    assert_eq!(head.headers["x-content-type-options"], "nosniff");
    assert_eq!(head.headers["ratelimit-policy"], "\"edge\";q=2;w=3600");
    let problem: serde_json::Value = serde_json::from_str(&text(body).await).unwrap();
    assert_eq!(
        problem["type"],
        "https://iana.org/assignments/http-problem-types#quota-exceeded"
    );
    assert_eq!(problem["violated-policies"], serde_json::json!(["edge"]));
    assert_eq!(ask_as(&router, "/open", 2, None).await.status, 200);
    // What no route knows is counted too.
    assert_eq!(ask_as(&router, "/nowhere", 2, None).await.status, 404);
    assert_eq!(ask_as(&router, "/nowhere", 2, None).await.status, 429);
}

#[tokio::test]
async fn a_limit_by_principal_counts_users_wherever_they_come_from_and_joins_the_list() {
    let mut user = limit("user", 2);
    user.key = LimitKey::Principal;
    user.routes = vec!["/mine/{id}".to_owned()];
    let router = router(&hardening([user]));
    for (path, peer, status) in [
        ("/mine/1", 1, 200),
        ("/mine/2", 2, 200),
        ("/mine/3", 3, 429),
    ] {
        let head = ask_as(&router, path, peer, Some(7)).await;
        assert_eq!(head.status, status);
        let list = head.headers["ratelimit"].to_str().unwrap();
        assert!(
            list.starts_with("\"edge\";r=499;t=1, \"user\";r="),
            "{list}"
        );
        assert_eq!(head.headers.get_all("ratelimit-policy").iter().count(), 1);
    }
    assert_eq!(ask_as(&router, "/mine/1", 1, Some(8)).await.status, 200);
    assert_eq!(ask_as(&router, "/mine/1", 1, None).await.status, 200);
    assert_eq!(ask_as(&router, "/open", 1, Some(7)).await.status, 200);
}

#[tokio::test]
async fn limits_change_while_serving_and_a_mistake_changes_nothing() {
    let hardening = hardening([limit("edge", 2)]);
    let router = router(&hardening);
    for status in [200, 200, 429] {
        assert_eq!(ask_as(&router, "/open", 1, None).await.status, status);
    }
    let reload = |limits: Vec<RateLimitConfig>| hardening.reload(&config(limits));
    let error = reload(vec![limit("edge", 0)]).unwrap_err();
    assert_eq!(error.key(), "rate_limit");
    assert_eq!(ask_as(&router, "/open", 1, None).await.status, 429);
    // An hour is owed, and a hundred an hour come back to the hundred that are owed at most.
    reload(vec![limit("edge", 100)]).unwrap();
    assert_eq!(ask_as(&router, "/open", 1, None).await.status, 429);
    assert_eq!(ask_as(&router, "/open", 2, None).await.status, 200);
    reload(vec![limit("other", 1)]).unwrap();
    let head = ask_as(&router, "/open", 3, None).await;
    assert_eq!(
        head.headers["ratelimit"],
        "\"other\";r=0;t=3600, \"edge\";r=499;t=1"
    );
}

#[tokio::test]
async fn without_an_address_nobody_is_counted_by_it_and_that_is_told() {
    let hardening = hardening([limit("edge", 1)]);
    let router = router(&hardening);
    for _ in 0..3 {
        let request = Request::get("/open").body(Body::empty()).unwrap();
        assert_eq!(router.clone().oneshot(request).await.unwrap().status(), 200);
    }
    assert_eq!(hardening.limiter().report()[0].without_key, 3);
}
