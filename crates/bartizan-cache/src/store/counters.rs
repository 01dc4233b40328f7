//! What the store did, for whoever runs the service.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
};

/// Parts of a count, so that threads do not wait for each other's cache line.
const SHARDS: usize = 8;

/// A count that many threads raise at once.
#[derive(Debug, Default)]
pub(crate) struct Counter([Shard; SHARDS]);

#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(AtomicU64);

impl Counter {
    pub(crate) fn raise(&self, by: u64) {
        if let Some(shard) = self.0.get(shard()) {
            shard.0.fetch_add(by, Relaxed);
        }
    }

    pub(crate) fn sum(&self) -> u64 {
        self.0.iter().map(|shard| shard.0.load(Relaxed)).sum()
    }
}

fn shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    MINE.with(|mine| {
        if mine.get() == usize::MAX {
            mine.set(NEXT.fetch_add(1, Relaxed) % SHARDS);
        }
        mine.get()
    })
}

/// How often what happened, since the store was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// An answer was found.
    pub hits: u64,
    /// Nothing was stored under the key, or what was had been purged.
    pub misses: u64,
    /// What was stored was made for other fields.
    pub vary_misses: u64,
    /// Answers that were met and had been purged by tag, route or all.
    pub purged: u64,
    /// The ages at those hits that [`Store::count_age`](crate::Store::count_age) was told of, in seconds, added up.
    pub age_seconds: u64,
    /// Answers stored.
    pub stored: u64,
    /// Answers refused because they were purged while they were made.
    pub refused_as_purged: u64,
    /// Answers refused for want of room, or for tags out of range.
    pub refused: u64,
    /// Purges.
    pub purges: u64,
    /// Answers in memory.
    pub entries: u64,
    /// Their bytes, by our account.
    pub bytes: u64,
    /// Bytes of answers that are no longer stored: evicted, expired, replaced or purged.
    pub freed_bytes: u64,
    /// Tags and routes that are known.
    pub tags: u64,
}

/// The counts behind [`Counters`].
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) hits: Counter,
    pub(super) misses: Counter,
    pub(super) vary_misses: Counter,
    pub(super) purged: Counter,
    pub(super) age_seconds: Counter,
    pub(super) stored: Counter,
    pub(super) refused_as_purged: Counter,
    pub(super) refused: Counter,
    pub(super) purges: Counter,
}
