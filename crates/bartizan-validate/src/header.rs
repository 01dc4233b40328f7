//! Fields of the header.

use http::HeaderMap;
use serde::de::DeserializeOwned;

use crate::{
    Limits, Malformed, Rejection,
    recover::{self, Node, Root, fields_of},
};

/// Reads fields of the header as a `T`: a struct with a field for each name, in lower case (`#[serde(rename_all = "kebab-case")]`).
/// Other fields of the header are not looked at.
///
/// A field may stand once, or more often if it is read as a list, which has an item for each line: nothing is split at commas.
///
/// # Errors
///
/// [`Rejection::Malformed`] if one of the fields holds anything but visible ASCII, blanks between and tabs, or is longer than
/// [`Limits::string_bytes`], or if there are more lines of them than [`Limits::keys`]; [`Rejection::Invalid`] with every value that
/// does not fit `T`.
pub fn read_header<T: DeserializeOwned>(
    header: &HeaderMap,
    limits: &Limits,
) -> Result<T, Rejection> {
    let refuse = |code, message| {
        Rejection::Malformed(Malformed {
            code,
            message,
            at: None,
        })
    };
    let mut pairs = Vec::new();
    for name in fields_of::<T>() {
        for value in header.get_all(*name) {
            if value.len() > limits.string_bytes {
                return Err(refuse(
                    "string_too_long",
                    "a field of the header is too long",
                ));
            }
            let Ok(text) = value.to_str() else {
                return Err(refuse("not_ascii", "expected visible ASCII in the header"));
            };
            if pairs.len() >= limits.keys {
                return Err(refuse("too_many_keys", "the header has too many fields"));
            }
            pairs.push(((*name).to_owned(), text.to_owned()));
        }
    }
    recover::read(&Node::from_pairs(pairs), Root::Header).map_err(Rejection::Invalid)
}
