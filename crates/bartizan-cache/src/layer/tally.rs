//! What the layer did, beside what its store counts.

use crate::{Bypass, NotStored, store::Counter};

/// How often what happened in one layer, since it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerCounters {
    /// Requests that passed by, by reason. Only those that happened.
    pub bypassed: Vec<(Bypass, u64)>,
    /// Requests whose facts named no scheme and host.
    pub without_origin: u64,
    /// Answers that were not stored, by reason. Only those that happened.
    pub not_stored: Vec<(NotStored, u64)>,
    /// Requests that waited for another one's answer.
    pub collapsed: u64,
    /// Stale answers that served: meanwhile, by `max-stale`, or in the place of a failure.
    pub stale: u64,
    /// Stored answers that the handler confirmed.
    pub confirmed: u64,
}

/// The counts behind it.
#[derive(Debug)]
pub(super) struct Tally {
    bypassed: [Counter; Bypass::ALL.len()],
    not_stored: [Counter; NotStored::ALL.len()],
    pub(super) without_origin: Counter,
    pub(super) collapsed: Counter,
    pub(super) stale: Counter,
    pub(super) confirmed: Counter,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            bypassed: std::array::from_fn(|_| Counter::default()),
            not_stored: std::array::from_fn(|_| Counter::default()),
            without_origin: Counter::default(),
            collapsed: Counter::default(),
            stale: Counter::default(),
            confirmed: Counter::default(),
        }
    }
}

impl Tally {
    pub(super) fn bypass(&self, why: Bypass) {
        raise(&self.bypassed, &Bypass::ALL, why);
    }

    pub(super) fn not_stored(&self, why: NotStored) {
        raise(&self.not_stored, &NotStored::ALL, why);
    }

    pub(super) fn read(&self) -> LayerCounters {
        LayerCounters {
            bypassed: happened(&self.bypassed, &Bypass::ALL),
            without_origin: self.without_origin.sum(),
            not_stored: happened(&self.not_stored, &NotStored::ALL),
            collapsed: self.collapsed.sum(),
            stale: self.stale.sum(),
            confirmed: self.confirmed.sum(),
        }
    }
}

fn raise<R: PartialEq>(counters: &[Counter], reasons: &[R], why: R) {
    let place = reasons.iter().position(|reason| *reason == why);
    if let Some(counter) = place.and_then(|place| counters.get(place)) {
        counter.raise(1);
    }
}

fn happened<R: Copy>(counters: &[Counter], reasons: &[R]) -> Vec<(R, u64)> {
    let counts = reasons
        .iter()
        .zip(counters)
        .map(|(reason, counter)| (*reason, counter.sum()));
    counts.filter(|(_, count)| *count > 0).collect()
}
