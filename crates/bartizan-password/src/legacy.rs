//! Hashes that other programs stored: checked once, then replaced by Argon2id.
//!
//! Each family reads its own texts; all of them come down to a [`Setting`], what the digest is computed from besides the
//! password, and a tag to compare it with.

mod argon2;
mod aspnet;
mod bcrypt;
mod ceilings;
mod crypt;
mod django;
mod encoding;
mod firebase;
mod ldap;
mod pbkdf2;
mod phpass;
mod pool;
#[cfg(test)]
mod properties;
mod read;
mod scheme;
mod scrypt;
mod setting;
#[cfg(test)]
mod tests;
mod work;
mod wrap;

use std::fmt;

use crate::{StoredHashError, stored_hash::Bytes};

pub use ceilings::LegacyCeilings;
pub use firebase::FirebaseProject;
pub use scheme::Scheme;
use setting::{Setting, TooLarge};
use wrap::Outer;
pub use wrap::{Wrappable, Wrapped};

/// A hash of another program, well formed and affordable: any other cannot be built. [`Pool::verify_legacy`] checks it.
///
/// ```
/// use bartizan_password::{LegacyCeilings, LegacyHash, Scheme, StoredHashError};
///
/// let ceilings = LegacyCeilings::default();
/// let row = "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";
/// assert_eq!(LegacyHash::parse(row, &ceilings)?.scheme(), Scheme::Bcrypt);
///
/// let a_week = "$2b$31$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";
/// let refused = LegacyHash::parse(a_week, &ceilings);
/// assert!(matches!(refused, Err(StoredHashError::TooCostly { .. })));
/// # Ok::<(), StoredHashError>(())
/// ```
///
/// [`Pool::verify_legacy`]: crate::Pool::verify_legacy
#[derive(Clone, PartialEq, Eq)]
pub struct LegacyHash {
    pub(crate) setting: Setting,
    /// Of the setting's digest, or of the Argon2id hash around it.
    pub(crate) tag: Bytes,
    /// The Argon2id hash around the digest, if the row was wrapped.
    pub(crate) outer: Option<Outer>,
}

impl LegacyHash {
    /// The longest text that is looked at.
    pub const MAX_TEXT: usize = 512;

    /// Reads a stored text of any scheme that [`Scheme`] lists, and what [`Wrapped`] wrote; no hash is computed.
    ///
    /// # Errors
    ///
    /// No known mark, a malformed text, or a cost or length beyond the ceilings. All of them mean "could not check", never
    /// "wrong password".
    pub fn parse(text: &str, ceilings: &LegacyCeilings) -> Result<Self, StoredHashError> {
        if text.len() > Self::MAX_TEXT {
            return Err(StoredHashError::Length {
                part: "text",
                bytes: text.len(),
            });
        }
        // Programs for the `userPassword` of LDAP write the mark in either case, all others in one.
        if let Some((name, rest)) = text.strip_prefix('{').and_then(|text| text.split_once('}')) {
            return ldap::parse(name, rest, ceilings);
        }
        if text.starts_with("$argon2id-wrap$") {
            return wrap::parse(text, ceilings);
        }
        for family in [
            bcrypt::parse,
            crypt::parse,
            phpass::parse,
            pbkdf2::parse,
            scrypt::parse,
            argon2::parse,
            django::parse,
            aspnet::parse, // the last: it has no mark but its first bytes
        ] {
            if let Some(read) = family(text, ceilings) {
                return read;
            }
        }
        Err(StoredHashError::UnknownScheme)
    }

    /// What the row was made with.
    pub const fn scheme(&self) -> Scheme {
        self.setting.scheme
    }

    /// Whether an Argon2id hash is around it.
    pub const fn is_wrapped(&self) -> bool {
        self.outer.is_some()
    }

    /// KiB that a check allocates for its time, beside what the worker has: 0 for schemes that need no memory.
    pub fn memory_kib(&self) -> u32 {
        self.setting.memory_kib()
    }
}

/// The scheme only: a hash in a log can be guessed at.
impl fmt::Debug for LegacyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrapped = if self.is_wrapped() { ", wrapped" } else { "" };
        write!(f, "LegacyHash({:?}{wrapped}, ..)", self.setting.scheme)
    }
}
