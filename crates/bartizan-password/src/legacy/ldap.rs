//! The `userPassword` of LDAP (RFC 2307), and salted single digests in general.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use super::{
    LegacyCeilings, Scheme, TooLarge, bcrypt, crypt,
    encoding::base64,
    pbkdf2,
    read::{NO_COST, Read, finish, malformed},
    setting::fill,
};
use crate::StoredHashError;

pub(super) fn parse(name: &str, rest: &str, ceilings: &LegacyCeilings) -> Read {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    for (mark, scheme, bytes) in [
        ("SSHA", Scheme::Ssha1, 20),
        ("SSHA256", Scheme::Ssha256, 32),
        ("SSHA512", Scheme::Ssha512, 64),
    ] {
        if is(mark) {
            // The digest, then the salt, in one.
            let both = base64(rest).ok_or(malformed("base64"))?;
            let (tag, salt) = both.split_at_checked(bytes).ok_or(malformed("tag"))?;
            if salt.is_empty() {
                return Err(malformed("salt"));
            }
            return finish(scheme, NO_COST, salt, tag);
        }
    }
    for (mark, scheme) in [
        ("PBKDF2", Scheme::Pbkdf2Sha1),
        ("PBKDF2-SHA1", Scheme::Pbkdf2Sha1),
        ("PBKDF2-SHA256", Scheme::Pbkdf2Sha256),
        ("PBKDF2-SHA512", Scheme::Pbkdf2Sha512),
    ] {
        if is(mark) {
            return pbkdf2::passlib(scheme, rest, ceilings);
        }
    }
    let inner =
        is("CRYPT").then(|| crypt::parse(rest, ceilings).or_else(|| bcrypt::parse(rest, ceilings)));
    inner
        .flatten()
        .unwrap_or(Err(StoredHashError::UnknownScheme))
}

pub(super) fn digest(
    scheme: Scheme,
    salt: &[u8],
    password: &[u8],
    out: &mut [u8],
) -> Result<(), TooLarge> {
    match scheme {
        Scheme::Ssha1 => fill(out, &of::<Sha1>(password, salt)),
        Scheme::Ssha256 => fill(out, &of::<Sha256>(password, salt)),
        Scheme::Ssha512 => fill(out, &of::<Sha512>(password, salt)),
        // Django puts the salt first.
        Scheme::DjangoMd5 => fill(out, &of::<Md5>(salt, password)),
        _ => fill(out, &of::<Sha1>(salt, password)),
    }
}

fn of<D: Digest>(first: &[u8], second: &[u8]) -> Zeroizing<Vec<u8>> {
    let digest = D::new().chain_update(first).chain_update(second);
    Zeroizing::new(digest.finalize().to_vec())
}
