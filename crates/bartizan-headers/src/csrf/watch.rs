//! How often an operator hears of a reason.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::CrossOriginRefuse;

/// A page in a loop refuses itself a thousand times a second; one line a minute tells as much.
const PAUSE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Watch {
    start: Instant,
    /// Milliseconds from the start to the last event of each reason, plus one; 0 before the first.
    last: [AtomicU64; CrossOriginRefuse::ALL.len()],
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            last: Default::default(),
        }
    }
}

impl Watch {
    /// Tells `tracing`, unless it was told of this reason in the last minute. The event has nothing of the request in it.
    pub(crate) fn tell(&self, reason: CrossOriginRefuse, only_reported: bool) {
        if self.rings(reason, self.start.elapsed()) {
            let reason = reason.as_str();
            match only_reported {
                true => tracing::warn!(reason, "a cross-origin request would be refused"),
                false => tracing::warn!(reason, "a cross-origin request was refused"),
            }
        }
    }

    fn rings(&self, reason: CrossOriginRefuse, now: Duration) -> bool {
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX - 1);
        let cell = &self.last[reason as usize];
        let last = cell.load(Ordering::Relaxed);
        let is_due = last
            .checked_sub(1)
            .is_none_or(|last| u128::from(now.saturating_sub(last)) >= PAUSE.as_millis());
        // No other memory depends on it; the exchange lets one of several callers ring.
        let (old, new) = (Ordering::Relaxed, Ordering::Relaxed);
        is_due
            && cell
                .compare_exchange(last, now.saturating_add(1), old, new)
                .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_rings_at_once_and_then_once_a_minute() {
        let (watch, at) = (Watch::default(), Duration::from_millis);
        let (one, other) = (CrossOriginRefuse::CrossSite, CrossOriginRefuse::OtherOrigin);
        assert!(watch.rings(one, at(0)));
        assert!(!watch.rings(one, at(0)));
        assert!(!watch.rings(one, at(59_999)));
        assert!(watch.rings(other, at(59_999)));
        assert!(watch.rings(one, at(60_000)));
        assert!(!watch.rings(one, at(119_999)));
        assert!(watch.rings(one, Duration::MAX));
    }
}
