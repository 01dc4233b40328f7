//! What every store of tokens shares: accounts, their versions, and the error.

use std::{error::Error, fmt, future::Future};

use crate::{
    api::ApiTokenStore, code::CodeStore, one_time::OneTimeStore, refresh::RefreshStore,
    session::SessionStore,
};

/// An account of the service: a row number or a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(u128);

impl AccountId {
    /// The account with this number.
    pub const fn new(id: u128) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn get(self) -> u128 {
        self.0
    }
}

/// What a token's row is bound to: a row made under another version is not found any more.
///
/// Two numbers, because two kinds of tokens die for different reasons. A stronger hash of the same password changes
/// neither, so a rehash ends no session: never bind a session to the hash itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Versions {
    /// Sessions and refresh families are bound to it. A change of the password raises it.
    pub credential: u64,
    /// Reset links and the like are bound to it. A change of password or address raises it, and so does a login.
    pub link: u64,
}

/// What happened to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A new password, by the owner or by a reset link. Not a rehash.
    Password,
    /// Another address.
    Email,
    /// A login with the password: whoever knows it needs no reset link.
    Login,
}

impl Versions {
    /// Those of a new account.
    pub const FIRST: Self = Self::new(1, 1);

    /// As read from the store.
    pub const fn new(credential: u64, link: u64) -> Self {
        Self { credential, link }
    }

    /// Those after `change`.
    #[must_use]
    pub const fn after(self, change: Change) -> Self {
        let credential = match change {
            Change::Password => self.credential.saturating_add(1),
            Change::Email | Change::Login => self.credential,
        };
        Self::new(credential, self.link.saturating_add(1))
    }
}

/// The accounts that tokens belong to.
pub trait AccountStore: Send + Sync {
    /// The account's versions; `None` when there is no such account.
    fn versions(
        &self,
        account: AccountId,
    ) -> impl Future<Output = Result<Option<Versions>, StoreError>> + Send;

    /// Raises the versions by [`Versions::after`], in one write, and returns them.
    ///
    /// Once it has answered, no row of an older version is found.
    fn change(
        &self,
        account: AccountId,
        change: Change,
    ) -> impl Future<Output = Result<Option<Versions>, StoreError>> + Send;

    /// Forgets rows that have expired, at most some hundreds a call; how many. They are not found before that either.
    fn sweep(
        &self,
        now: std::time::SystemTime,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

/// A store that keeps tokens of every kind. Implemented by itself for whatever implements the parts.
pub trait TokenStore:
    AccountStore + SessionStore + RefreshStore + OneTimeStore + CodeStore + ApiTokenStore
{
}

impl<S> TokenStore for S where
    S: AccountStore + SessionStore + RefreshStore + OneTimeStore + CodeStore + ApiTokenStore
{
}

/// The store gave no answer, or has no room. Neither says anything about the token: answer 503.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What kept a store from answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached, or it failed.
    Unavailable,
    /// It holds as many rows as it may.
    Full,
}

impl StoreError {
    /// A store that holds as many rows as it may.
    pub const fn full() -> Self {
        Self {
            kind: StoreErrorKind::Full,
            source: None,
        }
    }

    /// A store that cannot be reached or failed, and why.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind: StoreErrorKind::Unavailable,
            source: Some(source.into()),
        }
    }

    /// What kept it from answering.
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StoreErrorKind::Unavailable => "token store gave no answer",
            StoreErrorKind::Full => "token store is full",
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_ends_sessions_and_links_and_an_address_or_a_login_ends_links_alone() {
        let first = Versions::FIRST;
        assert_eq!(first.after(Change::Password), Versions::new(2, 2));
        assert_eq!(first.after(Change::Email), Versions::new(1, 2));
        assert_eq!(first.after(Change::Login), Versions::new(1, 2));
    }
}
