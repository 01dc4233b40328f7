//! What is decided when the store cannot be asked: by each limit's [`OnFailure`].

use std::{num::NonZeroU32, time::Instant};

use smallvec::SmallVec;

use crate::{
    claim::{Claim, Decisions, decide_with},
    decision::{Decision, Verdict},
    key::Key,
    limit::{Limit, OnFailure},
    store::{Outcome, Unavailable},
};

use super::pace::share;

/// Decides without the store, all or nothing: what one local table refuses is taken from none.
pub(crate) fn decide(claims: &[Claim<'_>], instances: NonZeroU32, now: Instant) -> Outcome {
    let mut local = SmallVec::<[Claim<'_>; 4]>::new();
    for claim in claims {
        match claim.limit.failure() {
            OnFailure::Local => local.push(*claim),
            OnFailure::Open => {}
            OnFailure::Closed => return Err(Unavailable::new()),
        }
    }
    // A claim without a share was refused before: nothing here is granted the whole quota.
    let own = |claim: &Claim<'_>| {
        let quota = claim.limit.quota();
        share(quota, instances).unwrap_or(quota)
    };
    let mut counted = decide_with(&local, own, now).0.into_iter();
    let decisions = claims
        .iter()
        .map(|claim| match claim.limit.failure() {
            OnFailure::Local => counted.next().unwrap_or_else(|| uncounted(claim)),
            _ => uncounted(claim),
        })
        .collect();
    Ok(Decisions(decisions))
}

/// Allowed without counting.
pub(crate) fn uncounted(claim: &Claim<'_>) -> Decision {
    Decision {
        quota: claim.limit.quota(),
        verdict: Verdict::Allowed,
        spent: 0,
        left_ns: 0,
        // nothing was taken, so nothing can be given back
        cost: 0,
        word: 0,
    }
}

/// Counts in this process what the store has allowed, so that a share is not whole again at the moment the store fails. It
/// may count less than the store, since a share that is used up takes no more.
pub(crate) fn keep_warm(claim: &Claim<'_>, instances: NonZeroU32, now: Instant) {
    if claim.limit.failure() == OnFailure::Local
        && let Some(share) = share(claim.limit.quota(), instances)
    {
        let table = claim.limit.table();
        table.decide(claim.key, share, claim.cost, now);
    }
}

/// Takes back here what the store gives back: else logins that succeeded would count as failures as soon as it is down.
pub(crate) fn give_back(limit: &Limit, key: Key, cost: u32, instances: NonZeroU32) {
    if limit.failure() == OnFailure::Local
        && let Some(share) = share(limit.quota(), instances)
    {
        limit.table().give_back(key, share, cost);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::Arc,
        time::{Duration, SystemTime},
    };

    use super::*;
    use crate::{Epoch, Key, Limit, Quota, Secret, Table};

    const KEY: Key = Key::from_u128(7 << 64 | 7);

    fn n(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).unwrap()
    }

    fn limit(count: u32, on_failure: OnFailure, now: Instant) -> Limit {
        let table = Table::with_cells(64, Epoch::new(now, SystemTime::now()));
        let quota = Quota::per_minute(n(count)).unwrap();
        Limit::new("x", quota, Arc::new(table), &Secret::random()).on_failure(on_failure)
    }

    #[test]
    fn each_limit_answers_as_it_says() {
        let now = Instant::now();
        let (local, open, closed) = (
            limit(4, OnFailure::Local, now),
            limit(1, OnFailure::Open, now),
            limit(1, OnFailure::Closed, now),
        );
        let claim = |limit| Claim::new(limit, KEY, 1);
        for _ in 0..5 {
            assert!(decide(&[claim(&open)], n(4), now).unwrap().are_allowed());
            assert!(decide(&[claim(&closed)], n(4), now).is_err());
        }
        // A quarter of four a minute: one, then the next after a minute.
        assert!(decide(&[claim(&local)], n(4), now).unwrap().are_allowed());
        let second = decide(&[claim(&local)], n(4), now).unwrap();
        let minute = Some(Duration::from_secs(60));
        assert_eq!(second.as_slice()[0].retry_after(), minute);
    }

    #[test]
    fn a_mixed_decision_takes_all_or_nothing() {
        let now = Instant::now();
        let (wide, narrow, open, closed) = (
            limit(100, OnFailure::Local, now),
            limit(1, OnFailure::Local, now),
            limit(1, OnFailure::Open, now),
            limit(1, OnFailure::Closed, now),
        );
        let claim = |limit| Claim::new(limit, KEY, 1);
        let mixed = [claim(&wide), claim(&open), claim(&narrow)];
        let first = decide(&mixed, n(1), now).unwrap();
        assert!(first.are_allowed());
        let second = decide(&mixed, n(1), now).unwrap();
        let allowed: Vec<bool> = second.as_slice().iter().map(Decision::is_allowed).collect();
        assert_eq!(allowed, [true, true, false]);
        assert!(decide(&[claim(&wide), claim(&closed)], n(1), now).is_err());
        let left = wide.table().peek(KEY, wide.quota(), 0, now).remaining();
        assert_eq!(left, 99);
    }

    #[test]
    fn what_the_store_allowed_counts_when_it_fails() {
        let now = Instant::now();
        let local = limit(8, OnFailure::Local, now);
        let claim = Claim::new(&local, KEY, 1);
        for _ in 0..50 {
            keep_warm(&claim, n(4), now);
        }
        let first = decide(&[claim], n(4), now).unwrap();
        // Two a share, used up; the debt is not above them, whatever the store has allowed.
        let half = Some(Duration::from_secs(30));
        assert_eq!(first.as_slice()[0].retry_after(), half);
    }
}
