//! How often which failure was met: a bounded table, and what of it is worth telling.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::Fingerprint;

/// Failures that are told apart. A failure is a place in the code, so no request can make new ones.
const MAX_KNOWN: usize = 1_024;
/// A known failure's details are told so often at most.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// A failure is traced again after this.
const TRACE_EVERY: Duration = Duration::from_secs(60);
/// Backtraces a second, of all failures together.
const TRACES_PER_SECOND: u32 = 5;

/// What is known of the failures so far.
#[derive(Default)]
pub(super) struct Occurrences {
    known: HashMap<Fingerprint, Known>,
    second: Option<Instant>,
    traces: u32,
}

struct Known {
    count: u64,
    untold: u64,
    told: Option<Instant>,
    traced: Option<Instant>,
    met: Instant,
}

/// What to say of one occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Noted {
    /// How often it was met, this one included.
    pub(crate) count: u64,
    /// With the details: how many were met since they were last told, this one included.
    pub(crate) since_last: Option<u64>,
}

impl Occurrences {
    pub(super) fn note(&mut self, fingerprint: Fingerprint, now: Instant) -> Noted {
        let known = self.entry(fingerprint, now);
        known.count += 1;
        known.untold += 1;
        let is_due = is_due(known.told, TELL_EVERY, now);
        let since_last = is_due.then(|| std::mem::take(&mut known.untold));
        if is_due {
            known.told = Some(now);
        }
        Noted {
            count: known.count,
            since_last,
        }
    }

    /// Whether a backtrace may be taken now; then it counts as taken.
    pub(super) fn may_trace(&mut self, fingerprint: Fingerprint, now: Instant) -> Trace {
        if !is_due(self.entry(fingerprint, now).traced, TRACE_EVERY, now) {
            return Trace::Known;
        }
        if is_due(self.second, Duration::from_secs(1), now) {
            self.second = Some(now);
            self.traces = 0;
        }
        if self.traces >= TRACES_PER_SECOND {
            return Trace::TooMany;
        }
        self.traces += 1;
        self.entry(fingerprint, now).traced = Some(now);
        Trace::Take
    }

    fn entry(&mut self, fingerprint: Fingerprint, now: Instant) -> &mut Known {
        if self.known.len() >= MAX_KNOWN && !self.known.contains_key(&fingerprint) {
            let oldest = self.known.iter().min_by_key(|(_, known)| known.met);
            let oldest = oldest.map(|(fingerprint, _)| *fingerprint);
            oldest.and_then(|oldest| self.known.remove(&oldest));
        }
        let known = self.known.entry(fingerprint).or_insert(Known {
            count: 0,
            untold: 0,
            told: None,
            traced: None,
            met: now,
        });
        known.met = now;
        known
    }
}

/// What [`Occurrences::may_trace`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trace {
    Take,
    /// Its backtrace was told a short while ago.
    Known,
    TooMany,
}

fn is_due(last: Option<Instant>, every: Duration, now: Instant) -> bool {
    last.is_none_or(|last| now.saturating_duration_since(last) >= every)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(n: u32) -> Fingerprint {
        Fingerprint::new().with_number(n)
    }

    #[test]
    fn the_first_is_told_and_then_one_a_second_with_the_count() {
        let (mut table, t0) = (Occurrences::default(), Instant::now());
        let at = |ms| t0 + Duration::from_millis(ms);
        assert_eq!(table.note(print(1), at(0)).since_last, Some(1));
        for n in 1..100 {
            assert_eq!(table.note(print(1), at(n)).since_last, None);
        }
        let noted = table.note(print(1), at(1_000));
        assert_eq!((noted.count, noted.since_last), (101, Some(100)));
        assert_eq!(table.note(print(2), at(1_000)).since_last, Some(1));
    }

    #[test]
    fn five_traces_a_second_and_one_a_minute_of_a_place() {
        let (mut table, t0) = (Occurrences::default(), Instant::now());
        let taken = |table: &mut Occurrences, from: u32, seconds| {
            let now = t0 + Duration::from_secs(seconds);
            (from..from + 100)
                .filter(|n| table.may_trace(print(*n), now) == Trace::Take)
                .count()
        };
        assert_eq!(taken(&mut table, 0, 0), 5);
        assert_eq!(taken(&mut table, 100, 0), 0);
        assert_eq!(taken(&mut table, 100, 1), 5);
        assert_eq!(
            table.may_trace(print(0), t0 + Duration::from_secs(59)),
            Trace::Known
        );
        assert_eq!(
            table.may_trace(print(0), t0 + Duration::from_secs(60)),
            Trace::Take
        );
    }

    #[test]
    fn the_table_does_not_grow() {
        let (mut table, t0) = (Occurrences::default(), Instant::now());
        for n in 0..3_000 {
            table.note(print(n), t0 + Duration::from_micros(u64::from(n)));
        }
        assert_eq!(table.known.len(), MAX_KNOWN);
        let late = table.note(print(2_999), t0 + Duration::from_secs(1));
        assert_eq!(late.count, 2);
    }
}
