//! What the parsers share. Each takes a text and the ceilings, and gives `None` for a mark that is not its own.

use super::{LegacyHash, Scheme, Setting};
use crate::{Ceilings, StoredHashError, stored_hash::Bytes};

pub(super) type Read = Result<LegacyHash, StoredHashError>;

pub(super) const fn malformed(part: &'static str) -> StoredHashError {
    StoredHashError::Malformed { part }
}

/// Exactly `N` parts between dollar signs.
pub(super) fn parts<const N: usize>(text: &str) -> Result<[&str; N], StoredHashError> {
    let mut parts = [""; N];
    let mut rest = text.split('$');
    for part in &mut parts {
        *part = rest.next().ok_or(malformed("number of parts"))?;
    }
    match rest.next() {
        None => Ok(parts),
        Some(_) => Err(malformed("number of parts")),
    }
}

/// A decimal number without sign or leading zero.
pub(super) fn number(text: &str) -> Result<u32, StoredHashError> {
    let plain = !text.starts_with(['+', '0']) && !text.is_empty();
    let number = plain.then(|| text.parse().ok()).flatten();
    number.ok_or(malformed("cost"))
}

/// Of schemes that have none: a one, so that a wrapped row has the same form for all.
pub(super) const NO_COST: [u32; 4] = [1, 0, 0, 0];

/// The most bytes of a salt: what Django takes.
const SALT_BYTES: usize = 128;

/// A hash whose costs have been checked.
pub(super) fn finish(scheme: Scheme, costs: [u32; 4], salt: &[u8], tag: &[u8]) -> Read {
    if salt.len() > SALT_BYTES {
        return Err(StoredHashError::Length {
            part: "salt",
            bytes: salt.len(),
        });
    }
    let length = StoredHashError::Length {
        part: "tag",
        bytes: tag.len(),
    };
    // Below 16 bytes a wrong password could match by chance, as with our own hashes.
    if !Ceilings::TAG_BYTES.contains(&tag.len()) {
        return Err(length);
    }
    Ok(LegacyHash {
        setting: Setting {
            scheme,
            costs,
            salt: salt.into(),
            tag_bytes: tag.len(),
            key: None,
        },
        tag: Bytes::new(tag).ok_or(length)?,
        outer: None,
    })
}
