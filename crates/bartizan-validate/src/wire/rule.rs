//! A field's rules, as far as JSON Schema has words for them.

use serde_json::Value;
use validator::AsRegex;

/// A rule on a field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "a few for each type, made once; how large a `Value` is depends on serde_json's features"
)]
pub enum Rule {
    /// So many characters, items or entries.
    Length {
        /// The fewest.
        min: Option<u64>,
        /// The most.
        max: Option<u64>,
        /// Just so many.
        equal: Option<u64>,
    },
    /// A number between bounds.
    Range {
        /// The least.
        min: Option<Value>,
        /// The greatest.
        max: Option<Value>,
        /// More than this.
        exclusive_min: Option<Value>,
        /// Less than this.
        exclusive_max: Option<Value>,
    },
    /// A text of a format that JSON Schema knows: `email`, `uri`, `ipv4`, `ipv6`.
    Format(&'static str),
    /// An address of either version of IP.
    Ip,
    /// A text that matches a regular expression.
    Pattern(String),
    /// A text that holds another.
    Contains(&'static str),
    /// A text that does not hold another.
    DoesNotContain(&'static str),
    /// A text without control characters.
    NoControl,
    /// A value that is there.
    Required,
    /// A rule for which JSON Schema has no word, by its name.
    Other(&'static str),
}

/// A type that `range` can bound, and the type of its bounds.
#[diagnostic::on_unimplemented(message = "`range` cannot bound `{Self}`")]
pub trait Ranged {
    /// The type of the bounds.
    type Bound: Into<Value>;
}

macro_rules! ranged {
    ($($number:ty)*) => {
        $(impl Ranged for $number {
            type Bound = $number;
        })*
    };
}

ranged!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64);

impl<T: Ranged> Ranged for Option<T> {
    type Bound = T::Bound;
}

/// A bound of a field of type `T` as JSON.
#[must_use]
pub fn bound<T: Ranged>(bound: T::Bound) -> Value {
    bound.into()
}

/// The text of a regular expression.
pub fn pattern(regex: impl AsRegex) -> String {
    regex.as_regex().as_str().to_owned()
}
