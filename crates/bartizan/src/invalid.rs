//! What a rejected input's answer says.

use bartizan_problem::{Problem, ProblemType};
use bartizan_validate::{Param, Place, Rejection, Violation};
use http::StatusCode;
use serde::ser::{Serialize, SerializeMap, Serializer};

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
            let list = List(violations.as_slice());
            let problem = of(&INVALID_INPUT).with_serialized("violations", &list);
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

struct List<'a>(&'a [Violation]);

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(One))
    }
}

struct One<'a>(&'a Violation);

impl Serialize for One<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let violation = self.0;
        let mut members = serializer.serialize_map(None)?;
        let named = match &violation.place {
            Place::Body(pointer) => {
                members.serialize_entry("pointer", pointer)?;
                None
            }
            Place::Query(name) => Some((name, "query")),
            Place::Path(name) => Some((name, "path")),
            Place::Header(name) => Some((name, "header")),
            Place::Form(name) => Some((name, "form")),
            _ => None,
        };
        if let Some((name, part)) = named {
            members.serialize_entry("name", name)?;
            members.serialize_entry("in", part)?;
        }
        members.serialize_entry("code", &violation.code)?;
        if !violation.params.is_empty() {
            members.serialize_entry("params", &Params(&violation.params))?;
        }
        members.serialize_entry("detail", &violation.message)?;
        members.end()
    }
}

struct Params<'a>(&'a [(&'static str, Param)]);

impl Serialize for Params<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        for (index, (name, param)) in self.0.iter().enumerate() {
            // Of two of one name the outer stands first.
            let mut before = self.0.iter().take(index);
            if !before.any(|(known, _)| known == name) {
                members.serialize_entry(name, &Shown(param))?;
            }
        }
        members.end()
    }
}

struct Shown<'a>(&'a Param);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Param::Whole(number) => match (i64::try_from(*number), u64::try_from(*number)) {
                (Ok(number), _) => serializer.serialize_i64(number),
                (_, Ok(number)) => serializer.serialize_u64(number),
                // JSON's readers would round it: as a text it stays what it is.
                _ => serializer.collect_str(number),
            },
            Param::Real(number) => serializer.serialize_f64(*number),
            Param::Text(text) => serializer.serialize_str(text),
            Param::Texts(texts) => serializer.collect_seq(texts),
            _ => serializer.serialize_none(),
        }
    }
}
