//! What a rejected input's answer says.

use bartizan_problem::{Problem, ProblemType};
use bartizan_validate::{Param, Place, Rejection, Violation};
use http::StatusCode;
use serde_json::{Map, Value};

use crate::problem_types::{INPUT_TOO_LARGE, INVALID_INPUT, MALFORMED_INPUT, UNREADABLE_TYPE};

/// The problem for a rejected input, as [`Hardening`](crate::Hardening) renders it. Nothing of the input is in the rejection, so
/// nothing is in the problem.
#[must_use]
pub fn validation_problem(rejection: &Rejection) -> Problem {
    problem(rejection.status(), rejection)
}

pub(crate) fn problem(status: StatusCode, rejection: &Rejection) -> Problem {
    let of = |kind: &ProblemType| Problem::of(kind).with_status(status);
    match rejection {
        Rejection::UnsupportedMediaType { accept } => {
            of(&UNREADABLE_TYPE).with_detail(format!("the body must be {accept}"))
        }
        Rejection::UnsupportedEncoding => {
            of(&UNREADABLE_TYPE).with_detail("the body must not be compressed")
        }
        Rejection::TooLarge { limit } => of(&INPUT_TOO_LARGE)
            .with_detail(format!("at most {limit} bytes are read"))
            .with_member("limit", *limit),
        Rejection::Malformed(malformed) => {
            let problem = of(&MALFORMED_INPUT)
                .with_detail(malformed.message)
                .with_member("code", malformed.code);
            match malformed.at {
                Some(at) => problem.with_member("at", at),
                None => problem,
            }
        }
        Rejection::Invalid(violations) => {
            let list: Vec<Value> = violations.as_slice().iter().map(violation).collect();
            let problem = of(&INVALID_INPUT).with_member("violations", list);
            match violations.more() {
                0 => problem,
                more => problem.with_member("more", more),
            }
        }
        // What later versions add: nothing to explain.
        _ => Problem::new(status),
    }
}

/// What the log tells whoever watches over the service.
pub(crate) const fn security_reason(rejection: &Rejection) -> &'static str {
    match rejection {
        Rejection::UnsupportedMediaType { .. } | Rejection::UnsupportedEncoding => "type",
        Rejection::TooLarge { .. } => "size",
        Rejection::Malformed(_) => "malformed",
        _ => "rules",
    }
}

fn violation(violation: &Violation) -> Value {
    let mut members = Map::new();
    let mut add = |name: &str, value: Value| _ = members.insert(name.to_owned(), value);
    let named = match &violation.place {
        Place::Body(pointer) => {
            add("pointer", pointer.as_str().into());
            None
        }
        Place::Query(name) => Some((name, "query")),
        Place::Path(name) => Some((name, "path")),
        Place::Header(name) => Some((name, "header")),
        Place::Form(name) => Some((name, "form")),
        _ => None,
    };
    if let Some((name, part)) = named {
        add("name", name.as_ref().into());
        add("in", part.into());
    }
    add("code", violation.code.as_ref().into());
    if !violation.params.is_empty() {
        let mut params = Map::new();
        for (name, param) in &violation.params {
            // Of two of one name the outer stands first.
            params.entry(*name).or_insert_with(|| self::param(param));
        }
        add("params", Value::Object(params));
    }
    add("detail", violation.message.as_ref().into());
    Value::Object(members)
}

fn param(param: &Param) -> Value {
    match param {
        Param::Whole(number) => match (i64::try_from(*number), u64::try_from(*number)) {
            (Ok(number), _) => number.into(),
            (_, Ok(number)) => number.into(),
            // JSON's readers would round it: as a text it stays what it is.
            _ => number.to_string().into(),
        },
        Param::Real(number) => (*number).into(),
        Param::Text(text) => text.as_ref().into(),
        Param::Texts(texts) => texts
            .iter()
            .map(AsRef::as_ref)
            .collect::<Vec<&str>>()
            .into(),
        _ => Value::Null,
    }
}
