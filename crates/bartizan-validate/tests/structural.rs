//! All that does not fit a type is told at once, by places and codes, and nothing of the value is.

#![allow(dead_code)]

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    num::NonZeroU8,
};

use bartizan_validate::{Limits, Param, Place, Rejection, Violation, Violations, read_json};
use http::HeaderValue;
use serde::{Deserialize, de::DeserializeOwned};

#[derive(Debug, Deserialize)]
struct Order {
    id: u32,
    customer: Customer,
    items: Vec<Item>,
    #[serde(default)]
    labels: HashMap<String, Item>,
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Customer {
    full_name: String,
    age: u8,
    address: IpAddr,
}

#[derive(Debug, Deserialize)]
struct Item {
    #[serde(rename = "unit/price")]
    price: f64,
    #[serde(default = "one", alias = "qty")]
    quantity: NonZeroU8,
    kind: Kind,
}

fn one() -> NonZeroU8 {
    NonZeroU8::MIN
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Book,
    Film { minutes: u16 },
    Both(u8, u8),
    Box(Box<Kind>),
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, Rejection> {
    let json = HeaderValue::from_static("application/json");
    read_json(Some(&json), body.as_bytes(), &Limits::default())
}

fn violations<T: DeserializeOwned>(body: &str) -> Violations {
    match read::<T>(body) {
        Err(Rejection::Invalid(violations)) => violations,
        Err(other) => panic!("expected violations of {body}, found {other:?}"),
        Ok(_) => panic!("expected violations of {body}"),
    }
}

/// Place and code of each, as text.
fn told<T: DeserializeOwned>(body: &str) -> Vec<String> {
    violations::<T>(body).as_slice().iter().map(line).collect()
}

fn line(violation: &Violation) -> String {
    let Place::Body(pointer) = &violation.place else {
        panic!("expected a place in the body, found {violation:?}");
    };
    let params = violation.params.iter().map(|(name, param)| match param {
        Param::Whole(value) => format!(" {name}={value}"),
        Param::Real(value) => format!(" {name}={value}"),
        Param::Text(text) => format!(" {name}={text}"),
        Param::Texts(texts) => format!(" {name}={}", texts.join("|")),
        _ => String::new(),
    });
    format!("{pointer} {}{}", violation.code, params.collect::<String>())
}

#[test]
fn a_good_body_is_read() {
    let order: Order = read(
        r#"{"id":1,"customer":{"fullName":"A","age":3,"address":"::1"},"items":[
            {"unit/price":1,"kind":"book"},{"unit/price":2.5,"qty":3,"kind":{"film":{"minutes":9}}},
            {"unit/price":0,"kind":{"both":[1,2]}},{"unit/price":0,"kind":{"box":"book"}}]}"#,
    )
    .expect("good");
    assert_eq!((order.id, order.items.len()), (1, 4));
    assert_eq!(order.items[1].quantity.get(), 3);
}

#[test]
fn every_wrong_value_is_told_at_once() {
    let body = r#"{"id":"x","customer":{"fullName":7,"age":300,"address":"not one"},
        "items":[{"unit/price":"1","quantity":0,"kind":"boook"},{"kind":{"film":{"minutes":-1}}},5],
        "note":[]}"#;
    assert_eq!(
        told::<Order>(body),
        [
            "#/id type expected=integer",
            "#/customer/fullName type expected=string",
            "#/customer/age range min=0 max=255",
            "#/customer/address invalid",
            "#/items/0/unit~1price type expected=number",
            "#/items/0/quantity range",
            "#/items/0/kind one_of variants=book|film|both|box",
            "#/items/1/unit~1price missing",
            "#/items/1/kind/film/minutes range min=0 max=65535",
            "#/items/2 type expected=object",
            "#/note type expected=string",
        ]
    );
}

#[test]
fn every_missing_field_is_told_at_once_also_one_that_nothing_stands_in_for() {
    assert_eq!(
        told::<Order>(r#"{"customer":{},"items":[{},{"qty":2}]}"#),
        [
            "#/id missing",
            "#/customer/fullName missing",
            "#/customer/age missing",
            "#/customer/address missing",
            "#/items/0/unit~1price missing",
            "#/items/0/kind missing",
            "#/items/1/unit~1price missing",
            "#/items/1/kind missing",
        ]
    );
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "String")]
    struct Never;
    impl TryFrom<String> for Never {
        type Error = String;
        fn try_from(text: String) -> Result<Self, String> {
            Err(text)
        }
    }
    #[derive(Debug, Deserialize)]
    struct Holder {
        last: u8,
        never: Never,
        other: u8,
    }
    assert_eq!(
        told::<Holder>(r#"{"never":"hunter2","other":"x"}"#),
        [
            "#/last missing",
            "#/never invalid",
            "#/other type expected=integer"
        ]
    );
    assert_eq!(
        told::<Vec<Holder>>(
            r#"[{"never":"a","other":1,"last":1},{"never":1,"other":"x","last":2}]"#
        ),
        [
            "#/0/never invalid",
            "#/1/never type expected=string",
            "#/1/other type expected=integer"
        ]
    );
}

#[test]
fn every_unknown_field_is_told_without_its_name() {
    let body = r#"{"id":1,"secret":1,"customer":{"fullName":"A","age":3,"address":"::1","agee":{}},
        "items":[{"unit/price":1,"kind":"book","hunter2":[]}],"itmes":2}"#;
    let expected = [
        "# unknown_field key=2",
        "# unknown_field key=5 meant=items",
        "#/customer unknown_field key=4 meant=age",
        "#/items/0 unknown_field key=3",
    ];
    assert_eq!(told::<Order>(body), expected);
    assert!(!format!("{:?}", violations::<Order>(body)).contains("hunter2"));
}

#[test]
fn a_type_that_denies_unknown_fields_itself_is_told_of_in_the_same_way() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        name: String,
        size: u8,
    }
    assert_eq!(
        told::<Vec<Strict>>(r#"[{"x":1,"nam":2,"size":"y"},{"name":"","size":1,"z":0}]"#),
        [
            "#/0 unknown_field key=1",
            "#/0 unknown_field key=2 meant=name",
            "#/0/name missing",
            "#/0/size type expected=integer",
            "#/1 unknown_field key=3",
        ]
    );
}

#[test]
fn entries_of_a_map_are_told_by_their_position() {
    let body = r#"{"id":1,"customer":{"fullName":"A","age":3,"address":"::1"},"items":[],
        "labels":{"hunter2":{"unit/price":1,"kind":"book"},"b":{"unit/price":"x","kind":1},"c":3}}"#;
    assert_eq!(
        told::<Order>(body),
        [
            "#/labels type key=2 within=/unit~1price expected=number",
            "#/labels type key=2 within=/kind expected=variant",
            "#/labels type key=3 expected=object",
        ]
    );
    assert_eq!(
        told::<BTreeMap<u8, u8>>(r#"{"1":1,"x":2,"300":3,"4":"y"}"#),
        [
            "# type key=2 expected=integer",
            "# range key=3 min=0 max=255",
            "# type key=4 expected=integer",
        ]
    );
    assert_eq!(
        told::<BTreeMap<IpAddr, BTreeMap<String, u8>>>(
            r#"{"::1":{"a":1,"b":-1},"hunter2":{},"::2":[]}"#
        ),
        [
            "# range key=1 key=2 min=0 max=255",
            "# invalid key=2",
            "# type key=3 expected=object",
        ]
    );
}

#[test]
fn lists_of_another_length_are_told_with_theirs() {
    #[derive(Debug, Deserialize)]
    struct Lists {
        point: (u8, u8),
        three: [u8; 3],
        unit: (),
    }
    assert_eq!(
        told::<Lists>(r#"{"point":[1,2,3],"three":["x"],"unit":null}"#),
        [
            "#/point length equal=2",
            "#/three length equal=3",
            "#/three/0 type expected=integer"
        ]
    );
}

#[test]
fn no_integer_becomes_another_number() {
    #[derive(Debug, Deserialize)]
    struct Numbers {
        real: f64,
        narrow: f32,
        whole: i64,
    }
    let body =
        |real, narrow, whole| format!(r#"{{"real":{real},"narrow":{narrow},"whole":{whole}}}"#);
    let good = body("9007199254740992", "16777216", "9007199254740993");
    let numbers: Numbers = read(&good).expect("exact");
    assert_eq!(numbers.whole, 9_007_199_254_740_993);
    assert_eq!(
        (numbers.real, numbers.narrow),
        (9_007_199_254_740_992.0, 16_777_216.0)
    );
    assert_eq!(
        told::<Numbers>(&body("9007199254740993", "16777217", "1.0")),
        [
            "#/real inexact",
            "#/narrow range",
            "#/whole type expected=integer"
        ]
    );
    assert_eq!(
        told::<Numbers>(&body("true", "1e39", "9223372036854775808")),
        [
            "#/real type expected=number",
            "#/narrow range",
            "#/whole range min=-9223372036854775808 max=9223372036854775807",
        ]
    );
    // serde_json reads this as a float
    assert_eq!(
        told::<Numbers>(&body("1", "0.1", "-0")),
        ["#/whole type expected=integer"]
    );
}

#[test]
fn an_array_is_no_struct() {
    #[derive(Debug, Deserialize)]
    struct Point {
        x: u8,
        y: u8,
    }
    assert!(serde_json::from_str::<Point>("[1,2]").is_ok());
    assert_eq!(told::<Point>("[1,2]"), ["# type expected=object"]);
    assert_eq!(
        told::<Vec<Kind>>(r#"[{"film":[1]}]"#),
        ["#/0/film type expected=object"]
    );
}

#[test]
fn variants_are_told_with_what_is_wrong_about_them() {
    assert_eq!(
        told::<Vec<Kind>>(
            r#"["film",{"book":1},{"both":[1]},{"hunter2":1},{"box":"x"},{},"book",null,"both","box",{"film":{}}]"#
        ),
        [
            "#/0 type expected=variant with an object",
            "#/1 type expected=variant without a value",
            "#/2/both length equal=2",
            "#/3 one_of variants=book|film|both|box",
            "#/4/box one_of variants=book|film|both|box",
            "#/5 type expected=variant",
            "#/7 type expected=variant",
            "#/8 type expected=variant with an array",
            "#/9 type expected=variant with a value",
            "#/10/film/minutes missing",
        ]
    );
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Open {
        Known,
        #[serde(other)]
        Other,
    }
    assert_eq!(
        read::<Vec<Open>>(r#"["known","x"]"#).ok(),
        Some(vec![Open::Known, Open::Other])
    );
    assert_eq!(
        told::<(Vec<Open>, u8)>(r#"[["known","x"],"y"]"#),
        ["#/1 type expected=integer"]
    );
}

#[test]
fn types_that_serde_buffers_are_told_as_one_value() {
    #[derive(Debug, Deserialize)]
    #[serde(tag = "type")]
    enum Tagged {
        A { size: u8 },
    }
    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u8),
        Text(String),
    }
    #[derive(Debug, Deserialize)]
    struct Inner {
        size: u8,
    }
    #[derive(Debug, Deserialize)]
    struct Outer {
        name: String,
        #[serde(flatten)]
        inner: Inner,
    }
    assert!(read::<Tagged>(r#"{"type":"A","size":1}"#).is_ok());
    assert_eq!(
        told::<Vec<Tagged>>(r#"[{"type":"A","size":"hunter2"},{"type":"hunter2"}]"#).len(),
        2
    );
    assert_eq!(
        told::<Vec<Either>>(r#"[1,"x",{"hunter2":1},2]"#),
        ["#/2 invalid"]
    );
    assert!(read::<Outer>(r#"{"name":"x","size":1}"#).is_ok());
    assert_eq!(told::<Outer>(r#"{"name":"x"}"#), ["#/size missing"]);
    assert_eq!(
        told::<Outer>(r#"{"name":5,"size":"hunter2"}"#)[0],
        "# type key=1 expected=string"
    );
}

#[test]
fn sixty_four_are_kept_and_the_rest_is_counted() {
    let found = violations::<Vec<u8>>(&format!("[{}]", vec!["-1"; 100].join(",")));
    assert_eq!((found.as_slice().len(), found.more()), (64, 36));
}

#[test]
fn a_rule_of_a_type_is_told_after_its_fields() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "Raw")]
    struct Span;
    #[derive(Deserialize)]
    struct Raw {
        from: u8,
        to: u8,
    }
    impl TryFrom<Raw> for Span {
        type Error = &'static str;
        fn try_from(raw: Raw) -> Result<Self, &'static str> {
            (raw.from <= raw.to)
                .then_some(Self)
                .ok_or("the span ends before it begins")
        }
    }
    assert_eq!(
        told::<(Vec<Span>, u8)>(
            r#"[[{"from":2,"to":1},{"from":"x","to":1},{"from":1,"to":2}],"y"]"#
        ),
        [
            "#/0/0 invalid",
            "#/0/1/from type expected=integer",
            "#/1 type expected=integer"
        ]
    );
}

#[test]
fn a_type_that_ignores_a_field_of_its_own_is_read() {
    #[derive(Debug, Deserialize)]
    struct Holder {
        any: serde::de::IgnoredAny,
        name: String,
    }
    assert_eq!(
        read::<Holder>(r#"{"any":{"x":[1]},"name":"a"}"#)
            .expect("read")
            .name,
        "a"
    );
    assert_eq!(
        told::<Holder>(r#"{"any":1,"nmae":"a"}"#),
        ["# unknown_field key=2 meant=name", "#/name missing"]
    );
}

#[test]
fn a_type_that_holds_itself_ends() {
    #[derive(Debug, Deserialize)]
    struct Endless {
        next: Box<Endless>,
    }
    assert_eq!(
        told::<Endless>(r#"{"next":{"next":{}}}"#),
        ["#/next/next/next missing"]
    );
    assert_eq!(told::<Endless>("1"), ["# type expected=object"]);
}
