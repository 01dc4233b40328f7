//! What types of their own kind tell: tuples, floats, enums, buffers.

use bartizan_validate::{Limits, Rejection, read_json};
use http::HeaderValue;
use serde::Deserialize;

use crate::{read, shapes::Kind, told};

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
fn the_deepest_body_is_read_on_an_ordinary_stack() {
    #[derive(Debug, Deserialize)]
    struct Nested {
        size: u8,
        next: Option<Box<Nested>>,
    }
    let body = |last: &str| {
        let open = r#"{"size":1,"next":"#.repeat(126);
        format!("{open}{{{last}}}{}", "}".repeat(126))
    };
    let mut limits = Limits::default();
    limits.depth = usize::MAX;
    let json = HeaderValue::from_static("application/json");
    // a stack of a quarter of what a thread has by default
    let thread = std::thread::Builder::new().stack_size(512 * 1024);
    let checked = thread.spawn(move || {
        let read = |body: String| read_json::<Nested>(Some(&json), body.as_bytes(), &limits);
        assert!(read(body(r#""size":1"#)).is_ok());
        for last in ["", r#""size":"x""#, r#""size":1,"x":1"#] {
            let Err(Rejection::Invalid(violations)) = read(body(last)) else {
                panic!("expected violations");
            };
            assert_eq!(violations.as_slice().len(), 1);
        }
    });
    checked.expect("a thread").join().expect("no panic");
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
