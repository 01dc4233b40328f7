mod error;

use std::fmt;

use base64ct::{Base64Unpadded, Encoding};
use zeroize::Zeroize;

use crate::{Ceilings, Cost, PepperKeyId, Policy};

pub use error::StoredHashError;

/// A stored Argon2id hash that is well formed and affordable: any other cannot be built.
///
/// Its text is the PHC string `$argon2id$v=19$m=M,t=T,p=P$SALT$TAG`, salt and tag in base64 without padding. Two fields may
/// follow the costs, in this order: `,keyid=ID` (feature `pepper`) says under which key the tag is masked, `,norm=nfkc`
/// (feature `rules`) that the password was normalised. Without its feature such a text is malformed.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredHash {
    pub(crate) cost: Cost,
    pub(crate) salt: Bytes,
    /// Masked if there is a `keyid`.
    pub(crate) tag: Bytes,
    pub(crate) nfkc: bool,
    pub(crate) keyid: Option<PepperKeyId>,
}

/// At most 64 bytes, the most of [`Ceilings`], without an allocation.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bytes {
    bytes: [u8; 64],
    len: usize,
}

impl Bytes {
    /// `None` above 64 bytes.
    pub(crate) fn new(from: &[u8]) -> Option<Self> {
        let mut bytes = [0; 64];
        bytes.get_mut(..from.len())?.copy_from_slice(from);
        Some(Self {
            bytes,
            len: from.len(),
        })
    }

    fn decode(text: &str) -> Option<Self> {
        let mut bytes = [0; 64];
        let len = Base64Unpadded::decode(text, &mut bytes).ok()?.len();
        Some(Self { bytes, len })
    }

    /// Makes `as_slice` panic: how a test makes a worker panic.
    #[cfg(test)]
    pub(crate) fn broken() -> Self {
        Self {
            bytes: [0; 64],
            len: usize::MAX,
        }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    #[cfg(feature = "pepper")]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.len]
    }

    /// Appends the base64, without an allocation of its own.
    pub(crate) fn encode(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let mut text = [0; 88];
        let text = Base64Unpadded::encode(self.as_slice(), &mut text).map_err(|_| fmt::Error)?;
        out.write_str(text)
    }
}

impl Zeroize for Bytes {
    fn zeroize(&mut self) {
        self.bytes.zeroize();
    }
}

impl StoredHash {
    /// The longest text: 64 bytes each of salt and tag, and the largest numbers.
    pub(crate) const MAX_TEXT: usize = 256;

    /// Reads a stored text, the cheapest check first, and allocates nothing.
    ///
    /// # Errors
    ///
    /// Another scheme or version, a malformed text, or a cost or length beyond the ceilings. All of them mean "could not
    /// check", never "wrong password": log it with the account's id and answer as for an unknown account.
    pub fn parse(text: &str, ceilings: &Ceilings) -> Result<Self, StoredHashError> {
        use StoredHashError::{Length, UnknownScheme};
        if text.len() > Self::MAX_TEXT {
            return Err(Length {
                part: "text",
                bytes: text.len(),
            });
        }
        match text.strip_prefix("$argon2id$") {
            Some(rest) => Self::parse_rest(rest, ceilings),
            None => Err(UnknownScheme),
        }
    }

    /// What follows the mark, from `v=19` to the tag.
    pub(crate) fn parse_rest(rest: &str, ceilings: &Ceilings) -> Result<Self, StoredHashError> {
        use StoredHashError::{Length, Malformed, TooCostly, UnknownVersion};
        let mut parts = rest.split('$');
        let mut next = |part| parts.next().ok_or(Malformed { part });
        if next("version")? != "v=19" {
            return Err(UnknownVersion);
        }
        let cost = next("cost")?;
        let normal = match cfg!(feature = "rules") {
            true => cost.strip_suffix(NFKC),
            false => None,
        };
        let cost = normal.unwrap_or(cost);
        let (cost, keyid) = match cost.split_once(KEY_ID) {
            Some((cost, id)) if cfg!(feature = "pepper") => {
                let id = PepperKeyId::new(id).map_err(|_| Malformed { part: "keyid" })?;
                (cost, Some(id))
            }
            _ => (cost, None),
        };
        let [memory_kib, passes, lanes] = numbers(cost).ok_or(Malformed { part: "cost" })?;
        let (salt, tag) = (next("salt")?, next("tag")?);
        if parts.next().is_some() {
            return Err(Malformed { part: "end" });
        }
        let most = ceilings.cost;
        for (what, asked, ceiling) in [
            ("memory in KiB", memory_kib, most.memory_kib),
            ("passes", passes, most.passes),
            ("lanes", lanes, most.lanes),
        ] {
            if asked > ceiling {
                return Err(TooCostly {
                    what,
                    asked,
                    ceiling,
                });
            }
        }
        let cost = Cost::new(memory_kib, passes, lanes).map_err(|_| Malformed { part: "cost" })?;
        let salt = Bytes::decode(salt).ok_or(Malformed { part: "salt" })?;
        let tag = Bytes::decode(tag).ok_or(Malformed { part: "tag" })?;
        for (part, bytes, range) in [
            ("salt", salt.len, Ceilings::SALT_BYTES),
            ("tag", tag.len, Ceilings::TAG_BYTES),
        ] {
            if !range.contains(&bytes) {
                return Err(Length { part, bytes });
            }
        }
        Ok(Self {
            cost,
            salt,
            tag,
            nfkc: normal.is_some(),
            keyid,
        })
    }

    /// Whether the policy asks for a new hash: it fills more memory in all, or has a longer salt or tag.
    ///
    /// Never when that would lower the strength, so a policy that was set down by mistake weakens no stored hash.
    pub fn is_outdated(&self, policy: &Policy) -> bool {
        let work = self.cost.work();
        let short = self.tag.len < Policy::TAG_BYTES || self.salt.len < Policy::SALT_BYTES;
        work < policy.cost.work() || (short && work <= policy.cost.work())
    }

    /// What checking a password against it costs.
    pub const fn cost(&self) -> Cost {
        self.cost
    }

    /// The pepper key that the tag is masked under; `None` for a row without pepper, and always without feature `pepper`.
    pub const fn pepper_key_id(&self) -> Option<PepperKeyId> {
        self.keyid
    }

    /// The part after `$argon2id`, which a wrapped row has too.
    pub(crate) fn write_rest(&self, out: &mut impl fmt::Write) -> fmt::Result {
        self.write_costs(out)?;
        for part in [&self.salt, &self.tag] {
            out.write_char('$')?;
            part.encode(out)?;
        }
        Ok(())
    }

    /// The part before the salt.
    pub(crate) fn write_costs(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = self.cost;
        write!(out, "$v=19$m={memory_kib},t={passes},p={lanes}")?;
        if let Some(id) = &self.keyid {
            out.write_str(KEY_ID)?;
            out.write_str(id.as_str())?;
        }
        out.write_str(if self.nfkc { NFKC } else { "" })
    }
}

/// Before the id of the pepper key. The PHC string format puts it directly behind `p`.
const KEY_ID: &str = ",keyid=";

/// The mark of a normalised password.
const NFKC: &str = ",norm=nfkc";

/// `m=M,t=T,p=P`, each a decimal number without sign or leading zero.
fn numbers(text: &str) -> Option<[u32; 3]> {
    let mut numbers = [0; 3];
    let mut fields = text.split(',');
    for (number, name) in numbers.iter_mut().zip(["m=", "t=", "p="]) {
        let digits = fields.next()?.strip_prefix(name)?;
        if digits.starts_with(['+', '0']) {
            return None;
        }
        *number = digits.parse().ok()?;
    }
    fields.next().is_none().then_some(numbers)
}

impl fmt::Display for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$argon2id")?;
        self.write_rest(f)
    }
}

/// The cost only: a hash in a log can be guessed at.
impl fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredHash({:?}, ..)", self.cost)
    }
}

#[cfg(test)]
mod tests;
