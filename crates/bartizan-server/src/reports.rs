//! What browsers report about the policy: counted, each kind told once, nothing believed.

use std::{
    collections::{HashSet, VecDeque},
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Instant, SystemTime},
};

use bartizan::ratelimit::{Epoch, Keyer, Quota, QuotaError, Secret, Table, prefix};
use bartizan_headers::{Report, ReportError, ReportKind, ReportLimits, read_reports};
use serde_json::{Value, json};

/// Bodies from one address: a page that breaks in many places sends some at once.
const PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(29);

/// Bits of an IPv6 address that count.
const V6_BITS: u8 = 64;

/// Addresses that are told apart at once, 16 bytes each. A flood takes the quota of others, not memory.
const ADDRESSES: usize = 4096;

/// Different reports that are remembered: a policy that is wrong is wrong in some dozens of ways.
const REMEMBERED: usize = 256;

/// What became of a report, or of a body that held none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Told for the first time.
    New,
    /// Told before.
    Repeated,
    /// A browser extension's.
    Noise,
    /// Of another kind, or without a directive or page, or behind the twentieth of its body.
    LeftOut,
    /// The body was none of reports.
    Malformed,
    /// The body was too large or did not come to its end.
    Unread,
    /// The address has sent too many.
    TooMany,
}

impl Outcome {
    const ALL: [(Self, &'static str); 7] = [
        (Self::New, "new"),
        (Self::Repeated, "repeated"),
        (Self::Noise, "noise"),
        (Self::LeftOut, "left_out"),
        (Self::Malformed, "malformed"),
        (Self::Unread, "unread"),
        (Self::TooMany, "too_many"),
    ];
}

/// Collects them. Everybody can post: all that is kept is bounded.
#[derive(Debug)]
pub struct Collector {
    keyer: Keyer,
    quota: Quota,
    table: Table,
    counts: [AtomicU64; Outcome::ALL.len()],
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    fingerprints: HashSet<u64>,
    /// The oldest first.
    reports: VecDeque<(u64, Report)>,
}

impl Collector {
    /// A collector that has seen nothing.
    ///
    /// # Errors
    ///
    /// Never: a test builds one.
    pub fn new() -> Result<Self, QuotaError> {
        let epoch = Epoch::new(Instant::now(), SystemTime::now());
        Ok(Self {
            keyer: Keyer::new(&Secret::random(), "reports"),
            quota: Quota::per_minute(PER_MINUTE)?,
            table: Table::with_cells(ADDRESSES, epoch),
            counts: Default::default(),
            seen: Mutex::default(),
        })
    }

    /// Whether this address may have another body read. Asked before the body is.
    pub fn admits(&self, address: Option<IpAddr>, now: Instant) -> bool {
        // callers without an address share a quota
        let address = address.unwrap_or(IpAddr::from([0, 0, 0, 0]));
        // one household has 2^64 of IPv6
        let key = self.keyer.address(prefix(address, V6_BITS));
        let admitted = self.table.decide(key, self.quota, 1, now).is_allowed();
        if !admitted {
            self.count(Outcome::TooMany, 1);
        }
        admitted
    }

    /// Reads a body. What is told for the first time comes back, to be logged.
    pub fn collect(&self, content_type: &[u8], body: &[u8]) -> Vec<Report> {
        let reports = match read_reports(content_type, body, ReportLimits::default()) {
            Ok(reports) => reports,
            Err(error) => {
                self.count(
                    match error {
                        ReportError::TooLarge { .. } => Outcome::Unread,
                        _ => Outcome::Malformed,
                    },
                    1,
                );
                return Vec::new();
            }
        };
        let others = ReportKind::all().map(|kind| reports.others(kind));
        let left_out = reports.unusable() + reports.dropped() + others.sum::<usize>();
        self.count(Outcome::Noise, reports.noise());
        self.count(Outcome::LeftOut, left_out);
        let mut new = Vec::new();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for report in reports.into_reports() {
            match seen.is_new(&report) {
                true => new.push(report),
                false => self.count(Outcome::Repeated, 1),
            }
        }
        drop(seen);
        self.count(Outcome::New, new.len());
        new
    }

    /// A body that could not be read.
    pub fn unread(&self) {
        self.count(Outcome::Unread, 1);
    }

    fn count(&self, outcome: Outcome, many: usize) {
        let many = u64::try_from(many).unwrap_or(u64::MAX);
        self.counts[outcome as usize].fetch_add(many, Ordering::Relaxed);
    }

    /// How many there were of each outcome, and the different ones that are remembered, the newest first.
    pub fn summary(&self) -> Value {
        let counts = Outcome::ALL.map(|(outcome, name)| {
            let count = self.counts[outcome as usize].load(Ordering::Relaxed);
            (name.to_owned(), Value::from(count))
        });
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let reports = seen.reports.iter().rev().map(|(_, report)| {
            json!({
                "directive": report.directive,
                "blocked": report.blocked,
                "document": report.document,
                "source": report.source,
                "line": report.line,
            })
        });
        let reports: Vec<_> = reports.collect();
        json!({"counts": Value::Object(counts.into_iter().collect()), "reports": reports})
    }
}

impl Seen {
    fn is_new(&mut self, report: &Report) -> bool {
        let fingerprint = report.fingerprint();
        if !self.fingerprints.insert(fingerprint) {
            return false;
        }
        self.reports.push_back((fingerprint, report.clone()));
        if self.reports.len() > REMEMBERED
            && let Some((oldest, _)) = self.reports.pop_front()
        {
            self.fingerprints.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const OLD: &[u8] = b"application/csp-report";

    fn body(blocked: &str) -> Vec<u8> {
        let report = json!({"csp-report": {
            "document-uri": "https://a.test/", "effective-directive": "img-src", "blocked-uri": blocked,
        }});
        report.to_string().into_bytes()
    }

    fn count(collector: &Collector, name: &str) -> u64 {
        collector.summary()["counts"][name].as_u64().unwrap()
    }

    #[test]
    fn a_report_is_told_once_and_counted_each_time() {
        let collector = Collector::new().unwrap();
        let told: usize = (0..5)
            .map(|_| collector.collect(OLD, &body("https://b.test/x")).len())
            .sum();
        assert_eq!(told, 1);
        assert_eq!(
            (count(&collector, "new"), count(&collector, "repeated")),
            (1, 4)
        );
        collector.collect(OLD, &body("chrome-extension://abc"));
        collector.collect(b"text/plain", b"x");
        collector.collect(OLD, &vec![b' '; 70_000]);
        let counted = ["noise", "malformed", "unread"].map(|name| count(&collector, name));
        assert_eq!(counted, [1, 1, 1]);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_oldest_goes_first() {
        let collector = Collector::new().unwrap();
        for number in 0..REMEMBERED + 10 {
            collector.collect(OLD, &body(&format!("https://h{number}.test/")));
        }
        let summary = collector.summary();
        let reports = summary["reports"].as_array().unwrap();
        assert_eq!(reports.len(), REMEMBERED);
        let newest = format!("https://h{}.test/", REMEMBERED + 9);
        assert_eq!(reports[0]["blocked"], newest.as_str());
        assert_eq!(collector.collect(OLD, &body("https://h0.test/")).len(), 1);
    }

    #[test]
    fn an_address_has_a_quota_of_its_own() {
        let collector = Collector::new().unwrap();
        let now = Instant::now();
        let [a, b] = [1, 2].map(|last| Some(IpAddr::from([192, 0, 2, last])));
        let admitted = (0..100).filter(|_| collector.admits(a, now)).count();
        assert_eq!(admitted, 30);
        assert!(collector.admits(b, now));
        assert!(collector.admits(a, now + Duration::from_secs(2)));
        assert_eq!(count(&collector, "too_many"), 70);
        let network = |host: u16| Some(IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, host]));
        let admitted = (0..100).filter(|host| collector.admits(network(*host), now));
        assert_eq!(admitted.count(), 30);
    }
}
