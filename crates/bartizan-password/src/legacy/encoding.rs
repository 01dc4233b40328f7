//! The four ways in which stored hashes are written as text.

use base64ct::{Base64, Base64Unpadded, Encoding};

/// Of md5-crypt and all that came after it.
pub(super) const CRYPT: &[u8; 64] =
    b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// bcrypt's.
pub(super) const BCRYPT: &[u8; 64] =
    b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The place of a character in an alphabet.
pub(super) fn digit(alphabet: &[u8; 64], byte: u8) -> Option<u32> {
    let place = alphabet.iter().position(|letter| *letter == byte)?;
    u32::try_from(place).ok()
}

/// Base64 with or without padding, and with `.` for `+` as passlib writes it.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.replace('.', "+");
    match text.ends_with('=') {
        true => Base64::decode_vec(&text).ok(),
        false => Base64Unpadded::decode_vec(&text).ok(),
    }
}

/// Hexadecimal in lower case.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pair = |pair: &[u8]| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?);
    text.as_bytes().chunks(2).map(pair).collect()
}

/// bcrypt's base64: `N` bytes, the most significant bits first. Bits beyond them are let through: old programs left
/// random ones in the last character of the salt.
pub(super) fn bcrypt64<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != (N * 8).div_ceil(6) {
        return None;
    }
    let mut out = [0; N];
    let (mut bits, mut held, mut at) = (0u32, 0, 0);
    for byte in text.bytes() {
        bits = bits << 6 | digit(BCRYPT, byte)?;
        held += 6;
        if held >= 8 {
            held -= 8;
            if let Some(slot) = out.get_mut(at) {
                *slot = (bits >> held) as u8;
            }
            at += 1;
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

/// The base64 of `crypt`: three bytes to four characters, the least significant bits first, the bytes shuffled. `order` has
/// the place of each byte, the most significant of three first.
pub(super) fn crypt64<const N: usize>(text: &str, order: &[u8; N]) -> Option<[u8; N]> {
    let mut out = [0; N];
    let mut text = text.as_bytes();
    for places in order.chunks(3) {
        let (digits, rest) = text.split_at_checked(places.len() + 1)?;
        text = rest;
        let mut value = 0;
        for byte in digits.iter().rev() {
            value = value << 6 | digit(CRYPT, *byte)?;
        }
        if value >> (8 * places.len()) != 0 {
            return None;
        }
        for place in places.iter().rev() {
            *out.get_mut(usize::from(*place))? = value as u8;
            value >>= 8;
        }
    }
    text.is_empty().then_some(out)
}

/// The order of bytes that are not shuffled, for [`crypt64`].
pub(super) const fn plain<const N: usize>() -> [u8; N] {
    let mut order = [0; N];
    let mut at = 0;
    while at < N {
        let group = at / 3 * 3;
        let size = if N - group < 3 { N - group } else { 3 };
        order[at] = (group + size - 1 - (at - group)) as u8;
        at += 1;
    }
    order
}
