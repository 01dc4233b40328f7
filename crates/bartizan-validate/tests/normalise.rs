//! What is changed before the rules, and that it is changed wherever the type is.

use std::collections::{BTreeMap, HashMap};

use bartizan_validate::{Limits, Rejection, Valid, Wire, json};
use http::HeaderValue;
use serde::Deserialize;
use validator::Validate;

#[derive(Debug, Deserialize, PartialEq, Validate, Wire)]
#[wire(normalise = "count_them")]
struct Form {
    #[wire(trim, lower_case)]
    mail: Option<String>,
    #[validate(nested)]
    names: Vec<Name>,
    #[wire(normalise = "sorted")]
    tags: Vec<String>,
    by_key: HashMap<String, Name>,
    by_order: BTreeMap<String, Option<Box<Name>>>,
    pair: (Name, [Name; 1]),
    choice: Choice,
    tuple: Tuple,
    #[serde(flatten)]
    more: More,
    #[serde(skip)]
    count: usize,
}

#[derive(Debug, Deserialize, PartialEq, Validate, Wire)]
struct Name {
    #[validate(length(max = 3))]
    #[wire(trim)]
    name: String,
}

#[derive(Debug, Deserialize, PartialEq, Wire)]
struct More {
    #[wire(trim)]
    note: String,
}

#[derive(Debug, Deserialize, PartialEq, Wire)]
#[serde(rename_all = "lowercase")]
enum Choice {
    One(Name),
    Two {
        #[wire(lower_case)]
        text: String,
    },
    Three(Name, Name),
}

#[derive(Debug, Deserialize, PartialEq, Wire)]
struct Tuple(#[wire(trim)] String);

fn sorted(tags: &mut [String]) {
    tags.sort();
}

fn count_them(form: &mut Form) {
    form.count = form.names.len();
}

fn read(choice: &str, name: &str) -> Result<Valid<Form>, Rejection> {
    let body = format!(
        r#"{{"mail": " A@B.C ", "names": [{{"name": "{name}"}}], "tags": ["b", "a"], "by_key": {{"k": {{"name": " x "}}}},
            "by_order": {{"k": {{"name": " y "}}}}, "pair": [{{"name": " p "}}, [{{"name": " q "}}]], "choice": {choice},
            "tuple": " t ", "note": " n "}}"#
    );
    let kind = HeaderValue::from_static("application/json");
    json(Some(&kind), body.as_bytes(), &Limits::default())
}

fn name(name: &str) -> Name {
    Name {
        name: name.to_owned(),
    }
}

#[test]
fn texts_are_changed_wherever_they_are_and_before_the_rules() {
    let form = read(r#"{"one": {"name": " z "}}"#, "     abc     ").expect("valid");
    assert_eq!(form.mail.as_deref(), Some("a@b.c"));
    assert_eq!(form.names, [name("abc")]);
    assert_eq!(form.tags, ["a", "b"]);
    assert_eq!(form.by_key["k"], name("x"));
    assert_eq!(form.by_order["k"].as_deref(), Some(&name("y")));
    assert_eq!(form.pair, (name("p"), [name("q")]));
    assert_eq!(form.choice, Choice::One(name("z")));
    assert_eq!(form.tuple, Tuple("t".to_owned()));
    assert_eq!(form.more.note, "n");
    assert_eq!(form.count, 1);
    // inner white space is the client's
    assert!(read(r#"{"one": {"name": ""}}"#, " a   b ").is_err());
}

#[test]
fn variants_are_changed_too() {
    let form = read(r#"{"two": {"text": "ABC"}}"#, "a").expect("valid");
    let text = "abc".to_owned();
    assert_eq!(form.choice, Choice::Two { text });
    let form = read(r#"{"three": [{"name": " a"}, {"name": "b "}]}"#, "a").expect("valid");
    assert_eq!(
        form.into_inner().choice,
        Choice::Three(name("a"), name("b"))
    );
}
