//! A set of origins answers as comparing with one pattern after another does.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bartizan_headers::{OriginPattern, OriginSet};
use proptest::{collection::vec, prelude::*, sample::select};

const PORTS: &[&str] = &[
    "", "", ":1", ":8443", ":443", ":80", ":0", ":01", ":65535", ":65536", ":", ":x", ":1:1",
];
const JUNK: &[&str] = &["", "", "", "", ".", "/", "@b", "%2e", " "];

/// One pattern and one origin, compared by splitting their texts.
fn matches(pattern: &str, origin: &str) -> bool {
    if pattern == origin {
        return true;
    }
    let (Some((scheme, host, port)), Some((wanted_scheme, wanted, wanted_port))) =
        (split(origin), split(pattern))
    else {
        return false;
    };
    let own = match scheme {
        "http" => "80",
        "https" => "443",
        _ => "",
    };
    let number = port.is_none_or(|port| {
        port.parse::<u16>()
            .is_ok_and(|number| number > 0 && number.to_string() == port)
            && port != own
    });
    let port_matches = match wanted_port {
        Some("*") => number,
        wanted => wanted == port,
    };
    let host_matches = match wanted.strip_prefix("*.") {
        None => wanted == host,
        Some(base) => host
            .strip_suffix(base)
            .and_then(|rest| rest.strip_suffix('.'))
            .is_some_and(is_ldh),
    };
    scheme == wanted_scheme && port_matches && host_matches && host.len() <= 253
}

fn is_ldh(labels: &str) -> bool {
    labels.split('.').all(|label| {
        let legal = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-');
        (1..=63).contains(&label.len()) && label.chars().all(legal)
    })
}

fn split(text: &str) -> Option<(&str, &str, Option<&str>)> {
    let (scheme, rest) = text.split_once("://")?;
    Some(match rest.split_once(':') {
        Some((host, port)) => (scheme, host, Some(port)),
        None => (scheme, rest, None),
    })
}

/// Few names, so that they meet often.
fn host() -> impl Strategy<Value = String> {
    let label = select(&["a", "b", "ab", "example", "a_b", "x-1", "com"][..]);
    vec(label, 1..4).prop_map(|labels| labels.join("."))
}

fn scheme() -> impl Strategy<Value = &'static str> {
    select(&["https", "https", "http", "app"][..])
}

fn pattern() -> impl Strategy<Value = String> {
    let port = select(&["", "", ":*", ":1", ":8443"][..]);
    (scheme(), any::<bool>(), host(), port).prop_map(|(scheme, wild, host, port)| {
        format!("{scheme}://{}{host}{port}", if wild { "*." } else { "" })
    })
}

fn origin() -> impl Strategy<Value = String> {
    let well_formed = (scheme(), host(), select(PORTS), select(JUNK), any::<bool>()).prop_map(
        |(scheme, host, port, junk, before)| {
            if before {
                format!("{scheme}://{junk}{host}{port}")
            } else {
                format!("{scheme}://{host}{junk}{port}")
            }
        },
    );
    prop_oneof![9 => well_formed, 1 => "[a-z:/.*\\[\\]]{0,30}"]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_set_is_the_union_of_its_patterns(
        patterns in vec(pattern(), 1..12),
        origins in vec(origin(), 1..40),
    ) {
        let set: OriginSet =
            patterns.iter().map(|text| OriginPattern::parse(text).unwrap()).collect();
        for origin in &origins {
            let expected = patterns.iter().any(|pattern| matches(pattern, origin));
            prop_assert_eq!(set.contains(origin.as_bytes()), expected, "{} in {:?}", origin, patterns);
            let found = set.find(origin.as_bytes());
            prop_assert!(found.is_none_or(|pattern| matches(pattern.as_str(), origin)));
        }
    }

    #[test]
    fn no_text_makes_parsing_panic(text in "\\PC{0,40}|[a-z:/.*\\[\\]@#0-9]{0,40}") {
        let pattern = OriginPattern::parse(&text);
        if let Ok(pattern) = pattern {
            let exact = pattern.is_exact();
            let set: OriginSet = [pattern].into_iter().collect();
            prop_assert_eq!(set.contains(text.as_bytes()), exact, "{}", text);
        }
    }
}
