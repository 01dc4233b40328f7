//! API tokens: named, with scopes and an end, shown once, replaced with an overlap.

mod flow;
mod name;
mod scope;

use std::{
    future::Future,
    time::{Duration, SystemTime},
};

use crate::{
    Digest, Lookup,
    store::{AccountId, AccountStore, StoreError},
};

pub use flow::{create, find, roll};
pub use name::{Name, NameError};
pub use scope::{Scope, ScopeError, Scopes};

/// The most live API tokens of an account. One more is refused: ending a program's token unasked would be an outage.
pub const MAX_TOKENS: usize = 100;

/// The longest overlap of a replaced token.
pub const MAX_OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);

/// How stale `last_used` may get: a busy program costs 12 writes an hour. The owner wants to know the day.
pub const TOUCH_AFTER: Duration = Duration::from_secs(5 * 60);

/// An API token to keep.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_structs, reason = "stores read it")]
pub struct NewApiToken {
    /// Its account.
    pub account: AccountId,
    /// What its owner calls it.
    pub name: Name,
    /// What it may do.
    pub scopes: Scopes,
    /// Its end; `None` for none.
    pub expires: Option<SystemTime>,
    /// Digest and first characters.
    pub secret: NewSecret,
}

/// What a store keeps of a token's text.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_structs, reason = "stores read it")]
pub struct NewSecret {
    /// Its digest.
    pub digest: Digest,
    /// Its first characters, by which its owner finds it in a list.
    pub shown: String,
}

/// An API token as stored, without its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores build it")]
pub struct ApiToken {
    /// Its row.
    pub id: u64,
    /// Its account.
    pub account: AccountId,
    /// What its owner calls it.
    pub name: Name,
    /// What it may do.
    pub scopes: Scopes,
    /// Its first characters.
    pub shown: String,
    /// When it was made.
    pub created: SystemTime,
    /// Its end; `None` for none.
    pub expires: Option<SystemTime>,
    /// When it was last used, to about [`TOUCH_AFTER`]; `None` for never.
    pub last_used: Option<SystemTime>,
    /// Whether it was replaced: it lives on until `expires`, and cannot be replaced again.
    pub rolled: bool,
}

impl ApiToken {
    /// Whether it lives at `now`. The end is exclusive.
    pub fn is_live(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|end| now < end)
    }

    /// Whether a use at `now` is worth a write.
    pub fn needs_touch(&self, now: SystemTime) -> bool {
        self.last_used
            .is_none_or(|last| now.duration_since(last).is_ok_and(|age| age >= TOUCH_AFTER))
    }
}

/// Where API tokens live. They outlive a password change: a program knows no password. End them with
/// [`end_api_tokens`](Self::end_api_tokens) where that is wanted.
pub trait ApiTokenStore: AccountStore {
    /// Keeps a token; its row, or `None` when the account does not exist or has [`MAX_TOKENS`] live ones.
    fn create_api_token(
        &self,
        new: NewApiToken,
        now: SystemTime,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// The live token under one of these digests, and the digest that it was found under.
    fn find_api_token(
        &self,
        lookup: Lookup,
        now: SystemTime,
    ) -> impl Future<Output = Result<Option<(ApiToken, Digest)>, StoreError>> + Send;

    /// Notes a use, and moves the row to another digest when the key ring has a newer key. `last_used` never goes back.
    fn touch_api_token(
        &self,
        row: (AccountId, u64),
        now: SystemTime,
        rekey: Option<Digest>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The account's live tokens, newest first.
    fn list_api_tokens(
        &self,
        account: AccountId,
        now: SystemTime,
    ) -> impl Future<Output = Result<Vec<ApiToken>, StoreError>> + Send;

    /// Ends one token of the account; whether there was one.
    fn end_api_token(
        &self,
        account: AccountId,
        id: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends all tokens of the account; how many.
    fn end_api_tokens(
        &self,
        account: AccountId,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Keeps `secret` as the successor of a live token that was not replaced yet, with its name, scopes and end, and moves the
    /// old one's end to `old_ends` if that is earlier; in one write. The successor's row, or `None` when there is no such
    /// token, or the account has twice [`MAX_TOKENS`] live ones: of any number of callers at once, one gets it.
    fn roll_api_token(
        &self,
        account: AccountId,
        id: u64,
        secret: NewSecret,
        old_ends: SystemTime,
        now: SystemTime,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;
}
