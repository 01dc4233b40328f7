//! Which status follows from what, and in which order it is found.

use bartizan_validate::{Limits, Malformed, Rejection, read_form, read_json, read_query};
use http::HeaderValue;

const JSON: &str = "application/json";

fn json(content_type: Option<&'static str>, body: &str, bytes: usize) -> Result<u8, Rejection> {
    let content_type = content_type.map(HeaderValue::from_static);
    let mut limits = Limits::default();
    limits.bytes = bytes;
    read_json(content_type.as_ref(), body.as_bytes(), &limits)
}

#[test]
fn type_then_size_then_text_then_value() {
    let status = |content_type, body| match json(content_type, body, 5) {
        Ok(_) => 200,
        Err(rejection) => rejection.status().as_u16(),
    };
    assert_eq!(status(None, "too long"), 415);
    assert_eq!(status(Some("text/plain"), "too long"), 415);
    assert_eq!(status(Some(JSON), "too long"), 413);
    assert_eq!(status(Some(JSON), "nope"), 400);
    assert_eq!(status(Some(JSON), ""), 400);
    assert_eq!(status(Some(JSON), "12345"), 422);
    assert_eq!(status(Some(JSON), "255"), 200);
    assert_eq!(status(Some("application/vnd.api+json"), "255"), 200);
}

#[test]
fn a_refusal_says_what_would_be_accepted() {
    let accept = JSON;
    assert_eq!(
        json(None, "1", 5),
        Err(Rejection::UnsupportedMediaType { accept })
    );
    assert_eq!(
        json(Some(JSON), "123456", 5),
        Err(Rejection::TooLarge { limit: 5 })
    );
    let error = json(Some(JSON), "[1,]", 5).expect_err("refused");
    let Rejection::Malformed(Malformed { code, at, .. }) = error else {
        panic!("expected a malformed text, found {error:?}");
    };
    assert_eq!((code, at), ("syntax", Some(3)));
}

#[test]
fn a_body_of_just_the_limit_is_read() {
    assert_eq!(json(Some(JSON), "  255", 5), Ok(255));
    assert_eq!(
        json(Some(JSON), "   255", 5),
        Err(Rejection::TooLarge { limit: 5 })
    );
    assert_eq!(json(Some(JSON), "255", usize::MAX), Ok(255));
}

#[test]
fn the_place_of_a_refusal_is_told_of_a_body_only() {
    type Map = std::collections::HashMap<String, String>;
    let at = |result: Result<Map, Rejection>| match result {
        Err(Rejection::Malformed(malformed)) => malformed.at,
        other => panic!("expected a malformed text, found {other:?}"),
    };
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let limits = Limits::default();
    assert_eq!(at(read_query(Some("a=%"), &limits)), None);
    assert_eq!(at(read_form(Some(&form), b"a=%", &limits)), Some(2));
}
