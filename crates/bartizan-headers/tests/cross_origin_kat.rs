//! Published decisions, and where ours differ.
//!
//! The inputs and answers are those of Go's `net/http/csrf_test.go`, commit a4afd6ab (after CVE-2025-47910), and of
//! golang/go#78563.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bartizan_headers::{
    CrossOriginAllow as Allow, CrossOriginDecision as Decision, CrossOriginPolicy,
    CrossOriginRefuse as Refuse,
};
use http::{HeaderMap, HeaderValue, Method, Uri};

const TRUSTED: &[u8] = b"https://trusted.example";

const TEMPLATES: [&str; 7] = [
    "/bypass/",
    "/only/{foo}",
    "/no-trailing",
    "/yes-trailing/",
    "/put-only/",
    "/get-only/",
    "/post-only/",
];

fn policy() -> CrossOriginPolicy {
    let mut builder = CrossOriginPolicy::builder().trusted(|origin| origin == TRUSTED);
    for route in &TEMPLATES[..4] {
        builder = builder.with_insecure_bypass(Method::POST, *route);
    }
    builder
        .with_insecure_bypass(Method::PUT, TEMPLATES[4])
        .with_insecure_bypass(Method::GET, TEMPLATES[5])
        .with_insecure_bypass(Method::POST, TEMPLATES[6])
        .build()
        .unwrap()
}

/// What a router that does not normalise makes of a path.
fn route(path: &str) -> &str {
    let fits = |template: &&&str| {
        let (mut wanted, mut found) = (template.split('/'), path.split('/'));
        loop {
            match (wanted.next(), found.next()) {
                (None, None) => return true,
                (Some(wanted), Some(found)) if wanted == found => {}
                (Some(wanted), Some(found)) if wanted.starts_with('{') && !found.is_empty() => {}
                _ => return false,
            }
        }
    };
    TEMPLATES.iter().find(fits).copied().unwrap_or(path)
}

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn decide(method: &str, path: &str, fields: &[(&'static str, &str)]) -> Decision {
    let uri: Uri = format!("https://example.com{path}").parse().unwrap();
    let method: Method = method.parse().unwrap();
    policy().decide(&method, &uri, &headers(fields), route(path))
}

const NONE: Option<&str> = None;
const EVIL: Option<&str> = Some("https://attacker.example");
const GOOD: Option<&str> = Some("https://trusted.example");
const CROSS: Option<&str> = Some("cross-site");

/// Method, path, `Sec-Fetch-Site`, `Origin`, allowed.
type Case = (
    &'static str,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
    bool,
);

const GO: [Case; 34] = [
    ("POST", "/", Some("same-origin"), NONE, true),
    ("POST", "/", Some("none"), NONE, true),
    ("POST", "/", CROSS, NONE, false),
    ("POST", "/", Some("same-site"), NONE, false),
    ("POST", "/", NONE, NONE, true),
    ("POST", "/", NONE, Some("https://example.com"), true),
    ("POST", "/", NONE, EVIL, false),
    ("POST", "/", NONE, Some("null"), false),
    ("GET", "/", CROSS, NONE, true),
    ("HEAD", "/", CROSS, NONE, true),
    ("OPTIONS", "/", CROSS, NONE, true),
    ("PUT", "/", CROSS, NONE, false),
    ("POST", "/", NONE, GOOD, true),
    ("POST", "/", CROSS, GOOD, true),
    ("POST", "/", NONE, EVIL, false),
    ("POST", "/", CROSS, EVIL, false),
    ("POST", "/", NONE, Some("http://evil@example.com"), false),
    ("POST", "/bypass/", NONE, EVIL, true),
    ("POST", "/bypass/", CROSS, EVIL, true),
    ("POST", "/api/", NONE, EVIL, false),
    ("POST", "/api/", CROSS, EVIL, false),
    ("POST", "/foo/../bypass/bar", NONE, EVIL, false),
    ("POST", "/bypass", NONE, EVIL, false),
    ("POST", "/foo/../api/bar", NONE, EVIL, false),
    ("POST", "/api", NONE, EVIL, false),
    ("POST", "/only/123", NONE, EVIL, true),
    ("POST", "/only/123/foo", NONE, EVIL, false),
    ("POST", "/no-trailing", NONE, EVIL, true),
    ("POST", "/no-trailing/", NONE, EVIL, false),
    ("POST", "/yes-trailing/", NONE, EVIL, true),
    ("POST", "/yes-trailing", NONE, EVIL, false),
    ("POST", "/post-only/", NONE, EVIL, true),
    ("POST", "/put-only/", NONE, EVIL, false),
    ("POST", "/get-only/", NONE, EVIL, false),
];

#[test]
fn go_and_ours_decide_alike() {
    for (method, path, site, origin, allowed) in GO {
        let site = site.map(|it| ("sec-fetch-site", it));
        let origin = origin.map(|it| ("origin", it));
        let fields: Vec<_> = site.into_iter().chain(origin).collect();
        let decision = decide(method, path, &fields);
        assert_eq!(
            decision.is_allowed(),
            allowed,
            "{method} {path} {fields:?} {decision:?}"
        );
    }
}

/// Go reads these as configuration, ours as what is sent: ours has no list that could hold a wrong one.
#[test]
fn what_go_takes_for_an_origin_ours_does() {
    let everyone = CrossOriginPolicy::builder()
        .trusted(|_| true)
        .build()
        .unwrap();
    for (origin, good) in [
        ("https://example.com", true),
        ("https://example.com:8080", true),
        ("http://example.com", true),
        ("example.com", false),
        ("https://", false),
        ("https://example.com/", false),
        ("https://example.com/path", false),
        ("https://example.com?query=value", false),
        ("https://example.com#fragment", false),
        ("https://ex ample.com", false),
        ("", false),
        ("null", false),
    ] {
        let uri = Uri::from_static("https://service.example/");
        let headers = headers(&[("origin", origin)]);
        let decision = everyone.decide(&Method::POST, &uri, &headers, "/");
        let expected = match origin {
            _ if good => Decision::Allow(Allow::TrustedOrigin),
            "null" => Decision::Refuse(Refuse::OpaqueOrigin),
            _ => Decision::Refuse(Refuse::MalformedOrigin),
        };
        assert_eq!(decision, expected, "{origin}");
    }
}

/// What Go's algorithm answers otherwise, by its text. All but the last two are stricter.
#[test]
fn differences_from_go_are_these() {
    let refused = |method: &str, fields: &[(&'static str, &str)], reason| {
        let decision = decide(method, "/", fields);
        assert_eq!(decision, Decision::Refuse(reason), "{method} {fields:?}");
    };
    // Go compares the host alone: a page over plain HTTP passes for the site.
    refused(
        "POST",
        &[("origin", "http://example.com")],
        Refuse::OtherScheme,
    );
    // Go takes an empty field for an absent one, and the first of two for the only one.
    refused(
        "POST",
        &[("sec-fetch-site", "")],
        Refuse::MalformedFetchSite,
    );
    refused("POST", &[("origin", "")], Refuse::MalformedOrigin);
    let two = [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "cross-site"),
    ];
    refused("POST", &two, Refuse::MalformedFetchSite);
    let two = [
        ("origin", "https://example.com"),
        ("origin", "https://attacker.example"),
    ];
    refused("POST", &two, Refuse::MalformedOrigin);
    // Go lets a trusted origin make up for a value that it does not know.
    let unknown = [
        ("sec-fetch-site", "x"),
        ("origin", "https://trusted.example"),
    ];
    refused("POST", &unknown, Refuse::MalformedFetchSite);
    // Go lets every GET through.
    let handshake = [
        ("upgrade", "websocket"),
        ("origin", "https://attacker.example"),
    ];
    refused("GET", &handshake, Refuse::OtherOrigin);
    // No browser sends TRACE, so there is nothing to refuse (Fetch, "forbidden method").
    let trace = decide("TRACE", "/", &[("sec-fetch-site", "cross-site")]);
    assert_eq!(trace, Decision::Allow(Allow::SafeMethod));
    // Another spelling of the same origin is the same origin.
    for origin in ["https://example.com:443", "https://EXAMPLE.com"] {
        let decision = decide("POST", "/", &[("origin", origin)]);
        assert_eq!(decision, Decision::Allow(Allow::OwnOrigin), "{origin}");
    }
}
