//! Reads what a client sends, strictly, and says all that is wrong with it without repeating any of it.

mod form;
mod header;
mod json;
mod limits;
mod media_type;
mod pairs;
mod path;
mod query;
mod recover;
mod rejection;
mod scan;
mod violation;

pub use self::{
    form::read_form,
    header::read_header,
    json::read_json,
    limits::Limits,
    path::read_path,
    query::read_query,
    rejection::{Malformed, Rejection},
    violation::{MAX_VIOLATIONS, Param, Place, Violation, Violations},
};
