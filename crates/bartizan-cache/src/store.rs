//! Stored answers: bounded in bytes, purged exactly.

mod counters;
mod entry;
mod keys;
mod purge;
mod sequence;
mod shelf;
mod tags;

use std::{
    collections::hash_map::RandomState,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

#[cfg(feature = "layer")]
pub(crate) use self::counters::Counter;
pub use self::{
    counters::Counters,
    entry::Entry,
    purge::Purged,
    sequence::{Born, Purge},
};
use self::{
    counters::Counts,
    entry::{Account, Claim, Parts, Slot},
    keys::KeyPurges,
    sequence::{Mark, Sequence},
    shelf::{Change, Shelf},
    tags::Tags,
};
use crate::{CacheTags, Key, NotStored, Storable};

/// Tags and routes that are known at once.
const MOST_NAMES: usize = 65_536;
/// Purges of keys that are remembered, for answers on their way.
const MOST_KEY_PURGES: usize = if cfg!(loom) { 1 } else { 8192 };

/// Stored answers, shared by every layer that is given it.
///
/// | bound | value |
/// |---|---|
/// | bytes of all answers | what [`with_capacity`](Self::with_capacity) was given, and at most a sixteenth more for an instant |
/// | answers of one key | 16, for the fields that `Vary` names |
/// | purges of keys remembered | 8,192; an answer whose handler began before them is not stored |
/// | tags and routes known | 65,536; more share one mark and are purged together |
/// | tags of one answer | 64, of 256 bytes each |
pub struct Store {
    shelf: Shelf,
    capacity: u64,
    account: Arc<Account>,
    sequence: Sequence,
    all: Mark,
    names: Tags,
    keys: KeyPurges,
    hasher: RandomState,
    counts: Counts,
}

/// What was found under a key.
// Exhaustive: a caller must know every case.
#[allow(clippy::exhaustive_enums, reason = "an answer that callers must match")]
#[derive(Clone, Debug)]
pub enum Found {
    /// An answer that fits the request; whether it serves, [`reuse`](crate::reuse) says.
    Entry {
        /// The answer.
        entry: Arc<Entry>,
        /// It was purged softly.
        is_purged_softly: bool,
    },
    /// Answers that fit other requests.
    OtherVariant,
    /// Nothing.
    Nothing,
}

/// An answer to be stored.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer<'a> {
    /// Its status.
    pub status: StatusCode,
    /// What [`Policy::storable`](crate::Policy::storable) said.
    pub storable: Storable,
    /// All of its body.
    pub body: Bytes,
    /// The fields of the request that it answers.
    pub request: &'a HeaderMap,
    /// When its handler began: [`Store::begin`].
    pub born: Born,
    /// Its tags.
    pub tags: CacheTags,
    /// The template of its route.
    pub route: Option<&'a str>,
    /// The stored answer that it confirms (304): what purges that one purges this one too.
    pub confirms: Option<Arc<Entry>>,
}

impl<'a> Answer<'a> {
    /// Without tags and route.
    #[must_use]
    pub fn new(
        status: StatusCode,
        storable: Storable,
        body: Bytes,
        request: &'a HeaderMap,
        born: Born,
    ) -> Self {
        Self {
            status,
            storable,
            body,
            request,
            born,
            tags: CacheTags::default(),
            route: None,
            confirms: None,
        }
    }
}

/// One stored answer, for a list.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listed {
    /// Host and path. Query and partition may be secrets and are left out.
    pub host_and_path: String,
    /// Its status.
    pub status: StatusCode,
    /// The bytes that it takes.
    pub bytes: usize,
    /// How often it was found.
    pub hits: u64,
    /// How old it is.
    pub age: Duration,
    /// For how long it is fresh.
    pub fresh_for: Duration,
    /// It was purged softly.
    pub is_purged_softly: bool,
}

impl Store {
    /// An empty store for at most this many bytes: keys, fields, bodies and overhead.
    #[must_use]
    pub fn with_capacity(bytes: u64) -> Self {
        Self::with_capacity_and_names(bytes, MOST_NAMES)
    }

    /// The same, with a bound for tags and routes.
    #[must_use]
    pub fn with_capacity_and_names(bytes: u64, names: usize) -> Self {
        Self {
            shelf: Shelf::new(bytes),
            capacity: bytes,
            account: Arc::default(),
            sequence: Sequence::new(),
            all: Mark::new(0, 0),
            names: Tags::new(names.max(1)),
            keys: KeyPurges::new(MOST_KEY_PURGES),
            hasher: RandomState::new(),
            counts: Counts::default(),
        }
    }

    /// To be asked before a handler begins. What it makes is not stored if it is purged from here on.
    #[must_use]
    pub fn begin(&self) -> Born {
        self.sequence.born()
    }

    /// The newest answer that fits the request and was not purged.
    #[must_use]
    pub fn find(&self, key: &Key, request: &HeaderMap) -> Found {
        let found = self.peek(key, request);
        match &found {
            Found::Entry { .. } => self.counts.hits.raise(1),
            Found::OtherVariant => self.counts.vary_misses.raise(1),
            Found::Nothing => self.counts.misses.raise(1),
        }
        found
    }

    /// The same, uncounted: to look once more.
    #[must_use]
    pub fn peek(&self, key: &Key, request: &HeaderMap) -> Found {
        let Some(slot) = self.shelf.get(key) else {
            return Found::Nothing;
        };
        let mut gone = 0;
        for entry in &slot.variants {
            if entry.is_gone(&self.all) {
                gone += 1;
            } else if entry.made_for().fits(request) {
                entry.count_hit();
                let is_purged_softly =
                    slot.soft > entry.born().0 || entry.is_softly_gone(&self.all);
                return Found::Entry {
                    entry: entry.clone(),
                    is_purged_softly,
                };
            }
        }
        if gone > 0 {
            self.counts.purged.raise(gone as u64);
            self.drop_gone(key);
        }
        if gone == slot.variants.len() {
            Found::Nothing
        } else {
            Found::OtherVariant
        }
    }

    /// Whether an answer that was stored under this key a moment ago may serve those that waited for it: nothing that it is of was
    /// purged since its handler began, hard or softly.
    #[cfg(feature = "layer")]
    pub(crate) fn vouches_for(&self, key: &Key, entry: &Entry) -> bool {
        let was_purged = entry.is_gone(&self.all) || entry.is_softly_gone(&self.all);
        !was_purged && !self.key_was_purged(key, entry.born())
    }

    fn drop_gone(&self, key: &Key) {
        self.shelf.update(key, |slot| match slot {
            None => Change::Keep,
            Some(slot) => match slot.without_gone(&self.all) {
                None => Change::Remove,
                Some(left) if left.variants.len() == slot.variants.len() => Change::Keep,
                Some(left) => Change::Put(Arc::new(left)),
            },
        });
    }

    /// Stores an answer in the place of the one that fits the same requests.
    ///
    /// # Errors
    ///
    /// [`NotStored::Purged`] if it was purged since [`begin`](Self::begin), [`NotStored::Full`] if there is no room,
    /// [`NotStored::Tags`] and [`NotStored::Vary`] if its tags or the fields it varies by are too many or too long.
    pub fn put(
        &self,
        key: &Key,
        answer: Answer<'_>,
        now: SystemTime,
    ) -> Result<Arc<Entry>, NotStored> {
        let result = self.try_put(key, answer, now);
        match &result {
            Ok(_) => self.counts.stored.raise(1),
            Err(NotStored::Purged) => self.counts.refused_as_purged.raise(1),
            Err(_) => self.counts.refused.raise(1),
        }
        result
    }

    fn try_put(
        &self,
        key: &Key,
        answer: Answer<'_>,
        now: SystemTime,
    ) -> Result<Arc<Entry>, NotStored> {
        let storable = answer.storable;
        let made_for = storable
            .vary
            .values(answer.request)
            .ok_or(NotStored::Vary)?;
        let tags = answer.tags.checked().ok_or(NotStored::Tags)?;
        let parts = Parts {
            status: answer.status,
            headers: storable.headers,
            body: answer.body,
            freshness: storable.freshness,
            made_for,
            born: answer.born,
            marks: self.marks(&tags, answer.route, answer.confirms.as_deref()),
        };
        let bytes = parts.bytes(key.bytes());
        let account = self.claim(bytes).ok_or(NotStored::Full)?;
        let entry = Arc::new(Entry::new(parts, account));
        let mut was_purged = false;
        self.shelf.update(key, |slot| {
            // Inside the change, so that a purge of the key comes before it and is seen here, or after it and finds the answer.
            if entry.is_gone(&self.all) || self.key_was_purged(key, entry.born()) {
                was_purged = true;
                return Change::Keep;
            }
            Change::Put(Arc::new(Slot::with(slot, entry.clone(), &self.all, now)))
        });
        if was_purged {
            Err(NotStored::Purged)
        } else {
            Ok(entry)
        }
    }

    /// moka lets go of what is over the bound when it has time; an account of our own says when that is too late.
    fn claim(&self, bytes: usize) -> Option<Claim> {
        if bytes as u64 > self.capacity {
            return None;
        }
        let most = self.capacity.saturating_add(self.capacity / 16);
        Claim::new(&self.account, bytes, most).or_else(|| {
            self.shelf.settle();
            Claim::new(&self.account, bytes, most)
        })
    }

    /// Tells of the age of an answer that served, for [`Counters::age_seconds`].
    pub fn count_age(&self, age: Duration) {
        self.counts.age_seconds.raise(age.as_secs());
    }

    /// How often what happened.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let counts = &self.counts;
        Counters {
            hits: counts.hits.sum(),
            misses: counts.misses.sum(),
            vary_misses: counts.vary_misses.sum(),
            purged: counts.purged.sum(),
            age_seconds: counts.age_seconds.sum(),
            stored: counts.stored.sum(),
            refused_as_purged: counts.refused_as_purged.sum(),
            refused: counts.refused.sum(),
            purges: counts.purges.sum(),
            entries: self.account.entries(),
            bytes: self.account.bytes(),
            freed_bytes: self.account.freed(),
            tags: self.names.len() as u64,
        }
    }

    /// At most this many of the stored answers, in no order.
    #[must_use]
    pub fn list(&self, most: usize, now: SystemTime) -> Vec<Listed> {
        let mut list = Vec::new();
        self.shelf.each(|key, slot| {
            for entry in &slot.variants {
                if list.len() == most {
                    return false;
                }
                if !entry.is_gone(&self.all) {
                    list.push(Listed {
                        host_and_path: key.host_and_path(),
                        status: entry.status(),
                        bytes: entry.bytes(),
                        hits: entry.hits(),
                        age: entry.freshness().age(now),
                        fresh_for: entry.freshness().fresh_for(now),
                        is_purged_softly: slot.soft > entry.born().0
                            || entry.is_softly_gone(&self.all),
                    });
                }
            }
            true
        });
        list
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
