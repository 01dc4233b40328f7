//! A caller cannot make the process allocate, or read for long, by what stands in a field.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::hint::black_box;

use bartizan_headers::{CorsDecision, CorsPolicy, CorsRejection};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

const ORIGIN: &str = "https://app.example.com";

fn policy(any: bool) -> CorsPolicy {
    let builder = CorsPolicy::builder();
    let builder = if any {
        builder.any_origin().any_method().any_request_header()
    } else {
        builder
            .origins([ORIGIN, "https://*.example.org"])
            .credentials()
            .methods(["PUT"])
            .request_headers(["content-type", "x-a"])
    };
    builder.build().unwrap()
}

fn preflight(fields: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("origin", HeaderValue::from_static(ORIGIN));
    headers.insert(
        "access-control-request-method",
        HeaderValue::from_static("PUT"),
    );
    for (name, value) in fields {
        let name: HeaderName = name.parse().unwrap();
        if name == "access-control-request-headers" {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        } else {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
    }
    headers
}

#[test]
fn a_refused_request_allocates_nothing() {
    // The counter counts.
    let one = allocation_counter::measure(|| drop(black_box(Box::new(1))));
    assert_eq!(one.count_total, 1);
    let megabyte = |piece: &str| piece.repeat((1 << 20) / piece.len());
    let asked = "access-control-request-headers";
    for (name, value, any, reason) in [
        (
            asked,
            megabyte(","),
            false,
            CorsRejection::TooManyRequestHeaders,
        ),
        (
            asked,
            megabyte(" "),
            false,
            CorsRejection::TooManyRequestHeaders,
        ),
        (
            asked,
            megabyte("x-a,"),
            false,
            CorsRejection::TooManyRequestHeaders,
        ),
        (
            asked,
            megabyte("a"),
            false,
            CorsRejection::TooManyRequestHeaders,
        ),
        (
            asked,
            megabyte(","),
            true,
            CorsRejection::TooManyRequestHeaders,
        ),
        (
            asked,
            megabyte(" "),
            true,
            CorsRejection::TooManyRequestHeaders,
        ),
        (
            asked,
            ",".repeat(17),
            true,
            CorsRejection::TooManyRequestHeaders,
        ),
        (
            asked,
            "x-a,x-a,x-a".to_owned(),
            false,
            CorsRejection::TooManyRequestHeaders,
        ),
        (asked, "x-b".to_owned(), false, CorsRejection::RequestHeader),
        (
            asked,
            "authorization".to_owned(),
            true,
            CorsRejection::RequestHeader,
        ),
        (
            "access-control-request-method",
            megabyte("A"),
            false,
            CorsRejection::Method,
        ),
        (
            "access-control-request-method",
            "PUT,".to_owned(),
            true,
            CorsRejection::Method,
        ),
        (
            "origin",
            megabyte("https://a."),
            false,
            CorsRejection::Origin,
        ),
        (
            "origin",
            format!("https://{}example.org:1", "a.".repeat(120)),
            false,
            CorsRejection::Origin,
        ),
    ] {
        let (policy, headers) = (policy(any), preflight(&[(name, &value)]));
        let mut found = None;
        let info = allocation_counter::measure(|| {
            let CorsDecision::Preflight { fields, refused } =
                policy.decide(black_box(&Method::OPTIONS), black_box(&headers))
            else {
                return;
            };
            drop(black_box(fields));
            found = refused;
        });
        assert_eq!(found, Some(reason), "{name} of {} bytes", value.len());
        assert_eq!(info.count_total, 0, "{name} of {} bytes", value.len());
    }
}

#[test]
fn many_lines_are_one_list() {
    let policy = policy(false);
    let lines: Vec<_> = (0..10_000)
        .map(|_| ("access-control-request-headers", ""))
        .collect();
    let headers = preflight(&lines);
    let info = allocation_counter::measure(|| {
        let decision = policy.decide(&Method::OPTIONS, black_box(&headers));
        assert!(matches!(
            decision,
            CorsDecision::Preflight {
                refused: Some(_),
                ..
            }
        ));
    });
    assert_eq!(info.count_total, 0);
}

#[test]
fn an_origin_is_looked_up_without_an_allocation() {
    let policy = policy(false);
    let set = policy.origins().unwrap();
    let info = allocation_counter::measure(|| {
        assert!(set.contains(black_box(b"https://a.b.c.example.org")));
        assert!(set.contains(black_box(b"https://app.example.com")));
        assert!(!set.contains(black_box(b"https://example.com")));
    });
    assert_eq!(info.count_total, 0);
}
