//! How much is allowed.

use std::{error::Error, fmt, num::NonZeroU32, time::Duration};

use crate::calendar::Calendar;

/// The longest time in which a full burst may come back: 100 years of 365 days. It keeps all arithmetic inside 64 bits of
/// nanoseconds.
const MAX_HORIZON_NS: u64 = 100 * 365 * 24 * 60 * 60 * 1_000_000_000;

/// How many requests in how much time: a rate with a burst, or a count for each calendar window.
///
/// What each kind admits in the *worst* window of its period (count 100, period one minute):
///
/// | quota | at once | in the worst minute | in the long run |
/// |---|---|---|---|
/// | [`Quota::new`]: 100 a minute | 100 | 199 | 100 a minute |
/// | [`with_burst(10)`](Quota::with_burst) | 10 | 109 | 100 a minute |
/// | [`Quota::strict`] with a burst of 50 | 50 | 100 | 51 a minute |
/// | [`Quota::calendar`]: 100 each minute | 100 | 200, over the end of a window | 100 a minute |
///
/// ```
/// use bartizan_ratelimit::Quota;
/// use std::{num::NonZeroU32, time::Duration};
///
/// let ten = NonZeroU32::new(10).unwrap();
/// let quota = Quota::new(ten, Duration::from_secs(1))?;
/// assert_eq!(quota.interval(), Some(Duration::from_millis(100)));
///
/// // Refused: finer than a nanosecond, so it could not be kept.
/// assert!(Quota::new(NonZeroU32::MAX, Duration::from_secs(1)).is_err());
/// # Ok::<(), bartizan_ratelimit::QuotaError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quota {
    kind: Kind,
    /// The most at once; of a calendar quota, its count.
    burst: NonZeroU32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// One more every so many nanoseconds.
    Rate { interval_ns: u64 },
    /// `burst` more when the window turns.
    Calendar(Calendar),
}

impl Quota {
    /// `count` in each `period`, as many at once. Requests come back one by one, every `period / count`, rounded up to a
    /// nanosecond.
    ///
    /// # Errors
    ///
    /// A period of zero, an interval below a nanosecond, or more than 100 years.
    pub fn new(count: NonZeroU32, period: Duration) -> Result<Self, QuotaError> {
        let period_ns = period.as_nanos();
        if period_ns == 0 {
            return Err(QuotaError::ZeroPeriod);
        }
        if period_ns < u128::from(count.get()) {
            return Err(QuotaError::TooFine { count, period });
        }
        Self::rate(period_ns.div_ceil(u128::from(count.get())), count)
    }

    /// `count` a second.
    ///
    /// # Errors
    ///
    /// More than 1,000,000,000.
    pub fn per_second(count: NonZeroU32) -> Result<Self, QuotaError> {
        Self::new(count, Duration::from_secs(1))
    }

    /// `count` a minute.
    ///
    /// # Errors
    ///
    /// None today: every `u32` fits.
    pub fn per_minute(count: NonZeroU32) -> Result<Self, QuotaError> {
        Self::new(count, Duration::from_secs(60))
    }

    /// `count` an hour.
    ///
    /// # Errors
    ///
    /// None today: every `u32` fits.
    pub fn per_hour(count: NonZeroU32) -> Result<Self, QuotaError> {
        Self::new(count, Duration::from_secs(60 * 60))
    }

    /// The same rate with another burst.
    ///
    /// # Errors
    ///
    /// A calendar quota, or a burst that takes more than 100 years to come back.
    pub fn with_burst(self, burst: NonZeroU32) -> Result<Self, QuotaError> {
        match self.kind {
            Kind::Rate { interval_ns } => Self::rate(u128::from(interval_ns), burst),
            Kind::Calendar(_) => Err(QuotaError::CalendarBurst),
        }
    }

    /// Never more than `count` in *any* window of this length, of which `burst` at once.
    ///
    /// The price is a lower rate in the long run: `count - burst + 1` a window, a little less by rounding.
    ///
    /// # Errors
    ///
    /// A burst above `count`, and what [`Quota::new`] refuses.
    pub fn strict(
        count: NonZeroU32,
        window: Duration,
        burst: NonZeroU32,
    ) -> Result<Self, QuotaError> {
        if window.is_zero() {
            return Err(QuotaError::ZeroPeriod);
        }
        let Some(beside) = count.get().checked_sub(burst.get()) else {
            return Err(QuotaError::BurstAboveCount { count, burst });
        };
        // A window holds a burst and floor(window / interval) more. That is at most `count` from this interval on.
        let interval = window.as_nanos() / (u128::from(beside) + 1) + 1;
        Self::rate(interval, burst)
    }

    /// `count` in each window of the UTC calendar: 100 a day come back at 00:00 UTC, all at once.
    #[must_use]
    pub const fn calendar(count: NonZeroU32, window: Calendar) -> Self {
        Self {
            kind: Kind::Calendar(window),
            burst: count,
        }
    }

    /// A rate that is known to fit: for defaults, which tests compare with what the public constructors make.
    pub(crate) const fn known(interval_ns: u64, burst: NonZeroU32) -> Self {
        Self {
            kind: Kind::Rate { interval_ns },
            burst,
        }
    }

    fn rate(interval: u128, burst: NonZeroU32) -> Result<Self, QuotaError> {
        let horizon = interval.checked_mul(u128::from(burst.get()));
        match (u64::try_from(interval), horizon) {
            (Ok(interval_ns), Some(horizon)) if horizon <= u128::from(MAX_HORIZON_NS) => Ok(Self {
                kind: Kind::Rate { interval_ns },
                burst,
            }),
            _ => Err(QuotaError::TooLong),
        }
    }

    /// A quota of `times` as many, at the same burst times `times`: for a prefix that holds several neighbours.
    pub(crate) fn times(self, times: NonZeroU32) -> Result<Self, QuotaError> {
        let burst = self.burst.checked_mul(times).ok_or(QuotaError::TooLong)?;
        match self.kind {
            Kind::Rate { interval_ns } => {
                let interval = interval_ns.div_ceil(u64::from(times.get()));
                Self::rate(u128::from(interval), burst)
            }
            Kind::Calendar(window) => Ok(Self::calendar(burst, window)),
        }
    }

    /// The most that is admitted at once.
    #[must_use]
    pub const fn burst(&self) -> NonZeroU32 {
        self.burst
    }

    /// How long one request takes to come back; `None` for a calendar quota.
    #[must_use]
    pub const fn interval(&self) -> Option<Duration> {
        match self.kind {
            Kind::Rate { interval_ns } => Some(Duration::from_nanos(interval_ns)),
            Kind::Calendar(_) => None,
        }
    }

    /// How long a full burst takes to come back; of a calendar quota, its longest window.
    #[must_use]
    pub const fn horizon(&self) -> Duration {
        match self.kind {
            Kind::Rate { interval_ns } => {
                // cannot overflow: checked when built
                Duration::from_nanos(interval_ns.saturating_mul(self.burst.get() as u64))
            }
            Kind::Calendar(window) => window.longest(),
        }
    }

    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }
}

/// A quota that cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuotaError {
    /// The period is zero.
    ZeroPeriod,
    /// More than one request a nanosecond.
    TooFine {
        /// The count.
        count: NonZeroU32,
        /// Its period.
        period: Duration,
    },
    /// A full burst would take more than 100 years to come back.
    TooLong,
    /// A strict quota cannot let through more at once than in its whole window.
    BurstAboveCount {
        /// The count.
        count: NonZeroU32,
        /// The burst.
        burst: NonZeroU32,
    },
    /// A calendar quota has no burst beside its count.
    CalendarBurst,
}

impl fmt::Display for QuotaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZeroPeriod => f.write_str("the period is zero"),
            Self::TooFine { count, period } => {
                write!(f, "{count} in {period:?} is more than one a nanosecond")
            }
            Self::TooLong => {
                f.write_str("a full burst would take more than 100 years to come back")
            }
            Self::BurstAboveCount { count, burst } => {
                write!(
                    f,
                    "a burst of {burst} is more than the {count} of a whole window"
                )
            }
            Self::CalendarBurst => f.write_str("a calendar quota has no burst beside its count"),
        }
    }
}

impl Error for QuotaError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).unwrap()
    }
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn what_is_not_representable_is_refused() {
        assert_eq!(
            Quota::new(n(1), Duration::ZERO),
            Err(QuotaError::ZeroPeriod)
        );
        assert!(matches!(
            Quota::new(n(11), Duration::from_nanos(10)),
            Err(QuotaError::TooFine { .. })
        ));
        assert_eq!(Quota::new(n(1), 365 * 101 * DAY), Err(QuotaError::TooLong));
        assert_eq!(Quota::new(n(1), Duration::MAX), Err(QuotaError::TooLong));
        let daily = Quota::new(n(1), DAY).unwrap();
        assert_eq!(daily.with_burst(NonZeroU32::MAX), Err(QuotaError::TooLong));
        let calendar = Quota::calendar(n(5), Calendar::Day);
        assert_eq!(calendar.with_burst(n(2)), Err(QuotaError::CalendarBurst));
        assert!(matches!(
            Quota::strict(n(3), DAY, n(4)),
            Err(QuotaError::BurstAboveCount { .. })
        ));
    }

    #[test]
    fn five_in_thirty_days_is_a_normal_quota() {
        let quota = Quota::new(n(5), 30 * DAY).unwrap();
        assert_eq!(quota.interval(), Some(6 * DAY));
        assert_eq!(quota.horizon(), 30 * DAY);
    }

    #[test]
    fn intervals_round_up_so_that_the_rate_is_never_above() {
        let third = Quota::per_second(n(3)).unwrap();
        assert_eq!(third.interval(), Some(Duration::from_nanos(333_333_334)));
        let wide = third.times(n(8)).unwrap();
        assert_eq!(wide.burst(), n(24));
        assert_eq!(wide.interval(), Some(Duration::from_nanos(41_666_667)));
    }

    #[test]
    fn a_strict_quota_fits_its_count_into_the_window_exactly() {
        for (count, burst) in [(1, 1), (2, 1), (100, 50), (100, 100), (7, 3)] {
            let quota = Quota::strict(n(count), DAY, n(burst)).unwrap();
            let interval = quota.interval().unwrap().as_nanos();
            assert_eq!(
                u128::from(burst) + DAY.as_nanos() / interval,
                u128::from(count)
            );
        }
    }
}
