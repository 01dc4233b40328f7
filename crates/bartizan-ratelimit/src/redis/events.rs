//! What an operator is told: when the store goes and when it comes back, each at most once a second.

use std::time::{Duration, Instant};

use ::redis::{ErrorKind, RedisError};

const SECOND: Duration = Duration::from_secs(1);

/// Decides when to speak: a pure function of what happened and the time.
#[derive(Debug, Default)]
pub(crate) struct Announcer {
    /// Whether the last that was told is that the store is down.
    told_down: bool,
    last_down: Option<Instant>,
    last_back: Option<Instant>,
}

/// Whether to say now that the store is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Back {
    Say,
    /// Too soon after the last time; ask again at this moment.
    At(Instant),
    /// Nobody was told that it is down.
    Nothing,
}

impl Announcer {
    /// Whether to say now that the store is down.
    pub(crate) fn down(&mut self, now: Instant) -> bool {
        let says = !self.told_down && is_due(self.last_down, now).is_none();
        if says {
            self.told_down = true;
            self.last_down = Some(now);
        }
        says
    }

    pub(crate) fn back(&mut self, now: Instant) -> Back {
        if !self.told_down {
            return Back::Nothing;
        }
        match is_due(self.last_back, now) {
            Some(at) => Back::At(at),
            None => {
                self.told_down = false;
                self.last_back = Some(now);
                Back::Say
            }
        }
    }
}

/// The moment before which it is too soon, if it is.
fn is_due(last: Option<Instant>, now: Instant) -> Option<Instant> {
    last.map(|last| last + SECOND).filter(|due| *due > now)
}

/// What was the last to go wrong, for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No answer within the time limit.
    Silent,
    /// No connection, or it broke.
    Unreachable,
    /// An answer that says no.
    Refuses,
}

impl Trouble {
    pub(crate) fn of(error: &RedisError) -> Self {
        match error.kind() {
            // The crate calls these unrecoverable too, but they are the server's words.
            ErrorKind::AuthenticationFailed | ErrorKind::Server(_) | ErrorKind::Extension => {
                Self::Refuses
            }
            _ if error.is_unrecoverable_error() || error.is_io_error() => Self::Unreachable,
            _ => Self::Refuses,
        }
    }

    #[cfg(feature = "tracing")]
    const fn advice(self) -> &'static str {
        match self {
            Self::Silent => {
                "it does not answer within the time limit: look at its load (SLOWLOG, LATENCY DOCTOR) and the network"
            }
            Self::Unreachable => {
                "no connection: check that the server runs and that host and port of the URL are right"
            }
            Self::Refuses => {
                "it answers with an error: check user, password and ACL (docs/rate-limit-redis.md), maxmemory, and that it is a primary"
            }
        }
    }
}

#[cfg(feature = "tracing")]
pub(crate) fn say_down(store: &str, trouble: Trouble) {
    tracing::error!(
        target: "bartizan::ratelimit",
        store,
        advice = trouble.advice(),
        "the store of the rate limits is down; each limit decides as its on_failure says"
    );
}

#[cfg(feature = "tracing")]
pub(crate) fn say_back(store: &str) {
    tracing::info!(
        target: "bartizan::ratelimit",
        store,
        "the store of the rate limits is back; nothing is to be done"
    );
}

#[cfg(not(feature = "tracing"))]
pub(crate) const fn say_down(_store: &str, _trouble: Trouble) {}

#[cfg(not(feature = "tracing"))]
pub(crate) const fn say_back(_store: &str) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_said_once_an_outage_and_once_a_second() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut announcer = Announcer::default();
        assert_eq!(announcer.back(at(0)), Back::Nothing);
        assert!(announcer.down(at(0)));
        assert!(!announcer.down(at(5000)), "it is known");
        assert_eq!(announcer.back(at(5001)), Back::Say);
        assert!(announcer.down(at(5002)));
        assert_eq!(announcer.back(at(5003)), Back::At(at(6001)));
        assert!(!announcer.down(at(5500)));
        assert_eq!(announcer.back(at(6001)), Back::Say);
        assert!(announcer.down(at(6002)));
        assert_eq!(announcer.back(at(7500)), Back::Say);
        // Down again within the second: the next failing probe says it.
        assert!(announcer.down(at(7600)));
        assert_eq!(announcer.back(at(8500)), Back::Say);
        assert!(!announcer.down(at(8599)));
        assert!(announcer.down(at(8600)));
    }
}
