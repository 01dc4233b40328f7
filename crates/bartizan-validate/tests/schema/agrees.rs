//! Reading and rules together refuse just what the schema refuses: at each bound, and just outside of it.

use std::{collections::BTreeMap, sync::LazyLock};

use bartizan_validate::{Limits, Wire, json, schema};
use http::HeaderValue;
use proptest::prelude::*;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use validator::Validate;

use crate::checker::valid;

#[derive(Debug, Deserialize, Serialize, Validate, Wire)]
#[serde(rename_all = "camelCase")]
struct Everything {
    #[validate(length(min = 2, max = 4))]
    short_text: String,
    #[validate(length(equal = 3))]
    fixed_text: Option<String>,
    #[validate(length(min = 1, max = 3), nested)]
    list: Vec<Inner>,
    #[validate(length(max = 2))]
    map: BTreeMap<String, bool>,
    #[validate(range(min = -3, max = 3))]
    whole: i8,
    #[validate(range(exclusive_min = 0, exclusive_max = 10))]
    between: u32,
    #[validate(range(min = 0.5))]
    real: Option<f64>,
    #[validate(required, range(max = 9))]
    there: Option<u8>,
    #[serde(default)]
    choice: Choice,
    #[serde(default)]
    #[validate(nested)]
    texts: Option<Texts>,
}

/// Each text is free of two letters at least, so that it is wrong now and then.
#[derive(Debug, Deserialize, Serialize, Validate, Wire)]
struct Texts {
    #[validate(contains(pattern = "b."))]
    holds: String,
    #[validate(does_not_contain(pattern = "+"))]
    lacks: Option<String>,
    #[validate(regex(path = *FORM), non_control_character)]
    both: String,
}

static FORM: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[a-c.\t]{1,2}$").expect("a pattern"));

#[derive(Debug, Deserialize, Serialize, Validate, Wire)]
struct Inner {
    #[serde(rename = "in-ner")]
    #[validate(range(max = 200))]
    value: u8,
}

#[derive(Debug, Default, Deserialize, Serialize, Wire)]
#[serde(rename_all = "snake_case")]
enum Choice {
    #[default]
    FirstOne,
    SecondOne(bool),
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => "[aé\u{10348}]{0,6}".prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!(1)),
    ]
}

fn texts() -> impl Strategy<Value = Value> {
    let holds = prop::sample::select(vec!["b.", "ab.", "bb", "b", ""]);
    let lacks = prop::sample::select(vec![json!("a"), json!("a+"), json!("+"), Value::Null]);
    let both = prop::sample::select(vec!["a", "b.", "c\t", "d", "", "abc"]);
    (holds, lacks, both)
        .prop_map(|(holds, lacks, both)| json!({"holds": holds, "lacks": lacks, "both": both}))
}

fn number(bounds: &'static [i64]) -> impl Strategy<Value = Value> {
    prop_oneof![
        10 => prop::sample::select(bounds).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!("1")),
    ]
}

fn inner() -> impl Strategy<Value = Value> {
    (number(&[0, 199, 200, 201, 255, 256]), any::<bool>()).prop_map(|(value, right)| match right {
        true => json!({"in-ner": value}),
        false => json!({"value": value}),
    })
}

fn choice() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!("first_one"),
        json!({"second_one": true}),
        json!({"second_one": 1}),
        json!("FirstOne"),
        json!("second_one"),
        json!({}),
    ])
}

/// An object with most of the members, and sometimes one that nobody knows.
fn everything() -> impl Strategy<Value = Value> {
    let real = prop::sample::select(vec![json!(0.5), json!(0.49), json!(7), Value::Null]);
    let right = || prop::collection::vec(Just(json!({"in-ner": 1})), 0..5);
    let list = prop_oneof![3 => right(), 1 => prop::collection::vec(inner(), 0..5)];
    let map = prop::collection::btree_map("[a-c]", any::<bool>(), 0..4);
    let members = (
        text(),
        text(),
        list,
        map,
        number(&[-4, -3, 0, 3, 4, 200]),
        number(&[-1, 0, 1, 9, 10]),
        real,
        number(&[0, 9, 10, 256]),
        choice(),
        texts(),
    );
    (members, prop::option::weighted(0.3, 0..10_usize), 0..10).prop_map(|(members, without, extra)| {
        let (short, fixed, list, map, whole, between, real, there, choice, texts) = members;
        let mut value = json!({
            "shortText": short, "fixedText": fixed, "list": list, "map": map, "whole": whole, "between": between,
            "real": real, "there": there, "choice": choice, "texts": texts,
        });
        let object = value.as_object_mut().expect("an object");
        let name = without.and_then(|place| object.keys().nth(place).cloned());
        name.and_then(|name| object.remove(&name));
        if extra == 0 {
            object.insert("extra".to_owned(), Value::Null);
        }
        value
    })
}

/// A value that is right, with one member replaced: else most are wrong in several places at once.
fn nearly_right() -> impl Strategy<Value = Value> {
    let right = json!({
        "shortText": "abc", "fixedText": "abc", "list": [{"in-ner": 1}], "map": {"a": true}, "whole": 1, "between": 1,
        "real": 1.5, "there": 1, "choice": "first_one",
        "texts": {"holds": "b.", "lacks": null, "both": "a"},
    });
    (everything(), 0..13_usize).prop_map(move |(other, place)| {
        let mut value = right.clone();
        let object = value.as_object_mut().expect("an object");
        let name = object.keys().nth(place).cloned();
        if let Some(name) = name {
            match other.get(&name) {
                Some(other) => _ = object.insert(name, other.clone()),
                None => _ = object.remove(&name),
            }
        }
        value
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn what_the_schema_refuses_is_refused_and_nothing_else(
        value in prop_oneof![1 => everything(), 3 => nearly_right()],
    ) {
        let kind = HeaderValue::from_static("application/json");
        let body = value.to_string();
        let outcome = json::<Everything>(Some(&kind), body.as_bytes(), &Limits::default());
        let schema = schema::<Everything>();
        prop_assert_eq!(outcome.is_ok(), valid(&schema, &schema, &value), "{:?} {}", outcome, body);
    }
}
