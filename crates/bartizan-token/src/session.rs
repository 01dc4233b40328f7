//! Sessions in a store: found by digest, bound to the account's credentials and, if they come from one, to a refresh family.

use std::{
    future::Future,
    time::{Duration, SystemTime},
};

use crate::{
    Digest, Keys, Lifetime, Lookup, Session, Token, Validity,
    refresh::FamilyId,
    store::{AccountId, AccountStore, StoreError},
};

/// The most sessions of an account. One more ends the oldest.
pub const MAX_SESSIONS: usize = 100;

/// How stale `last_used` may get: one write a minute for a session, however many requests it makes.
pub const TOUCH_AFTER: Duration = Duration::from_secs(60);

/// A session to open.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_structs, reason = "callers build it")]
pub struct NewSession {
    /// Digest of its token.
    pub digest: Digest,
    /// Its account.
    pub account: AccountId,
    /// [`Versions::credential`](crate::store::Versions) as it was when the password was checked, not as it is now.
    pub credential_version: u64,
    /// The refresh family that it comes from: it ends with it.
    pub family: Option<FamilyId>,
    /// What the client calls itself, for the owner's list; bounded by the caller.
    pub device: String,
    /// Its absolute end.
    pub expires: SystemTime,
}

/// A session as stored, without its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores build it")]
pub struct StoredSession {
    /// Its row.
    pub id: u64,
    /// Its account.
    pub account: AccountId,
    /// The refresh family that it comes from.
    pub family: Option<FamilyId>,
    /// What the client calls itself.
    pub device: String,
    /// When it was opened.
    pub created: SystemTime,
    /// When it was last used, to about [`TOUCH_AFTER`].
    pub last_used: SystemTime,
    /// Its absolute end.
    pub expires: SystemTime,
}

impl StoredSession {
    /// Whether a use at `now` is worth a write.
    pub fn needs_touch(&self, now: SystemTime) -> bool {
        now.duration_since(self.last_used)
            .is_ok_and(|age| age >= TOUCH_AFTER)
    }
}

/// Where sessions live. What is ended is not found by any look-up that begins after the answer.
pub trait SessionStore: AccountStore {
    /// Opens a session, and ends the account's oldest beyond [`MAX_SESSIONS`], in one write.
    ///
    /// `None`, and nothing is opened, when the account is at another credential version or the family has ended: a
    /// password change that comes between the check and this write wins.
    fn open_session(
        &self,
        new: NewSession,
        now: SystemTime,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// The session under one of these digests that has not expired, at the account's credential version, and the digest
    /// that it was found under. The idle end is the caller's to check ([`Lifetime::check`](crate::Lifetime::check)).
    fn find_session(
        &self,
        lookup: Lookup,
        now: SystemTime,
    ) -> impl Future<Output = Result<Option<(StoredSession, Digest)>, StoreError>> + Send;

    /// Notes a use, and moves the row to another digest when the key ring has a newer key. `last_used` never goes back.
    fn touch_session(
        &self,
        row: (AccountId, u64),
        now: SystemTime,
        rekey: Option<Digest>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The account's sessions that [`find_session`](Self::find_session) would find, newest first.
    fn list_sessions(
        &self,
        account: AccountId,
        now: SystemTime,
    ) -> impl Future<Output = Result<Vec<StoredSession>, StoreError>> + Send;

    /// Ends one session of the account; whether there was one.
    fn end_session(
        &self,
        account: AccountId,
        id: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends all sessions of the account, but for `keep`; how many.
    fn end_sessions(
        &self,
        account: AccountId,
        keep: Option<u64>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

/// Whether the owner of a session has shown the password, or what else proves who he is, at most `most` ago.
///
/// For what must not be done by whoever finds an open browser: API tokens, another address, money. Keep the moment beside
/// the session; a refresh takes it over from the login, and only another proof moves it (ASVS 5.0, 7.5.1). A moment that
/// lies ahead of `now` is fresh: a clock that was set back locks nobody out.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use bartizan_token::session::is_fresh;
///
/// let shown = SystemTime::UNIX_EPOCH;
/// let minutes = |n: u64| Duration::from_secs(60 * n);
/// assert!(is_fresh(shown, minutes(15), shown + minutes(15)));
/// assert!(!is_fresh(shown, minutes(15), shown + minutes(16)));
/// ```
pub fn is_fresh(authenticated: SystemTime, most: Duration, now: SystemTime) -> bool {
    now.duration_since(authenticated)
        .map_or(true, |age| age <= most)
}

/// Whom a session token belongs to. Writes only when its last use is worth noting or a newer key is in the ring.
///
/// # Errors
///
/// The store gave no answer. A failed note of the use is such an error too: a store that cannot write is not healthy.
pub async fn find<S: SessionStore>(
    store: &S,
    keys: &Keys<Session>,
    token: &Token<Session>,
    lifetime: Lifetime,
    now: SystemTime,
) -> Result<Option<StoredSession>, StoreError> {
    let lookup = keys.lookup(token);
    let Some((found, digest)) = store.find_session(lookup.clone(), now).await? else {
        return Ok(None);
    };
    match lifetime.check(found.created, found.last_used, now) {
        Validity::Live { .. } => {}
        Validity::Idle | Validity::Expired => return Ok(None),
    }
    let rekey = lookup.rekey(digest);
    if rekey.is_some() || found.needs_touch(now) {
        store
            .touch_session((found.account, found.id), now, rekey)
            .await?;
    }
    Ok(Some(found))
}
