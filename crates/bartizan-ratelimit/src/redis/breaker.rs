//! Whether the store is asked at all: a pure function of its answers and the time.

use std::time::{Duration, Instant};

use super::config::BreakerConfig;

/// Closed: the store is asked. Open: nobody asks, but for one probe at a time.
#[derive(Debug)]
pub(crate) struct Breaker {
    config: BreakerConfig,
    state: State,
    /// How long the store was left alone last time, and since when it is back.
    last_wait: Duration,
    closed_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed {
        failures: u32,
        /// When the first of them was.
        since: Option<Instant>,
    },
    Open {
        probe_at: Instant,
        is_probing: bool,
    },
}

impl Breaker {
    /// Open, with a probe due at once: nothing is known of the store yet.
    pub(crate) const fn new(config: BreakerConfig, now: Instant) -> Self {
        Self {
            config,
            state: State::Open {
                probe_at: now,
                is_probing: false,
            },
            last_wait: Duration::ZERO,
            closed_at: None,
        }
    }

    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// When the next probe is due, while it is open.
    pub(crate) const fn probe_at(&self) -> Option<Instant> {
        match self.state {
            State::Open { probe_at, .. } => Some(probe_at),
            State::Closed { .. } => None,
        }
    }

    /// A call was answered. An answer that arrives after it opened does not close it: the probe does.
    pub(crate) const fn succeeded(&mut self) {
        if let State::Closed { failures, since } = &mut self.state {
            (*failures, *since) = (0, None);
        }
    }

    /// A call failed or was not answered in time; says whether that opened it.
    pub(crate) fn failed(&mut self, now: Instant) -> bool {
        let State::Closed { failures, since } = &mut self.state else {
            return false;
        };
        *failures += 1;
        let first = *since.get_or_insert(now);
        let too_many = *failures >= self.config.failures.get();
        let too_long = *failures > 1 && now.saturating_duration_since(first) >= self.config.window;
        let opens = too_many || too_long;
        if opens {
            let wait = self.next_wait(now);
            self.open(now + wait, wait);
        }
        opens
    }

    /// The connection is gone: more calls would tell no more. A store that was well until now is probed at once, since most
    /// often a connection was only idle for too long. Says whether that opened it.
    pub(crate) fn lost(&mut self, now: Instant) -> bool {
        let opens = !self.is_open();
        if opens {
            // One that comes back only for moments has to wait, or this would spin.
            let wait = match self.has_recovered(now) {
                true => Duration::ZERO,
                false => self.next_wait(now),
            };
            self.open(now + wait, wait);
        }
        opens
    }

    /// Whether a probe may start now. Who gets `true` has to end it by [`probed`](Self::probed).
    pub(crate) fn begin_probe(&mut self, now: Instant) -> bool {
        match &mut self.state {
            State::Open {
                probe_at,
                is_probing: is_probing @ false,
            } if *probe_at <= now => {
                *is_probing = true;
                true
            }
            _ => false,
        }
    }

    /// How the probe that began at `began` ended. Waits count from its begin, so that a probe which takes long adds nothing
    /// to the time until the store is back.
    pub(crate) fn probed(&mut self, answered: bool, began: Instant, now: Instant) {
        if answered {
            self.state = State::Closed {
                failures: 0,
                since: None,
            };
            self.closed_at = Some(now);
        } else {
            let wait = self.next_wait(now);
            self.open(began + wait, wait);
        }
    }

    fn open(&mut self, probe_at: Instant, wait: Duration) {
        self.state = State::Open {
            probe_at,
            is_probing: false,
        };
        self.last_wait = wait;
        self.closed_at = None;
    }

    /// Twice the last wait; from the start again after a recovery.
    fn next_wait(&self, now: Instant) -> Duration {
        let (first, longest) = (self.config.first_wait, self.config.longest_wait);
        match self.has_recovered(now) {
            true => first,
            false => (self.last_wait * 2).clamp(first, longest),
        }
    }

    /// Whether the store has been well for as long as the longest wait.
    fn has_recovered(&self, now: Instant) -> bool {
        self.closed_at
            .is_some_and(|at| now.saturating_duration_since(at) >= self.config.longest_wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A breaker that has been closed for long, and now.
    fn closed() -> (Breaker, Instant) {
        let start = Instant::now();
        let mut breaker = Breaker::new(BreakerConfig::default(), start);
        assert!(breaker.is_open());
        assert!(breaker.begin_probe(start));
        breaker.probed(true, start, start);
        (breaker, start + Duration::from_secs(3600))
    }

    #[test]
    fn twenty_failures_in_a_row_open_it() {
        let (mut breaker, now) = closed();
        for _ in 0..19 {
            assert!(!breaker.failed(now));
        }
        breaker.succeeded();
        for _ in 0..19 {
            assert!(!breaker.failed(now));
        }
        assert!(breaker.failed(now));
        assert!(breaker.is_open());
        assert!(!breaker.failed(now), "it is open already");
        breaker.succeeded();
        assert!(breaker.is_open(), "a late answer does not close it");
    }

    #[test]
    fn nothing_but_failures_for_the_window_opens_it() {
        let (mut breaker, now) = closed();
        assert!(!breaker.failed(now));
        assert!(!breaker.failed(now + 99 * MS));
        breaker.succeeded();
        assert!(!breaker.failed(now + 100 * MS));
        assert!(breaker.failed(now + 200 * MS));
    }

    #[test]
    fn one_probe_at_a_time_and_only_when_it_is_due() {
        let (mut breaker, now) = closed();
        assert!(!breaker.begin_probe(now));
        for _ in 0..20 {
            breaker.failed(now);
        }
        assert_eq!(breaker.probe_at(), Some(now + 100 * MS));
        assert!(!breaker.begin_probe(now + 99 * MS));
        assert!(breaker.begin_probe(now + 100 * MS));
        assert!(!breaker.begin_probe(now + 500 * MS));
        breaker.probed(true, now + 100 * MS, now + 101 * MS);
        assert!(!breaker.is_open());
        assert_eq!(breaker.probe_at(), None);
    }

    #[test]
    fn waits_double_from_the_begin_of_a_probe_up_to_the_longest() {
        let (mut breaker, mut now) = closed();
        assert!(breaker.lost(now));
        for wait in [0, 100, 200, 400, 800, 1600, 2000, 2000] {
            now += wait * MS;
            assert_eq!(breaker.probe_at(), Some(now));
            assert!(breaker.begin_probe(now));
            breaker.probed(false, now, now + 50 * MS);
        }
    }

    #[test]
    fn a_store_that_comes_back_for_moments_is_left_alone_for_longer() {
        let (mut breaker, now) = closed();
        assert!(breaker.lost(now));
        assert!(breaker.begin_probe(now));
        breaker.probed(true, now, now);
        assert!(breaker.lost(now + MS));
        assert_eq!(breaker.probe_at(), Some(now + 101 * MS));
        assert!(breaker.begin_probe(now + 101 * MS));
        breaker.probed(true, now + 101 * MS, now + 102 * MS);
        for _ in 0..20 {
            breaker.failed(now + 200 * MS);
        }
        assert_eq!(breaker.probe_at(), Some(now + 400 * MS));
    }
}
