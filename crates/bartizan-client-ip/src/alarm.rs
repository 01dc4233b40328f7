//! What an operator should hear about.

use std::{
    fmt,
    net::IpAddr,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::AddressError;

/// How often one kind of alarm is raised at most.
const PAUSE: Duration = Duration::from_secs(60);

/// One request in so many is counted for [`Alarm::OneAddress`].
const SAMPLE: u64 = 16;

/// How many sampled requests make a window.
const WINDOW: u32 = 1_000;

/// A share above which one address is suspicious, in percent.
const SHARE_PERCENT: u32 = 99;

/// A sign that the policy does not fit what stands in front of the process. Each kind is raised at most once a minute.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Alarm {
    /// A peer that is no trusted proxy sent a forwarding field. Either a proxy is missing in the policy, and everyone behind it
    /// is taken for one caller; or somebody tries in vain to forge an address.
    ForwardedByStranger {
        /// The field's name, one of this crate's own list: never text of the request. `x-forwarded-*` stands for all that
        /// begin so.
        field: &'static str,
    },
    /// One address made more than 99 % of a window of 1,000 sampled requests (one in 16): a sign that it is a proxy's.
    OneAddress {
        /// The share, 0.99 to 1.
        share: f64,
    },
    /// A caller's address is not known.
    Unresolvable {
        /// Why.
        error: AddressError,
    },
}

impl fmt::Display for Alarm {
    /// What happened and what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForwardedByStranger { field } => write!(
                f,
                "{field} came from a peer that is no trusted proxy, and was removed; if a proxy stands in front, list its \
                 addresses in client_ip.trusted_proxies"
            ),
            Self::OneAddress { share } => write!(
                f,
                "one address made {:.1} % of the requests; if it is a proxy's, list it in client_ip.trusted_proxies and name \
                 the field that it writes",
                share * 100.0
            ),
            Self::Unresolvable {
                error: AddressError::NoPeer,
            } => f.write_str(
                "requests come without a peer address, so no limit by address holds; hand it on in the request's extensions",
            ),
            Self::Unresolvable { error } => write!(
                f,
                "a caller's address is not known: {error}; check which field the trusted proxy writes, and that it appends to it"
            ),
        }
    }
}

/// Who is told.
pub(crate) type Sink = std::sync::Arc<dyn Fn(Alarm) + Send + Sync>;

/// Watches requests in a fixed amount of memory.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    stranger: Bell,
    one_address: Bell,
    unresolvable: Bell,
    vote: Mutex<Vote>,
}

impl Watch {
    /// Whether this request is one of those that are counted. `count` is the number of requests before it.
    pub(crate) fn is_sampled(count: u64) -> bool {
        count.is_multiple_of(SAMPLE)
    }

    /// Counts a sampled request, and says if its window is over and belongs to one address.
    pub(crate) fn count(&self, address: IpAddr) -> Option<Alarm> {
        // Another thread counts right now: a sample more or less does not matter.
        let mut vote = self.vote.try_lock().ok()?;
        let share = vote.count(address)?;
        Some(Alarm::OneAddress { share })
    }

    /// Whether an alarm of this kind is to be raised now. `now` counts from any fixed moment.
    pub(crate) fn rings(&self, alarm: &Alarm, now: Duration) -> bool {
        match alarm {
            Alarm::ForwardedByStranger { .. } => &self.stranger,
            Alarm::OneAddress { .. } => &self.one_address,
            Alarm::Unresolvable { .. } => &self.unresolvable,
        }
        .rings(now)
    }
}

/// Rings at once, then at most once in [`PAUSE`], by one caller among many.
#[derive(Debug, Default)]
struct Bell {
    /// Milliseconds of the last ring, plus one; 0 before the first.
    last: AtomicU64,
}

impl Bell {
    fn rings(&self, now: Duration) -> bool {
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX - 1);
        let last = self.last.load(Ordering::Relaxed);
        // No other memory depends on it; the exchange lets one of several callers ring.
        is_due(last.checked_sub(1), now)
            && self
                .last
                .compare_exchange(
                    last,
                    now.saturating_add(1),
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                )
                .is_ok()
    }
}

/// In milliseconds.
fn is_due(last: Option<u64>, now: u64) -> bool {
    last.is_none_or(|last| u128::from(now.saturating_sub(last)) >= PAUSE.as_millis())
}

/// The majority vote of Boyer and Moore over a window, with the candidate's hits counted: one address, three numbers.
///
/// Hits before an address becomes the candidate are not counted, so a share is never overstated.
#[derive(Debug, Default)]
struct Vote {
    candidate: Option<IpAddr>,
    lead: u32,
    hits: u32,
    seen: u32,
}

impl Vote {
    /// The candidate's share if the window is over and it is above the limit.
    fn count(&mut self, address: IpAddr) -> Option<f64> {
        self.seen += 1;
        if self.candidate == Some(address) {
            self.lead += 1;
            self.hits += 1;
        } else if self.lead == 0 {
            self.candidate = Some(address);
            self.lead = 1;
            self.hits = 1;
        } else {
            self.lead -= 1;
        }
        if self.seen < WINDOW {
            return None;
        }
        let Self { hits, seen, .. } = std::mem::take(self);
        (hits * 100 > seen * SHARE_PERCENT).then(|| f64::from(hits) / f64::from(seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_rings_at_once_and_then_once_a_minute() {
        let watch = Watch::default();
        let stranger = Alarm::ForwardedByStranger { field: "forwarded" };
        let unresolvable = Alarm::Unresolvable {
            error: AddressError::Malformed,
        };
        let at = Duration::from_millis;
        assert!(watch.rings(&stranger, at(5)));
        assert!(!watch.rings(&stranger, at(5)));
        assert!(watch.rings(&unresolvable, at(6)));
        assert!(!watch.rings(&stranger, at(60_004)));
        assert!(watch.rings(&stranger, at(60_005)));
        assert!(!watch.rings(&stranger, at(120_004)));
        assert!(!watch.rings(&stranger, at(0)));
        assert!(watch.rings(&stranger, Duration::MAX));
    }

    #[test]
    fn one_address_is_found_at_the_end_of_a_window() {
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let share = |others: u32| {
            let mut vote = Vote::default();
            let addresses = (0..WINDOW).map(|n| if n % 100 < others { other } else { one });
            addresses.filter_map(|address| vote.count(address)).last()
        };
        assert_eq!(share(0), Some(1.0));
        assert_eq!(share(1), None);
        assert_eq!(share(50), None);
        let mut vote = Vote::default();
        let found: Vec<f64> = (0..3 * WINDOW)
            .filter_map(|n| vote.count(if n % WINDOW == 500 { other } else { one }))
            .collect();
        assert_eq!(found, [0.999; 3]);
    }

    #[test]
    fn an_alarm_says_what_to_do() {
        let alarms = [
            Alarm::ForwardedByStranger { field: "forwarded" },
            Alarm::OneAddress { share: 0.995 },
        ];
        for alarm in alarms {
            assert!(alarm.to_string().contains("client_ip.trusted_proxies"));
        }
        assert!(alarms[1].to_string().contains("99.5 %"));
    }
}
