//! Sessions: found by their token's digest, listed by account.

use std::time::{Duration, SystemTime};

use bartizan_token::{Digest, Lookup, refresh::FamilyId};
use rusqlite::{Connection, OptionalExtension, Row};

use super::{
    Store, StoreError,
    audit::{self, Event, Origin},
};

/// The session check of every authenticated request. A session of an older credential version is not found.
pub const FIND: &str = "SELECT s.id, s.account_id, s.created_at, s.last_used_at, a.email, a.created_at,
     coalesce(s.authenticated_at, s.created_at), s.family_id, s.expires_at
     FROM session AS s JOIN account AS a ON a.id = s.account_id AND a.credential_version = s.credential_version
     WHERE s.digest = ?1";
/// Not when the password was changed, the account disabled or the family ended since they were read.
pub(super) const INSERT: &str = "INSERT INTO session
     (digest, account_id, credential_version, created_at, last_used_at, device, address, family_id, expires_at, authenticated_at)
     SELECT ?1, a.id, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9 FROM account AS a
     WHERE a.id = ?2 AND a.credential_version = ?3 AND a.disabled_at IS NULL
     AND (?7 IS NULL OR EXISTS (SELECT 1 FROM refresh_family WHERE id = ?7)) RETURNING id";
/// Links for a new password die when somebody logs in: whoever knows the password needs none.
pub(super) const RAISE_LINK_VERSION: &str =
    "UPDATE account SET link_version = link_version + 1 WHERE id = ?1";
pub(super) const DELETE_SURPLUS: &str = "DELETE FROM session WHERE id IN
     (SELECT id FROM session WHERE account_id = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)";
pub(super) const DELETE_SURPLUS_OF_FAMILY: &str = "DELETE FROM session WHERE id IN
     (SELECT id FROM session WHERE family_id = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)";
pub(super) const TOUCH: &str = "UPDATE session SET last_used_at = max(last_used_at, ?2), digest = coalesce(?3, digest) WHERE id = ?1";
pub(super) const REAUTHENTICATE: &str = "UPDATE session SET authenticated_at = ?3, digest = ?4 WHERE id = ?1 AND account_id = ?2
     AND EXISTS (SELECT 1 FROM account AS a WHERE a.id = ?2 AND a.credential_version = session.credential_version)";
pub(super) const END_BY_DIGEST: &str = "DELETE FROM session WHERE digest = ?1";
/// Of a family only the newest: to its owner, they are one login.
pub(super) const LIST: &str =
    "SELECT s.id, s.created_at, s.last_used_at, s.device, s.address, s.family_id, s.expires_at
     FROM session AS s WHERE s.account_id = ?1
     AND NOT EXISTS (SELECT 1 FROM session AS n WHERE n.family_id = s.family_id AND n.id > s.id) ORDER BY s.id DESC";
pub(super) const END_FAMILY_OF: &str = "DELETE FROM refresh_family WHERE id = (SELECT family_id FROM session WHERE id = ?1 AND account_id = ?2)";
pub(super) const END_OTHER_FAMILIES: &str = "DELETE FROM refresh_family WHERE account_id = ?1
     AND id IS NOT (SELECT family_id FROM session WHERE id = ?2)";
pub(super) const DELETE: &str = "DELETE FROM session WHERE id = ?1 AND account_id = ?2";
pub(super) const DELETE_OTHERS: &str = "DELETE FROM session WHERE account_id = ?1 AND id <> ?2";
pub(super) const DELETE_EXPIRED: &str = "DELETE FROM session WHERE id IN
     (SELECT id FROM session WHERE created_at <= ?1 LIMIT 500)";
pub(super) const DELETE_IDLE: &str = "DELETE FROM session WHERE id IN
     (SELECT id FROM session WHERE last_used_at <= ?1 LIMIT 500)";

/// The most sessions of one account; a login beyond it ends the oldest.
pub const MAX_PER_ACCOUNT: u32 = 100;

/// The most sessions of one refresh family: as many tabs may refresh at once.
pub const MAX_PER_FAMILY: u32 = 4;

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
    /// When its owner last showed the password: at the login that it comes from, or later.
    pub authenticated: SystemTime,
    /// The refresh family that it comes from.
    pub family: Option<FamilyId>,
    /// Its own end, if it has another than the configured one.
    pub expires: Option<SystemTime>,
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
    /// The refresh family that it comes from: it ends with it.
    pub family: Option<FamilyId>,
    /// Its own end, if it has another than the configured one.
    pub expires: Option<SystemTime>,
    /// When the password was checked; `None`: now. Then it is a login: links for a new password die.
    pub authenticated: Option<SystemTime>,
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
    /// The refresh family that it comes from.
    pub family: Option<FamilyId>,
    /// Its own end.
    pub expires: Option<SystemTime>,
}

fn find(c: &Connection, digest: Digest) -> rusqlite::Result<Option<Session>> {
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
                authenticated: time(row, 6)?,
                family: family(row, 7)?,
                expires: end(row, 8)?,
            })
        })
        .optional()
}

fn family(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<FamilyId>> {
    Ok(row.get::<_, Option<_>>(column)?.map(FamilyId::from_bytes))
}

fn end(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<SystemTime>> {
    match row.get::<_, Option<i64>>(column)? {
        Some(_) => time(row, column).map(Some),
        None => Ok(None),
    }
}

impl Store {
    /// The session under one of these digests, whatever its age, and the one that it was found under: the caller checks its
    /// lifetime.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn find_session(
        &self,
        lookup: Lookup,
    ) -> Result<Option<(Session, Digest)>, StoreError> {
        self.read(move |c| {
            for digest in lookup.digests() {
                if let Some(session) = find(c, digest)? {
                    return Ok(Some((session, digest)));
                }
            }
            Ok(None)
        })
        .await
    }

    /// A new session; the account's oldest end when it has too many. `None`, and nothing is opened, when the password was
    /// changed, the account disabled or the family ended since they were read.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn insert_session(
        &self,
        new: NewSession,
        now: SystemTime,
    ) -> Result<Option<i64>, StoreError> {
        self.write(move |c| {
            let family = new.family.as_ref().map(FamilyId::as_bytes);
            let row = (
                new.digest.as_bytes(),
                new.account,
                new.credential_version,
                millis(now),
                &new.device,
                &new.address,
                family,
                new.expires.map(millis),
                millis(new.authenticated.unwrap_or(now)),
            );
            let mut insert = c.prepare_cached(INSERT)?;
            let Some(id) = insert.query_row(row, |row| row.get(0)).optional()? else {
                return Ok(None);
            };
            c.prepare_cached(DELETE_SURPLUS)?
                .execute((new.account, MAX_PER_ACCOUNT))?;
            if let Some(family) = family {
                c.prepare_cached(DELETE_SURPLUS_OF_FAMILY)?
                    .execute((family, MAX_PER_FAMILY))?;
            }
            if new.authenticated.is_none() {
                c.prepare_cached(RAISE_LINK_VERSION)?
                    .execute([new.account])?;
                let origin = Origin {
                    at: now,
                    address: new.address,
                };
                audit::record(c, new.account, Event::LoggedIn, &origin)?;
            }
            Ok(Some(id))
        })
        .await
    }

    /// Notes a use, and moves the row to another digest when the key ring has a newer key.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn touch_session(
        &self,
        id: i64,
        now: SystemTime,
        rekey: Option<Digest>,
    ) -> Result<(), StoreError> {
        self.write(move |c| {
            let digest = rekey.as_ref().map(Digest::as_bytes);
            c.prepare_cached(TOUCH)?
                .execute((id, millis(now), digest))
                .map(|_| ())
        })
        .await
    }

    /// Ends the session under one of these digests, if there is one.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn end_session_of(&self, lookup: Lookup) -> Result<(), StoreError> {
        self.write_to_end(move |c| {
            let mut end = c.prepare_cached(END_BY_DIGEST)?;
            for digest in lookup.digests() {
                end.execute([digest.as_bytes()])?;
            }
            Ok(())
        })
        .await
    }

    /// Notes that the owner of a session has shown the password again, and gives it another digest; whether it still lives.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn reauthenticate(
        &self,
        (id, account): (i64, i64),
        digest: Digest,
        origin: Origin,
    ) -> Result<bool, StoreError> {
        self.write_to_end(move |c| {
            let row = (id, account, millis(origin.at), digest.as_bytes());
            let done = c.prepare_cached(REAUTHENTICATE)?.execute(row)? == 1;
            if done {
                audit::record(c, account, Event::Reauthenticated, &origin)?;
            }
            Ok(done)
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
                    family: family(row, 5)?,
                    expires: end(row, 6)?,
                })
            })?;
            rows.collect()
        })
        .await
    }

    /// Ends one session of the account, with the refresh family that it comes from; whether there was one.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn end_session(
        &self,
        (id, account): (i64, i64),
        origin: Origin,
    ) -> Result<bool, StoreError> {
        self.write_to_end(move |c| {
            let family = c.prepare_cached(END_FAMILY_OF)?.execute((id, account))?;
            // The family took it along, if it had one.
            let ended = family + c.prepare_cached(DELETE)?.execute((id, account))? > 0;
            if ended {
                audit::record(c, account, Event::SessionEnded, &origin)?;
            }
            Ok(ended)
        })
        .await
    }

    /// Ends all sessions and refresh families of the account but one session and its family.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn end_other_sessions(
        &self,
        account: i64,
        keep: i64,
        origin: Origin,
    ) -> Result<(), StoreError> {
        self.write_to_end(move |c| {
            end_others(c, account, keep)?;
            audit::record(c, account, Event::OtherSessionsEnded, &origin)
        })
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

fn end_others(c: &Connection, account: i64, keep: i64) -> rusqlite::Result<()> {
    c.prepare_cached(END_OTHER_FAMILIES)?
        .execute((account, keep))?;
    c.prepare_cached(DELETE_OTHERS)?.execute((account, keep))?;
    Ok(())
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
