//! The layer around services that answer, fail, panic or would rather not be asked.

#![cfg(feature = "layer")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    any::Any,
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use bartizan_headers::{CorsLayer, CorsPolicies, CorsPolicy, CorsRejection, HeadersLayer};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::catch_panic::CatchPanicLayer;

const ORIGIN: &str = "https://app.example.com";

fn policy() -> CorsPolicy {
    CorsPolicy::builder()
        .origins([ORIGIN])
        .credentials()
        .methods(["PUT"])
        .build()
        .unwrap()
}

fn request(method: Method, path: &str, fields: &[(&'static str, &'static str)]) -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap();
    for (name, value) in fields {
        request
            .headers_mut()
            .insert(*name, HeaderValue::from_static(value));
    }
    request
}

fn preflight(path: &str, origin: &'static str, method: &'static str) -> Request<()> {
    let fields = [
        ("origin", origin),
        ("access-control-request-method", method),
    ];
    request(Method::OPTIONS, path, &fields)
}

fn allowed_origin(headers: &HeaderMap) -> Option<&str> {
    headers
        .get("access-control-allow-origin")
        .map(|value| value.to_str().unwrap())
}

/// Answers with the status in the path.
async fn answer(request: Request<()>) -> Result<Response<String>, Infallible> {
    let mut response = Response::new("inner".to_owned());
    let status = request.uri().path().rsplit('/').next().unwrap();
    *response.status_mut() = status.parse().unwrap_or(StatusCode::OK);
    Ok(response)
}

#[tokio::test]
async fn a_preflight_never_gets_inside() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let mut service = CorsLayer::new(policy()).layer(service_fn(move |request| {
        counter.fetch_add(1, Relaxed);
        answer(request)
    }));
    let allowed = service
        .call(preflight("/401", ORIGIN, "PUT"))
        .await
        .unwrap();
    assert_eq!(
        (allowed.status(), allowed.body().as_str()),
        (StatusCode::NO_CONTENT, "")
    );
    assert_eq!(allowed_origin(allowed.headers()), Some(ORIGIN));
    assert!(allowed.extensions().get::<CorsRejection>().is_none());
    for (origin, method, reason) in [
        ("https://evil.example", "PUT", CorsRejection::Origin),
        (ORIGIN, "DELETE", CorsRejection::Method),
    ] {
        let refused = service.call(preflight("/", origin, method)).await.unwrap();
        assert_eq!(
            (refused.status(), refused.body().as_str()),
            (StatusCode::FORBIDDEN, "")
        );
        assert!(
            refused.headers().keys().eq(["vary"]),
            "{:?}",
            refused.headers()
        );
        assert_eq!(refused.extensions().get(), Some(&reason));
    }
    assert_eq!(calls.load(Relaxed), 0);
    // any other OPTIONS is the handler's
    let plain = service
        .call(request(Method::OPTIONS, "/", &[("origin", ORIGIN)]))
        .await
        .unwrap();
    assert_eq!((plain.body().as_str(), calls.load(Relaxed)), ("inner", 1));
    assert_eq!(allowed_origin(plain.headers()), Some(ORIGIN));
}

#[tokio::test]
async fn whatever_answers_can_be_read_by_the_scripts_that_may() {
    let mut service = CorsLayer::new(policy()).layer(service_fn(answer));
    for status in [
        "200", "204", "304", "401", "404", "405", "413", "429", "500", "503",
    ] {
        let path = format!("/{status}");
        let good = service
            .call(request(Method::GET, &path, &[("origin", ORIGIN)]))
            .await
            .unwrap();
        assert_eq!(good.status().as_str(), status);
        assert_eq!(allowed_origin(good.headers()), Some(ORIGIN), "{status}");
        let exposed = good.headers()["access-control-expose-headers"]
            .to_str()
            .unwrap();
        assert_eq!(
            exposed,
            "ratelimit,ratelimit-policy,retry-after,x-request-id"
        );
        let evil = [("origin", "https://evil.example")];
        let bad = service
            .call(request(Method::GET, &path, &evil))
            .await
            .unwrap();
        assert!(bad.headers().keys().eq(["vary"]), "{status}");
    }
}

#[tokio::test]
async fn a_caught_panic_can_be_read_too() {
    let service = ServiceBuilder::new()
        .layer(CorsLayer::new(policy()))
        // the panic layer's own body has no empty value
        .map_response(|response: Response<_>| response.map(drop))
        .layer(CatchPanicLayer::custom(|_: Box<dyn Any + Send>| {
            let mut response = Response::new(String::new());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }))
        .service_fn(|_: Request<()>| async {
            if true {
                panic!("on purpose");
            }
            Ok::<_, Infallible>(Response::new(String::new()))
        });
    let response = service
        .oneshot(request(Method::GET, "/", &[("origin", ORIGIN)]))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(allowed_origin(response.headers()), Some(ORIGIN));
}

#[tokio::test]
async fn an_error_of_the_service_stays_what_it_is() {
    let mut service = CorsLayer::new(policy()).layer(service_fn(|_: Request<()>| async {
        Err::<Response<()>, _>("down")
    }));
    let fields = [("origin", ORIGIN)];
    assert_eq!(
        service
            .call(request(Method::GET, "/", &fields))
            .await
            .unwrap_err(),
        "down"
    );
}

#[tokio::test]
async fn a_handlers_own_fields_do_not_undo_the_policy() {
    let mut service = CorsLayer::new(policy()).layer(service_fn(|_: Request<()>| async {
        let mut response = Response::new(());
        for (name, value) in [
            ("access-control-allow-origin", "*"),
            ("access-control-allow-credentials", "true"),
            ("access-control-expose-headers", "x-secret"),
            ("access-control-allow-methods", "*"),
            ("vary", "accept"),
        ] {
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        Ok::<_, Infallible>(response)
    }));
    let evil = [("origin", "https://evil.example")];
    let refused = service
        .call(request(Method::GET, "/", &evil))
        .await
        .unwrap();
    assert!(
        refused.headers().keys().eq(["vary"]),
        "{:?}",
        refused.headers()
    );
    let vary: Vec<_> = refused.headers().get_all("vary").iter().collect();
    assert_eq!(vary, ["accept", "Origin"]);
    let allowed = service
        .call(request(Method::GET, "/", &[("origin", ORIGIN)]))
        .await
        .unwrap();
    assert_eq!(allowed_origin(allowed.headers()), Some(ORIGIN));
    assert_eq!(
        allowed
            .headers()
            .get_all("access-control-allow-origin")
            .iter()
            .count(),
        1
    );
    assert_ne!(
        allowed.headers()["access-control-expose-headers"],
        "x-secret"
    );
}

#[tokio::test]
async fn preflight_and_request_meet_the_same_policy() {
    let public = CorsPolicy::builder().any_origin().build().unwrap();
    let policies = CorsPolicies::new([
        ("/v1/**", Some(policy())),
        ("/v1/articles", Some(public)),
        ("/v1/internal/**", None),
    ]);
    let mut service = CorsLayer::new(policies.unwrap()).layer(service_fn(answer));
    for (path, method, preflighted, readable) in [
        ("/v1/account", "PUT", true, Some(ORIGIN)),
        ("/v1/articles", "PUT", false, Some("*")),
        ("/v1/articles", "GET", true, Some("*")),
        ("/v1/articles?a=/v1/account", "PUT", false, Some("*")),
    ] {
        let asked = service.call(preflight(path, ORIGIN, method)).await.unwrap();
        assert_eq!(asked.status().is_success(), preflighted, "{path} {method}");
        let actual = request(method.parse().unwrap(), path, &[("origin", ORIGIN)]);
        let answered = service.call(actual).await.unwrap();
        assert_eq!(
            allowed_origin(answered.headers()),
            readable,
            "{path} {method}"
        );
    }
    for path in ["/v1/internal/200", "/health", "/"] {
        let untouched = service.call(preflight(path, ORIGIN, "PUT")).await.unwrap();
        assert_eq!(untouched.body(), "inner");
        assert!(untouched.headers().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn new_policies_hold_for_services_that_are_running() {
    let layer = CorsLayer::new(policy());
    let mut service = layer.layer(service_fn(answer)).clone();
    layer.clone().set_policies(CorsPolicies::default());
    let response = service.call(preflight("/", ORIGIN, "PUT")).await.unwrap();
    assert_eq!(response.body(), "inner");
    assert_eq!(layer.policies().iter().count(), 0);
    layer.set_policies(policy());
    let response = service.call(preflight("/", ORIGIN, "PUT")).await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn security_fields_outside_leave_cors_alone() {
    let service = ServiceBuilder::new()
        .layer(HeadersLayer::default())
        .layer(CorsLayer::new(policy()))
        .service_fn(answer);
    let response = service
        .oneshot(preflight("/", ORIGIN, "PUT"))
        .await
        .unwrap();
    assert_eq!(allowed_origin(response.headers()), Some(ORIGIN));
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert_eq!(
        response.headers()["vary"],
        "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    );
}

/// A cache may keep the answer to any request without `Vary`, so the strangest one has to have what all need.
#[tokio::test]
async fn an_answer_for_any_origin_is_the_same_whoever_asks() {
    let public = CorsPolicy::builder().any_origin().build().unwrap();
    let mut service = CorsLayer::new(public).layer(service_fn(answer));
    for origins in [
        &[][..],
        &["https://a.test"],
        &["null"],
        &["https://a.test", "https://b.test"],
        &[""],
    ] {
        let mut asked = request(Method::GET, "/200", &[]);
        for origin in origins {
            let origin = HeaderValue::from_static(origin);
            asked.headers_mut().append("origin", origin);
        }
        let answered = service.call(asked).await.unwrap();
        assert_eq!(allowed_origin(answered.headers()), Some("*"), "{origins:?}");
    }
}

/// Without `Origin` too: a cache that does not know `Vary` gives the answer to everybody.
#[tokio::test]
async fn a_handlers_own_permission_is_never_kept() {
    let mut service = CorsLayer::new(policy()).layer(service_fn(|_: Request<()>| async {
        let mut response = Response::new(String::new());
        let any = HeaderValue::from_static("*");
        response
            .headers_mut()
            .insert("access-control-allow-origin", any);
        Ok::<_, Infallible>(response)
    }));
    for fields in [&[][..], &[("origin", "https://evil.test")]] {
        let answered = service
            .call(request(Method::GET, "/", fields))
            .await
            .unwrap();
        assert_eq!(allowed_origin(answered.headers()), None, "{fields:?}");
        assert_eq!(answered.headers()["vary"], "Origin");
    }
}
