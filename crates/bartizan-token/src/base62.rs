//! Base62 of fixed width: each value has exactly one text, and a text beyond the value's range is refused.
//!
//! Fixed width and one text per value are what make a slip detectable: an encoding with two spellings of one value would
//! let a changed token through.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Characters that 32 bytes take: 62^43 is the first power of 62 above 2^256.
pub(crate) const CHARS_256: usize = 43;
/// Characters that 64 bits take.
pub(crate) const CHARS_64: usize = 11;
/// Characters that 32 bits take.
pub(crate) const CHARS_32: usize = 6;
/// Characters that 16 bits take.
pub(crate) const CHARS_16: usize = 3;

const INVALID: u8 = 0xff;
const VALUES: [u8; 256] = {
    let mut table = [INVALID; 256];
    let mut at = 0;
    while at < 62 {
        table[ALPHABET[at] as usize] = at as u8;
        at += 1;
    }
    table
};

/// Ten characters are the most whose value fits 64 bits with room: 62^10 < 2^60.
const CHUNK: usize = 10;
const CHUNK_BASE: u64 = 62u64.pow(CHUNK as u32);

/// Writes `value`, most significant character first, over the whole of `out`.
///
/// `out` must be wide enough for the value: the callers' widths are the constants above.
pub(crate) fn encode(mut value: u64, out: &mut [u8]) {
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(value % 62) as usize];
        value /= 62;
    }
}

/// Reads all of `text`; `None` for a foreign character or a value beyond `max`. At most 11 characters.
pub(crate) fn decode(text: &[u8], max: u64) -> Option<u64> {
    let (chunk, rest) = text.split_at(text.len().min(CHUNK));
    let (mut value, mut seen) = (0u64, 0);
    for &char in chunk {
        let digit = VALUES[char as usize];
        // No branch for each character: an invalid digit has a bit that no valid one has.
        seen |= digit;
        value = value.wrapping_mul(62).wrapping_add(u64::from(digit));
    }
    if seen & !63 != 0 {
        return None;
    }
    for &char in rest {
        let digit = VALUES[char as usize];
        if digit == INVALID {
            return None;
        }
        value = value.checked_mul(62)?.checked_add(u64::from(digit))?;
    }
    (value <= max).then_some(value)
}

/// Writes 32 bytes, read as one big-endian number, as 43 characters.
pub(crate) fn encode_256(bytes: &[u8; 32], out: &mut [u8; CHARS_256]) {
    let mut limbs = limbs(bytes);
    for chunk in out.rchunks_mut(CHUNK) {
        let mut rest = 0u128;
        for limb in &mut limbs {
            let value = (rest << 64) | u128::from(*limb);
            *limb = (value / u128::from(CHUNK_BASE)) as u64;
            rest = value % u128::from(CHUNK_BASE);
        }
        encode(rest as u64, chunk);
    }
}

/// Reads 43 characters; `None` for a foreign character or a value of 2^256 or more.
pub(crate) fn decode_256(text: &[u8; CHARS_256]) -> Option<[u8; 32]> {
    let (head, chunks) = text.split_at(CHARS_256 % CHUNK);
    let mut limbs = [0, 0, 0, decode(head, u64::MAX)?];
    for chunk in chunks.chunks_exact(CHUNK) {
        let mut carry = decode(chunk, u64::MAX)?;
        for limb in limbs.iter_mut().rev() {
            let value = u128::from(*limb) * u128::from(CHUNK_BASE) + u128::from(carry);
            *limb = value as u64;
            carry = (value >> 64) as u64;
        }
        if carry != 0 {
            return None;
        }
    }
    let mut bytes = [0; 32];
    for (out, limb) in bytes.chunks_exact_mut(8).zip(limbs) {
        out.copy_from_slice(&limb.to_be_bytes());
    }
    Some(bytes)
}

fn limbs(bytes: &[u8; 32]) -> [u64; 4] {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_be_bytes(*chunk);
    }
    limbs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_smallest_and_largest_values_have_their_known_texts() {
        let mut out = [0; CHARS_256];
        encode_256(&[0; 32], &mut out);
        assert_eq!(&out, &[b'0'; CHARS_256]);
        // 2^256 - 1 by long division with another tool's integers.
        encode_256(&[0xff; 32], &mut out);
        assert_eq!(&out, b"yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
        assert_eq!(decode_256(&out), Some([0xff; 32]));
    }

    #[test]
    fn values_beyond_the_range_are_refused() {
        assert_eq!(decode_256(&[b'z'; CHARS_256]), None);
        assert_eq!(
            decode_256(b"yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp2"),
            None
        );
        assert_eq!(decode(b"zzzzzz", u64::from(u32::MAX)), None);
        assert_eq!(decode(b"zzzzzzzzzzz", u64::MAX), None);
        assert_eq!(decode(b"H32", u64::from(u16::MAX)), None);
    }

    #[test]
    fn foreign_characters_are_refused() {
        for char in (0..=255).filter(|char: &u8| !char.is_ascii_alphanumeric()) {
            assert_eq!(decode(&[b'0', char], u64::MAX), None, "{char}");
        }
    }

    proptest! {
        #[test]
        fn every_32_bytes_come_back(bytes: [u8; 32]) {
            let mut out = [0; CHARS_256];
            encode_256(&bytes, &mut out);
            prop_assert_eq!(decode_256(&out), Some(bytes));
        }

        #[test]
        fn every_64_bits_come_back(value: u64) {
            let mut out = [0; CHARS_64];
            encode(value, &mut out);
            prop_assert_eq!(decode(&out, u64::MAX), Some(value));
        }
    }
}
