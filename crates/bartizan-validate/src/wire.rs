//! What a type is called and looks like on the wire.

mod impls;
mod known;
mod pointer;
mod rule;
mod rule_words;
mod schema;
mod shape;
mod swallow;
mod unknown;

#[doc(hidden)]
pub use self::rule::{Ranged, bound, pattern};
pub(crate) use self::{pointer::Pointer, swallow::swallows};
pub use self::{
    rule::Rule,
    schema::schema,
    shape::{Choice, Field, Object, Shape, ShapeOf, Tagging, Variant},
    unknown::unknown_keys,
};

/// What a type is called and looks like on the wire. `#[derive(Wire)]` reads it from the attributes of serde and of `validator`,
/// so that nothing has to be said twice.
///
/// ```
/// use bartizan_validate::{Wire, schema};
/// use serde::Deserialize;
/// use validator::Validate;
///
/// #[derive(Deserialize, Validate, Wire)]
/// #[serde(rename_all = "camelCase")]
/// struct SignUp {
///     #[validate(length(min = 3, max = 20))]
///     #[wire(trim)]
///     user_name: String,
///     #[validate(range(min = 18))]
///     age: Option<u8>,
/// }
///
/// let schema = schema::<SignUp>();
/// assert_eq!(schema["properties"]["userName"]["maxLength"], 20);
/// assert_eq!(schema["required"], serde_json::json!(["userName"]));
/// ```
///
/// # What cannot be told does not compile
///
/// A field that is read by a function of its own looks like nothing that is known here; `#[wire(like = "String")]` says what it
/// looks like.
///
/// ```compile_fail
/// # mod color { pub fn read<'de, D: serde::Deserializer<'de>>(_: D) -> Result<u32, D::Error> { Ok(0) } }
/// #[derive(serde::Deserialize, bartizan_validate::Wire)]
/// struct Pen {
///     #[serde(deserialize_with = "color::read")]
///     color: u32,
/// }
/// ```
///
/// ```
/// # mod color { pub fn read<'de, D: serde::Deserializer<'de>>(_: D) -> Result<u32, D::Error> { Ok(0) } }
/// #[derive(serde::Deserialize, bartizan_validate::Wire)]
/// struct Pen {
///     #[serde(deserialize_with = "color::read")]
///     #[wire(like = "String")]
///     color: u32,
/// }
/// ```
///
/// A bound that depends on the value itself has no number to tell:
///
/// ```compile_fail
/// #[derive(serde::Deserialize, validator::Validate, bartizan_validate::Wire)]
/// struct Span {
///     from: u32,
///     #[validate(range(min = self.from))]
///     to: u32,
/// }
/// ```
///
/// A variant that takes every name leaves nothing to check:
///
/// ```compile_fail
/// #[derive(serde::Deserialize, bartizan_validate::Wire)]
/// enum Color {
///     Red,
///     #[serde(other)]
///     Unknown,
/// }
/// ```
///
/// Whole numbers of 128 bits are not exact in JSON, and `validator` panics on large ones:
///
/// ```compile_fail
/// #[derive(serde::Deserialize, bartizan_validate::Wire)]
/// struct Coin {
///     serial: u128,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "it is not known what `{Self}` looks like on the wire",
    note = "add `#[derive(Wire)]` to it, or `#[wire(like = \"String\")]` to the field"
)]
pub trait Wire {
    /// The type's shape.
    fn shape() -> &'static Shape
    where
        Self: Sized;

    /// The shape of what this value holds now, where the type leaves that open, and the names between the two.
    fn chosen(&self) -> Option<Chosen<'_>> {
        None
    }

    /// The part of this value at `step`.
    fn part(&self, step: Step<'_>) -> Option<&dyn Part> {
        let _ = step;
        None
    }

    /// For the entry that a map gives as the one at `index`, from 0: its position from 1 when the keys are sorted by their bytes.
    /// A client can find an entry by it, and no key is repeated.
    fn entry(&self, index: usize) -> usize {
        index.saturating_add(1)
    }

    /// Changes texts as `#[wire(trim)]`, `#[wire(lower_case)]`, `#[wire(nfc)]` and `#[wire(normalise = "..")]` say, before any
    /// rule sees them.
    fn normalise(&mut self) {}
}

/// A step from a value to a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step<'a> {
    /// To the field that Rust names so.
    Field(&'a str),
    /// To the item, or to the entry as the map gives them, from 0.
    Index(usize),
}

/// What a value holds now.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Chosen<'a> {
    /// The name under which it stands, if there is one between.
    pub under: Option<&'static str>,
    /// Its shape.
    pub shape: &'static Shape,
    /// The value itself, where it is one of its own.
    pub value: Option<&'a dyn Part>,
}

impl<'a> Chosen<'a> {
    /// What a value holds now.
    #[must_use]
    pub const fn new(
        under: Option<&'static str>,
        shape: &'static Shape,
        value: Option<&'a dyn Part>,
    ) -> Self {
        Self {
            under,
            shape,
            value,
        }
    }
}

impl std::fmt::Debug for Chosen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the value: it is the client's.
        f.debug_struct("Chosen")
            .field("under", &self.under)
            .finish_non_exhaustive()
    }
}

/// A value of any type that is [`Wire`], behind a pointer.
pub trait Part: sealed::Sealed {
    /// As [`Wire::shape`].
    fn shape_of(&self) -> &'static Shape;
    /// As [`Wire::chosen`].
    fn chosen(&self) -> Option<Chosen<'_>>;
    /// As [`Wire::part`].
    fn part(&self, step: Step<'_>) -> Option<&dyn Part>;
    /// As [`Wire::entry`].
    fn entry(&self, index: usize) -> usize;
}

impl<T: Wire> Part for T {
    fn shape_of(&self) -> &'static Shape {
        T::shape()
    }

    fn chosen(&self) -> Option<Chosen<'_>> {
        Wire::chosen(self)
    }

    fn part(&self, step: Step<'_>) -> Option<&dyn Part> {
        Wire::part(self, step)
    }

    fn entry(&self, index: usize) -> usize {
        Wire::entry(self, index)
    }
}

mod sealed {
    #[allow(unnameable_types)]
    pub trait Sealed {}

    impl<T: super::Wire> Sealed for T {}
}
