//! The answer to one claim.

use std::time::Duration;

use crate::quota::{Kind, Quota};

/// Whether a request was within its quota, and what is left of it.
///
/// A plain value: all its arithmetic is done when it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub(crate) quota: Quota,
    pub(crate) verdict: Verdict,
    /// After this decision: nanoseconds of debt of a rate, or the count in the window of a calendar quota.
    pub(crate) spent: u64,
    /// Nanoseconds until the window turns; zero for a rate.
    pub(crate) left_ns: u64,
    /// What was taken.
    pub(crate) cost: u32,
    /// The cell's word after this decision, by which a refund knows what has drained since.
    pub(crate) word: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// Nanoseconds until the same request would be allowed.
    Refused {
        wait_ns: u64,
    },
    /// It costs more than the quota ever holds.
    Never,
}

impl Decision {
    /// Whether the request may go on.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        matches!(self.verdict, Verdict::Allowed)
    }

    /// How long to wait until the same request would be allowed, if nobody else asks with this key: zero when it was
    /// allowed, `None` when it costs more than the quota ever holds.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self.verdict {
            Verdict::Allowed => Some(Duration::ZERO),
            Verdict::Refused { wait_ns } => Some(Duration::from_nanos(wait_ns)),
            Verdict::Never => None,
        }
    }

    /// How many requests of cost 1 would be allowed now.
    #[must_use]
    pub fn remaining(&self) -> u32 {
        let burst = self.quota.burst().get();
        match self.quota.kind() {
            Kind::Rate { interval_ns } => {
                let horizon = interval_ns * u64::from(burst);
                // at most `burst`, so it fits
                (horizon.saturating_sub(self.spent) / interval_ns) as u32
            }
            Kind::Calendar(_) => u64::from(burst).saturating_sub(self.spent) as u32,
        }
    }

    /// How long until one more request is allowed than now; zero when nothing is spent.
    #[must_use]
    pub fn next_after(&self) -> Duration {
        Duration::from_nanos(match self.quota.kind() {
            Kind::Rate { interval_ns } => {
                let horizon = interval_ns * u64::from(self.quota.burst().get());
                match self.spent.checked_sub(horizon) {
                    // in debt beyond the burst
                    Some(beyond) => beyond + interval_ns,
                    None if self.spent == 0 => 0,
                    None => match self.spent % interval_ns {
                        0 => interval_ns,
                        rest => rest,
                    },
                }
            }
            Kind::Calendar(_) if self.spent == 0 => 0,
            Kind::Calendar(_) => self.left_ns,
        })
    }

    /// How long until nothing is spent any more.
    #[must_use]
    pub const fn full_after(&self) -> Duration {
        Duration::from_nanos(match self.quota.kind() {
            Kind::Rate { .. } => self.spent,
            Kind::Calendar(_) if self.spent == 0 => 0,
            Kind::Calendar(_) => self.left_ns,
        })
    }

    /// The quota that was asked.
    #[must_use]
    pub const fn quota(&self) -> Quota {
        self.quota
    }

    /// What the request costs.
    #[must_use]
    pub const fn cost(&self) -> u32 {
        self.cost
    }
}
