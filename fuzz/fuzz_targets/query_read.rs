//! Whatever a query holds: a form of the same bytes has the same fate, no pair is lost, and each text comes back when it is encoded
//! again.

#![no_main]

use std::collections::BTreeMap;

use bartizan_validate::{Limits, Rejection, read_form, read_query};
use http::HeaderValue;
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Search {
    term: String,
    page: Option<u32>,
    #[serde(default)]
    tag: Vec<i8>,
    #[serde(default)]
    exact: bool,
    weight: Option<f32>,
    order: Option<Order>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
enum Order {
    Up,
    Down,
}

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

type Map = BTreeMap<String, Vec<String>>;

fuzz_target!(|body: &[u8]| {
    let limits = Limits::default();
    let form = read_form::<Map>(Some(&FORM), body, &limits);
    let _ = read_form::<Search>(Some(&FORM), body, &limits);
    if let Ok(text) = std::str::from_utf8(body) {
        let _ = read_query::<Search>(Some(text), &limits);
        match (read_query::<Map>(Some(text), &limits), &form) {
            (Ok(query), Ok(form)) => assert_eq!(query, *form),
            (Err(Rejection::Malformed(query)), Err(Rejection::Malformed(form))) => {
                assert_eq!(query.code, form.code);
            }
            (query, form) => assert_eq!(query.err(), form.clone().err()),
        }
    }
    if let Ok(form) = form {
        let pairs: usize = form.values().map(Vec::len).sum();
        assert_eq!(
            pairs,
            if body.is_empty() {
                0
            } else {
                body.split(|byte| *byte == b'&').count()
            }
        );
        let encode = |text: &str| {
            text.bytes()
                .map(|byte| format!("%{byte:02x}"))
                .collect::<String>()
        };
        let mut again = Vec::new();
        for (name, texts) in &form {
            again.extend(
                texts
                    .iter()
                    .map(|text| format!("{}={}", encode(name), encode(text))),
            );
        }
        let mut roomy = limits;
        roomy.bytes *= 4;
        roomy.string_bytes *= 4;
        let again = read_form::<Map>(Some(&FORM), again.join("&").as_bytes(), &roomy);
        assert_eq!(again.as_ref().ok(), Some(&form));
    }
});
