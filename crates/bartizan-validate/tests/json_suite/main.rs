//! The cases of JSONTestSuite (Nicolas Seriot, "Parsing JSON is a Minefield"): 95 texts that every reader has to take, 188 that none
//! may take, 35 that are open. Written anew here, by what each of them asks.
//!
//! Two of the 95 are refused here on purpose: they have a key twice, which RFC 8259, section 4, leaves to the reader.

mod accepted;
mod open;
mod refused;

use bartizan_validate::{Limits, Rejection, read_json};
use http::HeaderValue;
use serde_json::Value;

/// The number of an accepted text is 81 bytes long, more than [`Limits::default`] has.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.number_bytes = 200;
    limits.bytes = 1024 * 1024;
    limits
}

/// The code of the refusal.
fn refusal(text: &[u8]) -> Option<&'static str> {
    let json = HeaderValue::from_static("application/json");
    match read_json::<Value>(Some(&json), text, &limits()) {
        Ok(_) => None,
        Err(Rejection::Malformed(malformed)) => Some(malformed.code),
        Err(other) => panic!("expected a value or a malformed text, found {other:?}"),
    }
}

#[test]
fn what_every_reader_takes_is_read_and_two_with_twin_keys_are_not() {
    let cases = accepted::cases();
    assert_eq!(cases.len(), 95);
    let mut twins = 0;
    for text in &cases {
        match refusal(text) {
            None => {
                let json: Result<Value, _> = serde_json::from_slice(text);
                assert!(json.is_ok(), "{text:?}");
            }
            Some("duplicate_key") => twins += 1,
            Some(code) => panic!("{code}: {}", String::from_utf8_lossy(text)),
        }
    }
    assert_eq!(twins, 2);
}

#[test]
fn what_no_reader_may_take_is_refused() {
    let cases = refused::cases();
    assert_eq!(cases.len(), 188);
    for text in &cases {
        assert!(refusal(text).is_some(), "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn what_is_open_is_decided() {
    let cases = open::cases();
    assert_eq!(cases.len(), 35);
    for (text, expected) in &cases {
        assert_eq!(
            refusal(text),
            *expected,
            "{}",
            String::from_utf8_lossy(text)
        );
    }
}
