//! Wrong, missing and unknown values of an order.

use std::{collections::BTreeMap, net::IpAddr};

use serde::Deserialize;

use crate::{read, shapes::Order, told, violations};

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
    #[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
    enum Day {
        First,
        Last,
    }
    assert_eq!(
        told::<BTreeMap<Day, u8>>(r#"{"hunter2":"x","First":300,"Last":1,"last":-1}"#),
        [
            "# one_of key=1 variants=First|Last",
            "# type key=1 expected=integer",
            "# range key=2 min=0 max=255",
            "# one_of key=4 variants=First|Last",
            "# range key=4 min=0 max=255",
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
fn sixty_four_are_kept_and_the_rest_is_counted() {
    let found = violations::<Vec<u8>>(&format!("[{}]", vec!["-1"; 100].join(",")));
    assert_eq!((found.as_slice().len(), found.more()), (64, 36));
}
