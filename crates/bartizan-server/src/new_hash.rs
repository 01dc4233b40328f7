//! The hash of a new password on its way to the database.

use std::fmt;

use bartizan::password::StoredHash;

/// A hash that does not belong to an account yet. At a sign-up the account is known when its row is written, and not before.
pub struct NewHash {
    hash: StoredHash,
}

impl NewHash {
    /// What stands in a row until its hash does. No password matches it.
    pub(crate) const NONE: &'static str = "!";

    /// A hash that the pool has made.
    pub const fn new(hash: StoredHash) -> Self {
        Self { hash }
    }

    /// For tests of the store, where nobody checks it.
    #[cfg(test)]
    pub(crate) fn cheap() -> Self {
        let text = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$avuGtOU9Ea6w5zsKnaQqbQ";
        let ceilings = bartizan::password::Ceilings::default();
        Self::new(StoredHash::parse(text, &ceilings).unwrap())
    }

    /// The text to store for this account.
    pub(crate) fn for_account(&self, _account: i64) -> rusqlite::Result<String> {
        Ok(self.hash.to_string())
    }
}

/// Not the hash: it can be guessed at.
impl fmt::Debug for NewHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewHash(..)")
    }
}
