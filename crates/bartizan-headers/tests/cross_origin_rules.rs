//! Effective scheme and host, strict mode, isolated reads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bartizan_headers::{
    CrossOriginAllow as Allow, CrossOriginDecision as Decision, CrossOriginPolicy,
    CrossOriginRefuse as Refuse, Transport,
};
use http::{HeaderMap, HeaderValue, Method, Uri};

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

#[test]
fn scheme_and_host_are_the_effective_ones_or_the_request_is_refused() {
    let refuse = Decision::Refuse;
    let own = Decision::Allow(Allow::OwnOrigin);
    let cases: [(&str, &[&str], Transport, &str, Decision); 13] = [
        (
            "https://a.example/",
            &["b.example"],
            Transport::FromRequest,
            "https://a.example",
            own,
        ),
        (
            "https://a.example/",
            &["b.example"],
            Transport::FromRequest,
            "https://b.example",
            refuse(Refuse::OtherOrigin),
        ),
        (
            "http://a.example/",
            &[],
            Transport::FromRequest,
            "http://a.example",
            own,
        ),
        (
            "http://a.example:81/",
            &[],
            Transport::FromRequest,
            "http://a.example",
            refuse(Refuse::OtherOrigin),
        ),
        (
            "http://a.example/",
            &[],
            Transport::Https,
            "https://a.example",
            own,
        ),
        (
            "https://a.example/",
            &[],
            Transport::Plain,
            "https://a.example",
            refuse(Refuse::OtherScheme),
        ),
        (
            "/",
            &["a.example"],
            Transport::Https,
            "https://a.example",
            own,
        ),
        (
            "/",
            &["a.example"],
            Transport::Plain,
            "http://a.example",
            own,
        ),
        (
            "/",
            &["a.example"],
            Transport::FromRequest,
            "https://a.example",
            refuse(Refuse::UnknownScheme),
        ),
        (
            "/",
            &["a.example"],
            Transport::FromRequest,
            "https://b.example",
            refuse(Refuse::OtherOrigin),
        ),
        (
            "/",
            &[],
            Transport::Https,
            "https://a.example",
            refuse(Refuse::UnknownHost),
        ),
        (
            "/",
            &["a.example", "a.example"],
            Transport::Https,
            "https://a.example",
            refuse(Refuse::UnknownHost),
        ),
        (
            "/",
            &["me@a.example"],
            Transport::Https,
            "https://a.example",
            refuse(Refuse::UnknownHost),
        ),
    ];
    for (uri, hosts, transport, origin, expected) in cases {
        let policy = CrossOriginPolicy::builder()
            .transport(transport)
            .build()
            .unwrap();
        let mut fields = vec![("origin", origin)];
        fields.extend(hosts.iter().map(|host| ("host", *host)));
        let uri: Uri = uri.parse().unwrap();
        let decision = policy.decide(&Method::POST, &uri, &headers(&fields), "/");
        assert_eq!(decision, expected, "{uri} {fields:?} {transport:?}");
    }
}

#[test]
fn strict_mode_wants_proof_for_a_session_cookie() {
    let policy = CrossOriginPolicy::builder()
        .session_cookie("__Host-session")
        .build()
        .unwrap();
    let uri = Uri::from_static("https://example.com/");
    let session = ("cookie", "theme=dark; __Host-session=abc");
    let decide = |method, fields: &[_]| policy.decide(&method, &uri, &headers(fields), "/");
    let unproven = Decision::Refuse(Refuse::UnprovenCookie);
    assert_eq!(decide(Method::POST, &[session]), unproven);
    assert_eq!(decide(Method::DELETE, &[session]), unproven);
    for (method, fields) in [
        (Method::GET, vec![session]),
        (Method::POST, vec![]),
        (Method::POST, vec![("cookie", "theme=dark")]),
        (Method::POST, vec![("authorization", "Bearer x")]),
        (
            Method::POST,
            vec![session, ("sec-fetch-site", "same-origin")],
        ),
        (Method::POST, vec![session, ("sec-fetch-site", "none")]),
        (
            Method::POST,
            vec![session, ("origin", "https://example.com")],
        ),
    ] {
        let decision = decide(method, &fields);
        assert!(decision.is_allowed(), "{fields:?} {decision:?}");
    }
}

#[test]
fn isolated_reads_are_for_the_site_itself_and_for_who_follows_a_link() {
    let policy = CrossOriginPolicy::builder()
        .isolate_reads()
        .share_reads("/logo.png")
        .with_insecure_bypass(Method::GET, "/open")
        .build()
        .unwrap();
    let uri = Uri::from_static("https://example.com/");
    let decide = |method: &Method, site, mode, dest, route: &str| {
        let fields = [
            ("sec-fetch-site", site),
            ("sec-fetch-mode", mode),
            ("sec-fetch-dest", dest),
        ];
        policy.decide(method, &uri, &headers(&fields), route)
    };
    let safe = Decision::Allow(Allow::SafeMethod);
    let refused = Decision::Refuse(Refuse::CrossSiteRead);
    for (site, mode, dest, expected) in [
        ("same-origin", "no-cors", "image", safe),
        ("same-site", "no-cors", "script", safe),
        ("none", "navigate", "document", safe),
        ("cross-site", "navigate", "document", safe),
        ("cross-site", "navigate", "iframe", safe),
        ("cross-site", "cors", "empty", safe),
        ("cross-site", "no-cors", "image", refused),
        ("cross-site", "no-cors", "script", refused),
        ("cross-site", "no-cors", "style", refused),
        ("cross-site", "navigate", "object", refused),
        ("cross-site", "navigate", "embed", refused),
        ("cross-site", "websocket", "empty", refused),
        (
            "sideways",
            "navigate",
            "document",
            Decision::Refuse(Refuse::MalformedFetchSite),
        ),
    ] {
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(
                decide(&method, site, mode, dest, "/me"),
                expected,
                "{site} {mode} {dest}"
            );
        }
    }
    let image = |method, route| decide(&method, "cross-site", "no-cors", "image", route);
    assert_eq!(image(Method::GET, "/logo.png"), safe);
    assert_eq!(image(Method::GET, "/open"), Decision::Allow(Allow::Bypass));
    assert_eq!(image(Method::HEAD, "/open"), refused);
    assert_eq!(image(Method::OPTIONS, "/me"), safe);
    let none = policy.decide(&Method::GET, &uri, &HeaderMap::new(), "/me");
    assert_eq!(none, safe);
}

#[test]
fn a_script_under_cors_that_carries_no_credentials_passes_where_cors_allows_it() {
    let policy = CrossOriginPolicy::builder()
        .trusted_without_credentials(|path, origin| {
            path.starts_with("/public/") && origin == b"https://app.test"
        })
        .build()
        .unwrap();
    let script = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "cors"),
        ("origin", "https://app.test"),
    ];
    let decide = |path: &'static str, replaced: &[(&'static str, &str)]| {
        let mut headers = headers(&script);
        for (name, value) in replaced {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let uri = Uri::from_static(path);
        policy.decide(&Method::POST, &uri, &headers, path)
    };
    let passes = Decision::Allow(Allow::NoCredentials);
    let refused = Decision::Refuse(Refuse::CrossSite);
    let public = "/public/a";
    for (path, replaced, expected) in [
        (public, &[][..], passes),
        (public, &[("authorization", "bearer x")], passes),
        (public, &[("sec-fetch-site", "same-site")], passes),
        (public, &[("authorization", "Basic x")], refused),
        (public, &[("authorization", "Negotiate")], refused),
        (public, &[("authorization", "")], refused),
        (public, &[("cookie", "a=1")], refused),
        (public, &[("cookie", "")], refused),
        // a form, an image, a beacon: no preflight has asked
        (public, &[("sec-fetch-mode", "navigate")], refused),
        (public, &[("sec-fetch-mode", "no-cors")], refused),
        (public, &[("sec-fetch-mode", "websocket")], refused),
        (public, &[("origin", "https://evil.test")], refused),
        (public, &[("origin", "null")], refused),
        ("/own", &[], refused),
    ] {
        assert_eq!(decide(path, replaced), expected, "{path} {replaced:?}");
    }
    // two `Authorization` fields, one of which is a browser's
    let mut both = headers(&script);
    both.append("authorization", HeaderValue::from_static("Bearer x"));
    both.append("authorization", HeaderValue::from_static("Basic x"));
    let uri = Uri::from_static(public);
    assert_eq!(policy.decide(&Method::POST, &uri, &both, public), refused);
}

#[test]
fn an_old_browser_or_a_handshake_does_not_pass_without_credentials() {
    let policy = CrossOriginPolicy::builder()
        .trusted_without_credentials(|_, _| true)
        .transport(Transport::Https)
        .build()
        .unwrap();
    let old = headers(&[("origin", "https://app.test"), ("host", "a.test")]);
    let uri = Uri::from_static("/");
    assert_eq!(
        policy.decide(&Method::POST, &uri, &old, "/"),
        Decision::Refuse(Refuse::OtherOrigin)
    );
    let handshake = headers(&[
        ("origin", "https://app.test"),
        ("upgrade", "websocket"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "websocket"),
    ]);
    assert_eq!(
        policy.decide(&Method::GET, &uri, &handshake, "/"),
        Decision::Refuse(Refuse::CrossSite)
    );
}
