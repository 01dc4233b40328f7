use std::time::SystemTime;

use bartizan_token::{
    Digest,
    one_time::{Consumed, NewOneTime, OneTimeStore},
    store::{Change, StoreError},
};
use rusqlite::OptionalExtension;

use super::{Tokens, account, change, number, signed};
use crate::store::sessions::millis;

/// In place of the older one of the same account and kind, if there is one.
pub(in crate::store) const ISSUE: &str =
    "INSERT OR REPLACE INTO one_time (account_id, kind, digest, link_version, data, expires_at)
     SELECT a.id, ?2, ?3, ?4, ?5, ?6 FROM account AS a WHERE a.id = ?1 AND a.disabled_at IS NULL AND (?4 IS NULL OR a.link_version = ?4)";
pub(in crate::store) const CONSUME: &str =
    "DELETE FROM one_time WHERE digest = ?1 AND kind = ?2 AND expires_at > ?3
     AND EXISTS (SELECT 1 FROM account AS a WHERE a.id = account_id AND a.disabled_at IS NULL
     AND (one_time.link_version IS NULL OR a.link_version = one_time.link_version)) RETURNING account_id, data";
pub(super) const SWEEP: &str =
    "DELETE FROM one_time WHERE id IN (SELECT id FROM one_time WHERE expires_at <= ?1 LIMIT 500)";

impl OneTimeStore for Tokens {
    async fn issue(&self, new: NewOneTime) -> Result<bool, StoreError> {
        self.write(move |c| {
            let row = (
                number(new.account),
                new.kind,
                new.digest.as_bytes(),
                new.link_version.map(signed),
                &new.data,
                millis(new.expires),
            );
            Ok(c.prepare_cached(ISSUE)?.execute(row)? == 1)
        })
        .await
    }

    async fn consume(
        &self,
        kind: u8,
        digest: Digest,
        what: Option<Change>,
        now: SystemTime,
    ) -> Result<Option<Consumed>, StoreError> {
        self.write(move |c| {
            let consumed = c
                .prepare_cached(CONSUME)?
                .query_row((digest.as_bytes(), kind, millis(now)), |row| {
                    Ok(Consumed {
                        account: account(row, 0)?,
                        data: row.get(1)?,
                    })
                })
                .optional()?;
            if let (Some(consumed), Some(what)) = (&consumed, what) {
                change(c, number(consumed.account), what)?;
            }
            Ok(consumed)
        })
        .await
    }
}
