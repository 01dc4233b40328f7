//! What `unknown_keys` promises: keys that serde would drop are found, and told without being repeated.

use std::collections::BTreeMap;

use bartizan_validate::{Param, Place, Violations, Wire, unknown_keys};
use serde::Deserialize;

#[derive(Deserialize, Wire)]
#[allow(dead_code)]
struct Search {
    #[serde(alias = "q")]
    query: String,
    #[serde(flatten)]
    paging: Paging,
    #[serde(default)]
    filters: Vec<Filter>,
    named: Option<BTreeMap<String, Paging>>,
}

#[derive(Deserialize, Wire)]
#[allow(dead_code)]
struct Paging {
    limit: Option<u32>,
    offset: Option<u32>,
}

#[derive(Deserialize, Wire)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[allow(dead_code)]
enum Filter {
    Text { contains: String },
    Number { least: i32 },
}

#[derive(Deserialize, Wire)]
#[allow(dead_code)]
struct Open {
    id: u32,
    #[serde(flatten)]
    rest: BTreeMap<String, Paging>,
}

fn found<T: Wire>(body: &str) -> Vec<(String, i128, Option<String>)> {
    let mut violations = Violations::default();
    unknown_keys(body.as_bytes(), T::shape(), &mut violations);
    let told = violations.as_slice().iter().map(|violation| {
        assert_eq!(violation.code, "unknown_field");
        let Place::Body(pointer) = &violation.place else {
            panic!("not in a body")
        };
        let (mut position, mut nearest) = (0, None);
        for (name, param) in &violation.params {
            match (*name, param) {
                ("key", Param::Whole(number)) => position = *number,
                ("meant", Param::Text(text)) => nearest = Some(text.to_string()),
                other => panic!("{other:?}"),
            }
        }
        (pointer.clone(), position, nearest)
    });
    told.collect()
}

fn told(pointer: &str, position: i128, nearest: Option<&str>) -> (String, i128, Option<String>) {
    (pointer.to_owned(), position, nearest.map(str::to_owned))
}

#[test]
fn what_is_known_is_not_told() {
    let body = r#"{"q": "x", "limit": 1, "filters": [{"contains": "a", "kind": "text"}], "named": {"any": {"limit": 1}}}"#;
    assert_eq!(found::<Search>(body), []);
    assert_eq!(
        found::<Search>(r#"{"query": null, "named": null, "offset": 1}"#),
        []
    );
    assert_eq!(found::<Open>(r#"{"id": 1, "other": {"limit": 1}}"#), []);
}

#[test]
fn what_a_flattened_field_would_swallow_is_told() {
    let body = r#"{"query": "x", "limti": 1, "secret-canary": 2, "\u0071x": 3}"#;
    assert_eq!(
        found::<Search>(body),
        [
            told("#", 2, Some("limit")),
            told("#", 3, None),
            told("#", 4, None),
        ]
    );
}

#[test]
fn what_a_tag_would_swallow_is_told_by_its_variant() {
    let body = r#"{"filters": [{"kind": "text", "contains": "a"}, {"leest": 1, "contains": "a", "kind": "number"}]}"#;
    assert_eq!(
        found::<Search>(body),
        [
            told("#/filters/1", 1, Some("least")),
            told("#/filters/1", 2, None),
        ]
    );
}

#[test]
fn an_unknown_key_is_found_as_deep_as_anything_is_read() {
    #[derive(Deserialize, Wire)]
    #[allow(dead_code)]
    struct Link {
        next: Option<Box<Link>>,
        #[serde(flatten)]
        paging: Paging,
    }
    for depth in [1, 31, 32, 63, 64, 126] {
        let (open, close) = (r#"{"next":"#.repeat(depth), "}".repeat(depth));
        let body = format!(r#"{open}{{"canary":1}}{close}"#);
        let place = format!("#{}", "/next".repeat(depth));
        assert_eq!(found::<Link>(&body), [told(&place, 1, None)], "{depth}");
    }
}

#[test]
fn below_a_map_the_map_is_the_place() {
    assert_eq!(
        found::<Search>(r#"{"named": {"canary": {"x": 1}}}"#),
        [told("#/named", 1, None)]
    );
    assert_eq!(
        found::<Open>(r#"{"canary": {"x": 1}}"#),
        [told("#", 1, None)]
    );
}

#[test]
fn what_cannot_be_read_or_does_not_fit_is_left_to_the_reader() {
    for body in [
        "",
        "{",
        "[1",
        r#"{"filters": 1}"#,
        r#"{"filters": [1, "a", null, true, 1.5, -1, []]}"#,
        "[]",
        "7",
    ] {
        assert_eq!(found::<Search>(body), [], "{body}");
    }
}

#[test]
fn depth_and_number_are_bounded() {
    let deep = format!("{}{}", r#"{"named":{"a":"#.repeat(40), "}".repeat(80));
    assert_eq!(found::<Search>(&deep).len(), 1);
    let many: Vec<String> = (0..1_000).map(|n| format!("\"k{n}\": 0")).collect();
    let mut violations = Violations::default();
    unknown_keys(
        format!("{{{}}}", many.join(",")).as_bytes(),
        Search::shape(),
        &mut violations,
    );
    assert_eq!((violations.as_slice().len(), violations.more()), (64, 936));
}
