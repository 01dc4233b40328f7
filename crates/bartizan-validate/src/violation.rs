//! One thing that is wrong with a value, told without the value.

use std::borrow::Cow;

use http::HeaderValue;

/// The most violations that are kept; the rest are counted.
pub const MAX_VIOLATIONS: usize = 64;

/// Where a value stands. It holds names that the service knows and positions, never a name that the client has made up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Place {
    /// In the body: a JSON Pointer in fragment form (RFC 6901, section 6), as `#/items/0/price`.
    Body(String),
    /// A parameter of the query, by its name; of this and the next ones, empty is the whole.
    Query(Cow<'static, str>),
    /// A parameter of the path, by its name.
    Path(Cow<'static, str>),
    /// A field of the header, by its name.
    Header(Cow<'static, str>),
    /// A field of a form, by its name.
    Form(Cow<'static, str>),
}

impl Place {
    /// A place in the body, by the names and indexes on the way to it.
    ///
    /// ```
    /// use bartizan_validate::Place;
    ///
    /// let place = Place::body(["items", "0", "price/unit"]);
    /// assert_eq!(place, Place::Body("#/items/0/price~1unit".to_owned()));
    /// ```
    #[must_use]
    pub fn body<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Body(crate::recover::pointer(names))
    }
}

/// A parameter of a rule, as `max`: what the service says, never what the client has sent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Param {
    /// A whole number: a length, a position (from 1), a bound.
    Whole(i128),
    /// A bound that is no whole number.
    Real(f64),
    /// A text of the program: the type that was expected, the name that was probably meant.
    Text(Cow<'static, str>),
    /// Texts of the program: what there is to choose from.
    Texts(Vec<Cow<'static, str>>),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Violation {
    /// Where.
    pub place: Place,
    /// The rule, a stable name for programs: `type`, `missing`, `unknown_field`, `length`, `range`, `email`.
    pub code: Cow<'static, str>,
    /// The rule's parameters.
    pub params: Vec<(&'static str, Param)>,
    /// What it must be, for people.
    pub message: Cow<'static, str>,
}

impl Violation {
    /// A violation without parameters.
    pub fn new(
        place: Place,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            place,
            code: code.into(),
            params: Vec::new(),
            message: message.into(),
        }
    }

    /// With one parameter more.
    #[must_use]
    pub fn with_param(mut self, name: &'static str, param: Param) -> Self {
        self.params.push((name, param));
        self
    }
}

/// All that is wrong: at most [`MAX_VIOLATIONS`], and how many more there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Violations {
    list: Vec<Violation>,
    more: usize,
    /// Of the texts, if they have been translated.
    language: Option<HeaderValue>,
}

impl Violations {
    /// Adds one, or counts it.
    pub fn push(&mut self, violation: Violation) {
        if self.list.len() < MAX_VIOLATIONS {
            self.list.push(violation);
        } else {
            self.more += 1;
        }
    }

    /// Adds one that is made only if it is kept.
    pub(crate) fn push_with(&mut self, violation: impl FnOnce() -> Violation) {
        if self.list.len() < MAX_VIOLATIONS {
            self.list.push(violation());
        } else {
            self.more += 1;
        }
    }

    /// Puts those of `others` behind its own.
    pub(crate) fn append(&mut self, others: Self) {
        for violation in others.list {
            self.push(violation);
        }
        self.more += others.more;
    }

    /// Puts those of `others` behind its own that it has not.
    pub(crate) fn append_new(&mut self, others: Self) {
        for violation in others.list {
            let same = |known: &Violation| {
                known.place == violation.place
                    && known.code == violation.code
                    && known.params == violation.params
            };
            if !self.list.iter().any(same) {
                self.push(violation);
            }
        }
        // Of those that are only counted nobody knows whether they are the same.
        self.more = self.more.max(others.more);
    }

    pub(crate) fn language(&self) -> Option<HeaderValue> {
        self.language.clone()
    }

    pub(crate) fn set_language(&mut self, language: &str) {
        self.language = HeaderValue::from_str(language).ok();
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Violation> {
        self.list.iter_mut()
    }

    /// Counts so many more.
    pub(crate) const fn count(&mut self, more: usize) {
        self.more = self.more.saturating_add(more);
    }

    /// Those that are kept.
    #[must_use]
    pub fn as_slice(&self) -> &[Violation] {
        &self.list
    }

    /// How many were found beside them. The search is bounded too, so of a body that is full of errors it may be fewer than
    /// there are.
    #[must_use]
    pub const fn more(&self) -> usize {
        self.more
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
