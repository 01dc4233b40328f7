//! One-time tokens: at most one lives for an account and purpose, and using it is the write that takes it away.
//!
//! A read before the write would let two requests at once both find it. So there is no look-up here at all: only
//! [`OneTimeStore::consume`], which says who was first.
//!
//! Not for sign-ups that anyone can repeat with somebody else's address: the newer link would kill the owner's. Keep a row
//! for each of those, with what that sign-up brought.

use std::{
    fmt,
    future::Future,
    time::{Duration, SystemTime},
};

use crate::{
    Digest, Entropy, Keys, OneTime, Token,
    store::{AccountId, AccountStore, Change, StoreError, Versions},
};

/// The most bytes that a token can carry in the store, such as the address that it confirms.
pub const MAX_DATA: usize = 512;

/// A one-time token to keep.
#[derive(Clone)]
#[allow(clippy::exhaustive_structs, reason = "stores read it")]
pub struct NewOneTime {
    /// Its account.
    pub account: AccountId,
    /// [`Purpose::KIND`](crate::Purpose): with the account the key of its row.
    pub kind: u8,
    /// Digest of the token.
    pub digest: Digest,
    /// [`Versions::link`] when it was made, if the purpose is bound to it.
    pub link_version: Option<u64>,
    /// What the token stands for, at most [`MAX_DATA`] bytes.
    pub data: String,
    /// When it can no longer be used.
    pub expires: SystemTime,
}

/// `data` may be somebody's address.
impl fmt::Debug for NewOneTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewOneTime({:?}, ..)", self.account)
    }
}

/// A one-time token that was used just now, by this caller alone.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores build it")]
pub struct Consumed {
    /// Its account.
    pub account: AccountId,
    /// What it stood for.
    pub data: String,
}

impl fmt::Debug for Consumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Consumed({:?}, ..)", self.account)
    }
}

/// Where one-time tokens live: one row for an account and kind.
pub trait OneTimeStore: AccountStore {
    /// Keeps a token in place of the account's older one of the same kind, in one write. `false` when the account does not
    /// exist, or is not at the token's link version any more.
    fn issue(&self, new: NewOneTime) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Takes the token of this kind and digest away, if it has not expired and its account is still at its link version, and
    /// with it, in the same write, makes `change` to the account. `None` when there was none: of any number of callers at
    /// once, one gets it.
    ///
    /// With [`Change::Password`] every session, refresh family and bound link of the account is dead when this answers.
    fn consume(
        &self,
        kind: u8,
        digest: Digest,
        change: Option<Change>,
        now: SystemTime,
    ) -> impl Future<Output = Result<Option<Consumed>, StoreError>> + Send;
}

/// Mints a token and keeps its digest; older ones of the account and purpose die. `None` when the account is gone or changed
/// since `versions` was read, or `data` has more than [`MAX_DATA`] bytes.
///
/// # Errors
///
/// The store gave no answer.
pub async fn issue<P: OneTime, S: OneTimeStore>(
    store: &S,
    keys: &Keys<P>,
    (account, versions): (AccountId, Versions),
    data: String,
    lifetime: Duration,
    entropy: Entropy,
    now: SystemTime,
) -> Result<Option<Token<P>>, StoreError> {
    if data.len() > MAX_DATA {
        return Ok(None);
    }
    let token = keys.mint(entropy);
    let new = NewOneTime {
        account,
        kind: P::KIND,
        digest: keys.digest(&token),
        link_version: P::BOUND.then_some(versions.link),
        data,
        expires: now.checked_add(lifetime).unwrap_or(now),
    };
    Ok(store.issue(new).await?.then_some(token))
}

/// Uses a token. Whoever gets [`Consumed`] is the only one.
///
/// # Errors
///
/// The store gave no answer. Whether the token was used is then not known.
pub async fn consume<P: OneTime, S: OneTimeStore>(
    store: &S,
    keys: &Keys<P>,
    token: &Token<P>,
    change: Option<Change>,
    now: SystemTime,
) -> Result<Option<Consumed>, StoreError> {
    store
        .consume(P::KIND, keys.digest(token), change, now)
        .await
}
