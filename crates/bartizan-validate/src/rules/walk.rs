//! From `validator`'s errors to violations.

use std::{borrow::Cow, collections::BTreeMap};

use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use super::{
    At, Source,
    error::{bounds, code, named_fields, other, under},
    texts::default_text,
};
use crate::{Field, Object, Param, Part, Shape, Step, Violation, Violations, wire::Pointer};

/// Under which name `validator` keeps what rules on a whole struct find.
const WHOLE: &str = "__all__";

pub(super) struct Walk<'v> {
    at: At,
    /// Below a map: the entry's position, and the place inside of it.
    entry: Option<(usize, Pointer)>,
    /// Below a map that is below a map: no step is told any more.
    hidden: bool,
    violations: &'v mut Violations,
}

impl<'v> Walk<'v> {
    pub(super) fn new(source: Source, violations: &'v mut Violations) -> Self {
        Self {
            at: At::root(source),
            entry: None,
            hidden: false,
            violations,
        }
    }

    /// A value and what is wrong with it.
    pub(super) fn value(&mut self, value: &dyn Part, errors: &ValidationErrors) {
        let (mut value, mut shape) = (Some(value), value.shape_of());
        // Through what stands between: `Option`, `Box`, an enum.
        while let Some(chosen) = value.and_then(Part::chosen) {
            if let Some(under) = chosen.under {
                self.push_name(under);
            }
            shape = chosen.shape;
            if chosen.value.is_none() {
                break;
            }
            value = chosen.value;
        }
        match shape {
            Shape::Object(object) => self.object(object, value, errors),
            // A value that is itself a list or a map: `validator` has a name for that.
            _ => {
                for kind in errors.errors().values() {
                    self.kind(kind, shape, value, None, None);
                }
            }
        }
    }

    fn object(
        &mut self,
        object: &'static Object,
        value: Option<&dyn Part>,
        errors: &ValidationErrors,
    ) {
        let errors = errors.errors();
        let mut known = 0;
        for field in object.fields {
            let Some(kind) = under(errors, field.rust) else {
                continue;
            };
            known += 1;
            let part = value.and_then(|value| value.part(Step::Field(field.rust)));
            let before = self.mark();
            if !field.flatten {
                self.push_name(field.wire);
            }
            self.kind(kind, (field.shape)(), part, Some(field), Some(object));
            self.back(before);
        }
        if known == errors.len() {
            return;
        }
        if let Some(kind) = under(errors, WHOLE) {
            self.whole(object, kind);
        }
        // Names that are no field's: of rules written by hand. They may hold anything, so they are not told.
        let mut rest: Vec<_> = errors
            .iter()
            .filter(|(name, _)| {
                *name != WHOLE && object.fields.iter().all(|field| field.rust != **name)
            })
            .collect();
        rest.sort_by(|a, b| a.0.cmp(b.0));
        for (_, kind) in rest {
            self.kind(kind, &Shape::Anything, None, None, Some(object));
        }
    }

    fn kind(
        &mut self,
        kind: &ValidationErrorsKind,
        shape: &'static Shape,
        value: Option<&dyn Part>,
        field: Option<&'static Field>,
        object: Option<&'static Object>,
    ) {
        match kind {
            ValidationErrorsKind::Field(list) => {
                for error in list {
                    self.push(error, field, object, &[]);
                }
            }
            ValidationErrorsKind::Struct(errors) => match value {
                Some(value) => self.value(value, errors),
                None => self.shape_only(shape, errors),
            },
            ValidationErrorsKind::List(items) => {
                let (shape, value) = inner(shape, value);
                if matches!(shape, Shape::Map(_)) {
                    self.entries(value, items);
                    return;
                }
                for (index, errors) in items {
                    let part = value.and_then(|value| value.part(Step::Index(*index)));
                    let before = self.mark();
                    // The items of a set have no place of their own.
                    let is_set =
                        matches!(shape, Shape::List(..)) && value.is_some() && part.is_none();
                    if !is_set {
                        self.push_index(*index);
                    }
                    match part {
                        Some(part) => self.value(part, errors),
                        None => self.shape_only(&Shape::Anything, errors),
                    }
                    self.back(before);
                }
            }
        }
    }

    /// The entries of a map, in the order of their keys: std's maps have another order each time.
    fn entries(
        &mut self,
        value: Option<&dyn Part>,
        items: &BTreeMap<usize, Box<ValidationErrors>>,
    ) {
        let mut entries: Vec<_> = items
            .iter()
            .map(|(index, errors)| {
                let position = value.map_or(index.saturating_add(1), |value| value.entry(*index));
                (position, *index, errors)
            })
            .collect();
        entries.sort_by_key(|(position, ..)| *position);
        for (position, index, errors) in entries {
            let before = self.mark();
            self.push_entry(position);
            match value.and_then(|value| value.part(Step::Index(index))) {
                Some(part) => self.value(part, errors),
                None => self.shape_only(&Shape::Anything, errors),
            }
            self.back(before);
        }
    }

    /// What is wrong with a value that cannot be reached, so that only its shape is known.
    fn shape_only(&mut self, shape: &'static Shape, errors: &ValidationErrors) {
        static NOTHING: Object = Object::new(String::new, &[]);
        let object = match shape {
            Shape::Object(object) => object,
            _ => &NOTHING,
        };
        self.object(object, None, errors);
    }

    /// What a rule on a whole struct found: it points at the fields that the rule names.
    fn whole(&mut self, object: &'static Object, kind: &ValidationErrorsKind) {
        let ValidationErrorsKind::Field(list) = kind else {
            return;
        };
        for error in list {
            let mut fields = named_fields(error, object);
            let before = self.mark();
            let first = fields.next();
            if let Some(field) = first {
                self.push_name(field.wire);
            }
            let names = first.into_iter().chain(fields);
            self.push(
                error,
                None,
                Some(object),
                &names.map(|f| f.wire).collect::<Vec<_>>(),
            );
            self.back(before);
        }
    }

    fn push(
        &mut self,
        error: &ValidationError,
        field: Option<&'static Field>,
        object: Option<&'static Object>,
        fields: &[&'static str],
    ) {
        let make = || {
            let mut violation = Violation::new(self.at.place(), code(error), "");
            violation.params = bounds(error);
            if let Some(other) = other(error, field, object) {
                violation = violation.with_param("other", Param::Text(Cow::Borrowed(other)));
            }
            if fields.len() > 1 {
                let names = fields.iter().copied().map(Cow::Borrowed).collect();
                violation = violation.with_param("fields", Param::Texts(names));
            }
            if let Some(item) = self.at.item() {
                violation = violation.with_param("item", Param::Whole(item as i128));
            }
            if let Some((entry, inside)) = &self.entry {
                violation = violation.with_param("entry", Param::Whole(*entry as i128));
                if *inside != Pointer::root() {
                    let inside = inside.as_str().trim_start_matches('#').to_owned();
                    violation = violation.with_param("within", Param::Text(Cow::Owned(inside)));
                }
            }
            violation.message = match &error.message {
                // The program's own text. One that was made at run time could hold what the client sent.
                Some(Cow::Borrowed(text)) => Cow::Borrowed(*text),
                _ => default_text(&violation),
            };
            violation
        };
        self.violations.push_with(make);
    }

    fn push_name(&mut self, name: &'static str) {
        match &mut self.entry {
            _ if self.hidden => {}
            Some((_, inside)) => inside.push_name(name),
            None => self.at.push_name(name),
        }
    }

    fn push_index(&mut self, index: usize) {
        match &mut self.entry {
            _ if self.hidden => {}
            Some((_, inside)) => inside.push_index(index),
            None => self.at.push_index(index),
        }
    }

    fn push_entry(&mut self, position: usize) {
        match self.entry {
            Some(_) => self.hidden = true,
            None => self.entry = Some((position, Pointer::root())),
        }
    }

    fn mark(&self) -> Mark {
        Mark {
            pointer: self.at.pointer.len(),
            name: self.at.name,
            item: self.at.item,
            inside: self.entry.as_ref().map(|(_, inside)| inside.len()),
            hidden: self.hidden,
        }
    }

    fn back(&mut self, mark: Mark) {
        self.at.pointer.truncate(mark.pointer);
        self.at.name = mark.name;
        self.at.item = mark.item;
        self.hidden = mark.hidden;
        match (&mut self.entry, mark.inside) {
            (Some((_, inside)), Some(len)) => inside.truncate(len),
            (entry, _) => *entry = None,
        }
    }
}

/// Where to go back to.
struct Mark {
    pointer: usize,
    name: Option<&'static str>,
    item: Option<usize>,
    inside: Option<usize>,
    hidden: bool,
}

/// Past the layers that have no place of their own.
fn inner<'a>(
    mut shape: &'static Shape,
    mut value: Option<&'a dyn Part>,
) -> (&'static Shape, Option<&'a dyn Part>) {
    while let Shape::Optional(inner) = shape {
        shape = inner();
        value = value.map(|value| {
            value
                .chosen()
                .and_then(|chosen| chosen.value)
                .unwrap_or(value)
        });
    }
    (shape, value)
}
