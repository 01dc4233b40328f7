//! Another address: confirmed on both, and taken back from the old one.
//!
//! The change waits for two links. Whoever has got hold of a session or a password alone does not read the old mailbox;
//! whoever has mistyped the new address does not read that one. For some days after the change, the old address can take it
//! back, and is nobody else's.

use std::time::SystemTime;

use bartizan_token::Digest;
use rusqlite::{Connection, OptionalExtension};

use super::{
    Store, StoreError,
    audit::{self, Event, Origin},
    credentials::end_everything,
    sessions::millis,
};
use crate::new_hash::NewHash;

pub(super) const ASK: &str =
    "INSERT OR REPLACE INTO email_change (account_id, credential_version, new_email, old_digest, new_digest, expires_at)
     SELECT id, credential_version, ?2, ?3, ?4, ?5 FROM account
     WHERE id = ?1 AND credential_version = ?6 AND disabled_at IS NULL";
pub(super) const IS_TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM account WHERE email = ?1 AND (confirmed_at IS NOT NULL OR disabled_at IS NOT NULL))
     OR EXISTS (SELECT 1 FROM email_undo WHERE old_email = ?1 AND expires_at > ?2 AND account_id <> ?3)";
pub(super) const COUNT_UNDOS: &str =
    "SELECT count(*) FROM email_undo WHERE account_id = ?1 AND expires_at > ?2";
pub(super) const USE_OLD: &str = "UPDATE email_change SET old_digest = NULL
     WHERE old_digest = ?1 AND expires_at > ?2 RETURNING account_id";
pub(super) const USE_NEW: &str = "UPDATE email_change SET new_digest = NULL
     WHERE new_digest = ?1 AND expires_at > ?2 RETURNING account_id";
pub(super) const TAKE_WHOLE: &str = "DELETE FROM email_change WHERE account_id = ?1 AND old_digest IS NULL AND new_digest IS NULL RETURNING new_email, credential_version";
pub(super) const FIND_EMAIL: &str =
    "SELECT email FROM account WHERE id = ?1 AND credential_version = ?2 AND disabled_at IS NULL";
pub(super) const DELETE_SQUATTER: &str =
    "DELETE FROM account WHERE email = ?1 AND confirmed_at IS NULL AND disabled_at IS NULL";
pub(super) const SET_EMAIL: &str =
    "UPDATE account SET email = ?2, link_version = link_version + 1 WHERE id = ?1";
pub(super) const KEEP_UNDO: &str = "INSERT INTO email_undo (account_id, digest, old_email, expires_at, mail_after) VALUES (?1, ?2, ?3, ?4, ?5)";
pub(super) const UNMAILED: &str = "SELECT id, old_email FROM email_undo
     WHERE mail_after <= ?1 AND expires_at > ?1 ORDER BY mail_after LIMIT 50";
pub(super) const RENEW_UNDO: &str = "UPDATE email_undo SET digest = ?2, mail_after = ?3
     WHERE id = ?1 AND mail_after <= ?4 AND expires_at > ?4";
pub(super) const MAILED: &str = "UPDATE email_undo SET mail_after = NULL WHERE digest = ?1";
pub(super) const TAKE_UNDO: &str = "DELETE FROM email_undo WHERE digest = ?1 AND expires_at > ?2
     AND EXISTS (SELECT 1 FROM account AS a WHERE a.id = account_id AND a.disabled_at IS NULL) RETURNING id, account_id, old_email";
pub(super) const DELETE_LATER_UNDOS: &str =
    "DELETE FROM email_undo WHERE account_id = ?1 AND id > ?2";
pub(super) const UNDO: &str =
    "UPDATE account SET email = ?2, password = ?3, credential_version = credential_version + 1, link_version = link_version + 1
     WHERE id = ?1";
pub(super) const SWEEP: &str = "DELETE FROM email_change WHERE account_id IN
     (SELECT account_id FROM email_change WHERE expires_at <= ?1 LIMIT 500)";
pub(super) const SWEEP_UNDOS: &str = "DELETE FROM email_undo WHERE id IN (SELECT id FROM email_undo WHERE expires_at <= ?1 LIMIT 500)";

/// Changes of one account that can be taken back at the same time. One more is refused: the link to the first address must
/// not be pushed out by later ones.
pub const MAX_UNDOS: i64 = 5;

/// Milliseconds after which a link that no mail server has taken is mailed again, for the first time: the process was killed.
const FIRST_TRY: i64 = 2 * 60 * 1000;
/// And from then on.
const NEXT_TRY: i64 = 60 * 60 * 1000;

/// A change of address to wait for.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "the routes build it")]
pub struct NewEmail {
    /// The account.
    pub account: i64,
    /// The version of the credentials that were checked.
    pub credential_version: i64,
    /// The new address, in its one spelling.
    pub email: String,
    /// Digest of the link to the old address.
    pub old_digest: Digest,
    /// Digest of the link to the new one.
    pub new_digest: Digest,
    /// When both can no longer be used.
    pub expires: SystemTime,
}

/// What asking for another address came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the routes must answer each")]
pub enum Asked {
    /// Both links are worth mailing.
    Waits,
    /// The new address is somebody's: the row was written all the same.
    Taken,
    /// Too many changes can still be taken back.
    TooMany,
    /// The password was changed meanwhile, or the account disabled.
    Gone,
}

/// What a link came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the routes must answer each")]
pub enum Used {
    /// The other link has still to be used.
    Waits,
    /// The address is the new one.
    Changed {
        /// Where the link to undo goes.
        old: String,
        /// The address now.
        new: String,
    },
    /// No such link, or the address has become somebody's.
    Spent,
}

fn is_taken(c: &Connection, email: &str, now: i64, account: i64) -> rusqlite::Result<bool> {
    c.prepare_cached(IS_TAKEN)?
        .query_row((email, now, account), |row| row.get(0))
}

impl Store {
    /// Keeps a change of address in place of an older one of the account.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn ask_email_change(
        &self,
        new: NewEmail,
        origin: Origin,
    ) -> Result<Asked, StoreError> {
        self.write(move |c| {
            let now = millis(origin.at);
            let undos: i64 = c
                .prepare_cached(COUNT_UNDOS)?
                .query_row((new.account, now), |row| row.get(0))?;
            if undos >= MAX_UNDOS {
                return Ok(Asked::TooMany);
            }
            let row = (
                new.account,
                &new.email,
                new.old_digest.as_bytes(),
                new.new_digest.as_bytes(),
                millis(new.expires),
                new.credential_version,
            );
            if c.prepare_cached(ASK)?.execute(row)? == 0 {
                return Ok(Asked::Gone);
            }
            audit::record(c, new.account, Event::EmailChangeAsked, &origin)?;
            Ok(match is_taken(c, &new.email, now, new.account)? {
                true => Asked::Taken,
                false => Asked::Waits,
            })
        })
        .await
    }

    /// Uses one of the two links; with the second, the address changes and `undo` is kept for the old one.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn use_email_link(
        &self,
        digest: Digest,
        undo: (Digest, SystemTime),
        origin: Origin,
    ) -> Result<Used, StoreError> {
        self.write_to_end(move |c| {
            let now = millis(origin.at);
            let mut account: Option<i64> = None;
            for statement in [USE_OLD, USE_NEW] {
                let mut used = c.prepare_cached(statement)?;
                let of = used
                    .query_row((digest.as_bytes(), now), |row| row.get(0))
                    .optional()?;
                account = account.or(of);
            }
            let Some(account) = account else {
                return Ok(Used::Spent);
            };
            let whole: Option<(String, i64)> = c
                .prepare_cached(TAKE_WHOLE)?
                .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let Some((new, version)) = whole else {
                return Ok(Used::Waits);
            };
            let old: Option<String> = c
                .prepare_cached(FIND_EMAIL)?
                .query_row((account, version), |row| row.get(0))
                .optional()?;
            let Some(old) = old.filter(|old| *old != new) else {
                return Ok(Used::Spent);
            };
            if is_taken(c, &new, now, account)? {
                return Ok(Used::Spent);
            }
            c.prepare_cached(DELETE_SQUATTER)?.execute([&new])?;
            c.prepare_cached(SET_EMAIL)?.execute((account, &new))?;
            c.prepare_cached(KEEP_UNDO)?.execute((
                account,
                undo.0.as_bytes(),
                &old,
                millis(undo.1),
                now + FIRST_TRY,
            ))?;
            audit::record(c, account, Event::EmailChanged, &origin)?;
            Ok(Used::Changed { old, new })
        })
        .await
    }

    /// Takes a change back: the old address, no password, and the end of everything. Whoever made the change may know the
    /// password. The address to mail a link for a new password to.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn undo_email_change(
        &self,
        digest: Digest,
        origin: Origin,
    ) -> Result<Option<String>, StoreError> {
        self.write_to_end(move |c| {
            let undo: Option<(i64, i64, String)> = c
                .prepare_cached(TAKE_UNDO)?
                .query_row((digest.as_bytes(), millis(origin.at)), |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            let Some((id, account, email)) = undo else {
                return Ok(None);
            };
            c.prepare_cached(DELETE_LATER_UNDOS)?
                .execute((account, id))?;
            c.prepare_cached(UNDO)?
                .execute((account, &email, NewHash::NONE))?;
            end_everything(c, account)?;
            audit::record(c, account, Event::EmailChangeUndone, &origin)?;
            Ok(Some(email))
        })
        .await
    }

    /// Links to undo that no mail server has taken, and the addresses that they go to.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn unmailed_undos(&self, now: SystemTime) -> Result<Vec<(i64, String)>, StoreError> {
        self.read(move |c| {
            let mut statement = c.prepare_cached(UNMAILED)?;
            let rows = statement.query_map([millis(now)], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
        .await
    }

    /// Puts another link in place of one that was not mailed; whether it is still to be.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn renew_undo(
        &self,
        id: i64,
        digest: Digest,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        self.write(move |c| {
            let now = millis(now);
            let row = (id, digest.as_bytes(), now + NEXT_TRY, now);
            Ok(c.prepare_cached(RENEW_UNDO)?.execute(row)? == 1)
        })
        .await
    }

    /// Notes that a mail server has taken a link.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn undo_is_mailed(&self, digest: Digest) -> Result<(), StoreError> {
        self.write(move |c| {
            c.prepare_cached(MAILED)?
                .execute([digest.as_bytes()])
                .map(|_| ())
        })
        .await
    }

    /// Forgets changes that were never confirmed and links to undo that have expired, at most 500 of each a call.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn delete_email_changes(&self, now: SystemTime) -> Result<usize, StoreError> {
        self.write(move |c| {
            let changes = c.prepare_cached(SWEEP)?.execute([millis(now)])?;
            let undos = c.prepare_cached(SWEEP_UNDOS)?.execute([millis(now)])?;
            Ok(changes + undos)
        })
        .await
    }
}
