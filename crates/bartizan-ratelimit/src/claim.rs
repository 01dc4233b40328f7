//! Several limits at once, all or nothing.

use std::time::Instant;

use smallvec::SmallVec;

use crate::{
    bucket::{Before, Locked, tag},
    decision::Decision,
    key::Key,
    limit::Limit,
    quota::Quota,
    table::Table,
};

/// One of the limits that a request must fit.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Claim<'a> {
    /// How much is allowed, and where keys are counted.
    pub limit: &'a Limit,
    /// What is counted.
    pub key: Key,
    /// What the request costs.
    pub cost: u32,
}

impl<'a> Claim<'a> {
    /// `cost` of this key's quota.
    #[must_use]
    pub const fn new(limit: &'a Limit, key: Key, cost: u32) -> Self {
        Self { limit, key, cost }
    }
}

/// So many are decided without an allocation: two rules for IPv4, one for IPv6.
pub(crate) const INLINE: usize = 2;

/// The decisions on several claims, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decisions(pub(crate) SmallVec<[Decision; INLINE]>);

impl Decisions {
    /// Whether all were allowed. If not, nothing was taken from any.
    #[must_use]
    pub fn are_allowed(&self) -> bool {
        self.0.iter().all(Decision::is_allowed)
    }

    /// One by one, as the claims were given. In a refused request an allowed decision shows what is left untouched.
    #[must_use]
    pub fn as_slice(&self) -> &[Decision] {
        &self.0
    }

    /// The decision that binds: of a refused request the longest wait, of an allowed one the fewest left.
    #[must_use]
    pub fn tightest(&self) -> Option<(usize, &Decision)> {
        let order = |decision: &Decision| match decision.retry_after() {
            // never: longer than any wait
            None => (0, u128::MAX),
            Some(wait) if !wait.is_zero() => (1, wait.as_nanos()),
            Some(_) => (2, u128::from(u32::MAX - decision.remaining())),
        };
        self.0.iter().enumerate().min_by_key(|(_, decision)| {
            let (class, weight) = order(decision);
            (class, u128::MAX - weight)
        })
    }
}

/// Takes the cost of every claim, or of none: a request that one quota refuses leaves the others' balances as they were.
///
/// The buckets concerned are locked together, in one order for all callers, so nobody sees a state in between and nothing is
/// ever admitted above a quota. A list that names one key twice takes both costs.
#[must_use]
pub fn decide_all(claims: &[Claim<'_>], now: Instant) -> Decisions {
    match claims {
        [] => Decisions(SmallVec::new()),
        [only] => {
            let decision = only
                .limit
                .table()
                .decide(only.key, only.limit.quota(), only.cost, now);
            Decisions(SmallVec::from_slice(&[decision]))
        }
        _ => decide_with(claims, |claim| claim.limit.quota(), now),
    }
}

type Place = (u64, usize);

/// [`decide_all`] by other quotas than the limits' own.
pub(crate) fn decide_with(
    claims: &[Claim<'_>],
    quota_of: impl Fn(&Claim<'_>) -> Quota,
    now: Instant,
) -> Decisions {
    let place = |claim: &Claim<'_>| -> Place {
        let table = claim.limit.table();
        (table.id(), table.place(claim.key))
    };
    let mut places: SmallVec<[(Place, &Table); 4]> = claims
        .iter()
        .map(|claim| (place(claim), &**claim.limit.table()))
        .collect();
    places.sort_unstable_by_key(|(place, _)| *place);
    places.dedup_by_key(|(place, _)| *place);
    let locked: SmallVec<[(Place, Locked<'_>); 4]> = places
        .iter()
        .map(|(place, table)| (*place, table.lock(place.1)))
        .collect();

    let mut decisions = SmallVec::<[Decision; INLINE]>::new();
    let mut taken = SmallVec::<[(usize, Before); 4]>::new();
    let mut allowed = true;
    for claim in claims {
        // found: every claim's bucket was locked above
        let Ok(at) = locked.binary_search_by_key(&place(claim), |(place, _)| *place) else {
            continue;
        };
        let (table, quota) = (claim.limit.table(), quota_of(claim));
        let (decision, before) =
            locked[at]
                .1
                .take(tag(claim.key), quota, claim.cost, table.moment(now));
        match decision.is_allowed() {
            true if claim.cost > 0 => taken.push((at, before)),
            true => {}
            false => allowed = false,
        }
        decisions.push(decision);
    }
    if allowed {
        for (at, before) in taken {
            // locked in the order of the places
            places[at].1.count_taken_over(before);
        }
    } else {
        // Newest first, so that a cell which was written twice ends as it was.
        for (at, before) in taken.iter().rev() {
            locked[*at].1.put_back(*before);
        }
        for (claim, decision) in claims.iter().zip(&mut decisions) {
            if decision.is_allowed()
                && let Ok(at) = locked.binary_search_by_key(&place(claim), |(place, _)| *place)
            {
                let moment = claim.limit.table().moment(now);
                *decision = locked[at]
                    .1
                    .peek(tag(claim.key), quota_of(claim), 0, moment);
            }
        }
    }
    Decisions(decisions)
}
