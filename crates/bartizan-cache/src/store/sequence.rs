//! Order without a clock: an answer is older than a purge if its handler began before it.

use crate::sync::{AtomicU64, Ordering};

/// When a handler began, in the store's own count of purges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Born(pub(super) u64);

/// How a purge treats what is stored.
// Exhaustive: there is no third way.
#[allow(clippy::exhaustive_enums, reason = "an answer that callers must match")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purge {
    /// It is gone.
    Hard,
    /// It is stale: it serves only where a stale answer may, while it is refreshed or the handler fails.
    Soft,
}

/// Counts purges.
#[derive(Debug)]
pub(super) struct Sequence(AtomicU64);

impl Sequence {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Read before the handler begins. Whoever reads the number of a purge sees all that was written before that purge.
    pub(super) fn born(&self) -> Born {
        Born(self.0.load(Ordering::Acquire))
    }

    /// The number of a new purge. It is taken *before* anything is marked: a handler that begins in between is newer than the
    /// write that the purge is about, and its answer stays.
    pub(super) fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::AcqRel).saturating_add(1)
    }
}

/// The last purges of one thing: a tag, a route, everything.
#[derive(Debug)]
pub(crate) struct Mark {
    hard: AtomicU64,
    soft: AtomicU64,
}

impl Mark {
    pub(super) fn new(hard: u64, soft: u64) -> Self {
        Self {
            hard: AtomicU64::new(hard),
            soft: AtomicU64::new(soft),
        }
    }

    /// Two purges at once leave the later number, in whatever order they get here.
    pub(super) fn purge(&self, number: u64, how: Purge) {
        let place = match how {
            Purge::Hard => &self.hard,
            Purge::Soft => &self.soft,
        };
        place.fetch_max(number, Ordering::AcqRel);
    }

    pub(super) fn last_hard(&self) -> u64 {
        self.hard.load(Ordering::Acquire)
    }

    pub(super) fn last_soft(&self) -> u64 {
        self.soft.load(Ordering::Acquire)
    }
}
