//! A value that has passed.

use std::ops::Deref;

use http::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use validator::Validate;

use crate::{
    AsyncRules, Findings, Limits, Rejection, Source, Violations, Wire, check, read_form,
    read_header, read_json, read_path, read_query, unknown_keys, wire::swallows,
};

/// A `T` that has been read strictly, and breaks no rule. Only the functions of this crate that read make one, so whoever takes a
/// `Valid<T>` cannot be handed anything else.
///
/// ```compile_fail
/// let valid = bartizan_validate::Valid { value: 1, source: bartizan_validate::Source::Body };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Valid<T> {
    value: T,
    source: Source,
}

impl<T> Valid<T> {
    /// The value.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: AsyncRules> Valid<T> {
    /// Asks the rules that have to wait for an answer.
    ///
    /// # Errors
    ///
    /// The outer one if nobody could be asked; the inner one if a rule is broken.
    pub async fn check_with(
        self,
        context: &T::Context,
    ) -> Result<Result<Self, Rejection>, T::Error> {
        let mut findings = Findings::new(self.source);
        AsyncRules::check(&self.value, context, &mut findings).await?;
        let violations = findings.into_violations();
        Ok(match violations.is_empty() {
            true => Ok(self),
            false => Err(Rejection::Invalid(violations)),
        })
    }
}

impl<T> Deref for Valid<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Reads a body of JSON, changes its texts as the type says, and asks all rules.
///
/// # Errors
///
/// If the body is of another type, too large or malformed, does not fit `T`, or breaks a rule.
pub fn json<T: DeserializeOwned + Validate + Wire>(
    content_type: Option<&HeaderValue>,
    body: &[u8],
    limits: &Limits,
) -> Result<Valid<T>, Rejection> {
    let read = read_json::<T>(content_type, body, limits);
    let mut unknown = Violations::default();
    if swallows(T::shape()) && matches!(read, Ok(_) | Err(Rejection::Invalid(_))) {
        unknown_keys(body, T::shape(), &mut unknown);
    }
    match read {
        Ok(value) => ruled(value, Source::Body, unknown),
        Err(Rejection::Invalid(mut violations)) => {
            violations.append_new(unknown);
            Err(Rejection::Invalid(violations))
        }
        Err(rejection) => Err(rejection),
    }
}

/// Reads a form in a body, changes its texts as the type says, and asks all rules.
///
/// # Errors
///
/// As [`json`].
pub fn form<T: DeserializeOwned + Validate + Wire>(
    content_type: Option<&HeaderValue>,
    body: &[u8],
    limits: &Limits,
) -> Result<Valid<T>, Rejection> {
    let value = read_form(content_type, body, limits)?;
    ruled(value, Source::Form, Violations::default())
}

/// Reads a query, without its `?`, changes its texts as the type says, and asks all rules.
///
/// # Errors
///
/// If the query is too large or malformed, does not fit `T`, or breaks a rule.
pub fn query<T: DeserializeOwned + Validate + Wire>(
    query: Option<&str>,
    limits: &Limits,
) -> Result<Valid<T>, Rejection> {
    let value = read_query(query, limits)?;
    ruled(value, Source::Query, Violations::default())
}

/// Reads the parameters that a router has taken from a path, changes their texts as the type says, and asks all rules.
///
/// # Errors
///
/// As [`query`].
pub fn path<T: DeserializeOwned + Validate + Wire>(
    parameters: &[(&str, &str)],
    limits: &Limits,
) -> Result<Valid<T>, Rejection> {
    let value = read_path(parameters, limits)?;
    ruled(value, Source::Path, Violations::default())
}

/// Reads fields of the header, changes their texts as the type says, and asks all rules.
///
/// # Errors
///
/// As [`query`].
pub fn header<T: DeserializeOwned + Validate + Wire>(
    fields: &HeaderMap,
    limits: &Limits,
) -> Result<Valid<T>, Rejection> {
    let value = read_header(fields, limits)?;
    ruled(value, Source::Header, Violations::default())
}

/// What is read, after the rules.
fn ruled<T: Validate + Wire>(
    mut value: T,
    source: Source,
    mut violations: Violations,
) -> Result<Valid<T>, Rejection> {
    value.normalise();
    if let Err(broken) = check(&value, source) {
        violations.append(broken);
    }
    match violations.is_empty() {
        true => Ok(Valid { value, source }),
        false => Err(Rejection::Invalid(violations)),
    }
}
