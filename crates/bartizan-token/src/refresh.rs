//! Refresh tokens: each is used once and answers with its successor; a token that comes back late ends the whole family.
//!
//! Rotation with replay detection is RFC 9700, section 4.14.2. A thief and the owner cannot both go on: whichever of them
//! comes second shows a token that was used, and the family ends, with the sessions that came from it.
//!
//! An answer can get lost, and two tabs can refresh at once. So for [`RefreshPolicy::grace`] the *direct parent* of the
//! newest token is answered again, with the same successor. Nothing older is, and nothing after the grace.
//!
//! The store holds one row a family, whatever its age: a token carries its family in its first 16 bytes, under the keyed tag,
//! so a genuine token that is neither the newest nor its parent is a replay, without a list of used tokens. The successor
//! is computed from the parent and a stored seed under the root key, so the same answer can be given twice though no token
//! is stored: neither the parent, nor a dump of the database, nor both give it without the key.

mod flow;
mod policy;

use std::{fmt, future::Future, time::SystemTime};

use crate::{
    Digest, Entropy,
    store::{AccountId, AccountStore, StoreError},
};

pub use flow::{Refreshed, refresh, start};
pub use policy::{RefreshPolicy, RefreshPolicyError};

/// The most families of an account. One more ends the oldest.
pub const MAX_FAMILIES: usize = 100;

/// Names a family: 16 random bytes. Not a secret, but a handle: not for logs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FamilyId([u8; 16]);

impl FamilyId {
    /// As read from the store.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for FamilyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FamilyId(..)")
    }
}

/// Random bytes of a rotation: with the parent and the root key they give the successor.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// As read from the store.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<Entropy> for Seed {
    fn from(entropy: Entropy) -> Self {
        Self(*entropy.bytes())
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// A family as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores build it")]
pub struct Family {
    /// Its name, in each of its tokens.
    pub id: FamilyId,
    /// Its account.
    pub account: AccountId,
    /// [`Versions::credential`](crate::store::Versions) of the login that it comes from.
    pub credential_version: u64,
    /// When that login was.
    pub created: SystemTime,
    /// Its absolute end.
    pub expires: SystemTime,
    /// When the newest token was made.
    pub rotated: SystemTime,
    /// Digest of the newest token.
    pub current: Digest,
    /// What the newest token was made from; `None` for the first.
    pub parent: Option<Parent>,
}

/// What a family's newest token was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "stores build it")]
pub struct Parent {
    /// Digest of the token before it.
    pub digest: Digest,
    /// The random part.
    pub seed: Seed,
}

/// What a genuine token of a family gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must match it")]
pub enum RefreshDecision {
    /// It is the newest: a successor.
    Rotate,
    /// It is the direct parent, inside the grace: the same successor again.
    Repeat,
    /// It was used before: the family ends.
    Replay,
    /// The family is too old, or unused for too long.
    Expired,
}

impl Family {
    /// What the genuine token with this digest gets at `now`.
    pub fn decide(
        &self,
        presented: Digest,
        policy: &RefreshPolicy,
        now: SystemTime,
    ) -> RefreshDecision {
        if !policy.is_live(self, now) {
            return RefreshDecision::Expired;
        }
        if presented == self.current {
            return RefreshDecision::Rotate;
        }
        let is_parent = |parent: &Parent| parent.digest == presented;
        let age = now.duration_since(self.rotated).unwrap_or_default();
        if self.parent.as_ref().is_some_and(is_parent) && age < policy.grace() {
            return RefreshDecision::Repeat;
        }
        RefreshDecision::Replay
    }
}

/// Where families live.
pub trait RefreshStore: AccountStore {
    /// A new family, and the end of the account's oldest beyond [`MAX_FAMILIES`], in one write. `false`, and nothing is
    /// kept, when the account is not at the family's credential version.
    fn start_family(&self, family: Family)
    -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The family, if it lives and its account is at its credential version. Its times are the caller's to check.
    fn find_family(
        &self,
        id: FamilyId,
    ) -> impl Future<Output = Result<Option<Family>, StoreError>> + Send;

    /// Puts `next` in place of the family whose newest digest is still `expected`, if its account is at its credential
    /// version: ONE conditional write, `UPDATE .. WHERE id = .. AND current = ..`. Whether it was done.
    ///
    /// `rotated`, `current` and `parent` change; nothing else of a family ever does.
    fn swap_family(
        &self,
        expected: Digest,
        next: Family,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends a family and the sessions that came from it, in one write; whether there was one.
    fn end_family(&self, id: FamilyId) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends all families of the account, and their sessions; how many.
    fn end_families(
        &self,
        account: AccountId,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// The account's families that [`find_family`](Self::find_family) would find, newest first.
    fn list_families(
        &self,
        account: AccountId,
    ) -> impl Future<Output = Result<Vec<Family>, StoreError>> + Send;
}
