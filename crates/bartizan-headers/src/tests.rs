//! The layer through `oneshot`, and a policy applied to single answers.

use std::convert::Infallible;

use http::{HeaderValue, Request, Response, StatusCode};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use crate::{Directive, Field, FloorExemption, HeadersLayer, Policy, Transport};

/// The set of an answer to an API request over plain HTTP, as documented on the crate's page.
const API: [(&str, &str); 11] = [
    (
        "content-security-policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), \
         microphone=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("origin-agent-cluster", "?1"),
    ("x-permitted-cross-domain-policies", "none"),
    ("x-dns-prefetch-control", "off"),
    ("cache-control", "no-store"),
];

fn answer(status: u16, own: &[(&'static str, &'static str)]) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in own {
        response
            .headers_mut()
            .append(*name, HeaderValue::from_static(value));
    }
    response
}

/// All values of a field, joined by ` | `.
fn all(response: &Response<()>, name: &str) -> String {
    let values: Vec<_> = response
        .headers()
        .get_all(name)
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    values.join(" | ")
}

fn hardened(own: &[(&'static str, &'static str)]) -> Response<()> {
    applied(&Policy::default(), own)
}

fn applied(policy: &Policy, own: &[(&'static str, &'static str)]) -> Response<()> {
    let mut response = answer(200, own);
    policy.apply(&mut response, false);
    response
}

#[test]
fn the_default_set_is_the_documented_one() {
    let response = hardened(&[]);
    for (name, value) in API {
        assert_eq!(all(&response, name), value, "{name}");
    }
    assert_eq!(response.headers().len(), API.len());
}

#[test]
fn a_document_gets_the_document_preset() {
    for kind in [
        "text/html",
        "TEXT/HTML; charset=utf-8",
        "text/html;charset=utf-8",
        "application/xhtml+xml",
    ] {
        let response = hardened(&[("content-type", kind)]);
        assert!(
            all(&response, "content-security-policy").contains("script-src 'self'"),
            "{kind}"
        );
        assert_eq!(all(&response, "cache-control"), "", "{kind}");
    }
}

#[test]
fn everything_else_gets_the_api_preset() {
    for kind in [
        "application/json",
        "image/svg+xml",
        "text/plain",
        "text/html5",
        "application/xml",
        "text/htm",
        "",
    ] {
        let response = hardened(&[("content-type", kind)]);
        assert_eq!(
            all(&response, "content-security-policy"),
            API[0].1,
            "{kind}"
        );
        assert_eq!(all(&response, "content-type"), kind);
    }
}

#[tokio::test]
async fn every_status_carries_the_set_through_the_layer() {
    for status in [101, 200, 204, 206, 301, 404, 405, 413, 429, 500, 503] {
        let service = HeadersLayer::default().layer(service_fn(move |_: Request<()>| {
            std::future::ready(Ok::<_, Infallible>(answer(status, &[])))
        }));
        for method in ["GET", "HEAD", "OPTIONS"] {
            let request = Request::builder().method(method).body(()).unwrap();
            let response = service.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), status);
            for (name, value) in API {
                assert_eq!(all(&response, name), value, "{status} {method} {name}");
            }
        }
    }
}

#[test]
fn an_unchanged_answer_says_nothing_that_depends_on_its_type() {
    // a cache lays the fields of a 304 over the stored document
    let mut response = answer(304, &[("etag", "\"1\"")]);
    Policy::default().apply(&mut response, false);
    assert_eq!(all(&response, "content-security-policy"), "");
    assert_eq!(all(&response, "cache-control"), "");
    assert_eq!(all(&response, "x-content-type-options"), "nosniff");
    assert_eq!(all(&response, "x-frame-options"), "DENY");

    let mut response = answer(304, &[("content-type", "text/html")]);
    Policy::default().apply(&mut response, false);
    assert!(all(&response, "content-security-policy").contains("script-src"));
}

#[test]
fn the_handlers_own_value_wins() {
    let own = [
        ("cache-control", "public, max-age=60"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("permissions-policy", "camera=(self)"),
        ("strict-transport-security", "max-age=1"),
    ];
    let response = hardened(&own);
    for (name, value) in own {
        assert_eq!(all(&response, name), value);
    }
}

#[test]
fn repeated_fields_stay_repeated_and_in_order() {
    let response = hardened(&[
        ("set-cookie", "a=1"),
        ("vary", "origin"),
        ("set-cookie", "b=2"),
        ("set-cookie", "c=3"),
        ("vary", "accept"),
        ("cache-control", "private"),
        ("cache-control", "no-cache"),
    ]);
    assert_eq!(all(&response, "set-cookie"), "a=1 | b=2 | c=3");
    assert_eq!(all(&response, "vary"), "origin | accept");
    assert_eq!(all(&response, "cache-control"), "private | no-cache");
}

#[test]
fn the_floor_holds_against_a_handler() {
    let response = hardened(&[
        ("x-content-type-options", "none"),
        ("x-content-type-options", "sniff"),
        ("x-frame-options", "ALLOWALL"),
        ("x-frame-options", "SAMEORIGIN"),
    ]);
    assert_eq!(all(&response, "x-content-type-options"), "nosniff");
    assert_eq!(all(&response, "x-frame-options"), "DENY");
}

#[test]
fn a_handlers_csp_is_kept_but_cannot_widen_the_framing() {
    let response = hardened(&[(
        "content-security-policy",
        "default-src 'self'; frame-ancestors *",
    )]);
    assert_eq!(
        all(&response, "content-security-policy"),
        "default-src 'self'; frame-ancestors * | frame-ancestors 'none'"
    );
    assert_eq!(all(&response, "x-frame-options"), "DENY");
}

#[test]
fn an_exempt_answer_is_framed_as_its_handler_says() {
    let exempt = |own: &[(&'static str, &'static str)]| {
        let mut response = answer(200, own);
        response.extensions_mut().insert(FloorExemption::framing());
        Policy::default().apply(&mut response, false);
        response
    };
    let response = exempt(&[(
        "content-security-policy",
        "frame-ancestors https://a.example",
    )]);
    assert_eq!(
        all(&response, "content-security-policy"),
        "frame-ancestors https://a.example"
    );
    assert_eq!(all(&response, "x-frame-options"), "");

    let response = exempt(&[
        ("x-frame-options", "SAMEORIGIN"),
        ("x-content-type-options", "no"),
    ]);
    assert_eq!(all(&response, "x-frame-options"), "SAMEORIGIN");
    assert_eq!(all(&response, "x-content-type-options"), "nosniff");

    // alone it changes nothing
    let response = exempt(&[]);
    assert_eq!(all(&response, "x-frame-options"), "DENY");
    assert_eq!(all(&response, "content-security-policy"), API[0].1);
}

#[test]
fn disclosure_is_removed_unless_kept() {
    let own = [
        ("server", "nginx/1.2"),
        ("x-powered-by", "PHP/5"),
        ("x-powered-by", "Express"),
        ("x-aspnet-version", "4"),
        ("date", "Mon, 01 Jan 2024 00:00:00 GMT"),
        ("x-request-id", "1"),
    ];
    let response = hardened(&own);
    for name in ["server", "x-powered-by", "x-aspnet-version"] {
        assert_eq!(all(&response, name), "", "{name}");
    }
    assert!(
        response.headers().contains_key("date") && response.headers().contains_key("x-request-id")
    );

    let response = applied(&Policy::builder().keep_disclosure().build().unwrap(), &own);
    assert_eq!(all(&response, "x-powered-by"), "PHP/5 | Express");
}

#[tokio::test]
async fn hsts_is_sent_over_https_only() {
    let cases = [
        (Transport::FromRequest, "https://a.example/", true),
        (Transport::FromRequest, "http://a.example/", false),
        (Transport::FromRequest, "/", false),
        (Transport::Https, "/", true),
        (Transport::Plain, "https://a.example/", false),
    ];
    for (transport, uri, sent) in cases {
        let policy = Policy::builder().transport(transport).build().unwrap();
        let service = HeadersLayer::new(policy).layer(service_fn(async |_: Request<()>| {
            Ok::<_, Infallible>(answer(200, &[("content-type", "text/html")]))
        }));
        let response = service
            .oneshot(Request::get(uri).body(()).unwrap())
            .await
            .unwrap();
        let expected = if sent {
            "max-age=63072000; includeSubDomains"
        } else {
            ""
        };
        assert_eq!(
            all(&response, "strict-transport-security"),
            expected,
            "{transport:?} {uri}"
        );
        let csp = all(&response, "content-security-policy");
        assert_eq!(
            csp.contains("upgrade-insecure-requests"),
            sent,
            "{transport:?} {uri}"
        );
    }
}

#[test]
fn a_builder_loosens_in_sight() {
    let policy = Policy::builder()
        .without(Field::PermissionsPolicy)
        .replace(Field::ReferrerPolicy, "strict-origin")
        .allow(Directive::ImgSrc, "https://img.example")
        .allow(Directive::FrameAncestors, "'self'")
        .build()
        .unwrap();
    let response = applied(&policy, &[("content-type", "text/html")]);
    assert_eq!(all(&response, "permissions-policy"), "");
    assert_eq!(all(&response, "referrer-policy"), "strict-origin");
    let csp = all(&response, "content-security-policy");
    assert!(
        csp.contains("img-src 'self' https://img.example;")
            && csp.contains("frame-ancestors 'self';"),
        "{csp}"
    );
    assert_eq!(all(&response, "x-frame-options"), "SAMEORIGIN");
    // the floor moves with the policy
    let response = applied(&policy, &[("content-security-policy", "frame-ancestors *")]);
    assert_eq!(
        all(&response, "content-security-policy"),
        "frame-ancestors * | frame-ancestors 'self'"
    );
}

#[test]
fn a_foreign_frame_has_no_words_in_x_frame_options() {
    let policy = Policy::builder()
        .allow(Directive::FrameAncestors, "https://a.example")
        .build()
        .unwrap();
    let response = applied(&policy, &[]);
    assert_eq!(all(&response, "x-frame-options"), "");
    assert!(
        all(&response, "content-security-policy").contains("frame-ancestors https://a.example;")
    );
}

#[test]
fn the_dangerous_policy_is_sent_as_it_is() {
    let policy = Policy::builder()
        .danger_document_csp("default-src *")
        .build()
        .unwrap();
    let response = applied(&policy, &[("content-type", "text/html")]);
    assert_eq!(all(&response, "content-security-policy"), "default-src *");
    assert_eq!(all(&response, "x-frame-options"), "DENY");
}

#[test]
fn the_longest_set_fits_into_a_kibibyte_of_policy() {
    let mut response = answer(200, &[("content-type", "text/html")]);
    Policy::default().apply(&mut response, true);
    assert!(all(&response, "content-security-policy").len() < 1024);
}

#[tokio::test]
async fn the_services_error_passes() {
    let service = HeadersLayer::default().layer(service_fn(async |_: Request<()>| {
        Err::<Response<()>, _>("broken")
    }));
    assert_eq!(
        service.oneshot(Request::new(())).await.map(drop),
        Err("broken")
    );
}
