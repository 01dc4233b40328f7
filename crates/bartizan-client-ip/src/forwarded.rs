//! `Forwarded` of RFC 7239, read strictly and from the right.
//!
//! Reading from the left, as the grammar invites to, gives the left part power over the right: a caller who sends
//! `for="` opens a quotation that swallows what the proxy appends. From the right there is no such power. The end of a line
//! stands outside a quotation, because a trusted proxy wrote it. A quotation that ends there begins at the next quotation
//! mark to the left with an even number of backslashes before it: a run of backslashes begins with one that is not escaped
//! itself, so its length alone says whether what follows is. So an element's bounds are found from its own bytes.

use http::{
    HeaderMap, HeaderValue,
    header::{FORWARDED, ValueIter},
};

use crate::{AddressError, node, ranges::Canonical};

/// Longest value that is read when it holds escapes. No address needs one.
const LONGEST_ESCAPED: usize = 128;

/// One element, which is what one proxy has written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    node: Option<Text<'a>>,
    pub(crate) proto: Option<Text<'a>>,
    pub(crate) host: Option<Text<'a>>,
    by: bool,
}

/// The value of a parameter, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// The bytes, unless some are escaped: no scheme and no host needs that, so nobody means one.
    pub(crate) fn plain(self) -> Option<&'a [u8]> {
        (!self.0.contains(&b'\\')).then_some(self.0)
    }

    fn node(self) -> Result<Canonical, AddressError> {
        if let Some(plain) = self.plain() {
            return node::node(plain);
        }
        let mut buffer = [0; LONGEST_ESCAPED];
        let mut bytes = self.0.iter();
        let mut length = 0;
        while let Some(byte) = bytes.next() {
            let byte = if *byte == b'\\' {
                bytes.next()
            } else {
                Some(byte)
            };
            let (Some(byte), Some(slot)) = (byte, buffer.get_mut(length)) else {
                return Err(AddressError::Malformed);
            };
            *slot = *byte;
            length += 1;
        }
        node::node(buffer.get(..length).unwrap_or_default())
    }
}

impl<'a> Element<'a> {
    /// The address in `for`. Without that parameter the proxy has not said who called it.
    pub(crate) fn address(&self) -> Result<Canonical, AddressError> {
        self.node.map_or(Err(AddressError::Malformed), Text::node)
    }

    /// Takes a parameter; `None` if it is there already, which section 4 forbids. Unknown ones are for others.
    fn set(&mut self, name: &[u8], value: Text<'a>) -> Option<()> {
        let before = if name.eq_ignore_ascii_case(b"for") {
            self.node.replace(value).is_some()
        } else if name.eq_ignore_ascii_case(b"proto") {
            self.proto.replace(value).is_some()
        } else if name.eq_ignore_ascii_case(b"host") {
            self.host.replace(value).is_some()
        } else if name.eq_ignore_ascii_case(b"by") {
            std::mem::replace(&mut self.by, true)
        } else {
            false
        };
        (!before).then_some(())
    }
}

/// The elements of all lines from the right. A malformed one is `None` and the last.
pub(crate) struct Elements<'a> {
    lines: ValueIter<'a, HeaderValue>,
    rest: Option<&'a [u8]>,
    broken: bool,
}

impl<'a> Elements<'a> {
    pub(crate) fn new(headers: &'a HeaderMap) -> Self {
        Self {
            lines: headers.get_all(FORWARDED).into_iter(),
            rest: None,
            broken: false,
        }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Option<Element<'a>>;

    fn next(&mut self) -> Option<Option<Element<'a>>> {
        if self.broken {
            return None;
        }
        let line = match self.rest.take() {
            Some(rest) => rest,
            None => self.lines.next_back()?.as_bytes(),
        };
        let read = last(line);
        self.broken = read.is_none();
        self.rest = read.and_then(|(_, rest)| rest);
        Some(read.map(|(element, _)| element))
    }
}

/// The last element of a line, and what stands left of its comma; `None` if the element is malformed.
///
/// `forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )` (section 4). White space around `;` is allowed
/// too, as many proxies write it.
fn last(line: &[u8]) -> Option<(Element<'_>, Option<&[u8]>)> {
    let mut element = Element::default();
    let mut rest = node::trimmed_end(line);
    loop {
        if !matches!(rest, [] | [.., b',' | b';']) {
            let (before, name, value) = pair(rest)?;
            element.set(name, value)?;
            rest = node::trimmed_end(before);
        }
        match rest {
            [] => return Some((element, None)),
            [before @ .., b','] => return Some((element, Some(before))),
            [before @ .., b';'] => rest = node::trimmed_end(before),
            _ => return None,
        }
    }
}

/// The pair `name=value` at the end: what stands left of it, its name, its value.
fn pair(text: &[u8]) -> Option<(&[u8], &[u8], Text<'_>)> {
    let (before, value) = match text {
        [body @ .., b'"'] => quoted(body)?,
        _ => unquoted(text)?,
    };
    let before = before.strip_suffix(b"=")?;
    let (before, name) = split_end(before, is_token)?;
    Some((before, name, value))
}

/// A quoted string whose closing mark has been taken off.
fn quoted(body: &[u8]) -> Option<(&[u8], Text<'_>)> {
    let mut end = body.len();
    if ends_escaped(body) {
        return None;
    }
    loop {
        let mark = body.get(..end)?.iter().rposition(|byte| *byte == b'"')?;
        let before = body.get(..mark)?;
        if !ends_escaped(before) {
            return Some((before, Text(body.get(mark + 1..)?)));
        }
        end = mark;
    }
}

/// Whether the byte after `text` is escaped: whether an odd number of backslashes ends it.
fn ends_escaped(text: &[u8]) -> bool {
    let run = text.iter().rev().take_while(|byte| **byte == b'\\');
    run.count() % 2 == 1
}

/// A token, or an address with a port or brackets for which the standard asks quotes and many proxies do not.
fn unquoted(text: &[u8]) -> Option<(&[u8], Text<'_>)> {
    let (before, raw) = split_end(text, |byte| is_token(byte) || b":[]".contains(byte))?;
    Some((before, Text(raw)))
}

/// Splits the longest end of such bytes off, unless it is empty.
fn split_end(text: &[u8], good: impl Fn(&u8) -> bool) -> Option<(&[u8], &[u8])> {
    let start = text
        .iter()
        .rposition(|byte| !good(byte))
        .map_or(0, |at| at + 1);
    let (before, end) = text.split_at_checked(start)?;
    (!end.is_empty()).then_some((before, end))
}

/// `tchar` of RFC 9110, section 5.6.2.
fn is_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the last element says of `for`, and what stands left of it.
    fn address(line: &str) -> Option<(Result<String, AddressError>, Option<&str>)> {
        let (element, rest) = last(line.as_bytes())?;
        let rest = rest.map(|rest| std::str::from_utf8(rest).unwrap());
        let text = |address| std::net::IpAddr::from(address).to_string();
        Some((element.address().map(text), rest))
    }

    #[test]
    fn the_last_element_is_read_from_its_own_bytes() {
        let cases = [
            ("for=9.9.9.9", None),
            ("For=\"9.9.9.9:80\";proto=https", None),
            ("proto=https ; by=_x;FOR=9.9.9.9", None),
            (";;for=9.9.9.9;", None),
            ("host=\"a,b;for=1.1.1.1\";for=9.9.9.9", None),
            (r#"host="a\"b,\\";for="9.9.9.9""#, None),
            (r#"for="\9.9.9\.9""#, None),
            ("for=1.1.1.1, for=9.9.9.9", Some("for=1.1.1.1")),
            ("for=\", for=9.9.9.9", Some("for=\"")),
            ("for=\"1.2.3.4, for=\"9.9.9.9\"", Some("for=\"1.2.3.4")),
            (r#"for="\, for="9.9.9.9:1""#, Some(r#"for="\"#)),
            (", for=9.9.9.9", Some("")),
        ];
        for (line, rest) in cases {
            assert_eq!(
                address(line),
                Some((Ok("9.9.9.9".to_owned()), rest)),
                "{line}"
            );
        }
    }

    #[test]
    fn what_the_grammar_does_not_know_is_malformed() {
        let hostile = [
            "for",
            "for=",
            "=1.1.1.1",
            "for = 1.1.1.1",
            "for =1.1.1.1",
            "for=1.1.1.1;for=2.2.2.2",
            "for=1.1.1.1;proto=http;PROTO=https",
            "for=1.1.1.1;host=a;host=a",
            "by=_a;by=_b;for=1.1.1.1",
            "for=\"1.1.1.1",
            "for=1.1.1.1\"",
            "for=\"1.1.1.1\\\"",
            "for=\"1.1.1.1\"x",
            "\"for\"=1.1.1.1",
            "for=1.1.1.1 proto=http",
            "for=1.1.1.1 2.2.2.2",
            "for=a=b",
            "1.1.1.1",
            "f\u{e9}r=1.1.1.1",
            "\"",
            "\\\"",
        ];
        for line in hostile {
            assert_eq!(address(line), None, "{line}");
        }
    }

    #[test]
    fn an_element_without_a_readable_for_is_malformed() {
        let long = format!("for=\"\\1.1.1.1{}\"", " ".repeat(LONGEST_ESCAPED));
        for line in [
            "",
            "proto=https",
            "for=\"\"",
            "for=nope",
            "for=\" 1.1.1.1\"",
            "for=\"\\\"1.1.1.1\\\"\"",
            &long,
        ] {
            assert_eq!(
                address(line).unwrap().0,
                Err(AddressError::Malformed),
                "{line}"
            );
        }
        for line in [
            "for=unknown",
            "for=\"_a\"",
            "for=\"unknown:_b\"",
            "for=_\\a",
        ] {
            let read = address(line).map(|read| read.0);
            let expected = (!line.contains('\\')).then_some(Err(AddressError::Obfuscated));
            assert_eq!(read, expected, "{line}");
        }
    }

    #[test]
    fn a_malformed_element_is_the_last() {
        let mut headers = HeaderMap::new();
        for line in ["for=1.1.1.1", "for=2.2.2.2, oops, for=3.3.3.3"] {
            headers.append(FORWARDED, HeaderValue::from_static(line));
        }
        let read: Vec<bool> = Elements::new(&headers)
            .map(|element| element.is_some())
            .collect();
        assert_eq!(read, [true, false]);
    }
}
