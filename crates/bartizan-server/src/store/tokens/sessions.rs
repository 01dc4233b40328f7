use std::time::{Duration, SystemTime};

use bartizan_token::{
    Digest, Lifetime, Lookup,
    refresh::FamilyId,
    session::{MAX_SESSIONS, NewSession, SessionStore, StoredSession},
    store::{AccountId, StoreError},
};
use rusqlite::{OptionalExtension, Row};

use super::{Tokens, account, find_by_digest, number, signed, touch, unsigned};
use crate::store::sessions::{DELETE, DELETE_SURPLUS, millis, time};

pub(super) const OPEN: &str = "INSERT INTO session
     (digest, account_id, credential_version, created_at, last_used_at, device, address, family_id, expires_at)
     SELECT ?1, a.id, ?3, ?4, ?4, ?5, '', ?6, ?7 FROM account AS a WHERE a.id = ?2 AND a.credential_version = ?3 AND a.disabled_at IS NULL
     AND (?6 IS NULL OR EXISTS (SELECT 1 FROM refresh_family WHERE id = ?6)) RETURNING id";
pub(super) const FIND: &str =
    "SELECT s.id, s.account_id, s.family_id, s.device, s.created_at, s.last_used_at, s.expires_at
     FROM session AS s JOIN account AS a ON a.id = s.account_id AND a.credential_version = s.credential_version
     WHERE s.digest = ?1 AND (s.expires_at IS NULL OR s.expires_at > ?2)";
pub(super) const LIST: &str =
    "SELECT s.id, s.account_id, s.family_id, s.device, s.created_at, s.last_used_at, s.expires_at
     FROM session AS s JOIN account AS a ON a.id = s.account_id AND a.credential_version = s.credential_version
     WHERE s.account_id = ?1 AND (s.expires_at IS NULL OR s.expires_at > ?2) ORDER BY s.id DESC";
pub(super) const TOUCH: &str =
    "UPDATE session SET last_used_at = max(last_used_at, ?3), digest = coalesce(?4, digest)
     WHERE id = ?2 AND account_id = ?1";
pub(in crate::store) const END_ALL: &str =
    "DELETE FROM session WHERE account_id = ?1 AND id IS NOT ?2";
pub(super) const SWEEP: &str =
    "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at <= ?1 LIMIT 500)";

fn session(row: &Row<'_>) -> rusqlite::Result<StoredSession> {
    let created = time(row, 4)?;
    let expires: Option<i64> = row.get(6)?;
    Ok(StoredSession {
        id: unsigned(row, 0)?,
        account: account(row, 1)?,
        family: row.get::<_, Option<_>>(2)?.map(FamilyId::from_bytes),
        device: row.get(3)?,
        created,
        last_used: time(row, 5)?,
        expires: match expires {
            Some(millis) => SystemTime::UNIX_EPOCH + Duration::from_millis(millis.unsigned_abs()),
            // Opened by a route that keeps no end: its lifetime says it.
            None => created + Lifetime::MAX,
        },
    })
}

impl SessionStore for Tokens {
    async fn open_session(
        &self,
        new: NewSession,
        now: SystemTime,
    ) -> Result<Option<u64>, StoreError> {
        self.write(move |c| {
            let account = number(new.account);
            let family = new.family.as_ref().map(FamilyId::as_bytes);
            let row = (
                new.digest.as_bytes(),
                account,
                signed(new.credential_version),
                millis(now),
                &new.device,
                family,
                millis(new.expires),
            );
            let id = c
                .prepare_cached(OPEN)?
                .query_row(row, |row| unsigned(row, 0))
                .optional()?;
            if id.is_some() {
                c.prepare_cached(DELETE_SURPLUS)?
                    .execute((account, MAX_SESSIONS as i64))?;
            }
            Ok(id)
        })
        .await
    }

    async fn find_session(
        &self,
        lookup: Lookup,
        now: SystemTime,
    ) -> Result<Option<(StoredSession, Digest)>, StoreError> {
        self.read(move |c| find_by_digest(c, FIND, lookup, now, session))
            .await
    }

    async fn touch_session(
        &self,
        (account, id): (AccountId, u64),
        now: SystemTime,
        rekey: Option<Digest>,
    ) -> Result<(), StoreError> {
        self.write(move |c| touch(c, TOUCH, (account, id), now, rekey))
            .await
    }

    async fn list_sessions(
        &self,
        account: AccountId,
        now: SystemTime,
    ) -> Result<Vec<StoredSession>, StoreError> {
        self.read(move |c| {
            let mut statement = c.prepare_cached(LIST)?;
            let rows = statement.query_map((number(account), millis(now)), session)?;
            rows.collect()
        })
        .await
    }

    async fn end_session(&self, account: AccountId, id: u64) -> Result<bool, StoreError> {
        self.write_to_end(move |c| {
            let row = (signed(id), number(account));
            Ok(c.prepare_cached(DELETE)?.execute(row)? == 1)
        })
        .await
    }

    async fn end_sessions(&self, account: AccountId, keep: Option<u64>) -> Result<u64, StoreError> {
        self.write_to_end(move |c| {
            let row = (number(account), keep.map(signed));
            Ok(c.prepare_cached(END_ALL)?.execute(row)? as u64)
        })
        .await
    }
}
