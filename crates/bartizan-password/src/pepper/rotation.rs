//! From one key to another, row by row: no password, no pool, no hash.

use std::fmt;

use super::{Peppers, key::Entry};
use crate::{AccountId, Ceilings, PepperKeyId, StoredHash, StoredHashError};

/// What became of a row. Exhaustive: a job must tell both apart.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must match it")]
pub enum Rotation {
    /// It is as it should be: nothing is to be written.
    Current,
    /// Store this in its place, **if the row is still the one that was read**: a login may have replaced it meanwhile.
    Changed(String),
}

/// The case only: a hash in a log can be guessed at.
impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Current => "Current",
            Self::Changed(_) => "Changed(..)",
        })
    }
}

impl Peppers {
    /// The row under the current key. It costs two HMACs, and may be stopped and begun again at any row.
    ///
    /// Takes what [`StoredHash`] and [`Wrapped`](crate::Wrapped) write. A row without pepper gets one only after
    /// [`accept_unpeppered`](Self::accept_unpeppered).
    ///
    /// # Errors
    ///
    /// Another kind of row, a key that is not in the ring, or a row without pepper. The row is left alone.
    pub fn rotate(
        &self,
        text: &str,
        account: &AccountId,
        ceilings: &Ceilings,
    ) -> Result<Rotation, RotationError> {
        let mut out = String::new();
        let changed = self.rotate_into(text, account, ceilings, &mut out)?;
        Ok(Rotation::from(changed, out))
    }

    /// As [`rotate`](Self::rotate), with the text in a buffer that is used again: whether it is to be stored. Nothing is
    /// allocated but the buffer.
    ///
    /// # Errors
    ///
    /// As there; the buffer is then empty.
    pub fn rotate_into(
        &self,
        text: &str,
        account: &AccountId,
        ceilings: &Ceilings,
        out: &mut String,
    ) -> Result<bool, RotationError> {
        self.rewrite(text, account, ceilings, Some(self.current()), out)
    }

    /// The row without any pepper: for who leaves peppers behind. A pool with peppers refuses it.
    ///
    /// # Errors
    ///
    /// Another kind of row, or a key that is not in the ring.
    pub fn remove(
        &self,
        text: &str,
        account: &AccountId,
        ceilings: &Ceilings,
    ) -> Result<Rotation, RotationError> {
        let mut out = String::new();
        let changed = self.rewrite(text, account, ceilings, None, &mut out)?;
        Ok(Rotation::from(changed, out))
    }

    /// The row of one account, bound to another instead, under the same key.
    ///
    /// For a hash that was made before its account had an id: bind it to random bytes, and to the account when its row is
    /// written. **Never for a row that was in a table**: whoever can copy one there would get it bound to where he put it.
    ///
    /// # Errors
    ///
    /// Another kind of row, one without pepper, or a key that is not in the ring.
    pub fn rebind(
        &self,
        text: &str,
        from: &AccountId,
        to: &AccountId,
        ceilings: &Ceilings,
    ) -> Result<String, RotationError> {
        let mut row = Row::read(text, ceilings)?;
        let id = row.hash.keyid.ok_or(RotationError::Unpeppered)?;
        let entry = self.find(id).ok_or(RotationError::UnknownKey { id })?;
        for account in [from, to] {
            entry.mask(
                account,
                row.hash.salt.as_slice(),
                row.hash.tag.as_mut_slice(),
            );
        }
        let mut out = String::with_capacity(text.len());
        row.write(&mut out);
        Ok(out)
    }

    fn rewrite(
        &self,
        text: &str,
        account: &AccountId,
        ceilings: &Ceilings,
        to: Option<&Entry>,
        out: &mut String,
    ) -> Result<bool, RotationError> {
        out.clear();
        let mut row = Row::read(text, ceilings)?;
        let from = match row.hash.keyid {
            Some(id) => Some(self.find(id).ok_or(RotationError::UnknownKey { id })?),
            None => None,
        };
        let id = to.map(|entry| entry.id);
        if row.hash.keyid == id {
            return Ok(false);
        }
        // A mask on a tag that an attacker has chosen would tell him the pad: see docs/pepper.md.
        if from.is_none() && !self.accepts_unpeppered() {
            return Err(RotationError::Unpeppered);
        }
        for entry in [from, to].into_iter().flatten() {
            entry.mask(
                account,
                row.hash.salt.as_slice(),
                row.hash.tag.as_mut_slice(),
            );
        }
        row.hash.keyid = id;
        out.reserve(text.len() + PepperKeyId::MAX_CHARS + ",keyid=".len());
        row.write(out);
        Ok(true)
    }
}

impl Rotation {
    fn from(changed: bool, text: String) -> Self {
        match changed {
            true => Self::Changed(text),
            false => Self::Current,
        }
    }
}

/// A row with an Argon2id tag of ours.
struct Row<'a> {
    mark: &'static str,
    hash: StoredHash,
    /// As it is written: to write it anew takes as long as a mask.
    salt: &'a str,
    /// Of a wrapped row: what the inner digest is computed from, with a `$` before it. It stays as it is.
    inner: &'a str,
}

impl<'a> Row<'a> {
    fn write(&self, out: &mut String) {
        out.push_str(self.mark);
        // A `String` takes all that is written.
        let _ = self.hash.write_costs(out);
        for part in ["$", self.salt, "$"] {
            out.push_str(part);
        }
        let _ = self.hash.tag.encode(out);
        out.push_str(self.inner);
    }

    /// The longest text: that of a wrapped row.
    const MAX_TEXT: usize = 512;
    const WRAPPED: &'static str = "$argon2id-wrap";

    fn read(text: &'a str, ceilings: &Ceilings) -> Result<Self, StoredHashError> {
        let wrapped = text.strip_prefix(Self::WRAPPED);
        let (mark, hash, inner) = match wrapped.and_then(|rest| rest.strip_prefix('$')) {
            None => ("$argon2id", StoredHash::parse(text, ceilings)?, ""),
            Some(_) if text.len() > Self::MAX_TEXT => {
                return Err(StoredHashError::Length {
                    part: "text",
                    bytes: text.len(),
                });
            }
            Some(rest) => {
                // Version, costs, salt and tag; then the inner parts.
                let end = rest.match_indices('$').nth(3).map(|(at, _)| at);
                let (outer, inner) = rest.split_at(end.ok_or(StoredHashError::Malformed {
                    part: "number of parts",
                })?);
                let hash = StoredHash::parse_rest(outer, ceilings)?;
                (Self::WRAPPED, hash, inner)
            }
        };
        // The fifth part, behind the empty one, the mark, the version and the costs: what was read has it.
        let salt = text.split('$').nth(4).unwrap_or_default();
        Ok(Self {
            mark,
            hash,
            salt,
            inner,
        })
    }
}

/// A row that was not rotated: "could not", never "wrong". It says nothing about anybody's password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RotationError {
    /// It is no row of ours, malformed or above the ceilings; foreign and unusable rows have no tag to mask.
    Unreadable(StoredHashError),
    /// It is masked under a key that is not in the ring.
    #[non_exhaustive]
    UnknownKey {
        /// The key's id, no secret.
        id: PepperKeyId,
    },
    /// It has no pepper, and unpeppered rows are not accepted.
    Unpeppered,
}

impl From<StoredHashError> for RotationError {
    fn from(error: StoredHashError) -> Self {
        Self::Unreadable(error)
    }
}

impl fmt::Display for RotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(_) => f.write_str("row has no tag that a pepper could mask"),
            Self::UnknownKey { id } => write!(f, "row needs pepper key {id}, which is not there"),
            Self::Unpeppered => f.write_str("row without pepper where all rows have one"),
        }
    }
}

impl std::error::Error for RotationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}
