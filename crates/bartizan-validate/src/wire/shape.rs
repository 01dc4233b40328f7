//! What a type looks like on the wire, as data that lives as long as the program.

use crate::wire::Rule;

/// A type's shape, asked for only when it is needed: a type may hold itself.
pub type ShapeOf = fn() -> &'static Shape;

/// What a type looks like on the wire.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Shape {
    /// Any value at all.
    Anything,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A text.
    Text,
    /// A text of a format of JSON Schema, as `ipv4` or `date-time`.
    Formatted(&'static str),
    /// A text of one character.
    Character,
    /// A whole number from the first to the second.
    Whole(i128, i128),
    /// A number.
    Real,
    /// A value, or `null`, or nothing at all.
    Optional(ShapeOf),
    /// A list, of so many items if that is fixed.
    List(ShapeOf, Option<usize>),
    /// A list whose items differ from each other.
    Tuple(&'static [ShapeOf]),
    /// An object whose names the client chooses.
    Map(ShapeOf),
    /// An object whose names the service knows.
    Object(Object),
    /// One of several.
    Choice(Choice),
}

/// An object whose names the service knows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Object {
    /// The type's full name in Rust.
    pub name: fn() -> String,
    /// In the order of their declaration.
    pub fields: &'static [Field],
}

impl Object {
    /// An object.
    #[must_use]
    pub const fn new(name: fn() -> String, fields: &'static [Field]) -> Self {
        Self { name, fields }
    }
}

/// A field of an object.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Field {
    /// The name in Rust.
    pub rust: &'static str,
    /// The name on the wire.
    pub wire: &'static str,
    /// Other names under which it is read.
    pub aliases: &'static [&'static str],
    /// What stands in it.
    pub shape: ShapeOf,
    /// Whether its own fields stand in its place.
    pub flatten: bool,
    /// Whether it may be left out whatever its type is.
    pub default: bool,
    /// The rules on it.
    pub rules: fn() -> Vec<Rule>,
    /// For the rule that wants it to equal another field: the rule's code and the other's name in Rust.
    pub must_match: Option<(&'static str, &'static str)>,
}

impl Field {
    /// A field without rules.
    #[must_use]
    pub const fn new(rust: &'static str, wire: &'static str, shape: ShapeOf) -> Self {
        Self {
            rust,
            wire,
            aliases: &[],
            shape,
            flatten: false,
            default: false,
            rules: Vec::new,
            must_match: None,
        }
    }

    /// With other names under which it is read.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// With its own fields in its place.
    #[must_use]
    pub const fn flatten(mut self) -> Self {
        self.flatten = true;
        self
    }

    /// With a value of its own when it is left out.
    #[must_use]
    pub const fn default(mut self) -> Self {
        self.default = true;
        self
    }

    /// With rules.
    #[must_use]
    pub const fn rules(mut self, rules: fn() -> Vec<Rule>) -> Self {
        self.rules = rules;
        self
    }

    /// With the rule of `code` that wants it to equal the field that Rust names `other`.
    #[must_use]
    pub const fn must_match(mut self, code: &'static str, other: &'static str) -> Self {
        self.must_match = Some((code, other));
        self
    }
}

/// One of several: an enum.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Choice {
    /// The type's full name in Rust.
    pub name: fn() -> String,
    /// Where the variant's name stands.
    pub tagging: Tagging,
    /// In the order of their declaration.
    pub variants: &'static [Variant],
}

impl Choice {
    /// A choice.
    #[must_use]
    pub const fn new(name: fn() -> String, tagging: Tagging, variants: &'static [Variant]) -> Self {
        Self {
            name,
            tagging,
            variants,
        }
    }
}

/// Where the name of an enum's variant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tagging {
    /// It is the only key of an object; or the text itself, where there is nothing else to say.
    External,
    /// It is a field among the variant's own.
    Internal(&'static str),
    /// It is one field, and what the variant holds is another.
    Adjacent(&'static str, &'static str),
    /// Nowhere.
    Untagged,
}

/// A variant of an enum.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Variant {
    /// Its name on the wire.
    pub wire: &'static str,
    /// Other names under which it is read.
    pub aliases: &'static [&'static str],
    /// What it holds, if anything.
    pub content: Option<ShapeOf>,
}

impl Variant {
    /// A variant that holds nothing.
    #[must_use]
    pub const fn new(wire: &'static str, aliases: &'static [&'static str]) -> Self {
        Self {
            wire,
            aliases,
            content: None,
        }
    }

    /// With what it holds.
    #[must_use]
    pub const fn content(mut self, shape: ShapeOf) -> Self {
        self.content = Some(shape);
        self
    }

    /// Whether the client may call it so.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.wire == name || self.aliases.contains(&name)
    }
}
