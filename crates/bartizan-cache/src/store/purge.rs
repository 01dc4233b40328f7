//! Purges: what they name is not served any more, and nothing older than they is stored.

use std::{hash::BuildHasher, sync::Arc};

use super::{Born, Change, Entry, Purge, Store, sequence::Mark};
use crate::Key;

/// What a purge did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Purged {
    /// Its number in the order of purges: an answer whose handler began before it is gone, or stale.
    pub number: u64,
    /// The answers that it names and that are in memory: at most. Those that were replaced, evicted or purged a moment ago and not
    /// let go yet count too, as do those that share the mark of a full table.
    pub count: u64,
}

// A tag and a route of the same name are two things.
const TAG: char = 't';
const ROUTE: char = 'r';

impl Store {
    /// Purges what is stored under one key, in all variants. Answers on their way to the key are not stored, however soft it is.
    pub fn purge_key(&self, key: &Key, how: Purge) -> Purged {
        let number = self.sequence.next();
        self.counts.purges.raise(1);
        self.keys.record(self.hasher.hash_one(key), number);
        let mut count = 0;
        self.shelf.update(key, |slot| {
            let Some(slot) = slot else {
                return Change::Keep;
            };
            let left = slot
                .variants
                .iter()
                .filter(|entry| !entry.is_gone(&self.all));
            count = left.count() as u64;
            match how {
                Purge::Hard => Change::Remove,
                Purge::Soft => Change::Put(Arc::new(slot.purged_softly(number))),
            }
        });
        Purged { number, count }
    }

    /// Purges all answers with this tag, however many: it changes one number.
    pub fn purge_tag(&self, tag: &str, how: Purge) -> Purged {
        self.purge_name(TAG, tag, how)
    }

    /// Purges all answers of this route, by its template.
    pub fn purge_route(&self, route: &str, how: Purge) -> Purged {
        self.purge_name(ROUTE, route, how)
    }

    fn purge_name(&self, kind: char, name: &str, how: Purge) -> Purged {
        let number = self.sequence.next();
        self.counts.purges.raise(1);
        let count = self.names.purge(&named(kind, name), number, how);
        Purged {
            number,
            count: count as u64,
        }
    }

    /// Purges everything.
    pub fn purge_all(&self, how: Purge) -> Purged {
        let number = self.sequence.next();
        self.counts.purges.raise(1);
        let count = self.account.entries();
        self.all.purge(number, how);
        if how == Purge::Hard {
            self.shelf.clear();
        }
        Purged { number, count }
    }

    pub(super) fn key_was_purged(&self, key: &Key, born: Born) -> bool {
        self.keys.has_since(self.hasher.hash_one(key), born)
    }

    pub(super) fn marks(
        &self,
        tags: &[&str],
        route: Option<&str>,
        confirms: Option<&Entry>,
    ) -> Box<[crate::sync::Arc<Mark>]> {
        let mut names: Vec<String> = tags.iter().map(|tag| named(TAG, tag)).collect();
        names.extend(route.map(|route| named(ROUTE, route)));
        let marks = self.names.marks(names.iter().map(String::as_str));
        let Some(confirmed) = confirms else {
            return marks;
        };
        let known = |mark: &crate::sync::Arc<Mark>| {
            marks
                .iter()
                .any(|other| crate::sync::Arc::ptr_eq(mark, other))
        };
        let inherited = confirmed.marks.iter().filter(|mark| !known(mark)).cloned();
        inherited.chain(marks.iter().cloned()).collect()
    }
}

fn named(kind: char, name: &str) -> String {
    format!("{kind}{name}")
}
