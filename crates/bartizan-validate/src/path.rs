//! The parameters of a path.

use serde::de::DeserializeOwned;

use crate::{
    Limits, Malformed, Rejection,
    recover::{self, Node, Root},
};

/// Reads the parameters that a router has taken from a path, decoded, as a `T`: a struct with a field for each name. The names are
/// the route's.
///
/// # Errors
///
/// [`Rejection::Malformed`] if a value is longer than [`Limits::string_bytes`], holds a NUL, or there are more than
/// [`Limits::keys`]; [`Rejection::Invalid`] with every value that does not fit `T`.
pub fn read_path<T: DeserializeOwned>(
    parameters: &[(&str, &str)],
    limits: &Limits,
) -> Result<T, Rejection> {
    let refuse = |code, message| {
        Rejection::Malformed(Malformed {
            code,
            message,
            at: None,
        })
    };
    if parameters.len() > limits.keys {
        return Err(refuse("too_many_keys", "the path has too many parameters"));
    }
    let mut pairs = Vec::with_capacity(parameters.len());
    for (name, value) in parameters {
        if value.len() > limits.string_bytes {
            return Err(refuse(
                "string_too_long",
                "a parameter of the path is too long",
            ));
        }
        if value.contains('\0') {
            return Err(refuse("nul", "expected no NUL in the path"));
        }
        pairs.push(((*name).to_owned(), (*value).to_owned()));
    }
    recover::read(&Node::from_pairs(pairs), Root::Path).map_err(Rejection::Invalid)
}
