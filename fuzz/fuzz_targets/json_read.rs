//! Whatever a body holds: what is read is what serde_json reads, what is refused and not by a stricter rule is refused by serde_json
//! too, and a refusal for its values has a violation.

#![no_main]

use std::{collections::BTreeMap, net::IpAddr};

use bartizan_validate::{Limits, Rejection, read_json};
use http::HeaderValue;
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

#[derive(Debug, Deserialize, PartialEq)]
struct Order {
    a: u8,
    b: Option<Box<Order>>,
    #[serde(default)]
    c: Vec<Kind>,
    #[serde(default)]
    d: BTreeMap<i16, f32>,
    e: Option<(char, [bool; 2])>,
    f: Option<IpAddr>,
    #[serde(default, alias = "h")]
    g: f64,
}

#[derive(Debug, Deserialize, PartialEq)]
enum Kind {
    A,
    B(String),
    C { x: u64 },
    D(i8, i8),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Strict {
    a: i64,
    b: Either,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Either {
    Number(u8),
    Map(BTreeMap<String, Either>),
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

fn check<T: DeserializeOwned + PartialEq + std::fmt::Debug>(body: &[u8], limits: &Limits) {
    match read_json::<T>(Some(&JSON), body, limits) {
        Ok(read) => {
            let theirs = serde_json::from_slice::<T>(body).expect("serde_json reads it too");
            assert_eq!(read, theirs);
        }
        Err(Rejection::Invalid(violations)) => assert!(!violations.is_empty()),
        Err(Rejection::Malformed(malformed)) => {
            assert!(malformed.at.is_some_and(|at| at <= body.len()));
        }
        Err(other) => panic!("{other:?}"),
    }
}

fuzz_target!(|body: &[u8]| {
    let mut limits = Limits::default();
    limits.bytes = usize::MAX;
    limits.keys = 40;
    check::<Order>(body, &limits);
    check::<Vec<Order>>(body, &limits);
    check::<Strict>(body, &limits);
    match (
        read_json::<Value>(Some(&JSON), body, &limits),
        serde_json::from_slice::<Value>(body),
    ) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs),
        (Ok(_), Err(error)) => panic!("read, and refused by serde_json: {error}"),
        (Err(Rejection::Malformed(malformed)), Ok(_)) => assert!(
            malformed.code.starts_with("too_")
                || [
                    "duplicate_key",
                    "number_inexact",
                    "number_too_long",
                    "string_too_long"
                ]
                .contains(&malformed.code),
            "{malformed:?}"
        ),
        (Err(Rejection::Malformed(_)), Err(_)) => {}
        (Err(other), _) => panic!("{other:?}"),
    }
});
