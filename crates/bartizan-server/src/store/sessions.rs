//! Sessions: found by their token's digest, listed by account.

use std::time::{Duration, SystemTime};

use bartizan_token::Digest;
use rusqlite::{OptionalExtension, Row};

use super::{Store, StoreError};

/// The session check of every authenticated request. A session of an older credential version is not found.
pub const FIND: &str = "SELECT s.id, s.account_id, s.created_at, s.last_used_at, a.email, a.created_at
     FROM session AS s JOIN account AS a ON a.id = s.account_id AND a.credential_version = s.credential_version
     WHERE s.digest = ?1";
pub(super) const INSERT: &str = "INSERT INTO session
     (digest, account_id, credential_version, created_at, last_used_at, device, address) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)";
pub(super) const DELETE_SURPLUS: &str = "DELETE FROM session WHERE id IN
     (SELECT id FROM session WHERE account_id = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)";
pub(super) const TOUCH: &str =
    "UPDATE session SET last_used_at = max(last_used_at, ?2) WHERE id = ?1";
pub(super) const LIST: &str = "SELECT id, created_at, last_used_at, device, address FROM session
     WHERE account_id = ?1 ORDER BY id DESC";
pub(super) const DELETE: &str = "DELETE FROM session WHERE id = ?1 AND account_id = ?2";
pub(super) const DELETE_OTHERS: &str = "DELETE FROM session WHERE account_id = ?1 AND id <> ?2";
pub(super) const DELETE_EXPIRED: &str = "DELETE FROM session WHERE id IN
     (SELECT id FROM session WHERE created_at <= ?1 LIMIT 500)";
pub(super) const DELETE_IDLE: &str = "DELETE FROM session WHERE id IN
     (SELECT id FROM session WHERE last_used_at <= ?1 LIMIT 500)";

/// The most sessions of one account; a login beyond it ends the oldest.
pub const MAX_PER_ACCOUNT: u32 = 100;

/// Who a request comes from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Session {
    /// The session.
    pub id: i64,
    /// Its account.
    pub account: i64,
    /// When it was made.
    pub created: SystemTime,
    /// When it was last used, to the minute.
    pub last_used: SystemTime,
    /// The account's address.
    pub email: String,
    /// When the account was made.
    pub account_created: SystemTime,
}

/// A new session.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "the routes build it")]
pub struct NewSession {
    /// Digest of its token.
    pub digest: Digest,
    /// Its account.
    pub account: i64,
    /// The version of the credentials that were checked.
    pub credential_version: i64,
    /// The client's own name for itself.
    pub device: String,
    /// Where it came from.
    pub address: String,
}

/// A session as its owner sees it: no token, no digest.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Listed {
    /// The session.
    pub id: i64,
    /// When it was made.
    pub created: SystemTime,
    /// When it was last used, to the minute.
    pub last_used: SystemTime,
    /// The client's own name for itself.
    pub device: String,
    /// Where it came from.
    pub address: String,
}

impl Store {
    /// The session with this digest, whatever its age: the caller checks its lifetime.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn find_session(&self, digest: Digest) -> Result<Option<Session>, StoreError> {
        self.read(move |c| {
            let mut statement = c.prepare_cached(FIND)?;
            statement
                .query_row([digest.as_bytes()], |row| {
                    Ok(Session {
                        id: row.get(0)?,
                        account: row.get(1)?,
                        created: time(row, 2)?,
                        last_used: time(row, 3)?,
                        email: row.get(4)?,
                        account_created: time(row, 5)?,
                    })
                })
                .optional()
        })
        .await
    }

    /// A new session; the account's oldest end when it has too many.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn insert_session(&self, new: NewSession, now: SystemTime) -> Result<(), StoreError> {
        self.write(move |c| {
            c.prepare_cached(INSERT)?.execute((
                new.digest.as_bytes(),
                new.account,
                new.credential_version,
                millis(now),
                &new.device,
                &new.address,
            ))?;
            c.prepare_cached(DELETE_SURPLUS)?
                .execute((new.account, MAX_PER_ACCOUNT))?;
            Ok(())
        })
        .await
    }

    /// Notes a use.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn touch_session(&self, id: i64, now: SystemTime) -> Result<(), StoreError> {
        self.write(move |c| {
            c.prepare_cached(TOUCH)?
                .execute((id, millis(now)))
                .map(|_| ())
        })
        .await
    }

    /// The account's sessions, newest first.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn list_sessions(&self, account: i64) -> Result<Vec<Listed>, StoreError> {
        self.read(move |c| {
            let mut statement = c.prepare_cached(LIST)?;
            let rows = statement.query_map([account], |row| {
                Ok(Listed {
                    id: row.get(0)?,
                    created: time(row, 1)?,
                    last_used: time(row, 2)?,
                    device: row.get(3)?,
                    address: row.get(4)?,
                })
            })?;
            rows.collect()
        })
        .await
    }

    /// Ends one session of the account; whether there was one.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn end_session(&self, id: i64, account: i64) -> Result<bool, StoreError> {
        self.write_to_end(move |c| Ok(c.prepare_cached(DELETE)?.execute((id, account))? == 1))
            .await
    }

    /// Ends all sessions of the account but one.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn end_other_sessions(&self, account: i64, keep: i64) -> Result<usize, StoreError> {
        self.write_to_end(move |c| c.prepare_cached(DELETE_OTHERS)?.execute((account, keep)))
            .await
    }

    /// Forgets sessions made or last used before these times, at most 500 of each a call.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn delete_sessions_before(
        &self,
        created: SystemTime,
        used: SystemTime,
    ) -> Result<usize, StoreError> {
        self.write(move |c| {
            let expired = c
                .prepare_cached(DELETE_EXPIRED)?
                .execute([millis(created)])?;
            let idle = c.prepare_cached(DELETE_IDLE)?.execute([millis(used)])?;
            Ok(expired + idle)
        })
        .await
    }
}

/// Milliseconds since 1970; a clock before that counts as 1970.
pub(super) fn millis(time: SystemTime) -> i64 {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<SystemTime> {
    let millis = u64::try_from(row.get::<_, i64>(column)?).unwrap_or_default();
    Ok(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
}
