//! Splits `Cache-Control` into directives (RFC 9111, section 5.2), whatever bytes it holds.

use std::borrow::Cow;

/// One directive: its name as sent, and its argument.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Directive<'a> {
    pub(super) name: &'a [u8],
    pub(super) argument: Argument<'a>,
}

/// What stands behind the name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Argument<'a> {
    /// Nothing.
    None,
    /// A token, or a quoted string without its quotes.
    Value(Cow<'a, [u8]>),
    /// What the grammar does not allow. The name still counts, in its strictest sense.
    Malformed,
}

/// The directives of one line. The second is false if a quoted string does not end: then nothing tells a directive from text.
pub(super) fn scan(line: &[u8]) -> (Vec<Directive<'_>>, bool) {
    let mut found = Vec::new();
    let mut rest = line;
    loop {
        let (member, after, closed) = member(rest);
        if !closed {
            return (found, false);
        }
        found.extend(directive(member.trim_ascii()));
        match after {
            Some(after) => rest = after,
            None => return (found, true),
        }
    }
}

/// Up to the next comma that no quoted string holds (RFC 9110, section 5.6.1).
fn member(text: &[u8]) -> (&[u8], Option<&[u8]>, bool) {
    let (mut quoted, mut escaped) = (false, false);
    for (place, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                let (member, rest) = text.split_at(place);
                return (member, rest.get(1..), true);
            }
            _ => {}
        }
    }
    (text, None, !quoted)
}

fn directive(member: &[u8]) -> Option<Directive<'_>> {
    let end = member
        .iter()
        .position(|byte| !is_token(*byte))
        .unwrap_or(member.len());
    let (name, rest) = member.split_at(end);
    if name.is_empty() {
        return None;
    }
    let argument = match rest.split_first() {
        None => Argument::None,
        Some((b'=', value)) => argument(value),
        // a space before the sign, or any other text: no directive of that name, but perhaps meant as one
        Some(_) => Argument::Malformed,
    };
    Some(Directive { name, argument })
}

fn argument(value: &[u8]) -> Argument<'_> {
    if let Some(inner) = value.strip_prefix(b"\"") {
        return unquote(inner).map_or(Argument::Malformed, Argument::Value);
    }
    if value.is_empty() || !value.iter().all(|byte| is_token(*byte)) {
        return Argument::Malformed;
    }
    Argument::Value(Cow::Borrowed(value))
}

/// The text of a quoted string (RFC 9110, section 5.6.4), which must end with the value.
fn unquote(inner: &[u8]) -> Option<Cow<'_, [u8]>> {
    if let Some(plain) = inner.strip_suffix(b"\"")
        && !plain.contains(&b'"')
        && !plain.contains(&b'\\')
    {
        return Some(Cow::Borrowed(plain));
    }
    let mut text = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return bytes.as_slice().is_empty().then_some(Cow::Owned(text)),
            b'\\' => text.push(*bytes.next()?),
            _ => text.push(*byte),
        }
    }
    None
}

/// RFC 9110, section 5.6.2.
pub(crate) const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<(String, String)> {
        let (found, closed) = scan(line.as_bytes());
        assert!(closed, "{line}");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        found
            .iter()
            .map(|directive| {
                let argument = match &directive.argument {
                    Argument::None => String::new(),
                    Argument::Value(value) => text(value),
                    Argument::Malformed => "?".to_owned(),
                };
                (text(directive.name), argument)
            })
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_directive_is_a_name_and_perhaps_an_argument() {
        for (line, expected) in [
            ("no-store", &[("no-store", "")][..]),
            ("max-age=5, public", &[("max-age", "5"), ("public", "")]),
            ("a=\"x, no-store\",b", &[("a", "x, no-store"), ("b", "")]),
            ("a=\"x\\\"y\"", &[("a", "x\"y")]),
            (" ,, a ,", &[("a", "")]),
            ("max-age =5", &[("max-age", "?")]),
            ("max-age= 5", &[("max-age", "?")]),
            ("max-age=", &[("max-age", "?")]),
            ("max-age=\"5\"x", &[("max-age", "?")]),
            ("max-age: 5", &[("max-age", "?")]),
            ("=5, (a)", &[]),
        ] {
            assert_eq!(texts(line), pairs(expected), "{line}");
        }
    }

    #[test]
    fn a_string_that_does_not_end_is_told() {
        for line in ["a=\"x, no-store", "a=\"x\\\"", "\"", "a, b=\""] {
            assert!(!scan(line.as_bytes()).1, "{line}");
        }
    }
}
