//! Published cases of origins and patterns.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "kat/patterns.rs"]
mod patterns;

use bartizan_headers::{CorsDecision, CorsPolicy, Origin, OriginPattern};
use http::{HeaderMap, HeaderValue, Method};

/// A policy of two patterns meets 31 origins: those that tests of CORS libraries and reports of bypasses have in common,
/// browsers' oddities included. It has to allow exactly the first three.
#[test]
fn strangers_origins_are_told_from_ours() {
    let policy = CorsPolicy::builder()
        .origins(["https://example.com", "https://*.example.com"])
        .build()
        .unwrap();
    let allowed = [
        "https://example.com",
        "https://app.example.com",
        "https://a.b.example.com",
    ];
    // A browser can send it, so either answer is right. Ours is no: a wildcard stands for letters, digits and hyphens.
    let either = ["https://_.example.com"];
    let refused = [
        "http://localhost.evil.com",
        "https://examplecom",
        "https://[::ffff:127.0.0.1]",
        "//example.com",
        "null",
        "https://a\tb.example.com",
        "https://evil.com%00.example.com",
        "https://evilexample.com",
        " https://example.com",
        "https://example.com/.example.com",
        "https://xn--exmple-cua.com",
        "https://app.example.com.evil.com",
        "chrome-extension://abcdefghijklmnop",
        "https://evil.com/.example.com",
        "https://evil.com`.example.com",
        "app://example.com",
        "https://evil.com%2e.example.com",
        "https://evil.com_.example.com",
        "https://example.com@evil.com",
        "https:///example.com",
        "file://",
        "https://example.com ",
        "https://[::1]",
        "https://evil.com#.example.com",
        "*",
        "https://app.example.com https://evil.com",
        "http://example.com",
    ];
    assert_eq!(allowed.len() + either.len() + refused.len(), 31);
    let expected = allowed.iter().map(|origin| (origin, true));
    let others = either.iter().chain(&refused).map(|origin| (origin, false));
    for (origin, expected) in expected.chain(others) {
        assert_eq!(
            policy.origins().unwrap().contains(origin.as_bytes()),
            expected,
            "{origin}"
        );
        let mut headers = HeaderMap::new();
        headers.insert("origin", HeaderValue::from_str(origin).unwrap());
        let CorsDecision::Actual { fields, refused } = policy.decide(&Method::GET, &headers) else {
            panic!("{origin} is a cross-origin request");
        };
        assert_eq!(refused.is_none(), expected, "{origin}");
        let mut answer = HeaderMap::new();
        fields.write(&mut answer);
        assert_eq!(
            answer.contains_key("access-control-allow-origin"),
            expected,
            "{origin}"
        );
    }
}

/// What may be configured: 71 patterns of jub0bs/cors (`internal/origins/pattern_test.go`), each with our reason.
#[test]
fn patterns_that_could_never_match_are_refused() {
    let cases = patterns::same();
    let differences = patterns::different();
    assert_eq!(cases.len() + differences.len(), 71);
    for (text, error) in cases {
        assert_eq!(OriginPattern::parse(text).err(), error, "{text}");
    }
    for (text, error, reason) in differences {
        assert_eq!(OriginPattern::parse(text).err(), error, "{text}: {reason}");
    }
}

#[test]
fn an_origin_that_can_be_configured_is_in_its_own_set() {
    for (text, error) in patterns::same() {
        if error.is_none()
            && let Ok(origin) = Origin::parse(text)
        {
            let set = [OriginPattern::from(origin)]
                .into_iter()
                .collect::<bartizan_headers::OriginSet>();
            assert!(set.contains(text.as_bytes()), "{text}");
        }
    }
}
