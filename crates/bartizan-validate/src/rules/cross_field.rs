//! Rules over several fields.

use std::borrow::Cow;

use validator::ValidationError;

/// The parameter by which a rule names fields.
pub(super) const FIELD: &str = "field";

/// The error of a rule on a whole struct, pointing at the fields that it is about, by their names in Rust. The violation stands
/// at the first; if there are more, its parameter `fields` has all of them as they are called on the wire.
///
/// ```
/// use bartizan_validate::{Place, Source, Wire, check, pointing_at};
/// use serde::Deserialize;
/// use validator::{Validate, ValidationError};
///
/// #[derive(Deserialize, Validate, Wire)]
/// #[serde(rename_all = "camelCase")]
/// #[validate(schema(function = ends_after_it_starts))]
/// struct Stay {
///     first_day: u16,
///     last_day: u16,
/// }
///
/// fn ends_after_it_starts(stay: &Stay) -> Result<(), ValidationError> {
///     match stay.first_day <= stay.last_day {
///         true => Ok(()),
///         false => Err(pointing_at(ValidationError::new("order"), &["last_day"])),
///     }
/// }
///
/// assert!(check(&Stay { first_day: 1, last_day: 2 }, Source::Body).is_ok());
/// let violations = check(&Stay { first_day: 2, last_day: 1 }, Source::Body).unwrap_err();
/// assert_eq!(violations.as_slice()[0].place, Place::Body("#/lastDay".to_owned()));
/// ```
#[must_use]
pub fn pointing_at(mut error: ValidationError, fields: &[&'static str]) -> ValidationError {
    error.add_param(Cow::Borrowed(FIELD), &fields);
    error
}
