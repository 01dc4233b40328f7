use std::time::Instant;

use super::{LegacyHash, Wrappable, Wrapped};
use crate::{Password, Pool, Unavailable, Verdict};

impl Pool {
    /// Checks a password against a hash of another program. A match always comes with a [`Rehash`](crate::Rehash), made from all that was
    /// typed: store it in place of the row.
    ///
    /// What the scheme's work leaves of the policy's is done too, be the password right or wrong: a row of a cheap scheme is
    /// not answered sooner than an account that does not exist. One of a dear scheme is answered later, unless
    /// [`PoolConfig::pad_to`](crate::PoolConfig::pad_to) fills all checks up to its cost.
    ///
    /// What a scheme cut off counts for as little as before: bcrypt matches on the first 72 bytes.
    ///
    /// # Errors
    ///
    /// [`Unavailable`], never anything about the password.
    pub fn verify_legacy(
        &self,
        password: Password,
        stored: LegacyHash,
        deadline: Option<Instant>,
    ) -> impl Future<Output = Result<Verdict, Unavailable>> + Send + 'static + use<> {
        self.anyone().verify_legacy(password, stored, deadline)
    }

    /// Puts Argon2id of the policy's cost around a weak hash, without its password: for all rows at once. The row goes on to
    /// match what it matched before, through [`verify_legacy`](Self::verify_legacy).
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub fn wrap(
        &self,
        weak: Wrappable,
        deadline: Option<Instant>,
    ) -> impl Future<Output = Result<Wrapped, Unavailable>> + Send + 'static + use<> {
        self.anyone().wrap(weak, deadline)
    }
}
