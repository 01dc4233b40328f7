//! Where balances live: in this process, or shared by several.

use std::{error::Error, fmt, future::Ready, time::Instant};

use crate::{
    claim::{Claim, Decisions, decide_all},
    decision::Decision,
    key::Key,
    limit::Limit,
};

/// Decides on claims. A local store answers at once and never boxes; a remote one may answer later.
pub trait Store: Clone + Send + Sync + 'static {
    /// The answer of a remote store, when it comes.
    type Wait: Future<Output = Outcome> + Send + 'static;

    /// Takes the cost of every claim, or of none.
    fn decide(&self, claims: &[Claim<'_>], now: Instant) -> Answer<Self::Wait>;

    /// Corrects what an earlier decision took. A remote store sends it in the background: nobody waits for it.
    fn settle(&self, limit: &Limit, key: Key, change: Change, now: Instant);
}

/// The decisions, or that there are none.
pub type Outcome = Result<Decisions, Unavailable>;

/// An answer that a local store has already and a remote one will have.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an answer that callers must match: it is here or it is not"
)]
pub enum Answer<W> {
    /// It is here.
    Now(Outcome),
    /// It will be.
    Later(W),
}

/// A correction of a balance.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Change {
    /// Give back what this decision took.
    Refund(Decision),
    /// Take so much more without asking.
    Penalty(u32),
    /// Forget what is owed.
    Clear,
}

/// It could not be decided: the store cannot be asked, and a limit says [`Closed`](crate::OnFailure::Closed). Never to be
/// told as a refusal: the caller did nothing wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unavailable {
    _private: (),
}

impl Unavailable {
    /// For a store that cannot be asked.
    #[must_use]
    pub const fn new() -> Self {
        Self { _private: () }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store of the rate limits cannot be asked")
    }
}

impl Error for Unavailable {}

/// Balances in this process: each limit's own table.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Memory;

impl Memory {
    /// The store.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Store for Memory {
    type Wait = Ready<Outcome>;

    #[inline]
    fn decide(&self, claims: &[Claim<'_>], now: Instant) -> Answer<Self::Wait> {
        Answer::Now(Ok(decide_all(claims, now)))
    }

    fn settle(&self, limit: &Limit, key: Key, change: Change, now: Instant) {
        match change {
            Change::Refund(decision) => limit.table().refund(key, &decision, now),
            Change::Penalty(cost) => limit.table().penalize(key, limit.quota(), cost, now),
            Change::Clear => limit.table().clear(key),
        }
    }
}
