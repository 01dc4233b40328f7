//! One guess, from before the password is checked until its outcome is known.

use std::{fmt, time::Instant};

use smallvec::SmallVec;

use super::{DEVICE, LoginLimits, PAIR};
use crate::{
    decision::Decision,
    key::Key,
    store::{Change, Memory, Store},
};

/// A place that one guess has taken in every limit. Say how it went.
///
/// Dropped without a word it counts as failed: a client that hangs up before the answer has guessed all the same.
#[must_use = "the password may be checked only while it is held; it counts as failed when dropped"]
pub struct Attempt<S: Store = Memory> {
    limits: LoginLimits<S>,
    /// The limit's place, the key, and what was taken.
    reserved: SmallVec<[(usize, Key, Decision); 4]>,
    started: Instant,
    failed: bool,
}

impl<S: Store> Attempt<S> {
    pub(super) fn new(
        limits: LoginLimits<S>,
        reserved: SmallVec<[(usize, Key, Decision); 4]>,
        started: Instant,
    ) -> Self {
        Self {
            limits,
            reserved,
            started,
            failed: true,
        }
    }

    /// The password was right: gives back what was reserved, and forgets the failures of this account from this network, or
    /// of this device.
    ///
    /// The network's and the account's failures stay. Else a guesser with an account of his own would log in to it between
    /// two guesses, and his network would be as good as new; and the failures of others at an account are not its owner's to
    /// forgive.
    pub fn succeeded(self, now: Instant) {
        self.give_back(now, true);
    }

    /// The password was not checked, through no fault of the caller: no database, a full queue. Gives back what was reserved
    /// and forgets nothing. Not for a client who has gone away: his guess may have been answered.
    pub fn not_checked(self, now: Instant) {
        self.give_back(now, false);
    }

    fn give_back(mut self, now: Instant, proved: bool) {
        self.failed = false;
        let shared = &self.limits.shared;
        for (place, key, decision) in &self.reserved {
            let change = match *place {
                PAIR | DEVICE if proved => Change::Clear,
                _ => Change::Refund(*decision),
            };
            let limit = &shared.limits[*place];
            shared.store.settle(limit, *key, change, now);
        }
    }

    /// The password was wrong, or there is no such account: the places stay taken.
    pub fn failed(self) {
        drop(self);
    }
}

impl<S: Store> Drop for Attempt<S> {
    fn drop(&mut self) {
        if self.failed {
            // The beginning is near enough for a rate, and no clock is read here.
            self.limits.shared.alarm.failed(self.started);
        }
    }
}

impl<S: Store> fmt::Debug for Attempt<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::{Ready, ready},
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering::Relaxed},
        },
        time::{Duration, SystemTime},
    };

    use super::*;
    use crate::{
        Answer, Claim, Epoch, Limit, LoginConfig, LoginRefused, Outcome, Secret, Unavailable,
    };

    /// Answers later, as a remote store does, or cannot be asked.
    #[derive(Clone, Default)]
    struct Remote {
        down: Arc<AtomicBool>,
    }

    impl Store for Remote {
        type Wait = Ready<Outcome>;

        fn decide(&self, claims: &[Claim<'_>], now: Instant) -> Answer<Self::Wait> {
            if self.down.load(Relaxed) {
                return Answer::Later(ready(Err(Unavailable::new())));
            }
            match Memory::new().decide(claims, now) {
                Answer::Now(outcome) => Answer::Later(ready(outcome)),
                later => later,
            }
        }

        fn settle(&self, limit: &Limit, key: Key, change: Change, now: Instant) {
            Memory::new().settle(limit, key, change, now);
        }
    }

    fn limits(store: Remote, now: Instant) -> LoginLimits<Remote> {
        let epoch = Epoch::new(now, SystemTime::UNIX_EPOCH);
        LoginLimits::new(&LoginConfig::default(), &Secret::random(), epoch, store).unwrap()
    }

    #[tokio::test]
    async fn a_store_that_cannot_be_asked_is_no_refusal() {
        let (store, now) = (Remote::default(), Instant::now());
        let limits = limits(store.clone(), now);
        store.down.store(true, Relaxed);
        let refused = limits
            .begin(b"alice", [192, 0, 2, 7].into(), None, now)
            .await;
        let refused = refused.unwrap_err();
        assert_eq!(refused, LoginRefused::Unavailable(Unavailable::new()));
        assert_eq!(refused.retry_after(), None);
        assert_eq!(limits.failures(), 0);
    }

    #[tokio::test]
    async fn a_store_that_answers_later_is_waited_for() {
        let now = Instant::now();
        let limits = limits(Remote::default(), now);
        let begin = || limits.begin(b"alice", [192, 0, 2, 7].into(), None, now);
        for _ in 0..4 {
            begin().await.unwrap().failed();
        }
        begin().await.unwrap().succeeded(now);
        for _ in 0..5 {
            begin().await.unwrap().failed();
        }
        let wait = Some(Duration::from_secs(300));
        assert_eq!(begin().await.unwrap_err().retry_after(), wait);
        assert_eq!(limits.failures(), 9);
    }

    #[test]
    fn an_attempt_may_be_held_in_a_task() {
        fn is_send<T: Send>(_: T) {}
        let now = Instant::now();
        let limits = limits(Remote::default(), now);
        is_send(limits.begin(b"alice", [192, 0, 2, 7].into(), None, now));
    }
}
