//! The rules on a value that has been read, by `validator`.

mod cross_field;
mod error;
mod finding;
mod language;
mod texts;
mod walk;

use std::borrow::Cow;

use validator::Validate;

pub use self::{
    cross_field::pointing_at,
    finding::{AsyncRules, Findings},
    language::choose_language,
    texts::{Texts, default_text},
};
use crate::{Place, Violations, Wire, wire::Pointer};

/// Which part of a request a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The body, in JSON.
    Body,
    /// The query.
    Query,
    /// The path.
    Path,
    /// The header.
    Header,
    /// The body, as a form.
    Form,
}

/// Every rule that `value` breaks, in the order in which the fields are declared.
///
/// Violations hold names as on the wire, and of a rule's parameters only its bounds; never a value, though `validator` puts
/// those into its errors. In a map, whose keys are the client's, a violation points at the map: `entry` is the entry's position
/// from 1 when the keys are sorted by their bytes, `within` the place within it.
///
/// Two things `validator` does not look at together: the rules inside a field whose own rules are broken, and those of a whole
/// struct if rules of its fields are broken (`skip_on_field_errors = false` changes that).
///
/// # Errors
///
/// If a rule is broken.
pub fn check<T: Validate + Wire>(value: &T, source: Source) -> Result<(), Violations> {
    let Err(errors) = value.validate() else {
        return Ok(());
    };
    let mut violations = Violations::default();
    walk::Walk::new(source, &mut violations).value(value, &errors);
    Err(violations)
}

/// Where a walk through a value stands.
#[derive(Clone, Debug)]
struct At {
    source: Source,
    /// In the body.
    pointer: Pointer,
    /// Elsewhere: the outermost field, and the item in it from 1.
    name: Option<&'static str>,
    item: Option<usize>,
}

impl At {
    fn root(source: Source) -> Self {
        Self {
            source,
            pointer: Pointer::root(),
            name: None,
            item: None,
        }
    }

    fn push_name(&mut self, name: &'static str) {
        if self.name.is_none() {
            self.name = Some(name);
        }
        self.pointer.push_name(name);
    }

    fn push_index(&mut self, index: usize) {
        if self.item.is_none() {
            self.item = Some(index.saturating_add(1));
        }
        self.pointer.push_index(index);
    }

    fn place(&self) -> Place {
        let name = Cow::Borrowed(self.name.unwrap_or_default());
        match self.source {
            Source::Body => Place::Body(self.pointer.as_str().to_owned()),
            Source::Query => Place::Query(name),
            Source::Path => Place::Path(name),
            Source::Header => Place::Header(name),
            Source::Form => Place::Form(name),
        }
    }

    /// The item's position, where the place itself does not tell.
    fn item(&self) -> Option<usize> {
        match self.source {
            Source::Body => None,
            _ => self.item,
        }
    }
}
