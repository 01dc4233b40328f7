//! The store as `bartizan-token` wants one: sessions, refresh families, one-time tokens, codes and API tokens.
//!
//! What the traits call one write is one job of the writer: its transaction, in a savepoint of its own. Every condition stands
//! in the statement that writes, so nothing is decided by a row that was read before.

pub(super) mod api;
pub(super) mod codes;
pub(super) mod one_time;
pub(super) mod refresh;
pub(super) mod sessions;
#[cfg(test)]
pub(super) mod statements;
#[cfg(test)]
mod tests;

use std::time::SystemTime;

use bartizan_token::{
    Digest, Lookup,
    store::{AccountId, AccountStore, Change, StoreError as TokenStoreError, Versions},
};
use rusqlite::{Connection, OptionalExtension, Row};

use super::{Store, StoreError, sessions::millis};

const VERSIONS: &str = "SELECT credential_version, link_version FROM account WHERE id = ?1";
const CHANGE: &str = "UPDATE account SET credential_version = ?2, link_version = ?3 WHERE id = ?1";

/// A handle on the same database, for `bartizan-token`.
#[derive(Debug, Clone)]
pub struct Tokens {
    store: Store,
}

impl Store {
    /// The store as `bartizan-token` wants one.
    pub fn tokens(&self) -> Tokens {
        Tokens {
            store: self.clone(),
        }
    }
}

impl Tokens {
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, TokenStoreError> {
        self.store.read(work).await.map_err(failed)
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, TokenStoreError> {
        self.store.write(work).await.map_err(failed)
    }

    /// Done even when the caller goes away: what ends a token is not taken back by closing the page.
    async fn write_to_end<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, TokenStoreError> {
        self.store.write_to_end(work).await.map_err(failed)
    }
}

impl AccountStore for Tokens {
    async fn versions(&self, account: AccountId) -> Result<Option<Versions>, TokenStoreError> {
        self.read(move |c| versions(c, number(account))).await
    }

    async fn change(
        &self,
        account: AccountId,
        what: Change,
    ) -> Result<Option<Versions>, TokenStoreError> {
        self.write_to_end(move |c| change(c, number(account), what))
            .await
    }

    async fn sweep(&self, now: SystemTime) -> Result<u64, TokenStoreError> {
        self.write(move |c| {
            let mut rows = 0;
            for statement in [
                sessions::SWEEP,
                refresh::SWEEP,
                one_time::SWEEP,
                codes::SWEEP,
                api::SWEEP,
            ] {
                rows += c.prepare_cached(statement)?.execute([millis(now)])?;
            }
            Ok(rows as u64)
        })
        .await
    }
}

/// The live row of any of a token's digests, the newest key's first, and the digest that it was found by.
fn find_by_digest<T>(
    c: &Connection,
    find: &str,
    lookup: Lookup,
    now: SystemTime,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<(T, Digest)>> {
    let mut statement = c.prepare_cached(find)?;
    for digest in lookup.digests() {
        let found = statement
            .query_row((digest.as_bytes(), millis(now)), &read)
            .optional()?;
        if let Some(found) = found {
            return Ok(Some((found, digest)));
        }
    }
    Ok(None)
}

/// Writes down a use, and the digest under the newest key if there is a newer one.
fn touch(
    c: &Connection,
    statement: &str,
    (account, id): (AccountId, u64),
    now: SystemTime,
    rekey: Option<Digest>,
) -> rusqlite::Result<()> {
    let digest = rekey.as_ref().map(Digest::as_bytes);
    let row = (number(account), signed(id), millis(now), digest);
    c.prepare_cached(statement)?.execute(row).map(|_| ())
}

fn versions(c: &Connection, account: i64) -> rusqlite::Result<Option<Versions>> {
    let mut statement = c.prepare_cached(VERSIONS)?;
    let versions = |row: &Row<'_>| Ok(Versions::new(unsigned(row, 0)?, unsigned(row, 1)?));
    statement.query_row([account], versions).optional()
}

/// In the transaction of the caller, who is the only writer: nothing comes between the read and the write.
fn change(c: &Connection, account: i64, what: Change) -> rusqlite::Result<Option<Versions>> {
    let Some(versions) = versions(c, account)? else {
        return Ok(None);
    };
    let next = versions.after(what);
    let row = (account, signed(next.credential), signed(next.link));
    c.prepare_cached(CHANGE)?.execute(row)?;
    Ok(Some(next))
}

fn failed(error: StoreError) -> TokenStoreError {
    TokenStoreError::unavailable(error)
}

/// The row of an account. A number that is none of ours becomes one that no row has.
fn number(account: AccountId) -> i64 {
    i64::try_from(account.get()).unwrap_or(-1)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(-1)
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.unsigned_abs())
}

fn account(row: &Row<'_>, column: usize) -> rusqlite::Result<AccountId> {
    Ok(AccountId::new(u128::from(unsigned(row, column)?)))
}

fn digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    Ok(Digest::from_bytes(row.get(column)?))
}
