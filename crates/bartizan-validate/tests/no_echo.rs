//! Nothing of what a client sends comes back, whatever is wrong with it.

use std::collections::{BTreeMap, HashMap};

use bartizan_validate::{Limits, Rejection, Wire, json};
use http::HeaderValue;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

#[derive(Debug, Deserialize, Serialize, Validate, Wire)]
#[serde(rename_all = "camelCase")]
struct Account {
    #[validate(length(max = 3), email, url, contains(pattern = "zz"))]
    all_at_once: String,
    #[validate(length(max = 3))]
    pass_word: String,
    #[validate(must_match(other = pass_word))]
    again: String,
    #[validate(required, ip)]
    address: Option<String>,
    #[validate(nested, length(max = 1))]
    list: Vec<Inner>,
    #[validate(nested)]
    map: HashMap<String, Inner>,
    #[validate(length(max = 0))]
    words: BTreeMap<String, String>,
    #[serde(flatten)]
    #[validate(nested)]
    more: More,
}

#[derive(Debug, Deserialize, Serialize, Validate, Wire)]
struct Inner {
    #[validate(does_not_contain(pattern = "canary"))]
    text: String,
}

#[derive(Debug, Deserialize, Serialize, Validate, Wire)]
struct More {
    #[validate(length(max = 2), non_control_character)]
    extra: String,
    kind: Kind,
}

#[derive(Debug, Deserialize, Serialize, Wire)]
enum Kind {
    One,
    Two(u8),
}

/// A text that is found again wherever it goes.
fn canary() -> impl Strategy<Value = String> {
    "canary[0-9]{4}"
}

/// A value of any type, with a canary in it wherever there is room.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => canary().prop_map(Value::from),
        1 => Just(json!(987_654_321)),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(canary(), inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A body whose fields are mostly of the right type, so that the rules see them.
fn body() -> impl Strategy<Value = Value> {
    let texts = prop::collection::vec(canary(), 8);
    let odd = prop::option::weighted(0.5, (0..10_usize, value()));
    let unknown = prop::option::weighted(0.3, canary());
    (texts, odd, unknown).prop_map(|(texts, odd, unknown)| {
        let mut body = json!({
            "allAtOnce": texts[0], "passWord": texts[1], "again": texts[2], "address": texts[3],
            "list": [{"text": texts[4]}, {"text": texts[5]}], "map": {texts[6].as_str(): {"text": texts[7]}},
            "words": {texts[6].as_str(): texts[7]}, "extra": texts[7], "kind": "One",
        });
        let object = body.as_object_mut().expect("an object");
        if let Some((place, value)) = odd {
            let name = object.keys().nth(place).cloned();
            object.insert(name.unwrap_or_else(|| "canary".to_owned()), value);
        }
        if let Some(name) = unknown {
            object.insert(name.clone(), name.into());
        }
        body
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn no_byte_of_a_canary_is_in_what_is_told(body in body()) {
        let kind = HeaderValue::from_static("application/json");
        let text = body.to_string();
        let rejection = json::<Account>(Some(&kind), text.as_bytes(), &Limits::default())
            .expect_err("rules are broken");
        let Rejection::Invalid(violations) = &rejection else {
            panic!("{rejection:?}")
        };
        prop_assert!(!violations.is_empty());
        let told = format!("{rejection:?} {rejection}");
        prop_assert!(!told.contains("canary"), "{}", told);
        prop_assert!(!told.contains("987654321"), "{}", told);
    }
}

#[test]
fn wrong_types_and_swallowed_keys_are_told_together() {
    let kind = HeaderValue::from_static("application/json");
    let body = br#"{"allAtOnce": 1, "extar": 2, "passWord": "a", "again": "a", "list": [], "map": {}, "words": {},
        "extra": "b", "kind": "One"}"#;
    let Err(Rejection::Invalid(violations)) =
        json::<Account>(Some(&kind), body, &Limits::default())
    else {
        panic!("not invalid")
    };
    let codes: Vec<&str> = violations.as_slice().iter().map(|v| &*v.code).collect();
    assert_eq!(codes, ["type", "unknown_field"]);
}
