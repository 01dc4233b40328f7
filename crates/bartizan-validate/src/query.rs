//! The query of a target.

use serde::de::DeserializeOwned;

use crate::{
    Limits, Rejection, pairs,
    recover::{self, Node, Root},
};

/// Reads the query of a target, without its `?`, as a `T`: a struct with a field for each name.
///
/// A name may stand once, or as often as there is room if its field is a list. Numbers are those of JSON, truth values are `true`
/// and `false`. `a[b]=` is a name like any other.
///
/// # Errors
///
/// [`Rejection::TooLarge`] above [`Limits::bytes`], [`Rejection::Malformed`] for an escape, a byte or a number of pairs that is not
/// read, [`Rejection::Invalid`] with every value that does not fit `T`.
pub fn read_query<T: DeserializeOwned>(
    query: Option<&str>,
    limits: &Limits,
) -> Result<T, Rejection> {
    let pairs = pairs::read(query.unwrap_or_default().as_bytes(), limits, false)?;
    recover::read(&Node::from_pairs(pairs), Root::Query).map_err(Rejection::Invalid)
}
