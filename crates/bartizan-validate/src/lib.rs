//! Reads what a client sends, strictly, and says all that is wrong with it without repeating any of it.
//!
//! ```
//! use bartizan_validate::{Limits, Place, Rejection, read_json};
//! use http::HeaderValue;
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Order {
//!     id: u32,
//!     items: Vec<Item>,
//! }
//!
//! #[derive(Deserialize)]
//! struct Item {
//!     price: f64,
//! }
//!
//! let json = HeaderValue::from_static("application/json");
//! let read = |body: &str| read_json::<Order>(Some(&json), body.as_bytes(), &Limits::default());
//!
//! let order = read(r#"{"id": 7, "items": [{"price": 9.5}]}"#)?;
//! assert_eq!((order.id, order.items[0].price), (7, 9.5));
//!
//! // two keys that mean the same
//! let refused = read(r#"{"id": 7, "\u0069d": 8, "items": []}"#);
//! assert_eq!(refused.map(drop).map_err(|error| error.status().as_u16()), Err(400));
//!
//! // everything at once, and nothing of what was sent
//! let Err(Rejection::Invalid(violations)) = read(r#"{"id": "hunter2", "items": [{"prize": 1}]}"#) else {
//!     panic!("expected violations");
//! };
//! let found: Vec<_> = violations.as_slice().iter().map(|v| (&v.place, &*v.code)).collect();
//! let place = |pointer: &str| Place::Body(pointer.to_owned());
//! assert_eq!(
//!     found,
//!     [
//!         (&place("#/id"), "type"),
//!         (&place("#/items/0"), "unknown_field"), // the first key; "price" was probably meant
//!         (&place("#/items/0/price"), "missing"),
//!     ]
//! );
//! assert!(!format!("{violations:?}").contains("hunter2"));
//! # Ok::<(), Rejection>(())
//! ```
//!
//! The types need `serde::Deserialize` and nothing else. [`read_query`], [`read_form`], [`read_path`] and [`read_header`] read the
//! other parts of a request by the same rules.
//!
//! # Rules
//!
//! [`json`], [`query`], [`form`], [`path`] and [`header`] do the same for types with rules: they read, change texts as the type says,
//! ask every rule of the crate `validator`, and give a [`Valid`] that nothing else makes. [`macro@Wire`] is the derive that knows what
//! fields are called on the wire; [`schema`] writes the type as JSON Schema.
//!
//! ```
//! use bartizan_validate::{Limits, Rejection, Wire, json};
//! use http::HeaderValue;
//! use serde::Deserialize;
//! use validator::Validate;
//!
//! #[derive(Deserialize, Validate, Wire)]
//! #[serde(rename_all = "camelCase")]
//! struct SignUp {
//!     #[validate(email)]
//!     #[wire(trim, lower_case)]
//!     mail_address: String,
//! }
//!
//! let kind = HeaderValue::from_static("application/json");
//! let read = |body: &str| json::<SignUp>(Some(&kind), body.as_bytes(), &Limits::default());
//!
//! assert_eq!(read(r#"{"mailAddress": " Ann@Example.com "}"#)?.mail_address, "ann@example.com");
//! assert_eq!(read(r#"{"mailAddress": "ann"}"#).map(drop).map_err(|error| error.status().as_u16()), Err(422));
//! # Ok::<(), Rejection>(())
//! ```
//!
//! With the feature `axum`, `ValidJson<T>` and its kin are extractors. The guide is `docs/validation.md`.
//!
//! # Limits
//!
//! | of [`Limits`] | default | refused as |
//! |---|---|---|
//! | `bytes` of a body or a query | 65,536 | 413 |
//! | `depth` of objects and arrays | 32, never more than 127 | 400 `too_deep` |
//! | `nodes`: values altogether | 10,000 | 400 `too_many_values` |
//! | `string_bytes` of a string, a key, a pair's half, a parameter, a field | 32,768 | 400 `string_too_long` |
//! | `keys` of an object, pairs of a query or form | 256 | 400 `too_many_keys` |
//! | `items` of an array | 1,000 | 400 `too_many_items` |
//! | `number_bytes` of a number | 40 | 400 `number_too_long` |
//!
//! They are checked in one pass before anything is built. That pass allocates nothing for objects of up to 16 keys (unless one is
//! longer than 64 bytes and has escapes), and 8 to 16 bytes a key above.
//!
//! # Statuses
//!
//! | status | what | code |
//! |---|---|---|
//! | 415 | no `Content-Type`; none of `application/json`, `application/*+json`, for a form `application/x-www-form-urlencoded`; a parameter but `charset=utf-8` | |
//! | 413 | more bytes than [`Limits::bytes`] | |
//! | 400 | a limit of the table above | |
//! | 400 | nothing but white space | `empty` |
//! | 400 | a byte order mark; bytes that are not UTF-8 | `bom`, `utf8` |
//! | 400 | no JSON; something behind it | `syntax`, `trailing` |
//! | 400 | a control character in a string; half of a pair of surrogates | `control`, `surrogate` |
//! | 400 | a key twice in one object, however it is written | `duplicate_key` |
//! | 400 | a number that no 64-bit value holds | `number_inexact` |
//! | 400 | in a query or form: a wrong escape; a value without a name; a NUL (in a path, too) | `escape`, `empty_key`, `nul` |
//! | 400 | in a header: anything but visible ASCII, blanks and tabs | `not_ascii` |
//! | 422 | a value of another type; a number out of the type's range, or that a float would round | `type`, `range`, `inexact` |
//! | 422 | a field that is missing, or not known | `missing`, `unknown_field` |
//! | 422 | a variant that is not known; a list of another length | `one_of`, `length` |
//! | 422 | a name that stands twice and is no list | `repeated` |
//! | 422 | a value that its type refuses for a reason of its own | `invalid` |
//!
//! # Numbers
//!
//! A whole number passes if an `i64` or a `u64` holds it. Any other number passes if the nearest `f64`, written with as many
//! significant digits, has the same digits: 0.1 and 1e22 pass, 9007199254740993.0, 1e400 and 1e-400 do not. A whole number for an
//! `f64` or `f32` has to be one of its values, so 9007199254740993 is read as an `i64` and refused for an `f64`. `1.0` and `-0`
//! are no integers. Numbers of 128 bits are best sent as strings. In a query, a form, a path or a header a number is written as in
//! JSON, and a truth value as `true` or `false`.
//!
//! # Places
//!
//! A place in a body is a pointer of names that the service knows and of indexes. A field that is not known, or an entry of a map,
//! is told at its object, with `key`, its position from 1 (in a query, among the different names); for a field also `meant`, the known name that is at most two letters
//! away. What is wrong inside an entry is told with `within`, the way from there.
//!
//! # What it does not protect against
//!
//! - **Types that serde reads through a buffer**, which are enums with `untagged` or `tag`, and what `flatten` brings in. serde asks
//!   for their values only after the reading: unknown fields in them pass ([`json`] finds them, but for those of untagged enums), whole numbers
//!   may be rounded to floats, and of what is wrong in them one thing is told.
//! - **Types that refuse every text that stands in for theirs.** Where such a value is missing, reading cannot go on behind it, and
//!   what comes after it in its own object may be told only when it is there.
//! - **What a type's own `Deserialize` does**: its time and its memory. A `Vec` is bounded by the limits, a pattern that it compiles
//!   is not. An untagged enum that holds itself in two variants is tried twice at each level, so a body of 200 bytes takes minutes:
//!   write a tag, or lower `depth`. It is also called with values that nobody sent, and several times, when something else is
//!   wrong: it must not panic, nor change anything elsewhere.
//! - **Bodies in memory**: whoever collects the body bounds it. `bytes` is checked on what is there.
//! - **Compressed bodies**: they are read as they are.
//! - **serde_json's feature `arbitrary_precision`**, which any crate of a build may turn on: numbers are other values then, and reading
//!   into `serde_json::Value` or a buffered type may fail.
//!
//! # Features
//!
//! `axum`: extractors. `nfc`: the change `nfc`. None is on by default.
//!
//! # Rust
//!
//! 1.88 or newer.

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
