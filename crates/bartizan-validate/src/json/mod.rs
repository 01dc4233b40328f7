//! A JSON body.

mod strict;
mod visitor;

use std::cell::Cell;

use http::HeaderValue;
use serde::de::DeserializeOwned;

use crate::{
    Limits, Rejection, Violations, media_type,
    recover::{self, Node, Root},
    scan::scan,
};
use strict::Strict;

/// Reads a JSON body as a `T`.
///
/// The body is scanned first (the [crate's page](crate) has the limits and the rule of numbers), then serde_json reads it. If that
/// fails, or if a field is unknown, it is read again to find all that is wrong.
///
/// # Errors
///
/// [`Rejection::UnsupportedMediaType`] if `content_type` is missing or no JSON, [`Rejection::TooLarge`] above
/// [`Limits::bytes`], [`Rejection::Malformed`] if the text is no JSON or exceeds another limit, [`Rejection::Invalid`] with every
/// value that does not fit `T`.
pub fn read_json<T: DeserializeOwned>(
    content_type: Option<&HeaderValue>,
    body: &[u8],
    limits: &Limits,
) -> Result<T, Rejection> {
    media_type::json(content_type)?;
    // the scan counts places in 32 bits
    let limit = limits.bytes.min(u32::MAX as usize - 1);
    if body.len() > limit {
        return Err(Rejection::TooLarge { limit });
    }
    let text = scan(body, limits).map_err(Rejection::Malformed)?;
    read_text(text).map_err(Rejection::Invalid)
}

/// Reads a text that has been scanned.
fn read_text<T: DeserializeOwned>(text: &str) -> Result<T, Violations> {
    let is_ignored = Cell::new(false);
    let mut json = serde_json::Deserializer::from_str(text);
    let read = T::deserialize(Strict::new(&mut json, &is_ignored));
    match (read, is_ignored.get()) {
        (Ok(read), false) => Ok(read),
        (Ok(read), true) => {
            // A type that wants a value and ignores it looks the same from here: the second reading knows the names.
            let tree = Node::from_json(text);
            let again = tree.map(|tree| recover::read::<T>(&tree, Root::Body));
            again.and_then(Result::err).map_or(Ok(read), Err)
        }
        (Err(_), _) => Err(refused::<T>(text)),
    }
}

/// What is wrong with a text that serde_json has not read as a `T`.
#[cold]
fn refused<T: DeserializeOwned>(text: &str) -> Violations {
    let tree = Node::from_json(text);
    match tree.map(|tree| recover::read::<T>(&tree, Root::Body)) {
        Some(Err(violations)) => violations,
        // only the first reading has found fault
        _ => recover::unexplained(Root::Body),
    }
}
