//! Whatever combination of fields is wrong, exactly these are told.

use std::{collections::BTreeSet, net::IpAddr};

use proptest::{collection::vec, prelude::*};
use serde::Deserialize;

use crate::{read, told};

#[derive(Debug, Deserialize)]
struct Wide {
    bool: bool,
    small: u8,
    real: f32,
    text: String,
    letter: char,
    maybe: Option<u16>,
    list: Vec<i8>,
    pair: (u8, bool),
    choice: Choice,
    address: IpAddr,
    inner: Inner,
}

#[derive(Debug, Deserialize)]
enum Choice {
    One,
    Two,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Inner {
    the_name: String,
    the_address: IpAddr,
}

/// A field, a good value, and bad ones with what is told of each.
type Field = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const FIELDS: [Field; 11] = [
    (
        "bool",
        "true",
        &[("0", "#/bool type"), ("null", "#/bool type")],
    ),
    (
        "small",
        "7",
        &[
            ("-1", "#/small range"),
            ("1.0", "#/small type"),
            ("\"1\"", "#/small type"),
        ],
    ),
    (
        "real",
        "0.5",
        &[
            ("1e39", "#/real range"),
            ("16777217", "#/real range"),
            ("[]", "#/real type"),
        ],
    ),
    (
        "text",
        "\"x\"",
        &[("1", "#/text type"), ("{\"x\":1}", "#/text type")],
    ),
    (
        "letter",
        "\"é\"",
        &[("\"xy\"", "#/letter type"), ("\"\"", "#/letter type")],
    ),
    (
        "maybe",
        "null",
        &[("70000", "#/maybe range"), ("\"\"", "#/maybe type")],
    ),
    (
        "list",
        "[1,2]",
        &[
            ("[1,200]", "#/list/1 range"),
            ("[\"x\",1]", "#/list/0 type"),
            ("{}", "#/list type"),
        ],
    ),
    (
        "pair",
        "[1,true]",
        &[
            ("[1]", "#/pair length"),
            ("[true,true]", "#/pair/0 type"),
            ("1", "#/pair type"),
        ],
    ),
    (
        "choice",
        "\"Two\"",
        &[
            ("\"two\"", "#/choice one_of"),
            ("{\"One\":1}", "#/choice type"),
            ("2", "#/choice type"),
        ],
    ),
    (
        "address",
        "\"::1\"",
        &[("\"::x\"", "#/address invalid"), ("1", "#/address type")],
    ),
    (
        "inner",
        "{\"the-name\":\"x\",\"the-address\":\"::1\"}",
        &[
            (
                "{\"the-name\":1,\"the-address\":\"::1\"}",
                "#/inner/the-name type",
            ),
            (
                "{\"the-name\":\"x\",\"the-address\":\"y\"}",
                "#/inner/the-address invalid",
            ),
            ("{\"the-name\":\"x\"}", "#/inner/the-address missing"),
            ("[]", "#/inner type"),
        ],
    ),
];

/// An object and what is told of it, below `root`. Of each choice, 0 is good, 1 is left out, others are bad.
fn object(choices: &[usize], unknown: bool, root: &str) -> (String, BTreeSet<String>) {
    let mut fields = Vec::new();
    let mut expected = BTreeSet::new();
    for ((name, good, bad), choice) in FIELDS.iter().zip(choices) {
        match choice {
            0 => fields.push(format!("\"{name}\":{good}")),
            1 if *name == "maybe" => {}
            1 => drop(expected.insert(format!("#{root}/{name} missing"))),
            other => {
                let (value, told) = bad[other % bad.len()];
                fields.push(format!("\"{name}\":{value}"));
                expected.insert(told.replacen('#', &format!("#{root}"), 1));
            }
        }
    }
    if unknown {
        fields.insert(fields.len() / 2, "\"hunter2\":[]".to_owned());
        expected.insert(format!("#{root} unknown_field"));
    }
    (format!("{{{}}}", fields.join(",")), expected)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn exactly_what_is_wrong_is_told(
        objects in vec((vec(prop_oneof![3 => Just(0usize), 3 => 1usize..6], 11), any::<bool>()), 1..5),
    ) {
        let mut all = BTreeSet::new();
        let mut items = Vec::new();
        for (index, (choices, unknown)) in objects.iter().enumerate() {
            let (item, expected) = object(choices, *unknown, &format!("/{index}"));
            items.push(item);
            all.extend(expected);
        }
        let body = format!("[{}]", items.join(","));
        if all.is_empty() {
            prop_assert!(read::<Vec<Wide>>(&body).is_ok());
        } else {
            let told = told::<Vec<Wide>>(&body);
            let found = told.iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "));
            prop_assert_eq!(found.collect::<BTreeSet<_>>(), all, "{}", body);
        }
    }
}
