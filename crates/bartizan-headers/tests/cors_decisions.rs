//! What each kind of policy says to each kind of request, field by field.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "kat/decisions.rs"]
mod decisions;

use std::time::Duration;

use bartizan_headers::{CorsDecision, CorsPolicy};
use http::{HeaderMap, HeaderName, HeaderValue};

use decisions::{CASES, Case, Kind};

fn policy(kind: Kind) -> CorsPolicy {
    let builder = CorsPolicy::builder();
    let builder = match kind {
        Kind::Plain => builder.origins(["https://a.test"]).without_default_expose(),
        Kind::Listed => builder
            .origins(["https://a.test", "http://localhost:*"])
            .methods(["PUT", "DELETE", "purge"])
            .request_headers(["Content-Type", "x-a"])
            .without_default_expose()
            .expose(["X-B", "x-c"])
            .max_age(Duration::from_secs(86_400)),
        Kind::Credentials => builder
            .origins(["https://a.test", "https://*.b.test"])
            .credentials()
            .methods(["PUT"])
            .request_headers(["authorization", "x-a"])
            .max_age(Duration::ZERO),
        Kind::Any => builder.any_origin().without_default_expose(),
        Kind::AnyOfAll => builder
            .any_origin()
            .any_method()
            .any_request_header()
            .expose_any(),
        Kind::AnyAndAuthorization => builder
            .origins(["https://a.test"])
            .any_method()
            .any_request_header()
            .request_headers(["authorization"])
            .without_default_expose(),
    };
    builder.build().unwrap()
}

/// The decision and its fields in one line, in the short forms of the table.
fn answer(case: &Case) -> String {
    let mut headers = HeaderMap::new();
    for (name, value) in case.fields {
        let name = match *name {
            "O" => "origin",
            "M" => "access-control-request-method",
            "H" => "access-control-request-headers",
            other => other,
        };
        headers.append(
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_static(value),
        );
    }
    let (mut words, fields) = match policy(case.policy)
        .decide(&case.method.parse().unwrap(), &headers)
    {
        CorsDecision::NotCors { fields } => (vec!["none".to_owned()], fields),
        CorsDecision::Preflight { fields, refused } => {
            let word = refused.map_or("preflight".to_owned(), |reason| format!("403 {reason:?}"));
            (vec![word], fields)
        }
        CorsDecision::Actual { fields, refused } => {
            let word = refused.map_or("actual".to_owned(), |reason| format!("actual {reason:?}"));
            (vec![word], fields)
        }
    };
    let mut written = HeaderMap::new();
    fields.write(&mut written);
    for (name, short) in [
        ("access-control-allow-origin", "origin"),
        ("access-control-allow-credentials", "credentials"),
        ("access-control-allow-methods", "methods"),
        ("access-control-allow-headers", "headers"),
        ("access-control-max-age", "age"),
        ("access-control-expose-headers", "expose"),
        ("vary", "vary"),
    ] {
        for value in written.get_all(name) {
            let value = match value.to_str().unwrap() {
                "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" => "all",
                "ratelimit,ratelimit-policy,retry-after,x-request-id" => "default",
                other => other,
            };
            words.push(format!("{short}={value}"));
        }
        written.remove(name);
    }
    assert!(written.is_empty(), "{written:?}");
    words.join(" ")
}

#[test]
fn every_request_gets_exactly_the_fields_of_its_policy() {
    assert!(CASES.len() >= 80, "{}", CASES.len());
    let wrong: Vec<String> = CASES
        .iter()
        .filter_map(|case| {
            let found = answer(case);
            (found != case.answer).then(|| format!("{case:?}\n  found {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
