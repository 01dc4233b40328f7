//! What may be told of one of `validator`'s errors.

use std::{borrow::Cow, collections::HashMap};

use serde_json::Value;
use validator::{ValidationError, ValidationErrorsKind};

use super::cross_field::FIELD;
use crate::{Field, Object, Param};

/// The bounds of `length` and `range`: what the service says.
const BOUNDS: [&str; 5] = ["min", "max", "equal", "exclusive_min", "exclusive_max"];

/// A code that the program made at run time could hold what the client sent; this stands in its place.
const UNNAMED: &str = "invalid";

type Errors = HashMap<Cow<'static, str>, ValidationErrorsKind>;

/// A rule's stable name.
pub(super) fn code(error: &ValidationError) -> Cow<'static, str> {
    match &error.code {
        Cow::Borrowed(code) => Cow::Borrowed(*code),
        Cow::Owned(_) => Cow::Borrowed(UNNAMED),
    }
}

/// The rule's bounds, if they are numbers; nothing else that the error holds.
pub(super) fn bounds(error: &ValidationError) -> Vec<(&'static str, Param)> {
    let number = |value: &Value| match value {
        Value::Number(number) => match number.as_i128() {
            Some(whole) => Some(Param::Whole(whole)),
            None => number.as_f64().map(Param::Real),
        },
        _ => None,
    };
    let place = |name: &str| BOUNDS.iter().position(|bound| *bound == name);
    // There are few: going through all costs less than five look-ups.
    let mut found: Vec<_> = error
        .params
        .iter()
        .filter_map(|(name, value)| {
            let place = place(name)?;
            Some((place, *BOUNDS.get(place)?, number(value)?))
        })
        .collect();
    found.sort_unstable_by_key(|(place, ..)| *place);
    found
        .into_iter()
        .map(|(_, name, param)| (name, param))
        .collect()
}

/// What is wrong under `name`.
pub(super) fn under<'e>(errors: &'e Errors, name: &str) -> Option<&'e ValidationErrorsKind> {
    // As above: hashing a name costs more than comparing it with a few.
    match errors.len() {
        0..=4 => errors
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, kind)| kind),
        _ => errors.get(name),
    }
}

/// The name on the wire of the field that this one must equal.
pub(super) fn other(
    error: &ValidationError,
    field: Option<&'static Field>,
    object: Option<&'static Object>,
) -> Option<&'static str> {
    let (code, other) = field?.must_match?;
    let mut fields = object?.fields.iter();
    let other = fields.find(|field| field.rust == other)?;
    (error.code == code).then_some(other.wire)
}

/// The fields that a rule on a whole struct names; only those that there are.
pub(super) fn named_fields(
    error: &ValidationError,
    object: &'static Object,
) -> impl Iterator<Item = &'static Field> {
    let named = match error.params.get(FIELD) {
        Some(Value::Array(names)) => names.as_slice(),
        Some(name) => std::slice::from_ref(name),
        None => &[],
    };
    named.iter().filter_map(|name| {
        let name = name.as_str()?;
        object.fields.iter().find(|field| field.rust == name)
    })
}
