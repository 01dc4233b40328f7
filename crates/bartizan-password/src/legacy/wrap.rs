//! Argon2id around the digest of a weak row: for every row at once, without anybody's password.
//!
//! The text is `$argon2id-wrap$v=19$m=M,t=T,p=P$SALT$TAG$NAME$COST$BYTES$INNER-SALT`: the Argon2id hash of the inner digest,
//! and what the inner digest is computed from. The inner digest itself is gone. What Argon2 hashes is the part from `NAME` on,
//! a `$` and the inner digest's bytes, so that no row's tag says anything about another setting.

use std::fmt;

use base64ct::{Base64Unpadded, Encoding};

use super::{
    LegacyCeilings, LegacyHash, Scheme, Setting, bcrypt, crypt,
    encoding::base64,
    pbkdf2, phpass,
    read::{Read, malformed, number, parts},
};
use crate::{Ceilings, Cost, PepperKeyId, StoredHash, StoredHashError, stored_hash::Bytes};

/// The Argon2id hash around a digest.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Outer {
    pub(crate) cost: Cost,
    pub(crate) salt: Bytes,
    /// The tag is masked under this key.
    pub(crate) keyid: Option<PepperKeyId>,
}

/// A weak hash that [`Pool::wrap`](crate::Pool::wrap) may put Argon2id around.
#[derive(Debug)]
pub struct Wrappable(pub(crate) LegacyHash);

/// A wrapped hash. Its `Display` is what to store; [`LegacyHash::parse`] reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped(pub(crate) LegacyHash);

impl LegacyHash {
    /// `None` for a hash that is wrapped already, and for schemes that cost memory themselves.
    pub fn wrappable(self) -> Option<Wrappable> {
        let weak = self.outer.is_none() && !self.setting.scheme.is_memory_hard();
        weak.then_some(Wrappable(self))
    }
}

impl Setting {
    /// `NAME$COST$BYTES$SALT`, also the start of what the outer hash is made from.
    pub(crate) fn text(&self) -> String {
        let salt = Base64Unpadded::encode_string(&self.salt);
        let name = self.scheme.name();
        // The schemes that can be wrapped have one cost.
        let cost = self.costs[0];
        format!("{name}${cost}${}${salt}", self.tag_bytes)
    }
}

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(outer) = &self.0.outer else {
            return Err(fmt::Error);
        };
        let hash = StoredHash {
            cost: outer.cost,
            salt: outer.salt.clone(),
            tag: self.0.tag.clone(),
            nfkc: false,
            keyid: outer.keyid,
        };
        f.write_str("$argon2id-wrap")?;
        hash.write_rest(f)?;
        write!(f, "${}", self.0.setting.text())
    }
}

pub(super) fn parse(text: &str, ceilings: &LegacyCeilings) -> Read {
    let [
        _,
        _,
        version,
        cost,
        salt,
        tag,
        name,
        inner_cost,
        bytes,
        inner_salt,
    ] = parts(text)?;
    // The outer hash is one of ours, under the ceilings for imports.
    let outer = format!("{version}${cost}${salt}${tag}");
    let outer = StoredHash::parse_rest(&outer, &Ceilings::new(ceilings.argon2))?;
    if outer.nfkc {
        return Err(malformed("cost"));
    }
    let scheme = Scheme::ALL
        .into_iter()
        .find(|scheme| scheme.name() == name && !scheme.is_memory_hard())
        .ok_or(StoredHashError::UnknownScheme)?;
    let (cost, tag_bytes) = (number(inner_cost)?, number(bytes)? as usize);
    let salt = base64(inner_salt).ok_or(malformed("inner salt"))?;
    let costs = check(scheme, cost, tag_bytes, salt.len(), ceilings)?;
    Ok(LegacyHash {
        setting: Setting {
            scheme,
            costs: [costs, 0, 0, 0],
            salt: salt.into(),
            tag_bytes,
            key: None,
        },
        tag: outer.tag,
        outer: Some(Outer {
            cost: outer.cost,
            salt: outer.salt,
            keyid: outer.keyid,
        }),
    })
}

/// The same checks as in the scheme's own texts, which the row has lost; the answer is the cost.
fn check(
    scheme: Scheme,
    cost: u32,
    tag_bytes: usize,
    salt_bytes: usize,
    ceilings: &LegacyCeilings,
) -> Result<u32, StoredHashError> {
    // Bytes of the tag (0: any that `Ceilings` allows), the most bytes of the salt.
    let (wanted, most_salt) = match scheme {
        Scheme::Bcrypt
        | Scheme::BcryptX
        | Scheme::DjangoBcryptSha256
        | Scheme::PasslibBcryptSha256
        | Scheme::WordPress => {
            bcrypt::check(cost, ceilings)?;
            (23, 16)
        }
        Scheme::Pbkdf2Sha1 | Scheme::Pbkdf2Sha256 | Scheme::Pbkdf2Sha512 => {
            pbkdf2::check(scheme, cost, tag_bytes, ceilings)?;
            (0, 128)
        }
        Scheme::Sha256Crypt | Scheme::Sha512Crypt => {
            crypt::check(cost, ceilings)?;
            (
                if scheme == Scheme::Sha256Crypt {
                    32
                } else {
                    64
                },
                16,
            )
        }
        Scheme::Phpass => {
            phpass::check(cost, ceilings)?;
            (16, 8)
        }
        Scheme::Md5Crypt | Scheme::Apr1Crypt => (16, 8),
        Scheme::DjangoMd5 => (16, 128),
        Scheme::Ssha1 | Scheme::DjangoSha1 => (20, 128),
        Scheme::Ssha256 => (32, 128),
        Scheme::Ssha512 => (64, 128),
        Scheme::Scrypt
        | Scheme::Firebase
        | Scheme::Argon2i
        | Scheme::Argon2d
        | Scheme::Argon2id => return Err(StoredHashError::UnknownScheme),
    };
    let fits = match wanted {
        0 => Ceilings::TAG_BYTES.contains(&tag_bytes),
        wanted => tag_bytes == wanted,
    };
    if !fits {
        return Err(malformed("inner length"));
    }
    // bcrypt's key schedule needs all 16 bytes.
    if salt_bytes > most_salt || (wanted == 23 && salt_bytes != 16) {
        return Err(malformed("inner salt"));
    }
    Ok(cost)
}

#[cfg(test)]
mod tests;
