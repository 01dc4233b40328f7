//! What happened to an account, for its owner and for whoever looks into a break-in.
//!
//! An event is written in the transaction of what it tells of: neither is there without the other. Refused logins are not
//! written: a stranger could fill the table. They are told in the log.

use std::time::SystemTime;

use rusqlite::Connection;

use super::{
    Store, StoreError,
    articles::SESSION_LIVES,
    sessions::{millis, time},
};

pub(super) const INSERT: &str =
    "INSERT INTO audit_event (account_id, at, event, address) VALUES (?1, ?2, ?3, ?4)";
pub(super) const DELETE_SURPLUS: &str = "DELETE FROM audit_event WHERE id IN
     (SELECT id FROM audit_event WHERE account_id = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)";
pub(super) const TOLD_SINCE: &str =
    "SELECT 1 FROM audit_event WHERE account_id = ?1 AND event = ?2 AND at > ?3";
pub(super) const LIST: &str = "SELECT at, event, address FROM audit_event
     WHERE account_id = ?1 ORDER BY id DESC LIMIT ?2";

/// The most events of an account; the oldest go.
pub const MAX_PER_ACCOUNT: u32 = 200;

/// What happened. Words of the program alone: nothing that a client sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The address was confirmed, or the account was made where none is asked for.
    Confirmed,
    /// A login with the password.
    LoggedIn,
    /// The password was shown again, for something that asks for a fresh login.
    Reauthenticated,
    /// A session was ended by its owner.
    SessionEnded,
    /// All sessions but one were ended by their owner.
    OtherSessionsEnded,
    /// A refresh token came a second time: somebody else has a copy.
    RefreshReplayed,
    /// Another password, by somebody who knew the old one.
    PasswordChanged,
    /// A link for a new password was mailed.
    ResetMailed,
    /// Another password, by the mailed link.
    PasswordReset,
    /// The password that was logged in with has leaked from another service.
    PasswordLeaked,
    /// Another address was asked for.
    EmailChangeAsked,
    /// The address is another one.
    EmailChanged,
    /// The address is the old one again.
    EmailChangeUndone,
    /// An API token was made.
    ApiTokenMade,
    /// An API token was replaced.
    ApiTokenRolled,
    /// An API token was ended.
    ApiTokenEnded,
    /// An operator has disabled the account.
    Disabled,
    /// An operator has enabled the account.
    Enabled,
    /// An operator has ended all sessions.
    SessionsEndedByOperator,
}

impl Event {
    /// The name in the table, in the log and in the list that its owner reads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::LoggedIn => "logged-in",
            Self::Reauthenticated => "reauthenticated",
            Self::SessionEnded => "session-ended",
            Self::OtherSessionsEnded => "other-sessions-ended",
            Self::RefreshReplayed => "refresh-replayed",
            Self::PasswordChanged => "password-changed",
            Self::ResetMailed => "reset-mailed",
            Self::PasswordReset => "password-reset",
            Self::PasswordLeaked => "password-leaked",
            Self::EmailChangeAsked => "email-change-asked",
            Self::EmailChanged => "email-changed",
            Self::EmailChangeUndone => "email-change-undone",
            Self::ApiTokenMade => "api-token-made",
            Self::ApiTokenRolled => "api-token-rolled",
            Self::ApiTokenEnded => "api-token-ended",
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::SessionsEndedByOperator => "sessions-ended-by-operator",
        }
    }
}

/// Who made an event happen: the client's address, as the session list shows it.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_structs, reason = "the routes build it")]
pub struct Origin {
    /// When.
    pub at: SystemTime,
    /// From where; `operator` for a command.
    pub address: String,
}

/// An event as its owner reads it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Told {
    /// When.
    pub at: SystemTime,
    /// [`Event::name`].
    pub event: String,
    /// From where.
    pub address: String,
}

/// Writes an event down, in the transaction of the caller, and tells the log.
pub(super) fn record(
    c: &Connection,
    account: i64,
    event: Event,
    origin: &Origin,
) -> rusqlite::Result<()> {
    let row = (account, millis(origin.at), event.name(), &origin.address);
    c.prepare_cached(INSERT)?.execute(row)?;
    c.prepare_cached(DELETE_SURPLUS)?
        .execute((account, MAX_PER_ACCOUNT))?;
    tracing::info!(account, audit = event.name(), "account");
    Ok(())
}

impl Store {
    /// Writes an event that stands for itself.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn record(
        &self,
        account: i64,
        event: Event,
        origin: Origin,
    ) -> Result<(), StoreError> {
        self.write(move |c| record(c, account, event, &origin))
            .await
    }

    /// Writes an event, unless the same was written since `since`; whether it was.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn record_once(
        &self,
        account: i64,
        event: Event,
        since: SystemTime,
        origin: Origin,
    ) -> Result<bool, StoreError> {
        self.write(move |c| {
            let told = (account, event.name(), millis(since));
            if c.prepare_cached(TOLD_SINCE)?.exists(told)? {
                return Ok(false);
            }
            record(c, account, event, &origin).map(|()| true)
        })
        .await
    }

    /// As [`record`](Self::record), if the session that made it happen still lives; whether it does.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn record_by(
        &self,
        (session, account): (i64, i64),
        event: Event,
        origin: Origin,
    ) -> Result<bool, StoreError> {
        self.write(move |c| {
            let lives = c
                .prepare_cached(SESSION_LIVES)?
                .exists((session, account))?;
            if lives {
                record(c, account, event, &origin)?;
            }
            Ok(lives)
        })
        .await
    }

    /// The account's newest events, the newest first.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn list_events(&self, account: i64, most: u32) -> Result<Vec<Told>, StoreError> {
        self.read(move |c| {
            let mut statement = c.prepare_cached(LIST)?;
            let rows = statement.query_map((account, most), |row| {
                Ok(Told {
                    at: time(row, 0)?,
                    event: row.get(1)?,
                    address: row.get(2)?,
                })
            })?;
            rows.collect()
        })
        .await
    }
}
