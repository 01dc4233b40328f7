//! What holds for every body: no panic, serde_json's own verdict but for the stricter rules, and the same value.

use std::collections::HashSet;

use bartizan_validate::{Limits, Rejection, read_form, read_json, read_query};
use http::HeaderValue;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;

fn roomy() -> Limits {
    let mut limits = Limits::default();
    limits.depth = 127;
    limits.number_bytes = 400;
    limits
}

fn read(body: &[u8]) -> Result<Value, Rejection> {
    let json = HeaderValue::from_static("application/json");
    read_json(Some(&json), body, &roomy())
}

/// Codes of rules that serde_json does not have.
const STRICTER: [&str; 3] = ["duplicate_key", "number_inexact", "too_many_items"];

fn agrees(body: &[u8]) -> Result<(), TestCaseError> {
    let theirs = serde_json::from_slice::<Value>(body);
    match (read(body), theirs) {
        (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
        (Err(Rejection::Malformed(malformed)), Ok(_)) => {
            prop_assert!(STRICTER.contains(&malformed.code), "{malformed:?}");
        }
        (Err(_), Err(_)) => {}
        (ours, theirs) => prop_assert!(false, "{ours:?}, {theirs:?}"),
    }
    Ok(())
}

/// Pieces that make texts close to JSON.
const PIECES: [&str; 48] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\"a\"",
    "\"b\"",
    "\"\\u0061\"",
    "\"\\",
    "\\u",
    "\\ud83d",
    "\\ude00",
    "\\n",
    "\"\"",
    "true",
    "false",
    "null",
    "tru",
    "0",
    "-",
    "1",
    "9007199254740993",
    ".",
    "e",
    "E+",
    "1.5",
    "-0",
    "00",
    "18446744073709551616",
    "1e999",
    "0.1000000000000000055511151231257827",
    " ",
    "\n",
    "\t",
    "\u{c}",
    "\u{feff}",
    "é",
    "😀",
    "\0",
    "\u{7f}",
    "{\"a\":",
    "[[",
    "{\"a\":1,\"a\":2}",
    "[1,2]",
    "\"x\":1,",
    "/**/",
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::from),
            vec((".{0,6}", inner), 0..24).prop_map(|pairs| pairs.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn bytes_of_any_kind_are_judged_as_serde_json_judges_them(body in vec(any::<u8>(), 0..64)) {
        agrees(&body)?;
    }

    #[test]
    fn texts_close_to_json_are_judged_as_serde_json_judges_them(
        pieces in vec(select(&PIECES[..]), 0..14),
    ) {
        agrees(pieces.concat().as_bytes())?;
    }

    #[test]
    fn every_value_that_serde_json_writes_is_read_as_the_same(value in value()) {
        let body = serde_json::to_vec(&value).expect("written");
        prop_assert_eq!(read(&body).expect("read"), value);
    }

    #[test]
    fn one_changed_byte_changes_the_verdicts_together(
        value in value(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut body = serde_json::to_vec(&value).expect("written");
        let at = at.index(body.len());
        body[at] = byte;
        agrees(&body)?;
    }

    #[test]
    fn twin_keys_are_found_among_all(
        keys in prop::collection::hash_set("[a-c\n]{0,5}", 1..60),
        twin in any::<prop::sample::Index>(),
        escaped in any::<bool>(),
    ) {
        let keys: Vec<String> = keys.into_iter().collect();
        let write = |key: &String| match serde_json::to_string(key) {
            Ok(text) if !escaped => text,
            _ => {
                let units = key.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
                format!("\"{}\"", units.collect::<String>())
            }
        };
        let pair = |key: String| format!("{key}:0");
        let plain: Vec<String> = keys.iter().map(|key| pair(serde_json::json!(key).to_string())).collect();
        let without_twin = format!("{{{}}}", plain.join(","));
        prop_assert!(read(without_twin.as_bytes()).is_ok());
        let with_twin = format!("{{{},{}}}", plain.join(","), pair(write(twin.get(&keys))));
        match read(with_twin.as_bytes()) {
            Err(Rejection::Malformed(malformed)) => prop_assert_eq!(malformed.code, "duplicate_key"),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_number_is_let_through_if_its_digits_come_back(
        digits in "-?[1-9][0-9]{0,22}",
        fraction in proptest::option::of("[0-9]{1,22}"),
        exponent in proptest::option::of(-340i32..320),
    ) {
        let mut text = digits;
        text.extend(fraction.iter().flat_map(|fraction| [".", fraction]));
        text.extend(exponent.map(|exponent| format!("e{exponent}")));
        // the naive way: all of the f64's digits, cut to as many as are written
        let value: f64 = text.parse().expect("a number");
        let mantissa = text.split('e').next().expect("one");
        let significant: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        let significant = significant.trim_start_matches('0').trim_end_matches('0');
        let places = significant.len().saturating_sub(1);
        let printed: String = format!("{value:.places$e}");
        let printed: String = printed.split('e').next().expect("one").chars().filter(char::is_ascii_digit).collect();
        let holds = text.parse::<i64>().is_ok()
            || text.parse::<u64>().is_ok()
            || significant.is_empty()
            || (value.is_finite() && printed == significant);
        match read(text.as_bytes()) {
            Ok(_) => prop_assert!(holds, "{}", text),
            Err(Rejection::Malformed(malformed)) => {
                prop_assert_eq!(malformed.code, "number_inexact");
                prop_assert!(!holds, "{}", text);
            }
            Err(other) => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn queries_and_forms_never_panic_and_agree(text in "[a-c=&%+0-9A-F\\[\\]é]{0,40}") {
        type Map = std::collections::HashMap<String, Vec<String>>;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let query = read_query::<Map>(Some(&text), &Limits::default());
        let form = read_form::<Map>(Some(&form), text.as_bytes(), &Limits::default());
        match (query, form) {
            (Ok(query), Ok(form)) => {
                let count: usize = query.values().map(Vec::len).sum();
                let written = if text.is_empty() { 0 } else { text.split('&').count() };
                prop_assert_eq!(count, written);
                prop_assert_eq!(query, form);
            }
            (Err(query), Err(form)) => prop_assert_eq!(query.status(), form.status()),
            (query, form) => prop_assert!(false, "{:?}, {:?}", query, form),
        }
    }
}

#[test]
fn the_pieces_are_different() {
    assert_eq!(PIECES.iter().collect::<HashSet<_>>().len(), PIECES.len());
}
