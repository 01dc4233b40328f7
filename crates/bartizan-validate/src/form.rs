//! A form in a body.

use http::HeaderValue;
use serde::de::DeserializeOwned;

use crate::{
    Limits, Rejection, media_type, pairs,
    recover::{self, Node, Root},
};

/// Reads a body of `application/x-www-form-urlencoded` as a `T`, by the rules of [`read_query`](crate::read_query).
///
/// # Errors
///
/// As [`read_query`](crate::read_query), and [`Rejection::UnsupportedMediaType`] if `content_type` is missing or another one.
pub fn read_form<T: DeserializeOwned>(
    content_type: Option<&HeaderValue>,
    body: &[u8],
    limits: &Limits,
) -> Result<T, Rejection> {
    media_type::form(content_type)?;
    let pairs = pairs::read(body, limits, true)?;
    recover::read(&Node::from_pairs(pairs), Root::Form).map_err(Rejection::Invalid)
}
