//! The names that an object knows, with those of what is flattened into it.

use super::{Choice, Object, Shape, ShapeOf, Tagging};

/// How deep types may be flattened into each other.
const MOST_DEPTH: usize = 64;

/// A name that an object knows, and what stands under it.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) shape: Option<ShapeOf>,
}

/// The names that an object knows. `rest` is what stands under other names, if there may be any.
#[derive(Default)]
pub(super) struct Names {
    pub(super) known: Vec<Known>,
    pub(super) rest: Option<Option<ShapeOf>>,
}

impl Names {
    pub(super) fn push(&mut self, name: &'static str, shape: Option<ShapeOf>) {
        self.known.push(Known { name, shape });
    }

    pub(super) fn object(&mut self, object: &'static Object, depth: usize) {
        for field in object.fields {
            if field.flatten {
                self.flattened((field.shape)(), depth);
            } else {
                self.push(field.wire, Some(field.shape));
                for alias in field.aliases {
                    self.push(alias, Some(field.shape));
                }
            }
        }
    }

    pub(super) fn flattened(&mut self, shape: &'static Shape, depth: usize) {
        if depth > MOST_DEPTH {
            self.rest = Some(None);
            return;
        }
        match shape {
            Shape::Optional(inner) => self.flattened(inner(), depth + 1),
            Shape::Object(object) => self.object(object, depth + 1),
            Shape::Map(item) => self.rest = Some(Some(*item)),
            Shape::Choice(choice) => self.any_variant(choice, depth + 1),
            _ => self.rest = Some(None),
        }
    }

    /// The names of all variants: which one was meant is not asked.
    pub(super) fn any_variant(&mut self, choice: &'static Choice, depth: usize) {
        match choice.tagging {
            Tagging::Internal(tag) => self.push(tag, None),
            Tagging::Adjacent(tag, content) => {
                self.push(tag, None);
                self.push(content, None);
            }
            _ => {}
        }
        for variant in choice.variants {
            match (choice.tagging, variant.content) {
                (Tagging::External, content) => {
                    self.push(variant.wire, content);
                    for alias in variant.aliases {
                        self.push(alias, content);
                    }
                }
                (Tagging::Internal(_) | Tagging::Untagged, Some(content)) => {
                    self.flattened(content(), depth);
                }
                _ => {}
            }
        }
    }
}
