//! Nothing of a body that is refused stands in the refusal: not in its text, not in its `Debug`, not in a violation.
//!
//! Good bodies are spoiled with a random word and a random number, as values, as keys and as bytes in between. 4,000 bodies in a
//! plain run; `BARTIZAN_CANARY_CASES=100000 cargo test --release -p bartizan-validate --test canary` for more.

#![allow(dead_code)]

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
    net::IpAddr,
};

use bartizan_validate::{Limits, Rejection, read_form, read_header, read_json, read_query};
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

#[derive(Debug, Deserialize)]
struct Order {
    id: u32,
    customer: Customer,
    items: Vec<Item>,
    labels: HashMap<String, Item>,
    scores: BTreeMap<i16, f32>,
    either: Either,
    tagged: Tagged,
    code: Code,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Customer {
    full_name: String,
    age: u8,
    address: IpAddr,
}

#[derive(Debug, Deserialize)]
struct Item {
    price: f64,
    kind: Kind,
    point: Option<(i8, char)>,
}

#[derive(Debug, Deserialize)]
enum Kind {
    Book,
    Film { minutes: u16 },
    Other(String),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Either {
    Number(u8),
    List(Vec<bool>),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    A { size: u8 },
}

/// A type whose own refusal quotes what it was given.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Code(String);

impl TryFrom<String> for Code {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len() == 3 {
            Ok(Self(text))
        } else {
            Err(format!("{text:?} is no code"))
        }
    }
}

#[derive(Debug, Deserialize)]
struct Rest {
    total: u64,
}

fn good() -> Value {
    let item = json!({"price": 1.5, "kind": {"Film": {"minutes": 90}}, "point": [1, "x"]});
    json!({
        "id": 1,
        "customer": {"full_name": "A", "age": 3, "address": "::1"},
        "items": [item, {"price": 1, "kind": "Book"}, {"price": 2, "kind": {"Other": "x"}}],
        "labels": {"one": {"price": 1, "kind": "Book"}},
        "scores": {"1": 1, "-2": 0.5},
        "either": [true],
        "tagged": {"type": "A", "size": 1},
        "code": "abc",
        "total": 5,
    })
}

/// xorshift64*: enough to choose.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end
    }

    fn word(&mut self) -> String {
        (0..12)
            .map(|_| char::from(b'a' + self.below(26) as u8))
            .collect()
    }
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(nodes).sum(),
        Value::Object(entries) => entries.values().map(nodes).sum(),
        _ => 0,
    }
}

/// Spoils the node with number `at`, counted down on the way.
fn spoil(value: &mut Value, at: &mut usize, chance: &mut Chance, word: &str, number: u64) {
    if *at == 0 {
        *value = spoiled(value.take(), chance, word, number);
        *at = usize::MAX;
        return;
    }
    *at -= 1;
    match value {
        Value::Array(items) => {
            for item in items.iter_mut() {
                if *at == usize::MAX {
                    return;
                }
                spoil(item, at, chance, word, number);
            }
        }
        Value::Object(entries) => {
            for (_, entry) in entries.iter_mut() {
                if *at == usize::MAX {
                    return;
                }
                spoil(entry, at, chance, word, number);
            }
        }
        _ => {}
    }
}

fn spoiled(value: Value, chance: &mut Chance, word: &str, number: u64) -> Value {
    match (chance.below(12), value) {
        (0, Value::Object(mut entries)) => {
            let key = entries
                .keys()
                .nth(chance.below(entries.len().max(1)))
                .cloned();
            if let Some(value) = key.and_then(|key| entries.remove(&key)) {
                entries.insert(word.to_owned(), value);
            }
            entries.into()
        }
        (1, Value::Object(mut entries)) => {
            entries.insert(word.to_owned(), number.into());
            entries.into()
        }
        (2, _) => number.into(),
        (3, _) => (-(number as f64) / 1e4).into(),
        (4, _) => number.to_string().into(),
        (5, _) => json!([word, number]),
        (6, _) => json!({ word: number }),
        (7, _) => json!({ word: { word: word } }),
        (8, value) => json!([value, word]),
        (9, _) => Value::Object(Map::from_iter([(number.to_string(), word.into())])),
        _ => word.into(),
    }
}

fn check<T: DeserializeOwned + Debug>(
    result: Result<T, Rejection>,
    words: &[&str],
    case: usize,
) -> bool {
    let Err(rejection) = result else {
        return false;
    };
    let mut told = format!("{rejection} {rejection:?} {rejection:#?}");
    let mut source = std::error::Error::source(&rejection);
    while let Some(error) = source {
        told += &format!("{error} {error:?}");
        source = error.source();
    }
    for word in words {
        assert!(!told.contains(word), "case {case}: {word} in {told}");
    }
    true
}

#[test]
fn nothing_of_a_refused_input_is_in_the_refusal() {
    let cases = std::env::var("BARTIZAN_CANARY_CASES");
    let cases = cases
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(4_000);
    let json = HeaderValue::from_static("application/json");
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let limits = Limits::default();
    let mut refused = 0;
    let mut invalid = 0;
    for case in 0..cases {
        let mut chance = Chance(0x9E37_79B9_7F4A_7C15 ^ ((case as u64 + 1) << 20));
        let word = chance.word();
        let number = 7_000_000_000_000 + chance.next() % 1_000_000_000_000;
        let digits = number.to_string();
        // a number may be written with a point in it
        let words = [word.as_str(), digits.as_str(), &digits[..9]];
        let mut value = good();
        for _ in 0..1 + chance.below(5) {
            let mut at = chance.below(nodes(&value));
            spoil(&mut value, &mut at, &mut chance, &word, number);
        }
        let mut body = value.to_string();
        if chance.below(6) == 0 {
            let at = chance.below(body.len());
            match chance.below(4) {
                0 => body.truncate(at),
                1 => body.insert_str(at, &word),
                2 => body.insert_str(at, &digits),
                _ => body.insert_str(at, &format!("\"{word}\":1,\"{word}\":{digits},")),
            }
        }
        let body = body.as_bytes();
        let order = read_json::<Order>(Some(&json), body, &limits);
        invalid += usize::from(matches!(order, Err(Rejection::Invalid(_))));
        refused += usize::from(check(order, &words, case));
        check(
            read_json::<Vec<Item>>(Some(&json), body, &limits),
            &words,
            case,
        );
        check(
            read_json::<BTreeMap<u16, Kind>>(Some(&json), body, &limits),
            &words,
            case,
        );
        check(
            read_json::<(u8, Either)>(Some(&json), body, &limits),
            &words,
            case,
        );

        let kind = HeaderValue::from_str(&format!("text/{word}")).expect("a value");
        check(read_json::<u8>(Some(&kind), body, &limits), &words, case);
        let pairs = [
            format!("full_name={word}&age={digits}&address={word}&{word}={digits}"),
            format!("age={word}&age={digits}&{word}"),
            format!("full_name=%{word}&age=1"),
        ];
        for pairs in &pairs {
            check(read_query::<Customer>(Some(pairs), &limits), &words, case);
            check(
                read_form::<Item>(Some(&form), pairs.as_bytes(), &limits),
                &words,
                case,
            );
        }
        let mut header = HeaderMap::new();
        for name in ["age", "address", "price", "kind"] {
            header.append(name, HeaderValue::from_str(&word).expect("a value"));
            header.append(name, HeaderValue::from(number));
        }
        check(read_header::<Customer>(&header, &limits), &words, case);
        check(read_header::<Item>(&header, &limits), &words, case);
    }
    // most are spoiled enough to be refused, and most of these for their values
    assert!(refused * 10 > cases * 8, "{refused} of {cases}");
    assert!(invalid * 10 > cases * 6, "{invalid} of {cases}");
}
