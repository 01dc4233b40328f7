//! Every stored hash, one batch after another: for a census, and for another pepper.

use std::fmt;

use rusqlite::Connection;

use super::{Store, StoreError};

pub(super) const ACCOUNTS: &str =
    "SELECT id, id, password FROM account WHERE id > ?1 ORDER BY id LIMIT ?2";
pub(super) const LINKS: &str = "SELECT id, account_id, password FROM confirmation WHERE id > ?1 AND expires_at > 0 ORDER BY id LIMIT ?2";
pub(super) const HISTORY: &str =
    "SELECT id, account_id, password FROM password_history WHERE id > ?1 ORDER BY id LIMIT ?2";
pub(super) const REPLACE_HISTORY: &str =
    "UPDATE password_history SET password = ?3 WHERE id = ?1 AND password = ?2";
pub(super) const REPLACE_ACCOUNTS: &str =
    "UPDATE account SET password = ?3 WHERE id = ?1 AND password = ?2";
pub(super) const REPLACE_LINKS: &str =
    "UPDATE confirmation SET password = ?3 WHERE id = ?1 AND password = ?2";

/// Rows that are read at once.
const BATCH: u32 = 1_000;

/// Where a stored hash stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there are no others")]
pub enum Table {
    /// Of an account.
    Accounts,
    /// Of a sign-up that was not confirmed yet.
    Links,
    /// Of passwords that an account had before.
    History,
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Accounts, Self::Links, Self::History];

    const fn select(self) -> &'static str {
        match self {
            Self::Accounts => ACCOUNTS,
            Self::Links => LINKS,
            Self::History => HISTORY,
        }
    }

    const fn replace(self) -> &'static str {
        match self {
            Self::Accounts => REPLACE_ACCOUNTS,
            Self::Links => REPLACE_LINKS,
            Self::History => REPLACE_HISTORY,
        }
    }
}

/// A stored hash. `Debug` does not show it: it can be guessed at.
#[allow(clippy::exhaustive_structs, reason = "commands read it")]
pub struct Stored {
    /// The row.
    pub id: i64,
    /// Whose it is.
    pub account: i64,
    /// The text.
    pub password: String,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stored({}, ..)", self.id)
    }
}

fn batch(c: &Connection, table: Table, after: i64, most: u32) -> rusqlite::Result<Vec<Stored>> {
    let mut statement = c.prepare_cached(table.select())?;
    let rows = statement.query_map((after, most), |row| {
        Ok(Stored {
            id: row.get(0)?,
            account: row.get(1)?,
            password: row.get(2)?,
        })
    })?;
    rows.collect()
}

impl Store {
    /// How many stored hashes there are.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn count_passwords(&self) -> Result<u64, StoreError> {
        let count = "SELECT (SELECT count(*) FROM account) + (SELECT count(*) FROM confirmation)
            + (SELECT count(*) FROM password_history)";
        self.read(move |c| c.query_row(count, [], |row| row.get(0)))
            .await
            .map(i64::unsigned_abs)
    }

    /// At most a thousand rows above the id `after`, in order.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn list_passwords(
        &self,
        table: Table,
        after: i64,
    ) -> Result<Vec<Stored>, StoreError> {
        self.read(move |c| batch(c, table, after, BATCH)).await
    }

    /// Puts `change` of each of at most `most` rows above the id `after` in its place, in one transaction; the last id, or
    /// `None` when there was no row. A row that somebody else writes meanwhile is read again by that transaction or waits for
    /// it: none is lost.
    ///
    /// # Errors
    ///
    /// The store gave no answer. Nothing of the batch was written then.
    pub async fn replace_passwords<F>(
        &self,
        (table, after, most): (Table, i64, u32),
        mut change: F,
    ) -> Result<Option<i64>, StoreError>
    where
        F: FnMut(&Stored) -> Option<String> + Send + 'static,
    {
        self.write(move |c| {
            let mut last = None;
            for row in batch(c, table, after, most)? {
                last = Some(row.id);
                if let Some(new) = change(&row) {
                    c.prepare_cached(table.replace())?
                        .execute((row.id, &row.password, new))?;
                }
            }
            Ok(last)
        })
        .await
    }
}
