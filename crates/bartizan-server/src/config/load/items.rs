//! Tables in a list: `[[rate_limit]]`, `[[cors]]`, `[[header_policy]]`.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Reader, text_of};
use crate::config::keys::Kind;

pub(super) type Set<T> = fn(&mut T, &str) -> Result<(), String>;

/// A key of such a table: its name, its type, and how it is read.
pub(super) type ItemKey<T> = (&'static str, Kind, Set<T>);

/// The table's entries in the order of the file.
pub(super) fn in_order<'a, 'i>(
    table: &'a DeTable<'i>,
) -> Vec<(
    &'a Spanned<std::borrow::Cow<'i, str>>,
    &'a Spanned<DeValue<'i>>,
)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

impl Reader {
    /// The table of one item, of which `key`, as `cors[0]`, is the path.
    pub(super) fn item_table<'a, 'i>(
        &mut self,
        key: &str,
        list: &str,
        item: &'a Spanned<DeValue<'i>>,
        place: &impl Fn(Range<usize>) -> String,
    ) -> Option<&'a DeTable<'i>> {
        let here = place(item.span());
        self.places.insert(key.to_owned(), here.clone());
        match item.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => {
                self.wrong_at(here, list, format!("must be tables: [[{list}]]"));
                None
            }
        }
    }

    /// One entry of an item.
    pub(super) fn item_key<T>(
        &mut self,
        key: &str,
        keys: &[ItemKey<T>],
        more: &[&str],
        into: &mut T,
        (name, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>),
        place: &impl Fn(Range<usize>) -> String,
    ) {
        let path = format!("{key}.{}", name.get_ref());
        self.remember(&path, name.span(), value, place);
        let known = keys.iter().find(|(key, ..)| *key == name.get_ref());
        let outcome = match known {
            Some((_, kind, set)) => text_of(*kind, value).and_then(|text| set(into, &text)),
            None => {
                let names = keys
                    .iter()
                    .map(|(key, ..)| *key)
                    .chain(more.iter().copied());
                let names: Vec<_> = names.collect();
                Err(format!(
                    "is not a known key; there are {}",
                    names.join(", ")
                ))
            }
        };
        if let Err(error) = outcome {
            self.wrong_at(place(name.span()), &path, error);
        }
    }
}
