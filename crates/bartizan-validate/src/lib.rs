//! Reads what a client sends, strictly, and says all that is wrong with it without repeating any of it.

#[cfg(feature = "axum")]
mod extract;
mod form;
mod header;
mod json;
mod limits;
mod media_type;
mod normalise;
mod pairs;
mod path;
mod query;
mod recover;
mod rejection;
mod rules;
mod scan;
mod valid;
mod violation;
mod wire;

pub use bartizan_validate_derive::Wire;

pub use self::{
    form::read_form,
    header::read_header,
    json::read_json,
    limits::Limits,
    normalise::{EachText, lower_case, trim},
    path::read_path,
    query::read_query,
    rejection::{Malformed, Rejection},
    rules::{
        AsyncRules, Findings, Source, Texts, check, choose_language, default_text, pointing_at,
    },
    valid::{Valid, form, header, json, path, query},
    violation::{MAX_VIOLATIONS, Param, Place, Violation, Violations},
    wire::{
        Choice, Chosen, Field, Object, Part, Rule, Shape, ShapeOf, Step, Tagging, Variant, Wire,
        schema, unknown_keys,
    },
};

#[cfg(feature = "axum")]
pub use self::extract::{Settings, ValidForm, ValidHeader, ValidJson, ValidPath, ValidQuery};
#[cfg(feature = "nfc")]
pub use self::normalise::nfc;

/// What the derive macro writes about. Not for other use.
#[doc(hidden)]
pub mod __private {
    pub use crate::wire::{Ranged, bound, pattern};
}
