//! md5-crypt, sha256-crypt and sha512-crypt.

use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::{
    LegacyCeilings, Scheme, TooLarge,
    ceilings::within,
    encoding::crypt64,
    read::{NO_COST, Read, finish, malformed, number, parts},
    setting::fill,
};
use crate::StoredHashError;

const MD5_ORDER: [u8; 16] = [0, 6, 12, 1, 7, 13, 2, 8, 14, 3, 9, 15, 4, 10, 5, 11];

/// The rounds of a text that names none.
const SHA_ROUNDS: u32 = 5_000;

/// The shuffle of sha-crypt goes on from group to group by one step each.
const fn sha_order<const N: usize>(step: u8, first: [u8; 3]) -> [u8; N] {
    let mut order = [0; N];
    let [mut a, mut b, mut c] = first;
    let mut at = 0;
    while at + 3 <= N {
        (order[at], order[at + 1], order[at + 2]) = (a, b, c);
        (a, b, c) = match step {
            10 => (c + 1, a + 1, b + 1), // 0 10 20, 21 1 11, 12 22 2
            _ => (b + 1, c + 1, a + 1),  // 0 21 42, 22 43 1, 44 2 23
        };
        at += 3;
    }
    // What is left of 32 and of 64 bytes.
    if N % 3 == 2 {
        (order[at], order[at + 1]) = (N as u8 - 1, N as u8 - 2);
    } else {
        order[at] = N as u8 - 1;
    }
    order
}

pub(super) fn parse(text: &str, ceilings: &LegacyCeilings) -> Option<Read> {
    let (scheme, rest) = [
        ("$1$", Scheme::Md5Crypt),
        ("$apr1$", Scheme::Apr1Crypt),
        ("$5$", Scheme::Sha256Crypt),
        ("$6$", Scheme::Sha512Crypt),
    ]
    .into_iter()
    .find_map(|(mark, scheme)| Some((scheme, text.strip_prefix(mark)?)))?;
    Some(match scheme {
        Scheme::Md5Crypt | Scheme::Apr1Crypt => md5(scheme, rest),
        _ => sha(scheme, rest, ceilings),
    })
}

fn md5(scheme: Scheme, rest: &str) -> Read {
    let [salt, tag] = parts(rest)?;
    if salt.len() > 8 {
        return Err(malformed("salt"));
    }
    let tag = crypt64(tag, &MD5_ORDER).ok_or(malformed("tag"))?;
    finish(scheme, NO_COST, salt.as_bytes(), &tag)
}

fn sha(scheme: Scheme, rest: &str, ceilings: &LegacyCeilings) -> Read {
    let (rounds, rest) = match rest.strip_prefix("rounds=") {
        Some(rest) => {
            let (rounds, rest) = rest.split_once('$').ok_or(malformed("cost"))?;
            (number(rounds)?, rest)
        }
        None => (SHA_ROUNDS, rest),
    };
    check(rounds, ceilings)?;
    let [salt, tag] = parts(rest)?;
    if salt.len() > 16 {
        return Err(malformed("salt"));
    }
    let (costs, salt) = ([rounds, 0, 0, 0], salt.as_bytes());
    match scheme {
        Scheme::Sha256Crypt => {
            let order = sha_order::<32>(10, [0, 10, 20]);
            let tag = crypt64(tag, &order).ok_or(malformed("tag"))?;
            finish(scheme, costs, salt, &tag)
        }
        _ => {
            let order = sha_order::<64>(21, [0, 21, 42]);
            let tag = crypt64(tag, &order).ok_or(malformed("tag"))?;
            finish(scheme, costs, salt, &tag)
        }
    }
}

pub(super) fn check(rounds: u32, ceilings: &LegacyCeilings) -> Result<(), StoredHashError> {
    if rounds < 1_000 {
        return Err(malformed("cost"));
    }
    within("rounds", rounds.into(), ceilings.iterations)
}

pub(super) fn digest(
    scheme: Scheme,
    rounds: u32,
    salt: &[u8],
    password: &[u8],
    out: &mut [u8],
) -> Result<(), TooLarge> {
    match scheme {
        Scheme::Md5Crypt => fill(out, &*md5_crypt(b"$1$", salt, password)),
        Scheme::Apr1Crypt => fill(out, &*md5_crypt(b"$apr1$", salt, password)),
        _ => {
            let params = sha_crypt::Params::new(rounds).map_err(|_| TooLarge)?;
            match scheme {
                Scheme::Sha256Crypt => fill(
                    out,
                    &*Zeroizing::new(sha_crypt::sha256_crypt(password, salt, params)),
                ),
                _ => fill(
                    out,
                    &*Zeroizing::new(sha_crypt::sha512_crypt(password, salt, params)),
                ),
            }
        }
    }
}

/// Poul-Henning Kamp's, of FreeBSD 2.0; Apache's differs by its mark only.
fn md5_crypt(mark: &[u8], salt: &[u8], password: &[u8]) -> Zeroizing<[u8; 16]> {
    let twice = Md5::new()
        .chain_update(password)
        .chain_update(salt)
        .chain_update(password)
        .finalize();
    let mut first = Md5::new()
        .chain_update(password)
        .chain_update(mark)
        .chain_update(salt);
    for block in password.chunks(16) {
        first.update(&twice[..block.len()]);
    }
    let mut bits = password.len();
    while bits > 0 {
        // The author meant a byte of `twice` for a one; it has been a NUL ever since.
        first.update(match bits & 1 {
            1 => &[0],
            _ => &password[..1],
        });
        bits >>= 1;
    }
    let mut digest = Zeroizing::new(<[u8; 16]>::from(first.finalize()));
    for round in 0..1_000 {
        let odd = round % 2 == 1;
        let mut next = Md5::new();
        next.update(if odd { password } else { &*digest });
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        next.update(if odd { &*digest } else { password });
        *digest = next.finalize().into();
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shuffles_name_each_byte_once() {
        let (short, long) = (
            sha_order::<32>(10, [0, 10, 20]),
            sha_order::<64>(21, [0, 21, 42]),
        );
        for mut order in [short.to_vec(), long.to_vec(), MD5_ORDER.to_vec()] {
            order.sort_unstable();
            assert!(
                order
                    .iter()
                    .enumerate()
                    .all(|(at, place)| at == usize::from(*place))
            );
        }
    }
}
