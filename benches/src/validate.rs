//! What the strict reader costs: on good bodies beside serde_json alone, and until a hostile one is refused.

use std::hint::black_box;
use std::net::IpAddr;

use bartizan_validate::{Limits, Rejection, read_json};
use http::HeaderValue;
use serde::Deserialize;
use serde_json::Value;

use crate::harness::{LOCK, Outcome, Pair, ROUNDS, alternate, locked, nanoseconds, rounds};
use crate::row::{Row, Target};
use crate::validate_rules;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

const HOSTILE: usize = 10 * 1024 * 1024;

#[derive(Debug, Deserialize, PartialEq)]
struct Order {
    id: u64,
    customer: Customer,
    items: Vec<Item>,
    note: Option<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Customer {
    name: String,
    email: String,
    address: IpAddr,
    active: bool,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Item {
    sku: String,
    title: String,
    quantity: u32,
    price: f64,
    tags: Vec<String>,
}

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    rows.push(good("a good body of 1 KiB", 8, 20_000)?);
    rows.push(good("a good body of 100 KiB", 925, 200)?);
    for (name, body) in hostile() {
        rows.push(refused(name, &body)?);
    }
    rows.push(violations()?);
    rows.extend(validate_rules::rows()?);
    Ok(rows)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.bytes = 2 * HOSTILE;
    limits
}

fn order(items: usize) -> String {
    let item = |i: usize| {
        format!(
            r#"{{"sku":"AB-{i:05}","title":"A thing with a name é \"{i}\"","quantity":{},"price":{}.95,"tags":["new","red"]}}"#,
            i + 1,
            i % 90
        )
    };
    let items: Vec<_> = (0..items).map(item).collect();
    format!(
        r#"{{"id":1234567890,"customer":{{"name":"Ada Lovelace","email":"ada@example.com","address":"192.0.2.7","active":true}},"items":[{}],"note":null}}"#,
        items.join(",")
    )
}

fn good(name: &'static str, items: usize, calls: u32) -> Outcome<Row> {
    let body = order(items).into_bytes();
    let limits = limits();
    let ours = || read_json::<Order>(Some(&JSON), black_box(&body), &limits);
    let rival = || serde_json::from_slice::<Order>(black_box(&body));
    if ours()? != rival()? {
        return Err("the sides do not read the same".into());
    }
    let pair = alternate(
        || {
            nanoseconds(calls, || {
                black_box(ours()?);
                Ok(())
            })
        },
        || {
            nanoseconds(calls, || {
                black_box(rival()?);
                Ok(())
            })
        },
    )?;
    Ok(Row {
        area: "validate",
        name,
        pair,
        rival: format!("from_slice, {}", locked(LOCK, "serde_json")),
        unit: "ns",
        target: Target::AtMost(1.35),
    })
}

/// Bodies of 10 MiB that are made to cost.
fn hostile() -> [(&'static str, Vec<u8>); 6] {
    let fill = |unit: &str| unit.repeat(HOSTILE / unit.len());
    let keys: Vec<_> = (0..HOSTILE / 16)
        .map(|i| format!("\"{i:010}\":0"))
        .collect();
    let lists = fill("[1.5,2,3],");
    [
        ("10 MiB of depth, refused", fill("[").into()),
        (
            "10 MiB of one string, refused",
            format!("\"{}\"", fill("x")).into(),
        ),
        (
            "10 MiB of keys, refused",
            format!("{{{}}}", keys.join(",")).into(),
        ),
        (
            "10 MiB of numbers, refused",
            format!("[{}1]", fill("1.5,")).into(),
        ),
        ("10 MiB of lists, refused", format!("[{}1]", lists).into()),
        ("10 MiB of one number, refused", fill("1").into()),
    ]
}

fn refused(name: &'static str, body: &[u8]) -> Outcome<Row> {
    let limits = limits();
    let pair = alternate(
        || {
            nanoseconds(100, || {
                match read_json::<Value>(Some(&JSON), black_box(body), &limits) {
                    Err(Rejection::Malformed(_)) => Ok(()),
                    other => Err(format!("expected a refusal, found {:?}", other.is_ok()).into()),
                }
            })
        },
        || {
            nanoseconds(1, || {
                let _ = black_box(serde_json::from_slice::<Value>(black_box(body)));
                Ok(())
            })
        },
    )?;
    let micros = |value: f64| value / 1e3;
    Ok(Row {
        area: "validate",
        name,
        pair: Pair {
            ours: micros(pair.ours),
            rival: micros(pair.rival),
            ratio: pair.ratio,
        },
        rival: format!("from_slice to a Value, {}", locked(LOCK, "serde_json")),
        unit: "us",
        target: Target::AtMost(1.0),
    })
}

/// Fifty things that are wrong, found in one body of 20 items.
fn violations() -> Outcome<Row> {
    let item = r#"{"sku":1,"title":"x","quantity":-1,"price":2,"tagz":[]}"#;
    let items = vec![item; 13].join(",");
    let body = format!(
        r#"{{"id":"x","customer":{{"name":"a","email":"b","address":"::1","active":true}},"items":[{items}],"x":1}}"#
    );
    let limits = limits();
    let find = || match read_json::<Order>(Some(&JSON), black_box(body.as_bytes()), &limits) {
        Err(Rejection::Invalid(violations)) => Ok(violations),
        _ => Err("expected violations"),
    };
    let count = find()?.as_slice().len() + find()?.more();
    if count != 54 {
        return Err(format!("expected 54 violations, found {count}").into());
    }
    let limit = 60.0;
    let pair = rounds(|| {
        Ok((
            nanoseconds(500, || {
                black_box(find()?);
                Ok(())
            })? / 1e3,
            limit,
        ))
    })?;
    Ok(Row {
        area: "validate",
        name: "54 violations found",
        pair,
        rival: format!("a limit of 60 us, medians of {ROUNDS}"),
        unit: "us",
        target: Target::AtMost(1.0),
    })
}
