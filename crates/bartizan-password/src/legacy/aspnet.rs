//! ASP.NET Identity: base64 of a byte for the version, then the parts.

use super::{
    LegacyCeilings, Scheme,
    encoding::base64,
    pbkdf2::build,
    read::{Read, malformed},
};
use crate::StoredHashError;

pub(super) fn parse(text: &str, ceilings: &LegacyCeilings) -> Option<Read> {
    // The first byte of version 2 is 0, that of version 3 is 1 and the next three are 0.
    let is_2 = text.starts_with('A') && text.len() == 68;
    if !is_2 && !text.starts_with("AQAAAA") {
        return None;
    }
    let Some(bytes) = base64(text) else {
        return Some(Err(malformed("base64")));
    };
    match bytes.split_first()? {
        // Version 2: SHA-1, 1,000 rounds, 16 bytes of salt, 32 of tag.
        (0, rest) => {
            let (salt, tag) = rest.split_at_checked(16)?;
            Some(build(Scheme::Pbkdf2Sha1, 1_000, salt, tag, ceilings))
        }
        (1, rest) => Some(version_3(rest, ceilings)),
        _ => None,
    }
}

/// Function, rounds and length of the salt, 32 bits each, then salt and tag.
fn version_3(bytes: &[u8], ceilings: &LegacyCeilings) -> Read {
    let mut bytes = bytes;
    let mut next = || {
        let (word, rest) = bytes.split_first_chunk::<4>()?;
        bytes = rest;
        Some(u32::from_be_bytes(*word))
    };
    let (Some(function), Some(rounds), Some(salt_bytes)) = (next(), next(), next()) else {
        return Err(malformed("head"));
    };
    let scheme = match function {
        0 => Scheme::Pbkdf2Sha1,
        1 => Scheme::Pbkdf2Sha256,
        2 => Scheme::Pbkdf2Sha512,
        _ => return Err(StoredHashError::UnknownVersion),
    };
    let (salt, tag) = usize::try_from(salt_bytes)
        .ok()
        .and_then(|length| bytes.split_at_checked(length))
        .ok_or(malformed("salt"))?;
    build(scheme, rounds, salt, tag, ceilings)
}
