//! Pairs of names and texts, percent-encoded, as a query and a form have them (WHATWG URL, section 5.1, without its leniency).

use crate::{Limits, Malformed, Rejection};

/// The decoded pairs of `input`. Where a refusal was noticed is told of a body only.
pub(crate) fn read(
    input: &[u8],
    limits: &Limits,
    is_body: bool,
) -> Result<Vec<(String, String)>, Rejection> {
    if input.len() > limits.bytes {
        return Err(Rejection::TooLarge {
            limit: limits.bytes,
        });
    }
    let mut pairs = Vec::new();
    if input.is_empty() {
        return Ok(pairs);
    }
    let mut at = 0;
    for pair in input.split(|byte| *byte == b'&') {
        let refuse = |(code, message, within): Refusal| {
            Rejection::Malformed(Malformed {
                code,
                message,
                at: is_body.then_some(at + within),
            })
        };
        if pairs.len() >= limits.keys {
            return Err(refuse(("too_many_keys", "there are too many pairs", 0)));
        }
        let split = pair.iter().position(|byte| *byte == b'=');
        let (name, text) = match split.and_then(|split| pair.split_at_checked(split)) {
            Some((name, text)) => (name, text.get(1..).unwrap_or_default()),
            None => (pair, &[][..]),
        };
        if name.is_empty() {
            return Err(refuse((
                "empty_key",
                "expected a name before each value",
                0,
            )));
        }
        let decoded = decode(name, limits).map_err(refuse)?;
        let behind = name.len() + 1;
        let text = decode(text, limits)
            .map_err(|(code, message, within)| refuse((code, message, behind + within)))?;
        pairs.push((decoded, text));
        at += pair.len() + 1;
    }
    Ok(pairs)
}

/// Code, message, and the byte.
type Refusal = (&'static str, &'static str, usize);

/// What a name or a text stands for.
fn decode(text: &[u8], limits: &Limits) -> Result<String, Refusal> {
    if text.len() > limits.string_bytes {
        return Err(("string_too_long", "a name or a value is too long", 0));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let byte = match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |at| {
                    text.get(at)
                        .and_then(|digit| char::from(*digit).to_digit(16))
                };
                let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2)) else {
                    return Err(("escape", "expected two hexadecimal digits after %", at));
                };
                at += 2;
                (high << 4 | low) as u8
            }
            byte => *byte,
        };
        if byte == 0 {
            return Err(("nul", "expected no NUL", at));
        }
        decoded.push(byte);
        at += 1;
    }
    String::from_utf8(decoded).map_err(|_| ("utf8", "expected UTF-8", 0))
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::{Limits, Rejection};

    fn pairs(text: &str) -> Vec<(String, String)> {
        read(text.as_bytes(), &Limits::default(), true).expect("read")
    }

    fn refused(text: &[u8]) -> (&'static str, Option<usize>) {
        match read(text, &Limits::default(), true) {
            Err(Rejection::Malformed(malformed)) => (malformed.code, malformed.at),
            other => panic!("expected a refusal, found {other:?}"),
        }
    }

    #[test]
    fn pairs_are_decoded_once() {
        let expected = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let pairs = pairs.iter();
            pairs
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect()
        };
        assert_eq!(pairs(""), expected(&[]));
        assert_eq!(pairs("a=1&b"), expected(&[("a", "1"), ("b", "")]));
        assert_eq!(pairs("a+b=c%20d%2Be"), expected(&[("a b", "c d+e")]));
        assert_eq!(pairs("a=%2525"), expected(&[("a", "%25")]));
        assert_eq!(pairs("a=b=c"), expected(&[("a", "b=c")]));
        assert_eq!(pairs("a[b]=%C3%A9"), expected(&[("a[b]", "é")]));
        assert_eq!(pairs("a;b=c"), expected(&[("a;b", "c")]));
    }

    #[test]
    fn what_has_no_single_meaning_is_refused() {
        for (text, expected) in [
            (&b"a=%"[..], ("escape", 2)),
            (b"a=%4", ("escape", 2)),
            (b"b=&a=%4g", ("escape", 5)),
            (b"%zz=1", ("escape", 0)),
            (b"a=%u0041", ("escape", 2)),
            (b"a=%FF", ("utf8", 2)),
            (b"a=\xFF", ("utf8", 2)),
            (b"a=%C0%80", ("utf8", 2)),
            (b"a=%ED%A0%80", ("utf8", 2)),
            (b"a=%00", ("nul", 4)),
            (b"a\0=1", ("nul", 1)),
            (b"=1", ("empty_key", 0)),
            (b"a=1&", ("empty_key", 4)),
            (b"a=1&&b=2", ("empty_key", 4)),
            (b"&", ("empty_key", 0)),
        ] {
            let (code, at) = expected;
            assert_eq!(refused(text), (code, Some(at)), "{text:?}");
        }
        assert_eq!(refused("a=1&".repeat(300).as_bytes()).0, "too_many_keys");
        let long = format!("a={}", "x".repeat(33_000));
        assert_eq!(refused(long.as_bytes()).0, "string_too_long");
    }
}
