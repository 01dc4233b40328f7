//! A clock that is cheap to read.

use std::{
    sync::atomic::{AtomicI64, Ordering::Relaxed},
    time::{Duration, Instant},
};

/// The time of [`Instant::now`], read from the processor's time stamp counter where that can be trusted (crate `quanta`): a
/// third of the cost, which is most of a check's. Elsewhere it is the system's clock.
///
/// The counter's rate differs from the system's by some millionths. [`Clock::adjust`] takes that out; a limiter calls it once a
/// minute, so the two stay within some milliseconds.
#[derive(Debug)]
pub struct Clock {
    counter: quanta::Clock,
    start: Instant,
    counter_start: u64,
    /// Nanoseconds by which the system's clock is ahead of the counter since the start.
    ahead: AtomicI64,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn new() -> Self {
        let counter = quanta::Clock::new();
        Self {
            start: Instant::now(),
            counter_start: counter.raw(),
            counter,
            ahead: AtomicI64::new(0),
        }
    }

    /// Now.
    #[must_use]
    #[inline]
    pub fn now(&self) -> Instant {
        let elapsed = self
            .elapsed_ns()
            .saturating_add_signed(self.ahead.load(Relaxed));
        self.start + Duration::from_nanos(elapsed)
    }

    /// Sets it by the system's clock.
    pub fn adjust(&self) {
        let real = self.start.elapsed().as_nanos();
        let real = i64::try_from(real).unwrap_or(i64::MAX);
        let counted = i64::try_from(self.elapsed_ns()).unwrap_or(i64::MAX);
        self.ahead.store(real.saturating_sub(counted), Relaxed);
    }

    fn elapsed_ns(&self) -> u64 {
        self.counter
            .delta_as_nanos(self.counter_start, self.counter.raw())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lies_between_two_readings_of_the_systems_clock_once_adjusted() {
        let clock = Clock::new();
        for _ in 0..1000 {
            let before = Instant::now();
            clock.adjust();
            let now = clock.now();
            let after = Instant::now();
            // a microsecond for the rounding of the counter's scale
            let slack = Duration::from_micros(1);
            assert!(before <= now + slack && now <= after + slack);
        }
    }
}
