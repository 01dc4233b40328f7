//! phpass, the portable hashes of old WordPress (`$P$`) and phpBB (`$H$`).

use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::{
    LegacyCeilings, Scheme, TooLarge,
    ceilings::within,
    encoding::{CRYPT, crypt64, digit, plain},
    read::{Read, finish, malformed},
    setting::fill,
};
use crate::StoredHashError;

pub(super) fn parse(text: &str, ceilings: &LegacyCeilings) -> Option<Read> {
    let rest = text
        .strip_prefix("$P$")
        .or_else(|| text.strip_prefix("$H$"))?;
    Some(read(rest, ceilings))
}

/// One character for the logarithm of the rounds, eight of salt, 22 of tag.
fn read(rest: &str, ceilings: &LegacyCeilings) -> Read {
    let (log, rest) = rest.split_at_checked(1).ok_or(malformed("cost"))?;
    let log = log.bytes().next().and_then(|byte| digit(CRYPT, byte));
    let log = log
        .filter(|log| (7..=30).contains(log))
        .ok_or(malformed("cost"))?;
    let rounds = 1 << log;
    check(rounds, ceilings)?;
    let (salt, tag) = rest.split_at_checked(8).ok_or(malformed("salt"))?;
    let tag = crypt64(tag, &plain::<16>()).ok_or(malformed("tag"))?;
    finish(Scheme::Phpass, [rounds, 0, 0, 0], salt.as_bytes(), &tag)
}

pub(super) fn check(rounds: u32, ceilings: &LegacyCeilings) -> Result<(), StoredHashError> {
    within("rounds", rounds.into(), ceilings.iterations)
}

pub(super) fn digest(
    rounds: u32,
    salt: &[u8],
    password: &[u8],
    out: &mut [u8],
) -> Result<(), TooLarge> {
    let hash = |before: &[u8]| -> [u8; 16] {
        Md5::new()
            .chain_update(before)
            .chain_update(password)
            .finalize()
            .into()
    };
    let mut digest = Zeroizing::new(hash(salt));
    for _ in 0..rounds {
        *digest = hash(&*digest);
    }
    fill(out, &*digest)
}
