//! Where a table's time begins.

use std::time::{Duration, Instant, SystemTime};

/// The two clocks at one moment: cells count from the first, calendar windows turn by the second.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    pub(crate) now: Instant,
    /// Nanoseconds since 1970.
    pub(crate) unix_ns: u64,
}

impl Epoch {
    /// `now` and `wall` read together.
    #[must_use]
    pub fn new(now: Instant, wall: SystemTime) -> Self {
        let unix = wall.duration_since(SystemTime::UNIX_EPOCH);
        Self {
            now,
            unix_ns: nanoseconds(unix.unwrap_or_default()),
        }
    }
}

/// In 64 bits: saturates after 584 years.
pub(crate) const fn nanoseconds(duration: Duration) -> u64 {
    let nanos = duration.subsec_nanos() as u64;
    duration
        .as_secs()
        .saturating_mul(1_000_000_000)
        .saturating_add(nanos)
}
