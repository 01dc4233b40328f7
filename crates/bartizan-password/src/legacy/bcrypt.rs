//! bcrypt and what was put before it to take longer passwords.
//!
//! bcrypt looks at 72 bytes. A row that was made from more matches on the first 72, as in the program that made it; the new
//! hash is then made from all that was typed. New passwords are never cut: they are not hashed here.

use base64ct::{Base64, Base64Bcrypt, Encoding};
use blowfish::Blowfish;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha384};
use zeroize::Zeroizing;

use super::{
    LegacyCeilings, Scheme, TooLarge,
    ceilings::within,
    encoding::bcrypt64,
    read::{Read, finish, malformed, number, parts},
    setting::fill,
};

/// Bytes of the key schedule, and of a password that count.
const KEY_BYTES: usize = 72;
/// Bytes of the ciphertext that are stored: the last of 24 is left out, by a mistake of the first program.
const TAG_BYTES: usize = 23;

pub(super) fn parse(text: &str, ceilings: &LegacyCeilings) -> Option<Read> {
    if let Some(rest) = text.strip_prefix("$bcrypt-sha256$") {
        return Some(passlib(rest, ceilings));
    }
    if let Some(rest) = text.strip_prefix("$wp") {
        return Some(match rest.starts_with("$2y$") {
            true => modular(Scheme::WordPress, rest.get(4..).unwrap_or(""), ceilings),
            false => Err(malformed("scheme")),
        });
    }
    let (mark, rest) = text.split_at_checked(4)?;
    let scheme = match mark {
        // `$2a$` of crypt_blowfish differs for byte 0xff only, which no text has.
        "$2a$" | "$2b$" | "$2y$" => Scheme::Bcrypt,
        "$2x$" => Scheme::BcryptX,
        _ => return None,
    };
    Some(modular(scheme, rest, ceilings))
}

/// `12$` and 53 characters of salt and tag.
pub(super) fn modular(scheme: Scheme, rest: &str, ceilings: &LegacyCeilings) -> Read {
    let [log, both] = parts(rest)?;
    let log = match log.as_bytes() {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            u32::from(tens - b'0') * 10 + u32::from(ones - b'0')
        }
        _ => return Err(malformed("cost")),
    };
    let (salt, tag) = both.split_at_checked(22).ok_or(malformed("salt"))?;
    build(scheme, log, salt, tag, ceilings)
}

/// `v=2,t=2b,r=12$salt$tag`.
fn passlib(rest: &str, ceilings: &LegacyCeilings) -> Read {
    let [cost, salt, tag] = parts(rest)?;
    let log = cost
        .strip_prefix("v=2,t=2b,r=")
        .ok_or(malformed("version"))?;
    build(
        Scheme::PasslibBcryptSha256,
        number(log)?,
        salt,
        tag,
        ceilings,
    )
}

fn build(scheme: Scheme, log: u32, salt: &str, tag: &str, ceilings: &LegacyCeilings) -> Read {
    check(log, ceilings)?;
    let salt: [u8; 16] = bcrypt64(salt).ok_or(malformed("salt"))?;
    let tag: [u8; TAG_BYTES] = bcrypt64(tag).ok_or(malformed("tag"))?;
    finish(scheme, [log, 0, 0, 0], &salt, &tag)
}

pub(super) fn check(log: u32, ceilings: &LegacyCeilings) -> Result<(), crate::StoredHashError> {
    if !(4..=31).contains(&log) {
        return Err(malformed("cost"));
    }
    within("logarithm of rounds", log.into(), ceilings.bcrypt_log)
}

pub(super) fn digest(
    scheme: Scheme,
    log: u32,
    salt: &[u8],
    password: &[u8],
    out: &mut [u8],
) -> Result<(), TooLarge> {
    let before = before(scheme, salt, password)?;
    let password = before.as_ref().map_or(password, |text| text.as_bytes());
    let key = schedule(password, scheme == Scheme::BcryptX);
    let mut cipher = Blowfish::bc_init_state();
    cipher.salted_expand_key(salt, &*key);
    for _ in 0..1u64 << log {
        cipher.bc_expand_key(&*key);
        cipher.bc_expand_key(salt);
    }
    let mut tag = Zeroizing::new(Vec::with_capacity(24));
    for pair in b"OrpheanBeholderScryDoubt".chunks_exact(8) {
        let (left, right) = pair.split_at(4);
        let mut halves = [left, right].map(|half| {
            half.iter()
                .fold(0, |word: u32, byte| word << 8 | u32::from(*byte))
        });
        for _ in 0..64 {
            halves = cipher.bc_encrypt(halves);
        }
        halves
            .iter()
            .for_each(|half| tag.extend_from_slice(&half.to_be_bytes()));
    }
    fill(out, tag.get(..TAG_BYTES).ok_or(TooLarge)?)
}

/// What is hashed in the password's place.
fn before(
    scheme: Scheme,
    salt: &[u8],
    password: &[u8],
) -> Result<Option<Zeroizing<String>>, TooLarge> {
    let text = match scheme {
        Scheme::DjangoBcryptSha256 => {
            let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
            Sha256::digest(password)
                .iter()
                .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
                .collect()
        }
        Scheme::PasslibBcryptSha256 => {
            // The key is the salt's text.
            let key = Base64Bcrypt::encode_string(salt);
            let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| TooLarge)?;
            mac.update(password);
            Base64::encode_string(&mac.finalize().into_bytes())
        }
        Scheme::WordPress => {
            let mut mac = Hmac::<Sha384>::new_from_slice(b"wp-sha384").map_err(|_| TooLarge)?;
            mac.update(php_trim(password));
            Base64::encode_string(&mac.finalize().into_bytes())
        }
        _ => return Ok(None),
    };
    Ok(Some(Zeroizing::new(text)))
}

/// `trim` of PHP, which WordPress calls before it hashes.
fn php_trim(mut text: &[u8]) -> &[u8] {
    const BLANK: &[u8] = b" \t\n\r\0\x0b";
    while let [first, rest @ ..] = text
        && BLANK.contains(first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && BLANK.contains(last)
    {
        text = rest;
    }
    text
}

/// 18 words from the password and a NUL, over and over. With `signed` each byte is a signed one, as in `$2x$`: a byte above
/// 0x7f sets all bits before it in its word.
fn schedule(password: &[u8], signed: bool) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let mut bytes = password.iter().chain(&[0]).cycle();
    for word in key.chunks_exact_mut(4) {
        let mut value = 0u32;
        for _ in 0..4 {
            let byte = bytes.next().copied().unwrap_or(0);
            value = value << 8
                | match signed {
                    true => i32::from(byte as i8) as u32,
                    false => byte.into(),
                };
        }
        word.copy_from_slice(&value.to_be_bytes());
    }
    key
}
