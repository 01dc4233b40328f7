//! Queries, forms, paths and headers are read by the same rules as a body.

use bartizan_validate::{
    Limits, Param, Place, Rejection, Violation, read_form, read_header, read_path, read_query,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, de::DeserializeOwned};

#[derive(Debug, Deserialize, PartialEq)]
struct Search {
    term: String,
    page: Option<u32>,
    #[serde(default)]
    tag: Vec<String>,
    #[serde(default)]
    exact: bool,
    #[serde(default)]
    order: Order,
    #[serde(default)]
    weight: f64,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Order {
    #[default]
    Up,
    Down,
}

fn query<T: DeserializeOwned>(query: &str) -> Result<T, Rejection> {
    read_query(Some(query), &Limits::default())
}

fn told<T>(result: Result<T, Rejection>) -> Vec<String> {
    match result {
        Err(Rejection::Invalid(violations)) => violations.as_slice().iter().map(line).collect(),
        Err(other) => panic!("expected violations, found {other:?}"),
        Ok(_) => panic!("expected violations"),
    }
}

fn line(violation: &Violation) -> String {
    let (kind, name) = match &violation.place {
        Place::Query(name) => ("query", name),
        Place::Path(name) => ("path", name),
        Place::Header(name) => ("header", name),
        Place::Form(name) => ("form", name),
        other => panic!("expected no body, found {other:?}"),
    };
    let params = violation.params.iter().map(|(name, param)| match param {
        Param::Whole(value) => format!(" {name}={value}"),
        Param::Text(text) => format!(" {name}={text}"),
        Param::Texts(texts) => format!(" {name}={}", texts.join("|")),
        _ => String::new(),
    });
    let params = params.collect::<String>();
    format!("{kind} {name} {}{params}", violation.code)
}

#[test]
fn a_good_query_is_read() {
    let search: Search =
        query("term=a+b&page=2&tag=x&tag=y&exact=true&order=down&weight=-1.5e1").expect("good");
    assert_eq!(
        search,
        Search {
            term: "a b".to_owned(),
            page: Some(2),
            tag: vec!["x".to_owned(), "y".to_owned()],
            exact: true,
            order: Order::Down,
            weight: -15.0,
        }
    );
    let search: Search = query("term=&tag=one").expect("good");
    assert_eq!(
        (search.term.as_str(), search.tag.as_slice()),
        ("", &["one".to_owned()][..])
    );
    let search: Search = query("term=007").expect("a text stays a text");
    assert_eq!(search.term, "007");
}

#[test]
fn everything_that_is_wrong_with_a_query_is_told_at_once() {
    assert_eq!(
        told(query::<Search>(
            "page=-1&exact=yes&order=hunter2&hunter2=1&weight=1_0&trem=2"
        )),
        [
            "query  unknown_field key=4",
            "query  unknown_field key=6 meant=term",
            "query term missing",
            "query page range min=0 max=4294967295",
            "query exact type expected=boolean",
            "query order one_of variants=up|down",
            "query weight type expected=number",
        ]
    );
    assert_eq!(
        told(read_query::<Search>(None, &Limits::default())),
        ["query term missing"]
    );
}

#[test]
fn a_name_that_stands_twice_is_refused_unless_it_is_a_list() {
    assert_eq!(
        told(query::<Search>(
            "term=a&term=b&page=1&page=1&exact=true&exact=true"
        )),
        [
            "query term repeated",
            "query page repeated",
            "query exact repeated"
        ]
    );
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Numbers {
        n: Vec<u8>,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Addresses {
        n: Vec<std::net::IpAddr>,
    }
    assert_eq!(told(query::<Addresses>("n=x")), ["query n invalid item=1"]);
    assert_eq!(
        told(query::<Addresses>("n=::1&n=x")),
        ["query n invalid item=2"]
    );
    assert_eq!(
        told(query::<Numbers>("n=1&n=x&n=300")),
        [
            "query n type item=2 expected=integer",
            "query n range item=3 min=0 max=255",
        ]
    );
}

#[test]
fn a_number_beyond_the_widest_type_is_no_other_number() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Signed {
        n: i128,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Unsigned {
        n: u128,
    }
    // powers of two pass the check for digits that no f64 keeps
    for sign in ["", "-"] {
        let text = format!("n={sign}{}", "340282366920938463463374607431768211456");
        assert!(told(query::<Signed>(&text))[0].starts_with("query n range"));
        assert!(told(query::<Unsigned>(&text))[0].starts_with("query n range"));
    }
}

#[test]
fn many_names_are_told_apart_in_bounded_work() {
    let mut limits = Limits::default();
    (limits.keys, limits.bytes) = (usize::MAX, 10 << 20);
    let names = |count: usize| {
        let names: Vec<_> = (0..count).map(|n| format!("k{n:06}=")).collect();
        let query = format!("term=x&{}", names.join("&"));
        let start = std::time::Instant::now();
        assert!(read_query::<Search>(Some(&query), &limits).is_err());
        start.elapsed()
    };
    // when each was compared with each, this was 64 times as slow as an eighth of it
    let (few, many) = (names(10_000), names(80_000));
    assert!(many < few * 30, "{few:?}, {many:?}");
}

#[test]
fn numbers_and_truth_values_have_one_form_each() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Values {
        n: Option<i32>,
        b: Option<bool>,
        f: Option<f64>,
    }
    for good in [
        "n=12", "n=-7", "b=true", "b=false", "f=1", "f=-0", "f=0.1", "f=-1e-3",
    ] {
        assert!(query::<Values>(good).is_ok(), "{good}");
    }
    for bad in [
        "n=",
        "n=-0",
        "n=+1",
        "n=%2B1",
        "n=01",
        "n=1.0",
        "n=0x1",
        "n=%201",
        "n=1%0A",
        "n=1e1",
        "n=%EF%BC%91",
        "n=99999999999999999999999999999999999999999999",
        "b=",
        "b=1",
        "b=TRUE",
        "b=on",
        "f=",
        "f=.5",
        "f=1.",
        "f=NaN",
        "f=inf",
        "f=1e400",
        "f=9007199254740993",
    ] {
        assert_eq!(told(query::<Values>(bad)).len(), 1, "{bad}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_before_its_type_is_asked() {
    for bad in ["term=%zz", "term=%FF", "term=%00", "=x", "term=a&&page=1"] {
        let error = query::<Search>(bad).expect_err("refused");
        assert_eq!(error.status(), 400, "{bad}");
    }
    let long = "x".repeat(70_000);
    assert_eq!(query::<Search>(&long).expect_err("refused").status(), 413);
}

#[test]
fn a_form_is_read_like_a_query() {
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    let limits = Limits::default();
    let form = |body: &[u8]| read_form::<Search>(Some(&kind), body, &limits);
    assert!(form(b"term=a").is_ok());
    assert_eq!(
        told(form(b"page=x")),
        ["form term missing", "form page type expected=integer"]
    );
    assert_eq!(form(b"term=%z").expect_err("refused").status(), 400);
    let error = read_form::<Search>(None, b"term=a", &limits).expect_err("refused");
    assert_eq!(error.status(), 415);
    let accept = "application/x-www-form-urlencoded";
    assert_eq!(error, Rejection::UnsupportedMediaType { accept });
}

#[test]
fn the_parameters_of_a_path_are_read_by_name() {
    #[derive(Debug, Deserialize)]
    struct Parts {
        user: u64,
        file: String,
    }
    let limits = Limits::default();
    let parts: Parts = read_path(&[("user", "7"), ("file", "a b")], &limits).expect("good");
    assert_eq!((parts.user, parts.file.as_str()), (7, "a b"));
    let bad = read_path::<Parts>(&[("user", "+7")], &limits);
    assert_eq!(
        told(bad),
        ["path file missing", "path user type expected=integer"]
    );
    let nul = read_path::<Parts>(&[("user", "7"), ("file", "\0")], &limits);
    assert_eq!(nul.expect_err("refused").status(), 400);
}

#[test]
fn fields_of_the_header_are_read_by_name_and_others_are_left_alone() {
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Fields {
        x_tenant: u32,
        idempotency_key: Option<String>,
        #[serde(default)]
        x_tag: Vec<String>,
    }
    let header = |fields: &[(&'static str, &'static [u8])]| {
        let fields = fields.iter().map(|(name, value)| {
            let value = HeaderValue::from_bytes(value).expect("a value");
            (HeaderName::from_static(name), value)
        });
        let mut header = HeaderMap::new();
        for (name, value) in fields {
            header.append(name, value);
        }
        read_header::<Fields>(&header, &Limits::default())
    };
    let good = header(&[
        ("x-tenant", b"5"),
        ("accept", b"\xFF"),
        ("idempotency-key", b"k"),
        ("x-tag", b"a, b"),
        ("x-tag", b"c"),
    ])
    .expect("good");
    assert_eq!(
        (good.x_tenant, good.idempotency_key.as_deref()),
        (5, Some("k"))
    );
    assert_eq!(good.x_tag, ["a, b", "c"]);
    assert_eq!(
        told(header(&[
            ("idempotency-key", b"a"),
            ("idempotency-key", b"b")
        ])),
        ["header x-tenant missing", "header idempotency-key repeated"]
    );
    assert_eq!(
        told(header(&[("x-tenant", b"hunter2")])),
        ["header x-tenant type expected=integer"]
    );
    assert_eq!(
        header(&[("x-tenant", b"\xFF")])
            .expect_err("refused")
            .status(),
        400
    );
}
