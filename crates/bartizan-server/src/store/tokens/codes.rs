use std::time::SystemTime;

use bartizan_token::{
    code::{Attempt, CodeStore, NewCode},
    store::{AccountId, Change, StoreError},
};
use rusqlite::OptionalExtension;

use super::{Tokens, change, number, signed, unsigned};
use crate::store::sessions::millis;

/// A replaced row gets another id, so an attempt at the older code cannot use up the newer.
pub(super) const PUT: &str =
    "INSERT OR REPLACE INTO one_time_code (account_id, kind, hash, attempts, link_version, expires_at)
     SELECT a.id, ?2, ?3, ?4, ?5, ?6 FROM account AS a WHERE a.id = ?1 AND (?5 IS NULL OR a.link_version = ?5)";
pub(super) const TAKE: &str = "UPDATE one_time_code SET attempts = attempts - 1
     WHERE account_id = ?1 AND kind = ?2 AND expires_at > ?3 AND attempts > 0
     AND (link_version IS NULL OR EXISTS (SELECT 1 FROM account AS a
     WHERE a.id = account_id AND a.link_version = one_time_code.link_version)) RETURNING id, hash, attempts";
pub(super) const CONSUME: &str =
    "DELETE FROM one_time_code WHERE id = ?2 AND account_id = ?1 AND expires_at > ?3
     AND (link_version IS NULL OR EXISTS (SELECT 1 FROM account AS a
     WHERE a.id = account_id AND a.link_version = one_time_code.link_version))";
pub(in crate::store) const END_ALL: &str = "DELETE FROM one_time_code WHERE account_id = ?1";
pub(super) const SWEEP: &str = "DELETE FROM one_time_code WHERE id IN
     (SELECT id FROM one_time_code WHERE expires_at <= ?1 LIMIT 500)";

impl CodeStore for Tokens {
    async fn put_code(&self, new: NewCode) -> Result<bool, StoreError> {
        self.write(move |c| {
            let row = (
                number(new.account),
                new.kind,
                &new.hash,
                new.attempts,
                new.link_version.map(signed),
                millis(new.expires),
            );
            Ok(c.prepare_cached(PUT)?.execute(row)? == 1)
        })
        .await
    }

    /// Done even when the caller goes away: else a guess would cost nothing to whoever hangs up.
    async fn take_attempt(
        &self,
        account: AccountId,
        kind: u8,
        now: SystemTime,
    ) -> Result<Option<Attempt>, StoreError> {
        self.write_to_end(move |c| {
            c.prepare_cached(TAKE)?
                .query_row((number(account), kind, millis(now)), |row| {
                    Ok(Attempt {
                        id: unsigned(row, 0)?,
                        hash: row.get(1)?,
                        left: row.get(2)?,
                    })
                })
                .optional()
        })
        .await
    }

    async fn consume_code(
        &self,
        (account, id): (AccountId, u64),
        what: Option<Change>,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        self.write(move |c| {
            let row = (number(account), signed(id), millis(now));
            let consumed = c.prepare_cached(CONSUME)?.execute(row)? == 1;
            if let (true, Some(what)) = (consumed, what) {
                change(c, number(account), what)?;
            }
            Ok(consumed)
        })
        .await
    }
}
