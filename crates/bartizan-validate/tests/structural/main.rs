//! All that does not fit a type is told at once, by places and codes, and nothing of the value is.

#![allow(dead_code)]

mod complete;
mod shapes;
mod types;
mod values;

use bartizan_validate::{Limits, Param, Place, Rejection, Violation, Violations, read_json};
use http::HeaderValue;
use serde::de::DeserializeOwned;

pub(crate) fn read<T: DeserializeOwned>(body: &str) -> Result<T, Rejection> {
    let json = HeaderValue::from_static("application/json");
    read_json(Some(&json), body.as_bytes(), &Limits::default())
}

pub(crate) fn violations<T: DeserializeOwned>(body: &str) -> Violations {
    match read::<T>(body) {
        Err(Rejection::Invalid(violations)) => violations,
        Err(other) => panic!("expected violations of {body}, found {other:?}"),
        Ok(_) => panic!("expected violations of {body}"),
    }
}

/// Place and code of each, as text.
pub(crate) fn told<T: DeserializeOwned>(body: &str) -> Vec<String> {
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
