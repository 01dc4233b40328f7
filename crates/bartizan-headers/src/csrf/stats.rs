//! Counts by reason.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::{CrossOriginAllow, CrossOriginRefuse};

const ALLOWS: usize = CrossOriginAllow::ALL.len();
const REFUSES: usize = CrossOriginRefuse::ALL.len();

/// How many requests were decided on and how, since the layer was made.
///
/// Requests that pass by [`CrossOriginAllow::SafeMethod`] are not counted: they are nearly all, and every core would write the
/// same memory for each of them.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct CrossOriginStats {
    allowed: [u64; ALLOWS],
    refused: [u64; REFUSES],
    reported: [u64; REFUSES],
}

impl CrossOriginStats {
    /// Requests that passed for this reason.
    #[must_use]
    pub fn allowed(&self, reason: CrossOriginAllow) -> u64 {
        self.allowed[reason as usize]
    }

    /// Requests that were refused for this reason.
    #[must_use]
    pub fn refused(&self, reason: CrossOriginRefuse) -> u64 {
        self.refused[reason as usize]
    }

    /// Requests that passed because the policy only reports, and would have been refused for this reason.
    #[must_use]
    pub fn reported(&self, reason: CrossOriginRefuse) -> u64 {
        self.reported[reason as usize]
    }
}

impl fmt::Debug for CrossOriginStats {
    /// What is not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (reason, count) in CrossOriginAllow::all().zip(self.allowed) {
            if count > 0 {
                map.entry(&format_args!("allowed.{reason}"), &count);
            }
        }
        for (what, counts) in [("refused", self.refused), ("reported", self.reported)] {
            for (reason, count) in CrossOriginRefuse::all().zip(counts) {
                if count > 0 {
                    map.entry(&format_args!("{what}.{reason}"), &count);
                }
            }
        }
        map.finish()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    allowed: [AtomicU64; ALLOWS],
    refused: [AtomicU64; REFUSES],
    reported: [AtomicU64; REFUSES],
}

impl Counters {
    pub(crate) fn allow(&self, reason: CrossOriginAllow) {
        if reason != CrossOriginAllow::SafeMethod {
            self.allowed[reason as usize].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn refuse(&self, reason: CrossOriginRefuse, only_reported: bool) {
        let counters = match only_reported {
            true => &self.reported,
            false => &self.refused,
        };
        counters[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> CrossOriginStats {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CrossOriginStats {
            allowed: self.allowed.each_ref().map(load),
            refused: self.refused.each_ref().map(load),
            reported: self.reported.each_ref().map(load),
        }
    }
}
