//! A store in memory: for tests, and for a service whose sessions may end with the process.
//!
//! It holds at most the accounts that it was made for, and of each at most what the traits allow, so it is bounded. One lock
//! serves everyone; each call but `sweep` holds it for the rows of one account.

mod api;
mod codes;
mod one_time;
mod refresh;
mod sessions;
mod table;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use self::table::Table;
use crate::{
    api::ApiToken,
    code::NewCode,
    one_time::NewOneTime,
    refresh::{Family, FamilyId},
    session::StoredSession,
    store::{AccountId, AccountStore, Change, StoreError, Versions},
};

/// The store.
pub struct Memory {
    state: Mutex<State>,
    max_accounts: NonZeroUsize,
}

#[derive(Default)]
struct State {
    accounts: HashMap<AccountId, Versions>,
    sessions: Table<[u8; 32], SessionRow>,
    families: Table<FamilyId, Family>,
    one_time: Table<[u8; 32], NewOneTime>,
    codes: BTreeMap<(AccountId, u8), (u64, NewCode)>,
    api: Table<[u8; 32], ApiToken>,
    last_id: u64,
}

struct SessionRow {
    session: StoredSession,
    credential_version: u64,
}

impl Memory {
    /// An empty store for so many accounts.
    pub fn new(max_accounts: NonZeroUsize) -> Self {
        Self {
            state: Mutex::default(),
            max_accounts,
        }
    }

    /// Makes an account known; one that is known already stays as it is.
    ///
    /// # Errors
    ///
    /// [`Full`](crate::store::StoreErrorKind::Full).
    pub fn add_account(&self, account: AccountId) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.accounts.len() >= self.max_accounts.get() && !state.accounts.contains_key(&account)
        {
            return Err(StoreError::full());
        }
        state.accounts.entry(account).or_insert(Versions::FIRST);
        Ok(())
    }

    /// Forgets an account and all its tokens; whether there was one.
    pub fn remove_account(&self, account: AccountId) -> bool {
        let mut state = self.lock();
        state.sessions.retain_of(account, |_| false);
        state.families.retain_of(account, |_| false);
        state.one_time.retain_of(account, |_| false);
        state.api.retain_of(account, |_| false);
        state.codes.retain(|(owner, _), _| *owner != account);
        state.accounts.remove(&account).is_some()
    }

    /// No caller's code runs under the lock, and no change is left half done by a panic of ours.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn is_credential(&self, account: AccountId, version: u64) -> bool {
        let versions = self.accounts.get(&account);
        versions.is_some_and(|versions| versions.credential == version)
    }

    /// A row that is bound to no version lives as long as its account.
    fn is_link(&self, account: AccountId, version: Option<u64>) -> bool {
        let versions = self.accounts.get(&account);
        versions.is_some_and(|versions| version.is_none_or(|version| versions.link == version))
    }

    /// Rows of older versions could not be found any more: they go at once.
    fn change(&mut self, account: AccountId, change: Change) -> Option<Versions> {
        let versions = self.accounts.get_mut(&account)?;
        *versions = versions.after(change);
        let now = *versions;
        self.sessions
            .retain_of(account, |row| row.credential_version == now.credential);
        self.families
            .retain_of(account, |row| row.credential_version == now.credential);
        self.one_time.retain_of(account, |row| {
            row.link_version.is_none_or(|v| v == now.link)
        });
        Some(now)
    }
}

impl AccountStore for Memory {
    async fn versions(&self, account: AccountId) -> Result<Option<Versions>, StoreError> {
        Ok(self.lock().accounts.get(&account).copied())
    }

    async fn change(
        &self,
        account: AccountId,
        change: Change,
    ) -> Result<Option<Versions>, StoreError> {
        Ok(self.lock().change(account, change))
    }

    async fn sweep(&self, now: SystemTime) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let codes = state.codes.len();
        state.codes.retain(|_, (_, code)| now < code.expires);
        let codes = codes - state.codes.len();
        let rows = state.sessions.retain(|row| now < row.session.expires)
            + state.families.retain(|row| now < row.expires)
            + state.one_time.retain(|row| now < row.expires)
            + state.api.retain(|row| row.is_live(now));
        Ok((rows + codes) as u64)
    }
}

/// No row of anybody's.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} accounts)", self.lock().accounts.len())
    }
}
