//! PBKDF2 as PHC strings, passlib, OpenLDAP and Django write it.

use ::pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::{
    LegacyCeilings, Scheme,
    ceilings::within,
    encoding::base64,
    read::{Read, finish, malformed, number, parts},
};
use crate::StoredHashError;

pub(super) fn parse(text: &str, ceilings: &LegacyCeilings) -> Option<Read> {
    let rest = text.strip_prefix("$pbkdf2")?;
    Some(match rest.split_once('$') {
        Some(("" | "-sha1", rest)) => passlib(Scheme::Pbkdf2Sha1, rest, ceilings),
        Some(("-sha256", rest)) => passlib(Scheme::Pbkdf2Sha256, rest, ceilings),
        Some(("-sha512", rest)) => passlib(Scheme::Pbkdf2Sha512, rest, ceilings),
        _ => Err(StoredHashError::UnknownScheme),
    })
}

/// `29000$salt$tag` of passlib, `i=29000,l=32$salt$tag` of a PHC string.
pub(super) fn passlib(scheme: Scheme, rest: &str, ceilings: &LegacyCeilings) -> Read {
    let [cost, salt, tag] = parts(rest)?;
    let (rounds, length) = match cost.strip_prefix("i=") {
        Some(cost) => match cost.split_once(",l=") {
            Some((rounds, length)) => (rounds, Some(number(length)?)),
            None => (cost, None),
        },
        None => (cost, None),
    };
    let salt = base64(salt).ok_or(malformed("salt"))?;
    let tag = base64(tag).ok_or(malformed("tag"))?;
    if length.is_some_and(|length| length as usize != tag.len()) {
        return Err(malformed("length"));
    }
    build(scheme, number(rounds)?, &salt, &tag, ceilings)
}

pub(super) fn build(
    scheme: Scheme,
    rounds: u32,
    salt: &[u8],
    tag: &[u8],
    ceilings: &LegacyCeilings,
) -> Read {
    check(scheme, rounds, tag.len(), ceilings)?;
    finish(scheme, [rounds, 0, 0, 0], salt, tag)
}

/// A tag longer than a digest costs all rounds again for each block of it.
pub(super) fn check(
    scheme: Scheme,
    rounds: u32,
    tag_bytes: usize,
    ceilings: &LegacyCeilings,
) -> Result<(), StoredHashError> {
    if rounds == 0 {
        return Err(malformed("cost"));
    }
    let block = match scheme {
        Scheme::Pbkdf2Sha1 => 20,
        Scheme::Pbkdf2Sha256 => 32,
        _ => 64,
    };
    let blocks = tag_bytes.div_ceil(block).max(1) as u64;
    within(
        "iterations",
        u64::from(rounds) * blocks,
        ceilings.iterations,
    )
}

pub(super) fn digest(scheme: Scheme, rounds: u32, salt: &[u8], password: &[u8], out: &mut [u8]) {
    match scheme {
        Scheme::Pbkdf2Sha1 => pbkdf2_hmac::<Sha1>(password, salt, rounds, out),
        Scheme::Pbkdf2Sha256 => pbkdf2_hmac::<Sha256>(password, salt, rounds, out),
        _ => pbkdf2_hmac::<Sha512>(password, salt, rounds, out),
    }
}
