//! scrypt (RFC 7914) as passlib, PHC strings and `crypt` write it.

use ::scrypt::{Params, scrypt};

use super::{
    LegacyCeilings, Scheme, TooLarge,
    ceilings::within,
    encoding::{CRYPT, base64, crypt64, digit, plain},
    read::{Read, finish, malformed, number, parts},
};
use crate::StoredHashError;

pub(super) fn parse(text: &str, ceilings: &LegacyCeilings) -> Option<Read> {
    if let Some(rest) = text.strip_prefix("$scrypt$") {
        return Some(phc(rest, ceilings));
    }
    Some(modular(text.strip_prefix("$7$")?, ceilings))
}

/// `ln=16,r=8,p=1$salt$tag`.
fn phc(rest: &str, ceilings: &LegacyCeilings) -> Read {
    let [cost, salt, tag] = parts(rest)?;
    let mut costs = [0; 3];
    let mut fields = cost.split(',');
    for (cost, name) in costs.iter_mut().zip(["ln=", "r=", "p="]) {
        let field = fields.next().and_then(|field| field.strip_prefix(name));
        *cost = number(field.ok_or(malformed("cost"))?)?;
    }
    if fields.next().is_some() {
        return Err(malformed("cost"));
    }
    check(costs, ceilings)?;
    let salt = base64(salt).ok_or(malformed("salt"))?;
    let tag = base64(tag).ok_or(malformed("tag"))?;
    build(costs, &salt, &tag, ceilings)
}

/// One character for log N, five each for r and p, the salt as it is, `$`, the tag.
fn modular(rest: &str, ceilings: &LegacyCeilings) -> Read {
    let (cost, rest) = rest.split_at_checked(11).ok_or(malformed("cost"))?;
    let number = |digits: &[u8]| {
        let mut value = 0;
        for byte in digits.iter().rev() {
            value = value << 6 | digit(CRYPT, *byte)?;
        }
        Some(value)
    };
    let cost = cost.as_bytes();
    let costs = [&cost[..1], &cost[1..6], &cost[6..]].map(number);
    let [Some(log), Some(r), Some(p)] = costs else {
        return Err(malformed("cost"));
    };
    let costs = [log, r, p];
    check(costs, ceilings)?;
    let (salt, tag) = rest.rsplit_once('$').ok_or(malformed("tag"))?;
    let tag = crypt64(tag, &plain::<32>()).ok_or(malformed("tag"))?;
    build(costs, salt.as_bytes(), &tag, ceilings)
}

pub(super) fn build(costs: [u32; 3], salt: &[u8], tag: &[u8], ceilings: &LegacyCeilings) -> Read {
    check(costs, ceilings)?;
    let [log, r, p] = costs;
    finish(Scheme::Scrypt, [log, r, p, 0], salt, tag)
}

/// KiB written in all: 128 bytes × N × r for each p. Memory at any moment is at most that.
pub(super) fn filled_kib(log: u32, r: u32, p: u32) -> u64 {
    let kib = 1u64.checked_shl(log.saturating_sub(3)).unwrap_or(u64::MAX);
    kib.saturating_mul(r.into()).saturating_mul(p.into())
}

pub(super) fn check(
    [log, r, p]: [u32; 3],
    ceilings: &LegacyCeilings,
) -> Result<(), StoredHashError> {
    if log == 0 || log > 63 || r == 0 || p == 0 {
        return Err(malformed("cost"));
    }
    within("KiB filled", filled_kib(log, r, p), ceilings.scrypt_kib)
}

pub(super) fn digest(
    [log, r, p, _]: [u32; 4],
    salt: &[u8],
    password: &[u8],
    out: &mut [u8],
) -> Result<(), TooLarge> {
    let log = u8::try_from(log).map_err(|_| TooLarge)?;
    let params = Params::new(log, r, p).map_err(|_| TooLarge)?;
    // The library ends the process when there is no memory: asked for here first, where it can be refused.
    let bytes = filled_kib(log.into(), r, p).saturating_mul(1024);
    let bytes = usize::try_from(bytes).map_err(|_| TooLarge)?;
    Vec::<u8>::new()
        .try_reserve_exact(bytes)
        .map_err(|_| TooLarge)?;
    scrypt(password, salt, &params, out).map_err(|_| TooLarge)
}
