//! The grammar of a number, and whether a value of the program can hold it.

use std::fmt::{self, Write};

use super::malformed;
use crate::Malformed;

/// A number at the start of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    /// Its bytes.
    pub(crate) len: usize,
    /// Whether it has neither a fraction nor an exponent.
    pub(crate) whole: bool,
}

/// Reads a number of RFC 8259, section 6, of at most `most` bytes.
pub(crate) fn number(bytes: &[u8], most: usize) -> Result<Number, Malformed> {
    // one more byte than is allowed is enough to see that there are too many
    let bytes = bytes.get(..most.saturating_add(1)).unwrap_or(bytes);
    let refuse = |at: usize, message| {
        if at > most {
            let message = "a number has too many digits";
            malformed("number_too_long", message, 0)
        } else {
            malformed("syntax", message, at)
        }
    };
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let mut at = sign + digits(bytes, sign);
    if at == sign {
        return Err(refuse(at, "expected a digit"));
    }
    if bytes.get(sign) == Some(&b'0') && at - sign > 1 {
        return Err(refuse(sign + 1, "expected no digit after a leading zero"));
    }
    let mut whole = true;
    if bytes.get(at) == Some(&b'.') {
        whole = false;
        let count = digits(bytes, at + 1);
        at += 1 + count;
        if count == 0 {
            return Err(refuse(at, "expected a digit after the point"));
        }
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        whole = false;
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        let count = digits(bytes, at);
        at += count;
        if count == 0 {
            return Err(refuse(at, "expected a digit of the exponent"));
        }
    }
    if at > most {
        return Err(refuse(at, ""));
    }
    // 18 digits and a sign are an i64 whichever they are
    if (!whole || at - sign > 18) && !bytes.get(..at).is_some_and(|text| is_kept(text, whole)) {
        let message = "a number has more digits than a 64-bit value holds";
        return Err(malformed("number_inexact", message, 0));
    }
    Ok(Number { len: at, whole })
}

/// The length of an ordinary number, of at most 15 digits with a fraction or without: nothing of it can be lost, so nothing needs to
/// be looked at twice. `None` sends it to [`number`].
#[inline]
pub(super) fn short(bytes: &[u8]) -> Option<usize> {
    // one byte more than such a number has, so that the end of a giant is not looked for
    let bytes = bytes.get(..17).unwrap_or(bytes);
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let start = at;
    let mut point = 0;
    loop {
        match bytes.get(at) {
            Some(b'0'..=b'9') => at += 1,
            Some(b'.') if point == 0 && at > start => {
                at += 1;
                point = at;
            }
            Some(b'e' | b'E' | b'.') => return None,
            _ => break,
        }
    }
    // neither empty nor "01" nor "1."; "0" and "0.1" have their zero
    let zero = bytes.get(start) == Some(&b'0') && at > start + 1 && point != start + 2;
    (at > start && at - start <= 15 && point != at && !zero).then_some(at)
}

fn digits(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Whether an `i64`, a `u64` or an `f64` holds every digit of `text`, a number by its grammar.
fn is_kept(text: &[u8], whole: bool) -> bool {
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    if whole && (text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok()) {
        return true;
    }
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let all = mantissa.bytes().filter(u8::is_ascii_digit);
    let from_first = all.skip_while(|digit| *digit == b'0');
    let mut count = 0;
    let mut significant = 0;
    for digit in from_first.clone() {
        count += 1;
        if digit != b'0' {
            significant = count;
        }
    }
    // Fifteen digits always come back (`f64::DIGITS`), if the magnitude is an ordinary one.
    let ordinary = mantissa.len() == text.len() && text.len() < 300;
    if significant == 0 || (significant <= 15 && ordinary) {
        return true;
    }
    // No f64 has more (1075 bits after the point, RFC 8259 leaves the rest to us), and a format takes no precision without end.
    if significant > 767 {
        return false;
    }
    let Ok(value) = text.parse::<f64>() else {
        return false;
    };
    let mut same = Same(from_first.take(significant));
    value.is_finite()
        && write!(same, "{:.*e}", significant - 1, value).is_ok()
        && same.0.next().is_none()
}

/// Compares what is written with the digits, up to the exponent.
struct Same<I>(I);

impl<I: Iterator<Item = u8>> Write for Same<I> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mantissa = text.split('e').next().unwrap_or(text);
        // the exponent may come in a write of its own, when no digit is left to compare
        for digit in mantissa.bytes().filter(u8::is_ascii_digit) {
            match self.0.next() {
                Some(expected) if expected == digit => {}
                Some(_) => return Err(fmt::Error),
                None => break,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    fn code(text: &str) -> Option<&'static str> {
        number(text.as_bytes(), 400).err().map(|error| error.code)
    }

    #[test]
    fn what_a_64_bit_value_holds_is_let_through() {
        for text in [
            "0",
            "-0",
            "-0.0",
            "0e999",
            "1e22",
            "0.1",
            "9223372036854775807",
            "18446744073709551615",
            "-9223372036854775808",
            "18446744073709551616",
            "3.141592653589793",
            "0.10000000000000001",
            "0.1000000000000000055511151231257827",
            "2.2250738585072014e-308",
            "4.9e-324",
            "1.7976931348623157e308",
            "1.50000000000000000000000",
        ] {
            assert_eq!(code(text), None, "{text}");
        }
    }

    #[test]
    fn what_would_come_out_as_another_number_is_refused() {
        for text in [
            "18446744073709551617",
            "-9223372036854775809",
            "9007199254740993.0",
            "9007199254740993e0",
            "1e400",
            "-1e400",
            "1e-400",
            "123.456e-789",
            "0.1000000000000000055511151231257828",
            "3.1415926535897932",
        ] {
            assert_eq!(code(text), Some("number_inexact"), "{text}");
        }
    }

    #[test]
    fn length_is_told_before_it_is_read() {
        assert!(number(b"12345", 5).is_ok());
        let error = number(b"123456789", 5).expect_err("too long");
        assert_eq!((error.code, error.at), ("number_too_long", Some(0)));
    }
}
