//! Lines such as `0018A45C4D1DEF81644B54AB7F969B88D65:21`.

use zeroize::Zeroizing;

/// Digits of a suffix.
const SUFFIX: usize = 35;

/// Whether a body lists a suffix with a count above 0; rows with 0 are padding. `None` for what is no such body.
///
/// Every line is read, whether the suffix was found or not: time does not tell it, and half a body from somebody else is not
/// half believed. An empty body is none: each prefix has hundreds of hashes.
pub(super) fn contains(body: &[u8], suffix: &[u8]) -> Option<bool> {
    let mut found = false;
    let mut rows = 0;
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let (digits, rest) = line.split_at_checked(SUFFIX)?;
        let count = rest.strip_prefix(b":")?;
        let are_digits = digits.iter().all(u8::is_ascii_hexdigit);
        let is_count = !count.is_empty() && count.iter().all(u8::is_ascii_digit);
        if !are_digits || !is_count {
            return None;
        }
        rows += 1;
        // Zero, however many digits it has, and no number is too large to be read.
        let is_padding = count.iter().all(|digit| *digit == b'0');
        found |= digits.eq_ignore_ascii_case(suffix) && !is_padding;
    }
    (rows > 0).then_some(found)
}

/// 40 digits in upper case, wiped on drop.
pub(super) fn hex(digest: &[u8; 20]) -> Zeroizing<String> {
    let mut hex = Zeroizing::new(String::with_capacity(40));
    for byte in digest {
        for half in [byte >> 4, byte & 15] {
            let digit = char::from_digit(half.into(), 16).unwrap_or('0');
            hex.push(digit.to_ascii_uppercase());
        }
    }
    hex
}
