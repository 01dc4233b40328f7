//! No bytes make a rule panic, and none make an answer live longer than its clean form allows.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, SystemTime};

use bartizan_cache::{
    Asked, CacheControl, Policy, Times, VaryFields, Wanted, accept_encoding, confirmed,
    invalidated, is_not_modified, jittered, multipart, not_modified_headers, request_control,
    reuse, slice, targeted, wanted,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use proptest::prelude::*;

const NAMES: &[&str] = &[
    "cache-control",
    "cdn-cache-control",
    "vary",
    "expires",
    "date",
    "age",
    "last-modified",
    "etag",
    "if-none-match",
    "if-modified-since",
    "if-range",
    "range",
    "connection",
    "location",
    "content-location",
    "content-type",
    "cookie",
    "accept-encoding",
    "pragma",
];

/// Text that looks like the fields' own, and any bytes that a field can hold.
fn value() -> impl Strategy<Value = Vec<u8>> {
    const WORDS: &[&str] = &[
        "max-age",
        "s-maxage",
        "private",
        "no-cache",
        "no-store",
        "bytes",
        "W/",
        "public",
        "stale-if-error",
        "*",
        "https://",
        "http://",
        "example.com",
        "Tue, 14 Nov 2023 22:13:20 GMT",
        "=",
        "=",
        "=",
        "\"",
        "\"",
        "\\",
        ",",
        ",",
        ", ",
        ";",
        ":",
        "/",
        "/",
        " ",
        "..",
        ".",
        "?",
        "#",
        "-",
        "-",
        "0",
        "1",
        "5",
        "60",
        "4294967296",
        "99999999999999999999999",
        "a",
        "x",
        "gzip",
        "br",
        "q",
    ];
    let near =
        prop::collection::vec(prop::sample::select(WORDS), 0..9).prop_map(|words| words.concat());
    prop_oneof![
        3 => near.prop_map(String::into_bytes),
        1 => prop::collection::vec(prop_oneof![0x20_u8..0x7f, 0x80_u8..], 0..40),
    ]
}

fn fields() -> impl Strategy<Value = HeaderMap> {
    prop::collection::vec((prop::sample::select(NAMES), value()), 0..8).prop_map(|pairs| {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let value = HeaderValue::from_bytes(&value).unwrap();
            headers.append(HeaderName::from_static(name), value);
        }
        headers
    })
}

fn policy() -> Policy {
    Policy::builder()
        .target(HeaderName::from_static("cdn-cache-control"))
        .heuristic(Duration::from_secs(600))
        .honour_requests()
        .session_cookies(["sid"])
        .build()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn no_fields_make_a_rule_panic(
        request in fields(),
        answer in fields(),
        status in 100_u16..600,
        length in 0_usize..64,
        shift in 0_u64..10_000_000_000,
    ) {
        let policy = policy();
        let status = StatusCode::from_u16(status).unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(shift);
        let asked = Asked::new(&Method::GET, &request);
        let _ = policy.admits(&asked);
        let times = Times::new(now, SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
        if let Ok(stored) = policy.storable(&asked, status, &answer, times) {
            prop_assert!(stored.freshness.lifetime() <= Duration::from_secs(86_400));
            prop_assert!(!stored.headers.contains_key("set-cookie"));
            let control = request_control(&request);
            let _ = reuse(&stored.freshness, Some(&control), false, now);
            if let Some(values) = stored.vary.values(&request) {
                prop_assert!(values.fits(&request));
            }
        }
        let _ = (targeted(&answer, &[]), VaryFields::of(&answer), accept_encoding(&request, &["br"]));
        let _ = (not_modified_headers(&answer), confirmed(&answer, &request));
        let _ = is_not_modified(&request, status, &answer, now);
        let uri = Uri::from_static("https://example.com/a/b");
        for target in invalidated(&Method::PUT, &uri, StatusCode::OK, &answer) {
            prop_assert!(target.starts_with('/') && !target.contains("/../"), "{}", target);
        }
        let body = Bytes::from(vec![b'x'; length]);
        if let Wanted::Parts(parts) = wanted(&Method::GET, &request, StatusCode::OK, &answer, length) {
            for part in &parts {
                prop_assert!(!part.is_empty() && part.end <= length);
                prop_assert_eq!(slice(&body, part).len(), part.len());
            }
            prop_assert!(multipart(&body, &parts, None, "b").is_some());
        }
    }

    #[test]
    fn a_second_directive_never_lengthens_a_life(first in value(), second in value()) {
        let line = |bytes: &[u8]| HeaderValue::from_bytes(bytes).unwrap();
        let (first, second) = (line(&first), line(&second));
        let alone = CacheControl::of_lines([&first]);
        let both = CacheControl::of_lines([&first, &second]);
        if let Some(before) = alone.max_age() {
            prop_assert!(both.max_age().unwrap() <= before);
        }
        prop_assert!(both.is_no_store() >= alone.is_no_store());
        prop_assert!(both.is_private() >= alone.is_private());
        prop_assert!(both.is_no_cache() >= alone.is_no_cache());
        prop_assert!(both.is_broken() >= alone.is_broken());
    }

    #[test]
    fn a_cut_time_is_never_longer(seconds in 0_u64..=1 << 31, percent: u8, chance: u32) {
        let ttl = Duration::from_secs(seconds);
        prop_assert!(jittered(ttl, percent, chance) <= ttl);
    }

    #[test]
    fn ages_only_grow_and_freshness_only_shrinks(
        answer in fields(),
        steps in prop::collection::vec(0_u64..100_000, 1..8),
    ) {
        let received = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let none = HeaderMap::new();
        let asked = Asked::new(&Method::GET, &none);
        let Ok(stored) = policy().storable(&asked, StatusCode::OK, &answer, Times::new(received, received)) else {
            return Ok(());
        };
        let mut now = received;
        let (mut age, mut left) = (Duration::ZERO, Duration::MAX);
        for step in steps {
            now += Duration::from_secs(step);
            prop_assert!(stored.freshness.age(now) >= age);
            prop_assert!(stored.freshness.fresh_for(now) <= left);
            prop_assert_eq!(stored.freshness.fresh_for(now).is_zero(), stored.freshness.stale_for(now).is_some());
            (age, left) = (stored.freshness.age(now), stored.freshness.fresh_for(now));
        }
    }
}
