//! The grammar and the limits, case by case.

use super::scan;
use crate::Limits;

fn code(body: impl AsRef<[u8]>) -> Option<&'static str> {
    code_within(body, &Limits::default())
}

fn code_within(body: impl AsRef<[u8]>, limits: &Limits) -> Option<&'static str> {
    scan(body.as_ref(), limits).err().map(|error| error.code)
}

/// An object with `count` keys, all different.
fn keys(count: usize) -> String {
    let keys: Vec<String> = (0..count)
        .map(|i| format!("\"key number {i}\":1"))
        .collect();
    format!("{{{}}}", keys.join(","))
}

#[test]
fn a_key_that_stands_twice_is_refused_however_it_is_written() {
    for body in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":1}"#,
        r#"{"\u0061":1,"a":1}"#,
        r#"{"x":[{"y":{"b":1,"c":2,"b":3}}]}"#,
        r#"{"😀":1,"\ud83d\ude00":1}"#,
        r#"{"\n":1,"\u000a":1}"#,
        r#"{"/":1,"\/":1}"#,
        r#"{"":1,"":1}"#,
    ] {
        assert_eq!(code(body), Some("duplicate_key"), "{body}");
    }
    for body in [
        r#"{"a":{"a":1},"b":{"a":1}}"#,
        r#"{"a":1,"A":1}"#,
        r#"{"a":1,"\\u0061":1}"#,
        r#"{"ab":1,"a":1,"":1}"#,
    ] {
        assert_eq!(code(body), None, "{body}");
    }
}

#[test]
fn a_key_that_stands_twice_is_refused_among_any_number_of_keys() {
    for count in 1..80 {
        assert_eq!(code(keys(count)), None, "{count}");
        for twin in [
            "key number 0",
            "k\\u0065y number 0",
            &format!("key number {}", count - 1),
        ] {
            let body = keys(count).replace('}', &format!(",\"{twin}\":1}}"));
            assert_eq!(code(&body), Some("duplicate_key"), "{body}");
        }
    }
    let long = "x".repeat(500);
    let body = format!(r#"{{"{long}\n":1,"{long}\u000a":1}}"#);
    assert_eq!(code(&body), Some("duplicate_key"));
}

#[test]
fn each_limit_lets_its_number_through_and_not_one_more() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let items = |count: usize| format!("[{}]", vec!["1"; count].join(","));
    let limits = Limits {
        depth: 4,
        nodes: 20,
        string_bytes: 6,
        keys: 3,
        items: 10,
        number_bytes: 5,
        ..Limits::default()
    };
    let text = |length: usize| format!("\"{}\"", "é".repeat(length / 2));
    let short = |count: usize| {
        let keys: Vec<_> = (0..count).map(|i| format!("\"{i}\":0")).collect();
        format!("{{{}}}", keys.join(","))
    };
    let many = |count: usize| format!("[{},{}]", items(9), items(count));
    for (good, bad, expected) in [
        (nested(4), nested(5), "too_deep"),
        (many(8), many(9), "too_many_values"),
        (text(6), text(8), "string_too_long"),
        (
            r#""\u0061""#.to_owned(),
            r#""\u0061a""#.to_owned(),
            "string_too_long",
        ),
        (short(3), short(4), "too_many_keys"),
        (items(10), items(11), "too_many_items"),
        ("-1234".to_owned(), "-12345".to_owned(), "number_too_long"),
        ("1e-12".to_owned(), "1.2e10".to_owned(), "number_too_long"),
    ] {
        assert_eq!(code_within(&good, &limits), None, "{good}");
        assert_eq!(code_within(&bad, &limits), Some(expected), "{bad}");
    }
}

#[test]
fn the_depth_never_passes_that_of_the_parser() {
    let limits = Limits {
        depth: usize::MAX,
        ..Limits::default()
    };
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(code_within(nested(127), &limits), None);
    assert!(serde_json::from_str::<serde_json::Value>(&nested(127)).is_ok());
    assert_eq!(code_within(nested(128), &limits), Some("too_deep"));
    assert_eq!(
        code_within("[".repeat(1_000_000), &limits),
        Some("too_deep")
    );
}

#[test]
fn a_refusal_says_where() {
    let at = |body: &[u8]| scan(body, &Limits::default()).expect_err("refused").at;
    assert_eq!(at(br#"{"a":1,"a":2}"#), Some(7));
    assert_eq!(at(b"[1,2"), Some(4));
    assert_eq!(at(b"[1,\xFF]"), Some(3));
    assert_eq!(at(b"[1,02]"), Some(4));
    assert_eq!(at(b"1 2"), Some(2));
}

#[test]
fn each_kind_of_nonsense_has_its_code() {
    let cases: [(&[u8], &str); 14] = [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"\xEF\xBB\xBF{}", "bom"),
        (b"\"\xFF\"", "utf8"),
        (b"\xFE\xFF\x00[\x00]", "utf8"),
        (b"{} {}", "trailing"),
        (b"\"\x00\"", "control"),
        (b"\"\t\"", "control"),
        (br#""\ud800""#, "surrogate"),
        (br#""\udc00\ud800""#, "surrogate"),
        (br#""\ud800\u0061""#, "surrogate"),
        (br#""\x""#, "syntax"),
        (b"[1", "syntax"),
        (b"nul", "syntax"),
    ];
    for (body, expected) in cases {
        assert_eq!(code(body), Some(expected), "{body:?}");
    }
}
