//! What a pool counts: atomics that are only ever added to, and a copy of them.

mod histogram;

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

pub use histogram::Histogram;
pub(crate) use histogram::Recorder;

use crate::UnavailableKind;

/// Kinds of rows that are checked: none, ours, and those of other programs.
#[cfg(feature = "legacy")]
const KINDS: usize = 2 + crate::Scheme::ALL.len();
#[cfg(not(feature = "legacy"))]
const KINDS: usize = 2;

/// What was checked, as a place in the table of counts.
#[derive(Clone, Copy)]
pub(crate) struct Kind(usize);

impl Kind {
    pub(crate) const NOBODY: Self = Self(0);
    pub(crate) const OURS: Self = Self(1);

    #[cfg(feature = "legacy")]
    pub(crate) fn legacy(scheme: crate::Scheme) -> Self {
        let place = crate::Scheme::ALL.iter().position(|other| *other == scheme);
        Self(2 + place.unwrap_or(0))
    }

    fn name(self) -> &'static str {
        match self.0 {
            0 => "none",
            1 => "ours",
            #[cfg(feature = "legacy")]
            other => crate::Scheme::ALL
                .get(other - 2)
                .map_or("", |scheme| scheme.name()),
            #[cfg(not(feature = "legacy"))]
            _ => "",
        }
    }
}

#[derive(Default)]
pub(crate) struct Metrics {
    pub(crate) started: AtomicU64,
    pub(crate) finished: AtomicU64,
    pub(crate) abandoned: AtomicU64,
    pub(crate) rehashes: AtomicU64,
    pub(crate) matched: AtomicU64,
    pub(crate) mismatched: AtomicU64,
    refused: [AtomicU64; UnavailableKind::NAMES.len()],
    checked: [AtomicU64; KINDS],
    pub(crate) wait: Recorder,
    pub(crate) work: Recorder,
}

impl Metrics {
    pub(crate) fn begin(&self, waited: Duration) -> Begun<'_> {
        self.started.fetch_add(1, Relaxed);
        self.wait.record(waited);
        Begun(self)
    }

    pub(crate) fn refused(&self, kind: UnavailableKind, jobs: u64) {
        if let Some(count) = self.refused.get(kind.place()) {
            count.fetch_add(jobs, Relaxed);
        }
    }

    pub(crate) fn checked(&self, kind: Kind) {
        if let Some(count) = self.checked.get(kind.0) {
            count.fetch_add(1, Relaxed);
        }
    }

    pub(crate) fn snapshot(&self, queued: usize) -> PoolMetrics {
        // First: a job that ends in between is then not counted twice.
        let finished = self.finished.load(Relaxed);
        let started = self.started.load(Relaxed);
        PoolMetrics {
            queued,
            working: started.saturating_sub(finished),
            started,
            finished,
            abandoned: self.abandoned.load(Relaxed),
            rehashes: self.rehashes.load(Relaxed),
            matched: self.matched.load(Relaxed),
            mismatched: self.mismatched.load(Relaxed),
            refused: std::array::from_fn(|at| self.refused[at].load(Relaxed)),
            checked: std::array::from_fn(|at| self.checked[at].load(Relaxed)),
            wait: self.wait.snapshot(),
            work: self.work.snapshot(),
        }
    }
}

/// What a [`Pool`](crate::Pool) has done since its start. It names no account and no password.
///
/// The counts are read one after another while the pool works, so sums may be off by the jobs of that moment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PoolMetrics {
    /// Jobs that wait now.
    pub queued: usize,
    /// Jobs that are worked on now.
    pub working: u64,
    /// Jobs begun, those for accounts that do not exist and rehashes included.
    pub started: u64,
    /// Jobs ended, those whose worker panicked included.
    pub finished: u64,
    /// Jobs that were not begun because their caller had gone.
    pub abandoned: u64,
    /// New hashes asked for after a match.
    pub rehashes: u64,
    /// Checks of a right password.
    pub matched: u64,
    /// Checks of a wrong password or for no account.
    pub mismatched: u64,
    refused: [u64; UnavailableKind::NAMES.len()],
    checked: [u64; KINDS],
    /// From the call to the begin of the work.
    pub wait: Histogram,
    /// From the begin of the work to the answer.
    pub work: Histogram,
}

impl PoolMetrics {
    /// Answers [`Unavailable`](crate::Unavailable) of one kind, whatever key an `UnknownPepperKey` names.
    pub fn refused(&self, kind: UnavailableKind) -> u64 {
        self.refused.get(kind.place()).copied().unwrap_or(0)
    }

    /// Answers [`Unavailable`](crate::Unavailable) by a plain name of their kind, such as `queue_full`; all kinds, in one
    /// order.
    pub fn refusals(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        UnavailableKind::NAMES.into_iter().zip(self.refused)
    }

    /// Checks by what the row was: `none` for no account or an unusable row, `ours`, or the name of a foreign scheme; all
    /// of them, in one order.
    pub fn checks(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let names = (0..KINDS).map(|at| Kind(at).name());
        names.zip(self.checked)
    }
}

/// A job that has begun. Its drop, by a panic too, counts it as ended.
pub(crate) struct Begun<'a>(&'a Metrics);

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.finished.fetch_add(1, Relaxed);
    }
}

#[cfg(test)]
mod tests;
