//! Promises over all requests.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bartizan_headers::{
    CrossOriginAllow as Allow, CrossOriginDecision as Decision, CrossOriginPolicy,
};
use http::{HeaderMap, HeaderValue, Method, Uri};
use proptest::{collection::vec, prelude::*, sample::select};

const TRUSTED: &str = "https://app.example";
const ROUTES: [&str; 3] = ["/", "/hooks/{name}", "/live"];

fn policy(strict: bool, isolated: bool) -> CrossOriginPolicy {
    let mut builder = CrossOriginPolicy::builder()
        .trusted(|origin| origin == TRUSTED.as_bytes())
        .with_insecure_bypass(Method::POST, "/hooks/{name}");
    if strict {
        builder = builder.session_cookie("sid");
    }
    if isolated {
        builder = builder.isolate_reads();
    }
    builder.build().unwrap()
}

fn method() -> impl Strategy<Value = Method> {
    const NAMES: [&str; 10] = [
        "GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "LINK",
    ];
    select(&NAMES[..]).prop_map(|name| name.parse().unwrap())
}

fn uri() -> impl Strategy<Value = Uri> {
    const URIS: [&str; 6] = [
        "/",
        "https://example.com/",
        "http://example.com/",
        "https://example.com:8443/x",
        "example.com:443",
        "*",
    ];
    select(&URIS[..]).prop_map(Uri::from_static)
}

/// Origins of which none is trusted: likely ones, their spellings, and any bytes.
fn untrusted() -> impl Strategy<Value = Vec<u8>> {
    const LIKELY: [&str; 13] = [
        "https://example.com",
        "http://example.com",
        "https://example.com:8443",
        "https://evil.example",
        "null",
        "",
        "https://app.example.evil.example",
        "https://app.example/",
        "https://app.example:8443",
        "http://app.example",
        "https://app.example@evil.example",
        "https://evil.example https://app.example",
        "HTTPS://APP.EXAMPLE",
    ];
    prop_oneof![
        4 => select(&LIKELY[..]).prop_map(|it| it.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..40),
        1 => "[a-z]{1,6}://[a-z.:@0-9\\[\\]]{0,20}".prop_map(String::into_bytes),
    ]
}

fn other_fields() -> impl Strategy<Value = HeaderMap> {
    const FIELDS: [(&str, &str); 12] = [
        ("upgrade", "websocket"),
        ("upgrade", "h2c"),
        ("cookie", "sid=1"),
        ("host", "example.com"),
        ("host", "evil.example"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-mode", "no-cors"),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-dest", "image"),
        ("referer", "https://example.com/"),
        ("x-requested-with", "XMLHttpRequest"),
    ];
    vec(select(&FIELDS[..]), 0..5).prop_map(|fields| {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    })
}

fn append(headers: &mut HeaderMap, name: &'static str, value: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(value) {
        headers.append(name, value);
    }
}

proptest! {
    #[test]
    fn nobody_elses_page_changes_anything(
        method in method(), uri in uri(), mut headers in other_fields(), origins in vec(untrusted(), 0..3),
        site in select(&["cross-site", "same-site"][..]), strict: bool, isolated: bool, route in select(&ROUTES[..]),
    ) {
        append(&mut headers, "sec-fetch-site", site.as_bytes());
        for origin in &origins {
            append(&mut headers, "origin", origin);
        }
        let decision = policy(strict, isolated).decide(&method, &uri, &headers, route);
        let handshake = headers.get_all("upgrade").iter().any(|it| it == "websocket");
        if !method.is_safe() || handshake {
            let bypassed = decision == Decision::Allow(Allow::Bypass)
                && method == Method::POST && route == "/hooks/{name}";
            prop_assert!(bypassed || !decision.is_allowed(), "{method} {headers:?} {decision:?}");
        }
    }

    #[test]
    fn without_fetch_metadata_only_the_own_origin_passes(
        method in method(), uri in uri(), mut headers in other_fields(), origin in untrusted(), strict: bool,
    ) {
        append(&mut headers, "origin", &origin);
        prop_assume!(headers.contains_key("origin"));
        let decision = policy(strict, false).decide(&method, &uri, &headers, "/");
        if let Decision::Allow(reason) = decision && reason != Allow::SafeMethod {
            prop_assert_eq!(reason, Allow::OwnOrigin);
            let own = format!("{}://{}", uri.scheme_str().unwrap(), uri.authority().unwrap());
            prop_assert_eq!(String::from_utf8(origin).unwrap(), own);
        }
    }

    #[test]
    fn any_bytes_are_decided_on(
        method in method(), uri in uri(), values in vec((0..7_usize, vec(any::<u8>(), 0..60)), 0..12), route in "\\PC{0,20}",
    ) {
        const NAMES: [&str; 7] =
            ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "origin", "host", "cookie", "upgrade"];
        let mut headers = HeaderMap::new();
        for (index, value) in &values {
            append(&mut headers, NAMES[*index], value);
        }
        let policy = policy(true, true);
        let first = policy.decide(&method, &uri, &headers, &route);
        prop_assert_eq!(first, policy.decide(&method, &uri, &headers, &route));
    }

    #[test]
    fn a_looser_policy_refuses_no_more(
        method in method(), uri in uri(), mut headers in other_fields(), origin in untrusted(), route in select(&ROUTES[..]),
    ) {
        append(&mut headers, "origin", &origin);
        if policy(true, true).decide(&method, &uri, &headers, route).is_allowed() {
            prop_assert!(policy(false, false).decide(&method, &uri, &headers, route).is_allowed());
        }
    }
}
