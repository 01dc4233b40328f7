//! What serde says is wrong, without what it says about the value.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

/// Why a type has refused a value. serde's texts quote the input, so none is kept; the names here are the program's.
#[derive(Debug)]
pub(super) enum Fault {
    /// A field is missing.
    Missing(&'static str),
    /// A field is not one of these.
    Unknown,
    /// A field comes twice, under its name and an alias of it.
    Twice(&'static str),
    /// A variant is not one of these.
    Variant(&'static [&'static str]),
    /// A list has another length.
    Length,
    /// A number is out of range.
    Range,
    /// Another type of value.
    Type,
    /// The type's own reason.
    Own,
    /// It has been noted, and the next pass does better.
    Broken,
    /// It has been noted, and no pass does better.
    Stuck,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value does not fit its type")
    }
}

impl std::error::Error for Fault {}

impl Error for Fault {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Own
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::Type
    }

    fn invalid_value(unexpected: Unexpected<'_>, _: &dyn Expected) -> Self {
        match unexpected {
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => Self::Range,
            _ => Self::Own,
        }
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::Length
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Variant(expected)
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::Unknown
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Twice(field)
    }
}
