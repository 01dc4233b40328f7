//! Reads what a client sends, strictly, and says all that is wrong with it without repeating any of it.

mod limits;
mod rejection;
mod violation;

pub use self::{
    limits::Limits,
    rejection::{Malformed, Rejection},
    violation::{MAX_VIOLATIONS, Param, Place, Violation, Violations},
};
#[allow(dead_code)]
mod scan;
