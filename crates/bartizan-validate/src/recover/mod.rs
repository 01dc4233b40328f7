//! Says all that does not fit a type, where serde stops at the first thing.
//!
//! A tree is read by the type's own `Deserialize`. Where a value does not fit what the type asks for, that is noted and a made-up
//! value of the right type is given instead, so that reading goes on. Where reading cannot go on (a field is missing, a type
//! refuses a text), what was learned is kept and the tree is read again: with the field made up, or without the value. The
//! passes are few and their work is bounded.
//!
//! The crate eserde does the same with a derive of its own. Then every type of a body needs that derive, those of other crates
//! too; this works with each `Deserialize` there is, and costs nothing before something is wrong.

mod access;
mod dummy;
mod fault;
mod fields;
mod names;
mod place;
mod read;
mod scalar;
mod settle;
mod state;
mod tree;
mod value;
mod variant;

use std::any::type_name;

use serde::de::DeserializeOwned;

use crate::Violations;
use state::State;
use value::Value;

pub(crate) use fields::fields_of;
pub(crate) use names::meant;
pub(crate) use place::{Root, pointer, push};
pub(crate) use tree::Node;

/// Reads `tree` as a `T`, or says all that is wrong.
pub(crate) fn read<T: DeserializeOwned>(tree: &Node, root: Root) -> Result<T, Violations> {
    let state = State::new(root, tree.end);
    loop {
        let value = Value::new(tree, None, &state, type_name::<T>());
        let before = state.cuts();
        let result = value.settle(T::deserialize(value), before);
        match result {
            Ok(read) if state.is_clean() => return Ok(read),
            _ if state.goes_on() && !state.is_removed(tree) => {}
            _ => return Err(state.into_violations()),
        }
    }
}

/// One violation of the whole, where nothing more is known.
pub(crate) fn unexplained(root: Root) -> Violations {
    State::new(root, 0).into_violations()
}

/// Whether an `f32` can stand for it: not if it became infinite, nor if a whole number became another one. Any other decimal is
/// rounded, as it is in an `f64`.
pub(crate) fn fits_f32(value: f64) -> bool {
    let narrow = value as f32;
    narrow.is_finite() && (value.fract() != 0.0 || f64::from(narrow) == value)
}
