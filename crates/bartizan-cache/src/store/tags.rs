//! Which answers a tag names, in bounded memory.

use std::collections::HashMap;

use super::sequence::{Mark, Purge};
use crate::sync::{Arc, Mutex, lock};

/// Tags and routes with their marks. A stored answer holds the marks of its tags, so a purge changes one number, however many
/// answers there are, and a hit compares numbers and looks up nothing.
///
/// Beyond its bound the table forgets tags that no answer has. Tags that find no place share one mark, `rest`: a purge of one is
/// a purge of all that share it. So the bound can cost hits, and never keeps an answer that was purged.
#[derive(Debug)]
pub(super) struct Tags {
    inner: Mutex<Inner>,
    most: usize,
}

#[derive(Debug)]
struct Inner {
    known: HashMap<Box<str>, Arc<Mark>>,
    /// At least as late as the last purge of any tag that is not known: what a forgotten tag, or one that was purged before any
    /// answer had it, starts with.
    rest: Arc<Mark>,
    /// How many tags found no place since the table was last searched.
    refused: usize,
}

impl Tags {
    pub(super) fn new(most: usize) -> Self {
        let inner = Inner {
            known: HashMap::new(),
            rest: Arc::new(Mark::new(0, 0)),
            refused: 0,
        };
        Self {
            inner: Mutex::new(inner),
            most,
        }
    }

    /// The marks of these tags.
    pub(super) fn marks<'a>(&self, names: impl Iterator<Item = &'a str>) -> Box<[Arc<Mark>]> {
        let mut inner = lock(&self.inner);
        names.map(|name| inner.mark(name, self.most)).collect()
    }

    /// Purges one tag. Gives the number of stored answers that have it, or share its mark.
    pub(super) fn purge(&self, name: &str, number: u64, how: Purge) -> usize {
        let mut inner = lock(&self.inner);
        let mark = inner.mark(name, self.most);
        mark.purge(number, how);
        // the table's own, and the one in hand
        Arc::strong_count(&mark).saturating_sub(2)
    }

    pub(super) fn len(&self) -> usize {
        lock(&self.inner).known.len()
    }
}

impl Inner {
    fn mark(&mut self, name: &str, most: usize) -> Arc<Mark> {
        if let Some(mark) = self.known.get(name) {
            return Arc::clone(mark);
        }
        if self.known.len() >= most {
            self.refused += 1;
            // searching costs as much as the table is long, so not each time
            if self.refused > most / 8 {
                self.forget();
            }
        }
        if self.known.len() >= most {
            return Arc::clone(&self.rest);
        }
        let mark = Arc::new(Mark::new(self.rest.last_hard(), self.rest.last_soft()));
        self.known.insert(name.into(), Arc::clone(&mark));
        mark
    }

    /// Forgets the tags that no answer has. An answer on its way may still bring one of them, and must not be younger than its
    /// last purge, so `rest` takes that over.
    fn forget(&mut self) {
        self.refused = 0;
        let rest = &self.rest;
        self.known.retain(|_, mark| {
            // clones are made under this lock only
            let is_used = Arc::strong_count(mark) > 1;
            if !is_used {
                rest.purge(mark.last_hard(), Purge::Hard);
                rest.purge(mark.last_soft(), Purge::Soft);
            }
            is_used
        });
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn one(tags: &Tags, name: &str) -> Arc<Mark> {
        Arc::clone(&tags.marks([name].into_iter())[0])
    }

    #[test]
    fn the_table_stays_within_its_bound() {
        let tags = Tags::new(64);
        let mut held = Vec::new();
        for number in 0..10_000 {
            let name = format!("t{number}");
            held.extend((number % 3 == 0).then(|| one(&tags, &name)));
            tags.purge(&name, number, Purge::Hard);
            assert!(tags.len() <= 64);
        }
    }

    #[test]
    fn what_is_forgotten_or_has_no_place_is_purged_all_the_same() {
        let tags = Tags::new(2);
        tags.purge("a", 5, Purge::Hard);
        tags.purge("b", 6, Purge::Soft);
        let c = one(&tags, "c");
        assert!(
            c.last_hard() >= 5 && c.last_soft() >= 6,
            "forgotten, and taken over"
        );
        assert!(one(&tags, "a").last_hard() >= 5);
        let (_used, without_place) = (one(&tags, "d"), one(&tags, "e"));
        tags.purge("e", 9, Purge::Hard);
        assert_eq!(without_place.last_hard(), 9);
        assert_ne!(c.last_hard(), 9, "has a place of its own");
    }

    #[test]
    fn a_purge_tells_how_many_have_the_tag() {
        let tags = Tags::new(8);
        let held = [one(&tags, "a"), one(&tags, "a"), one(&tags, "b")];
        assert_eq!(tags.purge("a", 1, Purge::Hard), 2);
        assert_eq!(tags.purge("c", 2, Purge::Hard), 0);
        drop(held);
        assert_eq!(tags.purge("a", 3, Purge::Hard), 0);
    }
}
