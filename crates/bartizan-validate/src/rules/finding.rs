//! Rules that have to ask somebody, as whether a name is taken.

use std::{borrow::Cow, future::Future, marker::PhantomData};

use super::{At, Source};
use crate::{Field, Shape, Violation, Violations, Wire};

/// Rules that have to wait for an answer. They are asked only when all other rules hold: see
/// [`Valid::check_with`](crate::Valid::check_with).
pub trait AsyncRules: Wire + Sized {
    /// Whom to ask: a database, another service.
    type Context: ?Sized + Sync;

    /// Why nobody could be asked. That is no violation: the value may be right.
    type Error;

    /// Adds what it finds to `findings`.
    ///
    /// # Errors
    ///
    /// If it cannot tell.
    fn check(
        &self,
        context: &Self::Context,
        findings: &mut Findings<Self>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// What rules written by hand find in a `T`.
#[derive(Debug)]
pub struct Findings<T> {
    source: Source,
    violations: Violations,
    of: PhantomData<fn() -> T>,
}

impl<T: Wire> Findings<T> {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            violations: Violations::default(),
            of: PhantomData,
        }
    }

    /// Adds a violation at the field that Rust calls `field`. If there is none, it is one of the whole value.
    pub fn add(&mut self, field: &str, code: &'static str, message: impl Into<Cow<'static, str>>) {
        let source = self.source;
        self.violations.push_with(|| {
            let mut at = At::root(source);
            if let Some(field) = find(T::shape(), field, 0) {
                at.push_name(field.wire);
            }
            Violation::new(at.place(), code, message)
        });
    }

    /// What was found.
    #[must_use]
    pub fn into_violations(self) -> Violations {
        self.violations
    }
}

/// How deep types may be flattened into each other.
const MOST_DEPTH: usize = 16;

/// The field, also among those that are flattened into the object.
fn find(shape: &'static Shape, rust: &str, depth: usize) -> Option<&'static Field> {
    let object = match shape {
        Shape::Object(object) => object,
        Shape::Optional(inner) if depth < MOST_DEPTH => return find(inner(), rust, depth + 1),
        _ => return None,
    };
    let own = object.fields.iter().find(|f| !f.flatten && f.rust == rust);
    own.or_else(|| {
        let mut flattened = object.fields.iter().filter(|field| field.flatten);
        flattened.find_map(|f| find((f.shape)(), rust, depth + 1).filter(|_| depth < MOST_DEPTH))
    })
}
