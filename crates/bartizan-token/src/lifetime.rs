use std::{
    fmt,
    time::{Duration, SystemTime},
};

/// How long a token lives: unused (idle) and in all (absolute). OWASP ASVS 5.0, 7.3.1 and 7.3.2, asks for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    idle: Duration,
    absolute: Duration,
}

/// What a token's times say at `now`. Exhaustive: a caller must tell all three apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must match it")]
pub enum Validity {
    /// It lives, and without further use ends at `until`.
    Live {
        /// The earlier of the idle and the absolute end.
        until: SystemTime,
    },
    /// Unused for too long.
    Idle,
    /// Too old, used or not.
    Expired,
}

impl Lifetime {
    /// The longest absolute lifetime: 400 days, as long as a browser keeps a cookie (RFC 6265bis section 5.5).
    pub const MAX: Duration = Duration::from_secs(400 * 24 * 60 * 60);

    /// Lives `idle` after its last use and `absolute` after it was made. Both ends are exclusive: at the end it is over.
    ///
    /// # Errors
    ///
    /// A zero duration, `idle` above `absolute`, or `absolute` above [`MAX`](Self::MAX).
    pub const fn new(idle: Duration, absolute: Duration) -> Result<Self, LifetimeError> {
        if idle.is_zero() {
            return Err(LifetimeError::Zero);
        }
        if idle.as_nanos() > absolute.as_nanos() {
            return Err(LifetimeError::IdleAboveAbsolute { idle, absolute });
        }
        if absolute.as_nanos() > Self::MAX.as_nanos() {
            return Err(LifetimeError::TooLong { absolute });
        }
        Ok(Self { idle, absolute })
    }

    /// A lifetime without idle end: for one-time tokens.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub const fn absolute(absolute: Duration) -> Result<Self, LifetimeError> {
        Self::new(absolute, absolute)
    }

    /// Whether a token made at `created` and last used at `last_used` still lives at `now`.
    ///
    /// A clock that was set back can make a time lie after `now`; that counts as "just now". It lengthens no life beyond
    /// what the clock itself was set back by, and logs nobody out.
    pub fn check(&self, created: SystemTime, last_used: SystemTime, now: SystemTime) -> Validity {
        let age = now.duration_since(created).unwrap_or_default();
        if age >= self.absolute {
            return Validity::Expired;
        }
        let unused = now
            .duration_since(last_used.max(created))
            .unwrap_or_default();
        if unused >= self.idle {
            return Validity::Idle;
        }
        let left = (self.absolute - age).min(self.idle - unused);
        Validity::Live {
            // Beyond the end of the platform's time there is no later moment to name.
            until: now.checked_add(left).unwrap_or(now),
        }
    }

    /// The absolute lifetime, such as for a cookie's `Max-Age`.
    pub const fn absolute_duration(&self) -> Duration {
        self.absolute
    }

    /// The idle lifetime.
    pub const fn idle_duration(&self) -> Duration {
        self.idle
    }
}

/// A lifetime that cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LifetimeError {
    /// A token that is dead when it is made.
    Zero,
    /// The idle end would never come.
    #[non_exhaustive]
    IdleAboveAbsolute {
        /// The idle lifetime asked for.
        idle: Duration,
        /// The absolute lifetime asked for.
        absolute: Duration,
    },
    /// Longer than any browser keeps it.
    #[non_exhaustive]
    TooLong {
        /// The absolute lifetime asked for.
        absolute: Duration,
    },
}

impl fmt::Display for LifetimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("lifetime of zero"),
            Self::IdleAboveAbsolute { idle, absolute } => write!(
                f,
                "idle lifetime of {} s is above the absolute one of {} s",
                idle.as_secs(),
                absolute.as_secs()
            ),
            Self::TooLong { absolute } => write!(
                f,
                "absolute lifetime of {} s is above {} s",
                absolute.as_secs(),
                Lifetime::MAX.as_secs()
            ),
        }
    }
}

impl std::error::Error for LifetimeError {}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const T0: SystemTime = SystemTime::UNIX_EPOCH;

    fn lifetime() -> Lifetime {
        Lifetime::new(HOUR, 3 * HOUR).unwrap()
    }

    #[test]
    fn ends_at_the_idle_and_at_the_absolute_end_and_not_a_nanosecond_before() {
        let nano = Duration::from_nanos(1);
        let at = |last_used, now| lifetime().check(T0, T0 + last_used, T0 + now);
        assert_eq!(
            at(Duration::ZERO, Duration::ZERO),
            Validity::Live { until: T0 + HOUR }
        );
        assert_eq!(
            at(Duration::ZERO, HOUR - nano),
            Validity::Live { until: T0 + HOUR }
        );
        assert_eq!(at(Duration::ZERO, HOUR), Validity::Idle);
        assert_eq!(
            at(HOUR * 5 / 2, 3 * HOUR - nano),
            Validity::Live {
                until: T0 + 3 * HOUR
            }
        );
        assert_eq!(at(3 * HOUR, 3 * HOUR), Validity::Expired);
    }

    #[test]
    fn a_clock_set_back_logs_nobody_out() {
        let validity = lifetime().check(T0 + 9 * HOUR, T0 + 9 * HOUR, T0 + HOUR);
        assert_eq!(
            validity,
            Validity::Live {
                until: T0 + 2 * HOUR
            }
        );
    }

    #[test]
    fn a_lifetime_that_makes_no_sense_is_refused() {
        assert_eq!(
            Lifetime::new(Duration::ZERO, HOUR),
            Err(LifetimeError::Zero)
        );
        assert!(matches!(
            Lifetime::new(2 * HOUR, HOUR),
            Err(LifetimeError::IdleAboveAbsolute { .. })
        ));
        assert!(matches!(
            Lifetime::absolute(Lifetime::MAX + HOUR),
            Err(LifetimeError::TooLong { .. })
        ));
    }
}
