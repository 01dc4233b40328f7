//! A WebSocket handshake is a `GET` that another site can make and whose answer it can read (RFC 6455, section 10.2).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bartizan_headers::{
    CrossOriginAllow as Allow, CrossOriginDecision as Decision, CrossOriginPolicy,
    CrossOriginRefuse as Refuse,
};
use http::{HeaderMap, HeaderValue, Method, Uri};

type Fields = &'static [(&'static str, &'static str)];

const UPGRADE: (&str, &str) = ("upgrade", "websocket");
const OWN: (&str, &str) = ("origin", "https://example.com");
const EVIL: (&str, &str) = ("origin", "https://evil.example");
const GOOD: (&str, &str) = ("origin", "https://app.example");
const SAME: (&str, &str) = ("sec-fetch-site", "same-origin");
const SITE: (&str, &str) = ("sec-fetch-site", "same-site");
const CROSS: (&str, &str) = ("sec-fetch-site", "cross-site");
const USER: (&str, &str) = ("sec-fetch-site", "none");

fn decide(method: &Method, fields: &[(&'static str, &'static str)], route: &str) -> Decision {
    let policy = CrossOriginPolicy::builder()
        .trusted(|origin| origin == b"https://app.example")
        .with_insecure_bypass(Method::GET, "/feed")
        .with_insecure_bypass(Method::CONNECT, "/feed")
        .session_cookie("sid")
        .isolate_reads()
        .share_reads("/live")
        .build()
        .unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, HeaderValue::from_static(value));
    }
    let uri = Uri::from_static("https://example.com/live");
    policy.decide(method, &uri, &headers, route)
}

#[test]
fn only_the_site_itself_and_who_is_trusted_open_a_websocket() {
    let (allow, refuse) = (Decision::Allow, Decision::Refuse);
    let cases: [(Fields, Decision); 22] = [
        (&[OWN], allow(Allow::OwnOrigin)),
        (&[OWN, SAME], allow(Allow::SameOrigin)),
        (&[SAME], allow(Allow::SameOrigin)),
        (&[OWN, USER], allow(Allow::OwnOrigin)),
        (&[GOOD], allow(Allow::TrustedOrigin)),
        (&[GOOD, CROSS], allow(Allow::TrustedOrigin)),
        (&[GOOD, SITE], allow(Allow::TrustedOrigin)),
        (&[], refuse(Refuse::NoOrigin)),
        (&[("cookie", "sid=1")], refuse(Refuse::NoOrigin)),
        (&[USER], refuse(Refuse::NoOrigin)),
        (&[EVIL], refuse(Refuse::OtherOrigin)),
        (&[EVIL, USER], refuse(Refuse::OtherOrigin)),
        (&[EVIL, CROSS], refuse(Refuse::CrossSite)),
        (&[EVIL, SITE], refuse(Refuse::SameSite)),
        (&[CROSS], refuse(Refuse::CrossSite)),
        (&[OWN, CROSS], refuse(Refuse::CrossSite)),
        (
            &[("origin", "http://example.com")],
            refuse(Refuse::OtherScheme),
        ),
        (&[("origin", "null")], refuse(Refuse::OpaqueOrigin)),
        (&[("origin", "")], refuse(Refuse::MalformedOrigin)),
        (
            &[("origin", "https://me@example.com")],
            refuse(Refuse::MalformedOrigin),
        ),
        (&[OWN, OWN], refuse(Refuse::MalformedOrigin)),
        (&[OWN, SAME, CROSS], refuse(Refuse::MalformedFetchSite)),
    ];
    for (fields, expected) in cases {
        // HTTP/1.1 says it by Upgrade, HTTP/2 and HTTP/3 by CONNECT
        let upgrade = [fields, &[UPGRADE]].concat();
        assert_eq!(
            decide(&Method::GET, &upgrade, "/live"),
            expected,
            "{upgrade:?}"
        );
        assert_eq!(
            decide(&Method::CONNECT, fields, "/live"),
            expected,
            "{fields:?}"
        );
    }
}

#[test]
fn no_spelling_of_upgrade_hides_a_handshake() {
    for value in [
        "WebSocket",
        "WEBSOCKET",
        "h2c, websocket",
        "h2c,websocket",
        "websocket/13",
        "\twebsocket",
    ] {
        let decision = decide(&Method::GET, &[("upgrade", value), EVIL], "/live");
        assert_eq!(decision, Decision::Refuse(Refuse::OtherOrigin), "{value}");
    }
    let two = [("upgrade", "h2c"), UPGRADE, EVIL];
    assert!(!decide(&Method::GET, &two, "/live").is_allowed());
    for method in [Method::HEAD, Method::OPTIONS, Method::TRACE, Method::POST] {
        assert!(
            !decide(&method, &[UPGRADE, EVIL], "/live").is_allowed(),
            "{method}"
        );
    }
}

#[test]
fn another_upgrade_is_no_handshake() {
    let decision = decide(&Method::GET, &[("upgrade", "h2c"), EVIL], "/live");
    assert_eq!(decision, Decision::Allow(Allow::SafeMethod));
}

#[test]
fn a_bypass_lets_programs_connect_to_its_route_alone() {
    let bypass = Decision::Allow(Allow::Bypass);
    assert_eq!(decide(&Method::GET, &[UPGRADE], "/feed"), bypass);
    assert_eq!(decide(&Method::CONNECT, &[EVIL], "/feed"), bypass);
    assert!(!decide(&Method::POST, &[UPGRADE], "/feed").is_allowed());
    for route in ["/feed/", "/Feed", "/feeds", "/live"] {
        assert!(
            !decide(&Method::GET, &[UPGRADE], route).is_allowed(),
            "{route}"
        );
    }
}
