//! What Django writes: a name without a dollar sign before it.

use super::{
    LegacyCeilings, Scheme, argon2, bcrypt,
    encoding::{base64, hex},
    pbkdf2,
    read::{NO_COST, Read, finish, malformed, number, parts},
    scrypt,
};
use crate::StoredHashError;

pub(super) fn parse(text: &str, ceilings: &LegacyCeilings) -> Option<Read> {
    let (name, rest) = text.split_once('$')?;
    Some(match name {
        "pbkdf2_sha256" => pbkdf2(Scheme::Pbkdf2Sha256, rest, ceilings),
        "pbkdf2_sha1" => pbkdf2(Scheme::Pbkdf2Sha1, rest, ceilings),
        "bcrypt_sha256" => bcrypt(Scheme::DjangoBcryptSha256, rest, ceilings),
        "bcrypt" => bcrypt(Scheme::Bcrypt, rest, ceilings),
        "scrypt" => scrypt(rest, ceilings),
        // `argon2$argon2id$v=19$...`: the string of argon2-cffi after a name.
        "argon2" => argon2::parse(text.strip_prefix("argon2")?, ceilings)
            .unwrap_or(Err(StoredHashError::UnknownScheme)),
        "md5" => plain(Scheme::DjangoMd5, 16, rest),
        "sha1" => plain(Scheme::DjangoSha1, 20, rest),
        _ => return None,
    })
}

fn pbkdf2(scheme: Scheme, rest: &str, ceilings: &LegacyCeilings) -> Read {
    let [rounds, salt, tag] = parts(rest)?;
    let tag = base64(tag).ok_or(malformed("tag"))?;
    pbkdf2::build(scheme, number(rounds)?, salt.as_bytes(), &tag, ceilings)
}

fn bcrypt(scheme: Scheme, rest: &str, ceilings: &LegacyCeilings) -> Read {
    let rest = ["$2b$", "$2a$", "$2y$"]
        .iter()
        .find_map(|mark| rest.strip_prefix(mark));
    bcrypt::modular(scheme, rest.ok_or(malformed("scheme"))?, ceilings)
}

/// `N$salt$r$p$tag`.
fn scrypt(rest: &str, ceilings: &LegacyCeilings) -> Read {
    let [n, salt, r, p, tag] = parts(rest)?;
    let n = number(n)?;
    if !n.is_power_of_two() {
        return Err(malformed("cost"));
    }
    let costs = [n.ilog2(), number(r)?, number(p)?];
    scrypt::check(costs, ceilings)?;
    let tag = base64(tag).ok_or(malformed("tag"))?;
    scrypt::build(costs, salt.as_bytes(), &tag, ceilings)
}

fn plain(scheme: Scheme, bytes: usize, rest: &str) -> Read {
    let [salt, tag] = parts(rest)?;
    let tag = hex(tag).filter(|tag| tag.len() == bytes);
    finish(
        scheme,
        NO_COST,
        salt.as_bytes(),
        &tag.ok_or(malformed("tag"))?,
    )
}
