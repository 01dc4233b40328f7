use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Upper bounds in milliseconds. One hash of the default cost takes some tens; a queue of 64 some thousands.
const BOUNDS_MS: [u64; 12] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000];

#[derive(Default)]
pub(crate) struct Recorder {
    /// The last one is for what is above all bounds.
    counts: [AtomicU64; BOUNDS_MS.len() + 1],
    micros: AtomicU64,
}

impl Recorder {
    pub(crate) fn record(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS_MS.partition_point(|bound| bound * 1_000 < micros);
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Relaxed);
        }
        self.micros.fetch_add(micros, Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Histogram {
        Histogram {
            counts: std::array::from_fn(|at| self.counts[at].load(Relaxed)),
            sum: Duration::from_micros(self.micros.load(Relaxed)),
        }
    }
}

/// Times in fixed buckets: up to 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5 and 5 seconds, and above.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    counts: [u64; BOUNDS_MS.len() + 1],
    sum: Duration,
}

impl Histogram {
    /// The upper bound in seconds, and how many times were at most that, as Prometheus wants them; the last bound is
    /// infinite.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let bounds = BOUNDS_MS.iter().map(|bound| *bound as f64 / 1_000.0);
        let mut below = 0;
        let counts = self.counts.iter().map(move |count| {
            below += count;
            below
        });
        bounds.chain([f64::INFINITY]).zip(counts)
    }

    /// How many times there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All times together.
    pub const fn sum(&self) -> Duration {
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_the_first_bucket_that_holds_it() {
        let recorder = Recorder::default();
        for micros in [0, 1_000, 1_001, 60_000, 5_000_000, 5_000_001, 900_000_000] {
            recorder.record(Duration::from_micros(micros));
        }
        let histogram = recorder.snapshot();
        let buckets: Vec<_> = histogram.buckets().collect();
        assert_eq!(buckets[0], (0.001, 2));
        assert_eq!(buckets[1], (0.002, 3));
        assert_eq!((buckets[5], buckets[6]), ((0.05, 3), (0.1, 4)));
        assert_eq!((buckets[11], buckets[12]), ((5.0, 5), (f64::INFINITY, 7)));
        assert_eq!(histogram.count(), 7);
        assert_eq!(histogram.sum(), Duration::from_micros(910_062_002));
    }
}
