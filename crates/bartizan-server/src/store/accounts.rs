//! Accounts and the links that confirm them.

use std::time::SystemTime;

use bartizan_token::Digest;
use rusqlite::OptionalExtension;

use super::{
    Store, StoreError,
    audit::{self, Event, Origin},
    sessions::{millis, time},
};
use crate::new_hash::NewHash;

pub(super) const FIND_FOR_LOGIN: &str = "SELECT id, password, credential_version, confirmed_at IS NOT NULL, disabled_at IS NOT NULL, link_version
     FROM account WHERE email = ?1";
pub(super) const INSERT: &str =
    "INSERT INTO account (email, password, confirmed_at, created_at, last_sign_up_at) SELECT ?1, ?2, ?3, ?4, ?4
     WHERE NOT EXISTS (SELECT 1 FROM email_undo WHERE old_email = ?1 AND expires_at > ?4)
     ON CONFLICT (email) DO NOTHING RETURNING id";
pub(super) const SET_PASSWORD: &str = "UPDATE account SET password = ?2 WHERE id = ?1";
/// An address that was changed is its account's while the change can be undone.
pub(super) const SIGN_UP_AGAIN: &str =
    "UPDATE account SET last_sign_up_at = max(last_sign_up_at + 1, ?2)
     WHERE id = coalesce((SELECT id FROM account WHERE email = ?1),
     (SELECT account_id FROM email_undo WHERE old_email = ?1 AND expires_at > ?2 LIMIT 1))
     RETURNING id, confirmed_at IS NULL AND email = ?1";
pub(super) const PUT_LINK: &str =
    "INSERT INTO confirmation (account_id, digest, password, expires_at) VALUES (?1, ?2, ?3, ?4)";
pub(super) const DELETE_SURPLUS_LINKS: &str = "DELETE FROM confirmation WHERE id IN
     (SELECT id FROM confirmation WHERE account_id = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)";
pub(super) const TAKE_LINK: &str =
    "DELETE FROM confirmation WHERE digest = ?1 AND expires_at > ?2 RETURNING account_id, password";
pub(super) const DELETE_LINKS: &str = "DELETE FROM confirmation WHERE account_id = ?1";
pub(super) const CONFIRM: &str = "UPDATE account SET confirmed_at = ?2, password = ?3 WHERE id = ?1 AND confirmed_at IS NULL AND disabled_at IS NULL";
pub(super) const REHASH: &str =
    "UPDATE account SET password = ?3 WHERE id = ?1 AND password = ?2 AND credential_version = ?4";
pub(super) const DELETE_UNCONFIRMED: &str =
    "DELETE FROM account WHERE confirmed_at IS NULL AND id IN
     (SELECT account_id FROM confirmation WHERE expires_at <= ?1 LIMIT 500)
     AND NOT EXISTS (SELECT 1 FROM confirmation AS c WHERE c.account_id = account.id AND c.expires_at > ?1)";
pub(super) const DELETE_EXPIRED_LINKS: &str = "DELETE FROM confirmation WHERE id IN (SELECT id FROM confirmation WHERE expires_at <= ?1 LIMIT 500)";

/// The most live links of one account; a sign-up beyond it kills the oldest.
const MAX_LINKS: u32 = 20;

pub(super) const FIND: &str = "SELECT email, created_at FROM account WHERE id = ?1";

/// What a login needs of an account.
#[derive(Clone)]
#[non_exhaustive]
pub struct Credentials {
    /// The account.
    pub account: i64,
    /// Its stored hash.
    pub password: String,
    /// Raised by a password change; sessions are bound to it.
    pub credential_version: i64,
    /// Whether the address was confirmed.
    pub confirmed: bool,
    /// Whether an operator has disabled it.
    pub disabled: bool,
    /// Raised by a login and by changes; links for a new password are bound to it.
    pub link_version: i64,
}

impl Credentials {
    /// Whether its owner may do anything at all.
    pub const fn is_active(&self) -> bool {
        self.confirmed && !self.disabled
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({}, ..)", self.account)
    }
}

/// How a sign-up ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignUp {
    /// A new account, or one that was never confirmed and has a further link now.
    Made(i64),
    /// The address belongs to a confirmed account.
    Taken,
}

impl Store {
    /// The account with this address: the one statement that a login makes before the hash.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn find_for_login(&self, email: String) -> Result<Option<Credentials>, StoreError> {
        self.read(move |c| {
            let mut statement = c.prepare_cached(FIND_FOR_LOGIN)?;
            statement
                .query_row([&email], |row| {
                    Ok(Credentials {
                        account: row.get(0)?,
                        password: row.get(1)?,
                        credential_version: row.get(2)?,
                        confirmed: row.get(3)?,
                        disabled: row.get(4)?,
                        link_version: row.get(5)?,
                    })
                })
                .optional()
        })
        .await
    }

    /// The address of an account, and when it was made.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn find_account(&self, id: i64) -> Result<Option<(String, SystemTime)>, StoreError> {
        self.read(move |c| {
            c.prepare_cached(FIND)?
                .query_row([id], |row| Ok((row.get(0)?, time(row, 1)?)))
                .optional()
        })
        .await
    }

    /// A new account, with a link to confirm it by, or confirmed at once when there is none.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn sign_up(
        &self,
        email: String,
        password: NewHash,
        confirmation: Option<(Digest, SystemTime)>,
        origin: Origin,
    ) -> Result<SignUp, StoreError> {
        self.write(move |c| {
            let now = millis(origin.at);
            let confirmed_at = confirmation.is_none().then_some(now);
            // Which account the hash is bound to is known when the row is there.
            let id: Option<i64> = c
                .prepare_cached(INSERT)?
                .query_row((&email, NewHash::NONE, confirmed_at, now), |row| row.get(0))
                .optional()?;
            if let Some(id) = id {
                c.prepare_cached(SET_PASSWORD)?
                    .execute((id, password.for_account(id)?))?;
                if confirmed_at.is_some() {
                    audit::record(c, id, Event::Confirmed, &origin)?;
                }
            }
            let mut owner = None;
            let id = match (id, &confirmation) {
                (Some(id), _) => Some(id),
                // Until one of its links is used, the address is nobody's: this sign-up gets a link of its own. A confirmed
                // account is written to all the same: an answer without a wait for the disk would tell that the address is
                // taken.
                (None, Some(_)) => c
                    .prepare_cached(SIGN_UP_AGAIN)?
                    .query_row((&email, now), |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?
                    .and_then(|(id, unconfirmed): (i64, bool)| {
                        owner = Some(id);
                        unconfirmed.then_some(id)
                    }),
                (None, None) => None,
            };
            if let (None, Some(owner), Some((digest, _))) = (id, owner, &confirmation) {
                // A link that was never mailed and has expired: as many pages are written as for a free address. The next
                // sweep takes it.
                let decoy = (owner, digest.as_bytes(), NewHash::NONE, 0);
                c.prepare_cached(PUT_LINK)?.execute(decoy)?;
                c.prepare_cached(DELETE_SURPLUS_LINKS)?
                    .execute((owner, MAX_LINKS))?;
            }
            if let (Some(id), Some((digest, expires_at))) = (id, &confirmation) {
                let bound = password.for_account(id)?;
                let link = (id, digest.as_bytes(), bound, millis(*expires_at));
                c.prepare_cached(PUT_LINK)?.execute(link)?;
                c.prepare_cached(DELETE_SURPLUS_LINKS)?
                    .execute((id, MAX_LINKS))?;
            }
            Ok(id.map_or(SignUp::Taken, SignUp::Made))
        })
        .await
    }

    /// Uses a confirmation link: the account gets the password of that link's sign-up, and its other links die. Of any number
    /// of uses at once, one confirms.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn confirm(&self, digest: Digest, origin: Origin) -> Result<bool, StoreError> {
        self.write(move |c| {
            let now = millis(origin.at);
            let link: Option<(i64, String)> = c
                .prepare_cached(TAKE_LINK)?
                .query_row((digest.as_bytes(), now), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let Some((account, password)) = link else {
                return Ok(false);
            };
            c.prepare_cached(DELETE_LINKS)?.execute([account])?;
            let confirmed = c
                .prepare_cached(CONFIRM)?
                .execute((account, now, password))?
                == 1;
            if confirmed {
                audit::record(c, account, Event::Confirmed, &origin)?;
            }
            Ok(confirmed)
        })
        .await
    }

    /// Stores a stronger hash of the same password, unless the password was changed meanwhile. No session ends by it.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn rehash(&self, old: Credentials, new: String) -> Result<bool, StoreError> {
        self.write(move |c| {
            let row = (old.account, &old.password, &new, old.credential_version);
            Ok(c.prepare_cached(REHASH)?.execute(row)? == 1)
        })
        .await
    }

    /// Forgets accounts whose link has expired unused, at most 500 a call.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn delete_unconfirmed(&self, now: SystemTime) -> Result<usize, StoreError> {
        self.write(move |c| {
            let now = millis(now);
            let accounts = c.prepare_cached(DELETE_UNCONFIRMED)?.execute([now])?;
            let links = c.prepare_cached(DELETE_EXPIRED_LINKS)?.execute([now])?;
            Ok(accounts + links)
        })
        .await
    }
}
