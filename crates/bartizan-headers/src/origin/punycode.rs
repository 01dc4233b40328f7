//! Whether a label is Punycode: RFC 3492.
//!
//! Which characters IDNA allows is not checked: that takes tables of Unicode, and a label that no registry accepts harms
//! nobody here. What is found are slips of the pen, by which a name could never match.

// RFC 3492, section 5.
const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;

/// Whether what follows `xn--` decodes to something with at least one character beyond ASCII (section 6.2).
pub(super) fn is_valid(encoded: &str) -> bool {
    let (basic, tail) = match encoded.rsplit_once('-') {
        Some((basic, tail)) => (basic.len(), tail),
        None => (0, encoded),
    };
    // a delimiter before which nothing stands is not written
    if tail.is_empty() || encoded.starts_with('-') && basic == 0 {
        return false;
    }
    decodes(basic, tail).is_some()
}

/// The deltas, without the characters, of which only the number matters.
fn decodes(basic: usize, tail: &str) -> Option<()> {
    let mut count = u32::try_from(basic).ok()?;
    let (mut n, mut i, mut bias) = (INITIAL_N, 0_u32, INITIAL_BIAS);
    let mut digits = tail.bytes();
    let mut next = digits.next();
    while next.is_some() {
        let before = i;
        let (mut weight, mut k) = (1_u32, BASE);
        loop {
            let digit = digit(next?)?;
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
            next = digits.next();
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            k += BASE;
        }
        count += 1;
        bias = adapted(i - before, count, before == 0);
        n = n.checked_add(i / count)?;
        i = i % count + 1;
        char::from_u32(n)?;
    }
    Some(())
}

fn digit(byte: u8) -> Option<u32> {
    match byte {
        b'a'..=b'z' => Some(u32::from(byte - b'a')),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 26),
        _ => None,
    }
}

/// Section 6.1.
const fn adapted(delta: u32, count: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / count;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn the_samples_of_the_rfc_are_valid() {
        // RFC 3492, section 7.1, those in lower case
        for sample in [
            "egbpdaj6bu4bxfgehfvwxn",
            "ihqwcrb4cv8a8dqg056pqjye",
            "ihqwctvzc91f659drss3x8bo0yb",
            "4dbcagdahymbxekheh6e0a7fei0b",
            "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa",
            "kcry6tjko",
            "d9juau41awczczp",
            "bcher-kva",
            "exmple-cua",
        ] {
            assert!(is_valid(sample), "{sample}");
        }
    }

    #[test]
    fn what_does_not_decode_is_refused() {
        for sample in [
            "",
            "f",
            "-",
            "abc-",
            "-kva",
            "99999999999",
            "bcher_kva_",
            "zzzzzzzz",
        ] {
            assert!(!is_valid(sample), "{sample}");
        }
    }
}
