//! Other passwords, accounts that are disabled, and what ends with either.

use std::time::SystemTime;

use bartizan::token::{Purpose, Reset};
use bartizan_token::Digest;
use rusqlite::{Connection, OptionalExtension};

use super::{
    Store, StoreError,
    accounts::{self, Credentials},
    audit::{self, Event, Origin},
    history,
    sessions::millis,
    tokens::{api, codes, one_time, refresh, sessions},
};
use crate::new_hash::NewHash;

/// The password that was checked must still be the one in force.
pub(super) const CHANGE: &str =
    "UPDATE account SET password = ?3, credential_version = credential_version + 1, link_version = link_version + 1
     WHERE id = ?1 AND credential_version = ?2 AND disabled_at IS NULL RETURNING credential_version";
pub(super) const IS_AT: &str =
    "SELECT 1 FROM account WHERE id = ?1 AND credential_version = ?2 AND disabled_at IS NULL";
pub(super) const FIND_BY_RESET: &str =
    "SELECT a.id, a.email, a.password FROM one_time AS t JOIN account AS a ON a.id = t.account_id
     AND a.link_version = t.link_version AND a.disabled_at IS NULL
     WHERE t.digest = ?1 AND t.kind = ?2 AND t.expires_at > ?3";
pub(super) const SET: &str =
    "UPDATE account SET password = ?2, credential_version = credential_version + 1, link_version = link_version + 1
     WHERE id = ?1 RETURNING email";
pub(super) const RESET_SINCE: &str =
    "SELECT 1 FROM one_time AS t JOIN account AS a ON a.id = t.account_id AND a.link_version = t.link_version
     WHERE t.account_id = ?1 AND t.kind = ?2 AND t.expires_at > ?3";
pub(super) const DISABLE: &str =
    "UPDATE account SET disabled_at = ?2, credential_version = credential_version + 1, link_version = link_version + 1
     WHERE id = ?1 AND disabled_at IS NULL";
pub(super) const ENABLE: &str =
    "UPDATE account SET disabled_at = NULL WHERE id = ?1 AND disabled_at IS NOT NULL";
pub(super) const DELETE_ONE_TIME: &str = "DELETE FROM one_time WHERE account_id = ?1";
pub(super) const DELETE_EMAIL_CHANGE: &str = "DELETE FROM email_change WHERE account_id = ?1";

/// Ends all that lets somebody act for the account, but for the password: sessions, refresh families, API tokens, links and
/// codes.
pub(super) fn end_everything(c: &Connection, account: i64) -> rusqlite::Result<()> {
    c.prepare_cached(refresh::END_ALL)?.execute([account])?;
    c.prepare_cached(sessions::END_ALL)?
        .execute((account, None::<i64>))?;
    c.prepare_cached(api::END_ALL)?.execute([account])?;
    c.prepare_cached(DELETE_ONE_TIME)?.execute([account])?;
    c.prepare_cached(codes::END_ALL)?.execute([account])?;
    c.prepare_cached(DELETE_EMAIL_CHANGE)?.execute([account])?;
    Ok(())
}

impl Store {
    /// Another password, by somebody who has shown the old one: ends every session, every refresh family and all links, and
    /// leaves API tokens. The credentials' new version; `None` when the password was changed since it was checked.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn change_password(
        &self,
        old: &Credentials,
        (new, history): (NewHash, u32),
        origin: Origin,
    ) -> Result<Option<i64>, StoreError> {
        let (account, version) = (old.account, old.credential_version);
        self.write_to_end(move |c| {
            if !c.prepare_cached(IS_AT)?.exists((account, version))? {
                return Ok(None);
            }
            history::keep(c, account, history)?;
            let row = (account, version, new.for_account(account)?);
            let version = c
                .prepare_cached(CHANGE)?
                .query_row(row, |row| row.get(0))
                .optional()?;
            c.prepare_cached(refresh::END_ALL)?.execute([account])?;
            c.prepare_cached(sessions::END_ALL)?
                .execute((account, None::<i64>))?;
            c.prepare_cached(DELETE_ONE_TIME)?.execute([account])?;
            c.prepare_cached(DELETE_EMAIL_CHANGE)?.execute([account])?;
            audit::record(c, account, Event::PasswordChanged, &origin)?;
            Ok(version)
        })
        .await
    }

    /// Whose link this is, if it can still be used: the account, its address and its stored hash.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn find_reset(
        &self,
        digest: Digest,
        now: SystemTime,
    ) -> Result<Option<(i64, String, String)>, StoreError> {
        self.read(move |c| {
            let mut statement = c.prepare_cached(FIND_BY_RESET)?;
            let row = (digest.as_bytes(), Reset::KIND, millis(now));
            let found = statement.query_row(row, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
            found.optional()
        })
        .await
    }

    /// Uses a link: another password, and the end of everything else. Of any number of uses at once, one gets the account's
    /// address.
    ///
    /// # Errors
    ///
    /// The store gave no answer. Whether the link was used is then not known.
    pub async fn reset_password(
        &self,
        digest: Digest,
        (new, history): (NewHash, u32),
        origin: Origin,
    ) -> Result<Option<String>, StoreError> {
        self.write_to_end(move |c| {
            let row = (digest.as_bytes(), Reset::KIND, millis(origin.at));
            let mut consume = c.prepare_cached(one_time::CONSUME)?;
            let account: Option<i64> = consume.query_row(row, |row| row.get(0)).optional()?;
            let Some(account) = account else {
                return Ok(None);
            };
            history::keep(c, account, history)?;
            let email = c
                .prepare_cached(SET)?
                .query_row((account, new.for_account(account)?), |row| row.get(0))?;
            end_everything(c, account)?;
            audit::record(c, account, Event::PasswordReset, &origin)?;
            Ok(Some(email))
        })
        .await
    }

    /// Keeps a link for a new password in place of an older one. `false` when the account was changed or disabled since it was
    /// read, or has a link that expires after `newest`: nobody's mailbox is filled by somebody else, however many ask at once.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn keep_reset(
        &self,
        of: &Credentials,
        (digest, expires): (Digest, SystemTime),
        newest: SystemTime,
        origin: Origin,
    ) -> Result<bool, StoreError> {
        let (account, link_version) = (of.account, of.link_version);
        self.write(move |c| {
            let newer = (account, Reset::KIND, millis(newest));
            if c.prepare_cached(RESET_SINCE)?.exists(newer)? {
                return Ok(false);
            }
            let row = (
                account,
                Reset::KIND,
                digest.as_bytes(),
                link_version,
                "",
                millis(expires),
            );
            let kept = c.prepare_cached(one_time::ISSUE)?.execute(row)? == 1;
            if kept {
                audit::record(c, account, Event::ResetMailed, &origin)?;
            }
            Ok(kept)
        })
        .await
    }

    /// Ends everything of an account and lets nobody in any more; whether it was enabled.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn disable_account(&self, account: i64, origin: Origin) -> Result<bool, StoreError> {
        self.write(move |c| {
            let done = c
                .prepare_cached(DISABLE)?
                .execute((account, millis(origin.at)))?
                == 1;
            if done {
                end_everything(c, account)?;
                // Of an account that was never confirmed, so that `enable` does not bring them back.
                c.prepare_cached(accounts::DELETE_LINKS)?
                    .execute([account])?;
                audit::record(c, account, Event::Disabled, &origin)?;
            }
            Ok(done)
        })
        .await
    }

    /// Lets the owner log in again; whether it was disabled. What has ended stays ended.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn enable_account(&self, account: i64, origin: Origin) -> Result<bool, StoreError> {
        self.write(move |c| {
            let done = c.prepare_cached(ENABLE)?.execute([account])? == 1;
            if done {
                audit::record(c, account, Event::Enabled, &origin)?;
            }
            Ok(done)
        })
        .await
    }

    /// Ends all sessions, refresh families and API tokens of an account, by an operator.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn end_all(&self, account: i64, origin: Origin) -> Result<(), StoreError> {
        self.write(move |c| {
            end_everything(c, account)?;
            audit::record(c, account, Event::SessionsEndedByOperator, &origin)
        })
        .await
    }
}
