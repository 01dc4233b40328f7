//! What a store has done so far.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts since the store was made. Each is exact; read one after the other, they are not of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisStats {
    /// Calls to the server: one a decision, one a batch of changes.
    pub calls: u64,
    /// Calls that were not answered, not in time, or with an error.
    pub failures: u64,
    /// Decisions made without the store because it could not be asked: by [`OnFailure`](crate::OnFailure).
    pub fallbacks: u64,
    /// Refusals that needed no call.
    pub denied_from_cache: u64,
    /// Refunds and clearings that never reached the store: their callers are counted too high, until time has paid it off.
    pub dropped_changes: u64,
    /// Whether the store is given up at the moment.
    pub is_down: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) calls: AtomicU64,
    pub(crate) failures: AtomicU64,
    pub(crate) fallbacks: AtomicU64,
    pub(crate) denied_from_cache: AtomicU64,
    pub(crate) dropped_changes: AtomicU64,
}

impl Counters {
    pub(crate) fn drop_change(&self) {
        self.dropped_changes.fetch_add(1, Relaxed);
    }

    pub(crate) fn read(&self, is_down: bool) -> RedisStats {
        RedisStats {
            calls: self.calls.load(Relaxed),
            failures: self.failures.load(Relaxed),
            fallbacks: self.fallbacks.load(Relaxed),
            denied_from_cache: self.denied_from_cache.load(Relaxed),
            dropped_changes: self.dropped_changes.load(Relaxed),
            is_down,
        }
    }
}
