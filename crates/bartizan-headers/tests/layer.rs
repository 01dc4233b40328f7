//! The fields on the wire: presets, the handler's own, the floor.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;

use bartizan_headers::{Field, FloorExemption, HeadersLayer, Policy, Transport};
use http::{HeaderMap, Request, Response};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

async fn through(policy: Policy, request: Request<()>, response: Response<()>) -> HeaderMap {
    let service = service_fn(move |_: Request<()>| {
        let response = response.clone();
        async move { Ok::<_, Infallible>(response) }
    });
    let answer = HeadersLayer::new(policy)
        .layer(service)
        .oneshot(request)
        .await
        .unwrap();
    answer.headers().clone()
}

fn response(status: u16, fields: &[(&str, &str)]) -> Response<()> {
    let mut response = Response::builder().status(status);
    for (name, value) in fields {
        response = response.header(*name, *value);
    }
    response.body(()).unwrap()
}

async fn default(status: u16, fields: &[(&str, &str)]) -> HeaderMap {
    through(
        Policy::default(),
        Request::new(()),
        response(status, fields),
    )
    .await
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers[name].to_str().unwrap()
}

const API: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

#[tokio::test]
async fn every_status_carries_the_set() {
    for status in [101, 200, 204, 304, 404, 405, 413, 429, 500, 503] {
        let headers = default(status, &[]).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("origin-agent-cluster", "?1"),
            ("x-permitted-cross-domain-policies", "none"),
            ("x-dns-prefetch-control", "off"),
        ] {
            assert_eq!(text(&headers, name), value, "{status}");
        }
        assert!(text(&headers, "permissions-policy").contains("camera=()"));
    }
}

#[tokio::test]
async fn the_type_of_the_answer_chooses_the_policy_and_no_type_the_strict_one() {
    for fields in [
        &[][..],
        &[("content-type", "application/json")],
        &[("content-type", "text/htmlx")],
        &[("content-type", "image/svg+xml")],
    ] {
        let headers = default(200, fields).await;
        assert_eq!(text(&headers, "content-security-policy"), API);
        assert_eq!(text(&headers, "cache-control"), "no-store");
    }
    for html in [
        "text/html",
        "Text/HTML; charset=utf-8",
        "application/xhtml+xml",
    ] {
        let headers = default(200, &[("content-type", html)]).await;
        let csp = text(&headers, "content-security-policy");
        assert!(
            csp.contains("script-src 'self'") && csp.contains("object-src 'none'"),
            "{csp}"
        );
        assert!(!csp.contains("unsafe"));
        assert!(!headers.contains_key("cache-control"));
    }
}

#[tokio::test]
async fn the_handlers_own_value_wins_and_repeated_fields_stay_repeated() {
    let own = [
        ("referrer-policy", "origin"),
        ("cache-control", "max-age=5"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("x-own", "1"),
        ("x-own", "2"),
    ];
    let headers = default(200, &own).await;
    assert_eq!(
        headers
            .get_all("referrer-policy")
            .iter()
            .collect::<Vec<_>>(),
        ["origin"]
    );
    assert_eq!(
        headers.get_all("cache-control").iter().collect::<Vec<_>>(),
        ["max-age=5"]
    );
    assert_eq!(
        headers.get_all("set-cookie").iter().collect::<Vec<_>>(),
        ["a=1", "b=2"]
    );
    assert_eq!(
        headers.get_all("x-own").iter().collect::<Vec<_>>(),
        ["1", "2"]
    );
}

#[tokio::test]
async fn a_handler_does_not_go_under_the_floor_by_accident() {
    let own = [
        ("x-content-type-options", "sniff"),
        ("x-frame-options", "ALLOWALL"),
        ("content-security-policy", "frame-ancestors *"),
    ];
    let headers = default(200, &own).await;
    assert_eq!(
        headers
            .get_all("x-content-type-options")
            .iter()
            .collect::<Vec<_>>(),
        ["nosniff"]
    );
    assert_eq!(
        headers
            .get_all("x-frame-options")
            .iter()
            .collect::<Vec<_>>(),
        ["DENY"]
    );
    // Two policies: browsers obey both, so framing stays forbidden.
    let policies: Vec<_> = headers.get_all("content-security-policy").iter().collect();
    assert_eq!(policies, ["frame-ancestors *", "frame-ancestors 'none'"]);
}

#[tokio::test]
async fn the_marker_lets_a_handler_be_framed_and_nothing_else() {
    let mut framed = response(
        200,
        &[
            (
                "content-security-policy",
                "frame-ancestors https://a.example",
            ),
            ("x-content-type-options", "sniff"),
        ],
    );
    framed.extensions_mut().insert(FloorExemption::framing());
    let headers = through(Policy::default(), Request::new(()), framed).await;
    let policies: Vec<_> = headers.get_all("content-security-policy").iter().collect();
    assert_eq!(policies, ["frame-ancestors https://a.example"]);
    assert!(!headers.contains_key("x-frame-options"));
    assert_eq!(text(&headers, "x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn what_tells_the_software_is_removed_unless_kept() {
    let own = [
        ("server", "x/1"),
        ("x-powered-by", "y"),
        ("x-aspnet-version", "4"),
        ("x-request-id", "1"),
    ];
    let headers = default(200, &own).await;
    assert!(
        ["server", "x-powered-by", "x-aspnet-version"]
            .iter()
            .all(|name| !headers.contains_key(*name))
    );
    assert_eq!(text(&headers, "x-request-id"), "1");
    let policy = Policy::builder().keep_disclosure().build().unwrap();
    let headers = through(policy, Request::new(()), response(200, &own)).await;
    assert_eq!(text(&headers, "server"), "x/1");
}

#[tokio::test]
async fn browsers_are_told_to_insist_on_https_only_over_https() {
    let field = "strict-transport-security";
    let request = |uri: &str| Request::get(uri).body(()).unwrap();
    let ask = |policy, uri| through(policy, request(uri), response(200, &[]));
    assert!(!ask(Policy::default(), "/").await.contains_key(field));
    assert!(
        !ask(Policy::default(), "http://a.example/")
            .await
            .contains_key(field)
    );
    assert_eq!(
        text(&ask(Policy::default(), "https://a.example/").await, field),
        "max-age=63072000; includeSubDomains"
    );
    let always = Policy::builder()
        .transport(Transport::Https)
        .build()
        .unwrap();
    assert!(ask(always, "/").await.contains_key(field));
    let never = Policy::builder()
        .transport(Transport::Plain)
        .build()
        .unwrap();
    assert!(!ask(never, "https://a.example/").await.contains_key(field));
}

#[tokio::test]
async fn a_policy_can_leave_a_field_out_or_change_it_in_sight() {
    let policy = Policy::builder()
        .without(Field::PermissionsPolicy)
        .replace(Field::ReferrerPolicy, "same-origin")
        .build()
        .unwrap();
    let headers = through(policy, Request::new(()), response(200, &[])).await;
    assert!(!headers.contains_key("permissions-policy"));
    assert_eq!(text(&headers, "referrer-policy"), "same-origin");
    assert!(
        Policy::builder()
            .replace(Field::ReferrerPolicy, "a\r\nx: y")
            .build()
            .is_err()
    );
}
