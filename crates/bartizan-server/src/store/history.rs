//! Passwords that an account had before, for services that must not take them again. NIST asks for no such rule, so none is kept
//! unless the configuration says how many.

use rusqlite::Connection;

use super::{Store, StoreError};

pub(super) const KEEP: &str = "INSERT INTO password_history (account_id, password)
     SELECT id, password FROM account WHERE id = ?1 AND substr(password, 1, 1) <> '!'";
pub(super) const DELETE_SURPLUS: &str = "DELETE FROM password_history WHERE id IN
     (SELECT id FROM password_history WHERE account_id = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)";
pub(super) const LIST: &str =
    "SELECT password FROM password_history WHERE account_id = ?1 ORDER BY id DESC";

/// Keeps the hash that is about to be replaced, and at most `most` in all.
pub(super) fn keep(c: &Connection, account: i64, most: u32) -> rusqlite::Result<()> {
    if most > 0 {
        c.prepare_cached(KEEP)?.execute([account])?;
    }
    // Fewer, or none any more, since the configuration was changed.
    c.prepare_cached(DELETE_SURPLUS)?.execute((account, most))?;
    Ok(())
}

impl Store {
    /// The hashes that were in force before, the newest first.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn list_old_passwords(&self, account: i64) -> Result<Vec<String>, StoreError> {
        self.read(move |c| {
            let mut statement = c.prepare_cached(LIST)?;
            let rows = statement.query_map([account], |row| row.get(0))?;
            rows.collect()
        })
        .await
    }
}
