use std::{
    error::Error,
    time::{Duration, SystemTime},
};

use bartizan_token::{
    Digest, Lookup,
    api::{ApiToken, ApiTokenStore, MAX_TOKENS, Name, NewApiToken, NewSecret, Scopes},
    store::{AccountId, StoreError},
};
use rusqlite::{Connection, OptionalExtension, Row, types::Type};

use super::{Tokens, account, find_by_digest, number, signed, touch, unsigned};
use crate::store::sessions::{millis, time};

/// Those that have ended make room.
pub(super) const DELETE_EXPIRED: &str =
    "DELETE FROM api_token WHERE account_id = ?1 AND expires_at <= ?2";
pub(super) const CREATE: &str =
    "INSERT INTO api_token (account_id, name, scopes, shown, digest, created_at, expires_at)
     SELECT a.id, ?2, ?3, ?4, ?5, ?6, ?7 FROM account AS a WHERE a.id = ?1 AND a.disabled_at IS NULL
     AND (SELECT count(*) FROM api_token WHERE account_id = ?1) < ?8 RETURNING id";
pub(super) const FIND: &str =
    "SELECT t.id, t.account_id, t.name, t.scopes, t.shown, t.created_at, t.expires_at, t.last_used_at, t.rolled
     FROM api_token AS t JOIN account AS a ON a.id = t.account_id AND a.disabled_at IS NULL
     WHERE t.digest = ?1 AND (t.expires_at IS NULL OR t.expires_at > ?2)";
pub(super) const LIST: &str =
    "SELECT id, account_id, name, scopes, shown, created_at, expires_at, last_used_at, rolled
     FROM api_token WHERE account_id = ?1 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY id DESC";
pub(super) const TOUCH: &str =
    "UPDATE api_token SET last_used_at = max(coalesce(last_used_at, ?3), ?3),
     digest = coalesce(?4, digest) WHERE id = ?2 AND account_id = ?1";
pub(super) const END: &str = "DELETE FROM api_token WHERE id = ?2 AND account_id = ?1";
pub(in crate::store) const END_ALL: &str = "DELETE FROM api_token WHERE account_id = ?1";
pub(super) const ROLL: &str =
    "INSERT INTO api_token (account_id, name, scopes, shown, digest, created_at, expires_at)
     SELECT account_id, name, scopes, ?3, ?4, ?5, expires_at FROM api_token
     WHERE id = ?2 AND account_id = ?1 AND rolled = 0
     AND (SELECT count(*) FROM api_token WHERE account_id = ?1) < ?6 RETURNING id";
pub(super) const MARK_ROLLED: &str =
    "UPDATE api_token SET rolled = 1, expires_at = min(coalesce(expires_at, ?3), ?3)
     WHERE id = ?2 AND account_id = ?1";
pub(super) const SWEEP: &str =
    "DELETE FROM api_token WHERE id IN (SELECT id FROM api_token WHERE expires_at <= ?1 LIMIT 500)";

fn token(row: &Row<'_>) -> rusqlite::Result<ApiToken> {
    let expires: Option<i64> = row.get(6)?;
    let last_used: Option<i64> = row.get(7)?;
    let moment = |at: i64| SystemTime::UNIX_EPOCH + Duration::from_millis(at.unsigned_abs());
    Ok(ApiToken {
        id: unsigned(row, 0)?,
        account: account(row, 1)?,
        name: Name::new(row.get(2)?).map_err(|error| unreadable(2, error))?,
        // A row that cannot be read grants nothing.
        scopes: Scopes::parse(&row.get::<_, String>(3)?).map_err(|error| unreadable(3, error))?,
        shown: row.get(4)?,
        created: time(row, 5)?,
        expires: expires.map(moment),
        last_used: last_used.map(moment),
        rolled: row.get(8)?,
    })
}

fn unreadable(column: usize, error: impl Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

fn delete_expired(c: &Connection, account: i64, now: SystemTime) -> rusqlite::Result<()> {
    let mut statement = c.prepare_cached(DELETE_EXPIRED)?;
    statement.execute((account, millis(now))).map(|_| ())
}

impl ApiTokenStore for Tokens {
    async fn create_api_token(
        &self,
        new: NewApiToken,
        now: SystemTime,
    ) -> Result<Option<u64>, StoreError> {
        self.write(move |c| {
            let account = number(new.account);
            delete_expired(c, account, now)?;
            let row = (
                account,
                new.name.as_str(),
                new.scopes.to_string(),
                &new.secret.shown,
                new.secret.digest.as_bytes(),
                millis(now),
                new.expires.map(millis),
                MAX_TOKENS as i64,
            );
            c.prepare_cached(CREATE)?
                .query_row(row, |row| unsigned(row, 0))
                .optional()
        })
        .await
    }

    async fn find_api_token(
        &self,
        lookup: Lookup,
        now: SystemTime,
    ) -> Result<Option<(ApiToken, Digest)>, StoreError> {
        self.read(move |c| find_by_digest(c, FIND, lookup, now, token))
            .await
    }

    async fn touch_api_token(
        &self,
        (account, id): (AccountId, u64),
        now: SystemTime,
        rekey: Option<Digest>,
    ) -> Result<(), StoreError> {
        self.write(move |c| touch(c, TOUCH, (account, id), now, rekey))
            .await
    }

    async fn list_api_tokens(
        &self,
        account: AccountId,
        now: SystemTime,
    ) -> Result<Vec<ApiToken>, StoreError> {
        self.read(move |c| {
            let mut statement = c.prepare_cached(LIST)?;
            let rows = statement.query_map((number(account), millis(now)), token)?;
            rows.collect()
        })
        .await
    }

    async fn end_api_token(&self, account: AccountId, id: u64) -> Result<bool, StoreError> {
        self.write_to_end(move |c| {
            let row = (number(account), signed(id));
            Ok(c.prepare_cached(END)?.execute(row)? == 1)
        })
        .await
    }

    async fn end_api_tokens(&self, account: AccountId) -> Result<u64, StoreError> {
        self.write_to_end(
            move |c| Ok(c.prepare_cached(END_ALL)?.execute([number(account)])? as u64),
        )
        .await
    }

    async fn roll_api_token(
        &self,
        account: AccountId,
        id: u64,
        secret: NewSecret,
        old_ends: SystemTime,
        now: SystemTime,
    ) -> Result<Option<u64>, StoreError> {
        self.write(move |c| {
            let (account, id) = (number(account), signed(id));
            delete_expired(c, account, now)?;
            let row = (
                account,
                id,
                &secret.shown,
                secret.digest.as_bytes(),
                millis(now),
                2 * MAX_TOKENS as i64,
            );
            let next = c
                .prepare_cached(ROLL)?
                .query_row(row, |row| unsigned(row, 0))
                .optional()?;
            if next.is_some() {
                c.prepare_cached(MARK_ROLLED)?
                    .execute((account, id, millis(old_ends)))?;
            }
            Ok(next)
        })
        .await
    }
}
