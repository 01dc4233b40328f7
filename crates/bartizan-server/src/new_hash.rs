//! The hash of a new password on its way to the database.

use std::{error::Error, fmt};

use bartizan::password::{AccountId, Ceilings, Peppers, RotationError, StoredHash};

/// A hash that does not belong to an account yet: at a sign-up, the account is known when its row is written, and not before.
///
/// Where there is a pepper, it is bound to random bytes until then, so it is masked all the time.
pub struct NewHash {
    text: String,
    bound: Option<Bound>,
}

struct Bound {
    peppers: Peppers,
    to: AccountId,
    ceilings: Ceilings,
}

impl NewHash {
    /// What stands in a row until its hash does. No password matches it.
    pub(crate) const NONE: &'static str = "!";

    /// A hash that the pool has made, without pepper.
    pub fn new(hash: &StoredHash) -> Self {
        Self {
            text: hash.to_string(),
            bound: None,
        }
    }

    /// A hash under a pepper, bound to these bytes until now.
    pub(crate) fn bound(
        hash: &StoredHash,
        (peppers, to, ceilings): (Peppers, AccountId, Ceilings),
    ) -> Self {
        Self {
            text: hash.to_string(),
            bound: Some(Bound {
                peppers,
                to,
                ceilings,
            }),
        }
    }

    /// For tests of the store, where nobody checks it.
    #[cfg(test)]
    pub(crate) fn cheap() -> Self {
        let text = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$avuGtOU9Ea6w5zsKnaQqbQ";
        Self::new(&StoredHash::parse(text, &Ceilings::default()).unwrap())
    }

    /// The text to store for this account.
    pub(crate) fn for_account(&self, account: i64) -> rusqlite::Result<String> {
        match &self.bound {
            None => Ok(self.text.clone()),
            Some(bound) => {
                let to = account_id(account);
                bound
                    .peppers
                    .rebind(&self.text, &bound.to, &to, &bound.ceilings)
                    .map_err(unbindable)
            }
        }
    }
}

fn unbindable(error: RotationError) -> rusqlite::Error {
    let error: Box<dyn Error + Send + Sync> = Box::new(error);
    rusqlite::Error::ToSqlConversionFailure(error)
}

/// What rows of this account are bound to: the number of its row, which never changes and is never given again.
pub(crate) fn account_id(account: i64) -> AccountId {
    AccountId::from(account)
}

/// Not the hash: it can be guessed at.
impl fmt::Debug for NewHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewHash(..)")
    }
}
