//! The one table of the process.

use std::{
    sync::{
        LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use super::{
    Fingerprint,
    occurrences::{Noted, Occurrences, Trace},
};

static TABLE: LazyLock<Mutex<Occurrences>> = LazyLock::new(Mutex::default);
static TAKEN: AtomicU64 = AtomicU64::new(0);
static SKIPPED: AtomicU64 = AtomicU64::new(0);
static RESOLVED: AtomicU64 = AtomicU64::new(0);

/// What happened to backtraces since the process began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportCounts {
    /// Taken, still without names.
    pub taken: u64,
    /// Not taken or not resolved, as there were too many at once.
    pub skipped: u64,
    /// Names were found, and they are in the log.
    pub resolved: u64,
}

/// What happened to backtraces so far. At most five a second are taken and resolved; of one place in the code one a minute is.
#[must_use]
pub fn report_counts() -> ReportCounts {
    ReportCounts {
        taken: TAKEN.load(Relaxed),
        skipped: SKIPPED.load(Relaxed),
        resolved: RESOLVED.load(Relaxed),
    }
}

fn table() -> MutexGuard<'static, Occurrences> {
    // nothing that is called under the lock panics
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts an occurrence.
pub(crate) fn note(fingerprint: Fingerprint) -> Noted {
    table().note(fingerprint, Instant::now())
}

pub(super) fn may_trace(fingerprint: Fingerprint) -> bool {
    let answer = table().may_trace(fingerprint, Instant::now());
    if answer == Trace::TooMany {
        skipped();
    }
    answer == Trace::Take
}

pub(super) fn taken() {
    TAKEN.fetch_add(1, Relaxed);
}

pub(super) fn skipped() {
    SKIPPED.fetch_add(1, Relaxed);
}

pub(super) fn resolved() {
    RESOLVED.fetch_add(1, Relaxed);
}
