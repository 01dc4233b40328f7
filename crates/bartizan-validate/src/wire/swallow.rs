//! Whether serde drops unknown keys somewhere in a type without a word.

use std::{cell::RefCell, collections::HashMap, ptr};

use super::{Shape, Tagging};

thread_local! {
    /// What has been found out, by the shape's address: there are as many as the program has types.
    static KNOWN: RefCell<HashMap<usize, bool>> = RefCell::default();
}

/// Whether keys that a type of this shape does not know may be lost: with a flattened field, or in an enum that is not told by a
/// single key. The strict reader sees the others.
pub(crate) fn swallows(shape: &'static Shape) -> bool {
    let address = ptr::from_ref(shape).addr();
    let known = KNOWN.with_borrow(|known| known.get(&address).copied());
    known.unwrap_or_else(|| {
        let found = look(shape, &mut Vec::new());
        KNOWN.with_borrow_mut(|known| known.insert(address, found));
        found
    })
}

fn look(shape: &'static Shape, seen: &mut Vec<&'static Shape>) -> bool {
    if seen.iter().any(|known| ptr::eq(*known, shape)) {
        return false;
    }
    seen.push(shape);
    match shape {
        Shape::Optional(inner) | Shape::List(inner, _) | Shape::Map(inner) => look(inner(), seen),
        Shape::Tuple(items) => items.iter().any(|item| look(item(), seen)),
        Shape::Object(object) => object
            .fields
            .iter()
            .any(|field| field.flatten || look((field.shape)(), seen)),
        Shape::Choice(choice) => {
            choice.tagging != Tagging::External
                || choice
                    .variants
                    .iter()
                    .filter_map(|variant| variant.content)
                    .any(|content| look(content(), seen))
        }
        _ => false,
    }
}
