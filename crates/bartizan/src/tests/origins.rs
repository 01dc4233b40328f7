//! Other origins: who may read, who may act, and that every answer says so.

use std::convert::Infallible;

use axum::{
    Router,
    body::Body,
    routing::{get, post},
};
use bartizan_headers::{Field, Policies, Policy};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use crate::{Config, Hardening};

const APP: &str = "https://app.test";

fn config(json: &str) -> Config {
    serde_json::from_str(json).unwrap()
}

/// Credentials for one origin everywhere, everybody as nobody below `/public`.
fn cors() -> Config {
    config(
        r#"{
            "hosts": {"allowed": ["api.test"]},
            "cors": [
                {"origins": ["https://app.test"], "credentials": true, "methods": ["PUT"]},
                {"routes": ["/public/**"], "any_origin": true, "request_headers": ["authorization"]}
            ]
        }"#,
    )
}

fn router(hardening: &Hardening) -> Router {
    async fn panics() -> &'static str {
        panic!("a bug")
    }
    Router::new()
        .route("/", get(|| async { "hello" }).put(|| async { "put" }))
        .route("/panics", get(panics))
        .route("/hooks/{name}", post(|| async { "hook" }))
        .route("/public/a", post(|| async { "posted" }))
        .layer(hardening.clone())
}

async fn ask(
    hardening: &Hardening,
    method: &str,
    path: &str,
    fields: &[(&str, &str)],
) -> http::response::Parts {
    let mut request = Request::builder().method(method).uri(path);
    if !fields.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "api.test");
    }
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = router(hardening).oneshot(request).await.unwrap();
    response.into_parts().0
}

fn readable_by(head: &http::response::Parts) -> Option<&str> {
    let value = head.headers.get("access-control-allow-origin")?;
    value.to_str().ok()
}

#[tokio::test]
async fn every_answer_can_be_read_by_the_origin_that_may_whoever_makes_it() {
    let hardening = Hardening::new(&cors()).unwrap();
    let origin = ("origin", APP);
    let put = ("sec-fetch-site", "cross-site");
    let nonsense = ("sec-fetch-site", "nonsense");
    for (method, path, fields, status) in [
        ("GET", "/", &[origin][..], 200),
        ("GET", "/nowhere", &[origin], 404),
        ("DELETE", "/", &[origin, put], 405),
        ("GET", "/panics", &[origin], 500),
        ("GET", "/", &[origin, ("host", "elsewhere.test")], 421),
        ("PUT", "/", &[origin, put], 200),
        ("PUT", "/", &[origin, nonsense], 403),
    ] {
        let head = ask(&hardening, method, path, fields).await;
        assert_eq!(head.status, status, "{method} {path} {fields:?}");
        assert_eq!(readable_by(&head), Some(APP), "{method} {path}");
        let exposed = head.headers["access-control-expose-headers"]
            .to_str()
            .unwrap();
        assert!(exposed.contains("x-request-id"), "{exposed}");
        assert!(head.headers.contains_key("x-content-type-options"));
    }
}

/// A preflight carries no credentials and names another method than its request: neither limits nor the router nor the list of
/// hosts may stand in its way.
#[tokio::test]
async fn a_preflight_is_answered_before_anything_can_refuse_it() {
    let mut config = cors();
    config.rate_limit = vec![crate::RateLimitConfig::new(
        "edge",
        1,
        std::time::Duration::from_secs(86_400),
    )];
    let hardening = Hardening::new(&config).unwrap();
    let preflight = [("origin", APP), ("access-control-request-method", "PUT")];
    for _ in 0..3 {
        let head = ask(&hardening, "OPTIONS", "/", &preflight).await;
        assert_eq!(head.status, 204);
        assert_eq!(head.headers["access-control-allow-methods"], "PUT");
        assert!(head.headers.contains_key("x-content-type-options"));
    }
    let refused = [
        ("origin", "https://evil.test"),
        ("access-control-request-method", "PUT"),
    ];
    let head = ask(&hardening, "OPTIONS", "/", &refused).await;
    assert_eq!(
        (head.status, readable_by(&head)),
        (StatusCode::FORBIDDEN, None)
    );
    // no preflight: the router's own answer
    let head = ask(&hardening, "OPTIONS", "/", &[("origin", APP)]).await;
    assert_eq!(head.status, 405);
}

#[tokio::test]
async fn what_another_site_makes_a_browser_ask_for_is_refused_with_the_reason() {
    let hardening = Hardening::default();
    let evil = [
        ("origin", "https://evil.test"),
        ("sec-fetch-site", "cross-site"),
        ("host", "api.test"),
    ];
    let request = Request::put("/").header("upgrade", "websocket");
    let asked = evil.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    for method in [Method::PUT, Method::GET] {
        let mut request = Request::new(Body::empty());
        *request.headers_mut() = asked.headers_ref().unwrap().clone();
        *request.method_mut() = method.clone();
        let response = router(&hardening).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 403, "{method}");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        assert!(response.headers().contains_key("content-security-policy"));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["reason"], "cross_site");
        assert_eq!(body["detail"], "the request was made by another site");
    }
    let stats = hardening.cross_origin().stats();
    let refused = bartizan_headers::CrossOriginRefuse::CrossSite;
    assert_eq!(stats.refused(refused), 2);
    // neither a link from there nor the site's own form
    let own = [("sec-fetch-site", "same-origin")];
    assert_eq!(ask(&hardening, "PUT", "/", &own).await.status, 200);
    assert_eq!(ask(&hardening, "GET", "/", &evil[..2]).await.status, 200);
}

/// A page with a token of its own is what CORS without credentials is for; a form of the same page is not.
#[tokio::test]
async fn cors_without_credentials_lets_scripts_act_in_nobodys_name() {
    let hardening = Hardening::new(&cors()).unwrap();
    let script = [
        ("origin", "https://any.test"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "cors"),
        ("authorization", "Bearer token"),
    ];
    let head = ask(&hardening, "POST", "/public/a", &script).await;
    assert_eq!((head.status.as_u16(), readable_by(&head)), (200, Some("*")));
    for changed in [("sec-fetch-mode", "navigate"), ("cookie", "session=1")] {
        let mut form: Vec<_> = script.to_vec();
        form.retain(|(name, _)| *name != changed.0);
        form.push(changed);
        let head = ask(&hardening, "POST", "/public/a", &form).await;
        assert_eq!(head.status, 403, "{changed:?}");
    }
    let elsewhere = ask(&hardening, "PUT", "/", &script).await;
    assert_eq!(elsewhere.status, 403);
}

#[tokio::test]
async fn a_bypass_is_for_the_template_that_the_router_has_matched() {
    let config = config(r#"{"csrf": {"insecure_bypass": ["POST /hooks/{name}"]}}"#);
    let hardening = Hardening::new(&config).unwrap();
    let evil = [("sec-fetch-site", "cross-site")];
    assert_eq!(ask(&hardening, "POST", "/hooks/a", &evil).await.status, 200);
    assert_eq!(
        ask(&hardening, "POST", "/public/a", &evil).await.status,
        403
    );
}

#[tokio::test]
async fn a_reload_swaps_fields_origins_and_the_check_and_a_bad_one_nothing() {
    let hardening = Hardening::new(&cors()).unwrap();
    let clone = hardening.clone();
    let put = [("origin", APP), ("sec-fetch-site", "cross-site")];
    assert_eq!(ask(&clone, "PUT", "/", &put).await.status, 200);
    let bad = config(
        r#"{
            "headers": {"referrer_policy": "origin"},
            "cors": [{"origins": ["https://new.test/"]}]
        }"#,
    );
    let error = hardening.reload(&bad).unwrap_err();
    assert_eq!(error.key(), "cors[0].origins[0]");
    let head = ask(&clone, "PUT", "/", &put).await;
    assert_eq!((head.status.as_u16(), readable_by(&head)), (200, Some(APP)));
    assert_eq!(head.headers["referrer-policy"], "no-referrer");

    let good = config(
        r#"{
            "headers": {"referrer_policy": "origin"},
            "header_policy": [{"routes": ["/panics"], "resource_policy": "cross-origin"}],
            "cors": [{"origins": ["https://new.test"], "credentials": true}]
        }"#,
    );
    hardening.reload(&good).unwrap();
    let head = ask(&clone, "PUT", "/", &put).await;
    assert_eq!((head.status.as_u16(), readable_by(&head)), (403, None));
    assert_eq!(head.headers["referrer-policy"], "origin");
    let other = ask(&clone, "GET", "/panics", &[]).await;
    assert_eq!(
        other.headers["cross-origin-resource-policy"],
        "cross-origin"
    );
    assert_eq!(other.headers["referrer-policy"], "no-referrer");
}

#[tokio::test]
async fn policies_of_the_program_outlive_a_reload() {
    let own = Policy::builder()
        .without(Field::ReferrerPolicy)
        .build()
        .unwrap();
    let hardening = Hardening::default().with_headers(Policies::new(own));
    hardening.reload(&Config::default()).unwrap();
    let service = hardening.layer(service_fn(|_: Request<Body>| async {
        Ok::<_, Infallible>(Response::new(Body::empty()))
    }));
    let request = Request::get("/")
        .header("host", "a.test")
        .body(Body::empty());
    let head = service.oneshot(request.unwrap()).await.unwrap();
    assert!(!head.headers().contains_key("referrer-policy"));
    assert!(head.headers().contains_key("content-security-policy"));
}

#[test]
fn all_that_is_wrong_is_told_at_once_with_its_key() {
    let config = config(
        r#"{
            "headers": {
                "hsts_preload": true, "hsts_max_age_secs": 5,
                "csp": {"script_src": ["'unsafe-inline'", "a; b"], "scripts": ["'self'"]},
                "referrer_policy": "unsafe-url",
                "session_cookies": ["a b"], "permissions": ["Camera"], "reports_to": "http://a.test/"
            },
            "header_policy": [
                {"routes": ["/embed/**"], "opener_policy": "none"},
                {"routes": ["/embed/**", "x"]},
                {}
            ],
            "cors": [
                {"origins": ["https://a.test", "https://a.test/"], "methods": ["put"]},
                {"routes": ["/a", "/**"], "any_origin": true, "credentials": true},
                {"routes": ["/b"], "except": true, "origins": ["https://a.test"]}
            ],
            "csrf": {
                "trusted_origins": ["http://a.test"], "insecure_bypass": ["/a", "POST a"],
                "session_cookies": [""], "shared_reads": []
            }
        }"#,
    );
    let errors = config.check().unwrap_err();
    let keys: Vec<_> = errors.iter().map(crate::ConfigError::key).collect();
    for key in [
        "headers.hsts_preload",
        "headers.csp.script_src[0]",
        "headers.csp.script_src[1]",
        "headers.csp.scripts",
        "headers.referrer_policy",
        "headers.session_cookies",
        "headers.permissions",
        "headers.reports_to",
        "header_policy[0].opener_policy",
        "header_policy[1].routes[0]",
        "header_policy[1].routes[1]",
        "header_policy[2].routes",
        "cors[0].origins[1]",
        "cors[0].methods[0]",
        "cors[1].any_origin",
        "cors[1].routes[1]",
        "cors[2].except",
        "csrf.trusted_origins[0]",
        "csrf.insecure_bypass[0]",
        "csrf.insecure_bypass",
    ] {
        assert!(keys.contains(&key), "{key}\n{errors:#?}");
    }
    let site_once = keys
        .iter()
        .filter(|key| key.ends_with("hsts_preload"))
        .count();
    assert_eq!(site_once, 1, "{keys:?}");
}

#[test]
fn a_danger_is_taken_by_its_name_only() {
    let plain = config(r#"{"headers": {"csp": {"style_src": ["'self'", "'unsafe-inline'"]}}}"#);
    let errors = plain.check().unwrap_err();
    let why = std::error::Error::source(&errors[0]).unwrap().to_string();
    assert!(why.contains("danger_csp.style_src accepts it"), "{why}");
    let named = config(r#"{"headers": {"danger_csp": {"style_src": ["'unsafe-inline'"]}}}"#);
    named.check().unwrap();
    let strict = config(
        r#"{"headers": {
            "strict_csp": true, "reports_to": "/v1/reports",
            "csp": {"img_src": ["https://img.test"], "frame_src": []},
            "csp_report_only": {"style_src": ["'self'", "'nonce'"]}
        }}"#,
    );
    strict.check().unwrap();
}
