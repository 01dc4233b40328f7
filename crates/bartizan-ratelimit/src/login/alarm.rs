//! More failures than usual: somebody should look, and nobody is refused.

use std::{
    fmt,
    sync::{
        OnceLock,
        atomic::{AtomicU64 as Counter, Ordering::Relaxed},
    },
    time::Instant,
};

use crate::{epoch::Epoch, key::Key, quota::Quota, table::Table};

/// All failures are one key.
const ALL: Key = Key::from_u128(1);

/// At most one alarm a minute.
const QUIET: Quota = Quota::known(60 * 1_000_000_000, std::num::NonZeroU32::MIN);

/// More logins fail than [`LoginConfig::alarm`](crate::LoginConfig::alarm) holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginAlarm {
    /// How many have failed since the start.
    pub failures: u64,
    /// What was exceeded.
    pub quota: Quota,
}

type Call = Box<dyn Fn(LoginAlarm) + Send + Sync>;

/// Counts in this process, also with a shared store: each instance sees its own part of an attack.
pub(super) struct Alarm {
    quota: Quota,
    counted: Table,
    quiet: Table,
    failures: Counter,
    call: OnceLock<Call>,
}

impl Alarm {
    pub(super) fn new(quota: Quota, epoch: Epoch) -> Self {
        Self {
            quota,
            counted: Table::with_cells(1, epoch),
            quiet: Table::with_cells(1, epoch),
            failures: Counter::new(0),
            call: OnceLock::new(),
        }
    }

    pub(super) fn on_alarm(&self, call: Call) -> bool {
        self.call.set(call).is_ok()
    }

    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Relaxed)
    }

    pub(super) fn failed(&self, now: Instant) {
        let failures = self.failures.fetch_add(1, Relaxed) + 1;
        if self.counted.decide(ALL, self.quota, 1, now).is_allowed()
            || !self.quiet.decide(ALL, QUIET, 1, now).is_allowed()
        {
            return;
        }
        #[cfg(feature = "tracing")]
        tracing::warn!(failures, "more logins fail than the alarm's quota holds");
        if let Some(call) = self.call.get() {
            call(LoginAlarm {
                failures,
                quota: self.quota,
            });
        }
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm")
            .field("quota", &self.quota)
            .field("failures", &self.failures())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        num::NonZeroU32,
        sync::{Arc, Mutex},
        time::{Duration, SystemTime},
    };

    use super::*;

    #[test]
    fn it_rings_above_the_quota_and_at_most_once_a_minute() {
        let t0 = Instant::now();
        let ten = NonZeroU32::new(10).unwrap();
        let alarm = Alarm::new(
            Quota::per_minute(ten).unwrap(),
            Epoch::new(t0, SystemTime::UNIX_EPOCH),
        );
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        assert!(alarm.on_alarm(Box::new(move |alarm| {
            ear.lock().unwrap().push(alarm.failures)
        })));
        assert!(!alarm.on_alarm(Box::new(|_| ())), "the first call decides");
        // Ten at once are in the quota, and so is one each six seconds after them.
        for at in [0; 10] {
            alarm.failed(t0 + Duration::from_secs(at));
        }
        for at in 1..=10 {
            alarm.failed(t0 + Duration::from_secs(6 * at));
        }
        assert!(heard.lock().unwrap().is_empty());
        // One each second from the first minute on: too many at 61 s, then heard a minute later.
        for at in 61..=130 {
            alarm.failed(t0 + Duration::from_secs(at));
        }
        assert_eq!(*heard.lock().unwrap(), [21, 81]);
        assert_eq!(alarm.failures(), 90);
    }
}
