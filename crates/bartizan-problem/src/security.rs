//! What concerns security, under fixed names.

#[cfg(feature = "tracing")]
pub(crate) use self::told::{Bucket, seconds};

/// Logins and refused permissions a second that are told each.
#[cfg(feature = "tracing")]
const MOST_OF_ACCESS: u64 = 100;
/// Of every other kind: a flood of requests makes a flood of refusals.
#[cfg(feature = "tracing")]
const MOST_OF_REFUSALS: u64 = 10;

/// Something that whoever watches over a service wants to know (OWASP ASVS 5.0, section 16.3).
///
/// Names are those of OWASP's Logging Vocabulary Cheat Sheet where it has one. Mechanisms and reasons are words of the program: what
/// a client sent has no place here. The request's id leads to the rest.
///
/// A handler puts it into its response's extensions; [`Describe::security_event`](crate::Describe::security_event) makes it of other
/// crates' rejections. Elsewhere, `record` tells it (feature `tracing`).
///
/// ```
/// use bartizan_problem::SecurityEvent;
///
/// let event = SecurityEvent::LoginFailed { mechanism: "password", reason: "wrong" };
/// assert_eq!(event.name(), "authn_login_fail");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityEvent {
    /// Somebody has proved who he is (16.3.1).
    LoginSucceeded {
        /// By what, such as `password` or `api-key`.
        mechanism: &'static str,
    },
    /// Somebody has not (16.3.1).
    LoginFailed {
        /// By what.
        mechanism: &'static str,
        /// Why not. It is for operators: an answer must not tell unknown names from wrong passwords.
        reason: &'static str,
    },
    /// Somebody asked for what he may not have (16.3.2).
    AccessRefused {
        /// Why.
        reason: &'static str,
    },
    /// Input broke a rule (16.3.3).
    InputRefused {
        /// Which kind of rule.
        reason: &'static str,
    },
    /// A limit was exceeded (16.3.3).
    LimitExceeded {
        /// Which kind of limit.
        reason: &'static str,
    },
    /// Another site made a browser ask (16.3.3).
    CrossSiteRefused {
        /// Why it was taken for one.
        reason: &'static str,
    },
    /// The host or the forwarding fields were not what they must be (16.3.3).
    HostRefused {
        /// What was wrong.
        reason: &'static str,
    },
    /// The program failed (16.3.4).
    Failed {
        /// What happened.
        reason: &'static str,
    },
}

impl SecurityEvent {
    /// The name that stands in the log as `event`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LoginSucceeded { .. } => "authn_login_success",
            Self::LoginFailed { .. } => "authn_login_fail",
            Self::AccessRefused { .. } => "authz_fail",
            Self::InputRefused { .. } => "input_validation_fail",
            Self::LimitExceeded { .. } => "excess_rate_limit_exceeded",
            Self::CrossSiteRefused { .. } => "cross_site_refused",
            Self::HostRefused { .. } => "host_refused",
            Self::Failed { .. } => "unexpected_failure",
        }
    }

    /// What stands in the log as `reason`.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::LoginSucceeded { .. } => None,
            Self::LoginFailed { reason, .. }
            | Self::AccessRefused { reason }
            | Self::InputRefused { reason }
            | Self::LimitExceeded { reason }
            | Self::CrossSiteRefused { reason }
            | Self::HostRefused { reason }
            | Self::Failed { reason } => Some(reason),
        }
    }

    /// What stands in the log as `mechanism`.
    #[must_use]
    pub const fn mechanism(self) -> Option<&'static str> {
        match self {
            Self::LoginSucceeded { mechanism } | Self::LoginFailed { mechanism, .. } => {
                Some(mechanism)
            }
            _ => None,
        }
    }

    /// Writes it to the log with the target `bartizan::security`: 100 a second of logins and of refused permissions, 10 of every
    /// other kind. The rest is counted, and the next one that is written tells how many there were.
    #[cfg(feature = "tracing")]
    pub fn record(self, request_id: Option<&str>) {
        let (bucket, most) = match self {
            Self::LoginSucceeded { .. } => (&BUCKETS[0], MOST_OF_ACCESS),
            Self::LoginFailed { .. } => (&BUCKETS[1], MOST_OF_ACCESS),
            Self::AccessRefused { .. } => (&BUCKETS[2], MOST_OF_ACCESS),
            Self::InputRefused { .. } => (&BUCKETS[3], MOST_OF_REFUSALS),
            Self::LimitExceeded { .. } => (&BUCKETS[4], MOST_OF_REFUSALS),
            Self::CrossSiteRefused { .. } => (&BUCKETS[5], MOST_OF_REFUSALS),
            Self::HostRefused { .. } => (&BUCKETS[6], MOST_OF_REFUSALS),
            Self::Failed { .. } => (&BUCKETS[7], MOST_OF_REFUSALS),
        };
        let Some(suppressed) = bucket.admit(seconds(), most) else {
            return;
        };
        let suppressed = (suppressed > 0).then_some(suppressed);
        let (event, reason, mechanism) = (self.name(), self.reason(), self.mechanism());
        match self {
            Self::LoginSucceeded { .. } => tracing::info!(
                target: "bartizan::security",
                request_id, event, mechanism, suppressed,
                "security event"
            ),
            _ => tracing::warn!(
                target: "bartizan::security",
                request_id, event, mechanism, reason, suppressed,
                "security event"
            ),
        }
    }
}

#[cfg(feature = "tracing")]
static BUCKETS: [Bucket; 8] = [const { Bucket::new() }; 8];

/// How many of a flood are told.
#[cfg(feature = "tracing")]
mod told {
    use std::{
        sync::atomic::{AtomicU64, Ordering::Relaxed},
        time::SystemTime,
    };

    /// Lets a number of events a second through and counts the others. Two threads at the turn of a second may let a few more through:
    /// what is bounded is the log's growth.
    #[derive(Debug)]
    pub(crate) struct Bucket {
        second: AtomicU64,
        used: AtomicU64,
        suppressed: AtomicU64,
    }

    impl Bucket {
        pub(crate) const fn new() -> Self {
            Self {
                second: AtomicU64::new(0),
                used: AtomicU64::new(0),
                suppressed: AtomicU64::new(0),
            }
        }

        /// How many were held back before this one, if this one may be told.
        pub(crate) fn admit(&self, second: u64, most: u64) -> Option<u64> {
            if self.second.swap(second, Relaxed) != second {
                self.used.store(0, Relaxed);
            }
            // read first: under a flood the line of the cache is then only read
            if self.used.load(Relaxed) >= most || self.used.fetch_add(1, Relaxed) >= most {
                self.suppressed.fetch_add(1, Relaxed);
                return None;
            }
            Some(self.suppressed.swap(0, Relaxed))
        }
    }

    /// Seconds since 1970.
    pub(crate) fn seconds() -> u64 {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.map_or(0, |now| now.as_secs())
    }
}

#[cfg(feature = "tracing")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_ten_times_and_counted() {
        let bucket = Bucket::new();
        let told = (0..1_000).filter_map(|_| bucket.admit(7, 10)).count();
        assert_eq!(told, 10);
        assert_eq!(bucket.admit(8, 10), Some(990));
        assert_eq!(bucket.admit(8, 10), Some(0));
    }
}
