//! Targeted fields (RFC 9213): a structured dictionary (RFC 9651) that stands in for `Cache-Control`.

use http::{HeaderMap, HeaderName};

use crate::control::{CacheControl, Structured, is_token};

/// The first of these fields that can be read and is not empty, in the order given (RFC 9213, section 2.2).
///
/// A field that is no dictionary counts as absent (section 2.1), and the next one is asked.
#[must_use]
pub fn targeted(headers: &HeaderMap, names: &[HeaderName]) -> Option<CacheControl> {
    names.iter().find_map(|name| {
        let lines: Vec<&[u8]> = headers
            .get_all(name)
            .iter()
            .map(http::HeaderValue::as_bytes)
            .collect();
        if lines.is_empty() {
            return None;
        }
        // the lines of a dictionary are one list (RFC 9651, section 4.2)
        let list = lines.join(&b","[..]);
        let members = dictionary(&list)?;
        if members.is_empty() {
            return None;
        }
        let mut control = CacheControl::default();
        for (name, value) in members {
            control.take_structured(name, value);
        }
        Some(control)
    })
}

/// RFC 9651, section 4.2.2: the last of two members with one name counts.
fn dictionary(text: &[u8]) -> Option<Vec<(&[u8], Structured)>> {
    let mut reader = Reader(text);
    let mut members: Vec<(&[u8], Structured)> = Vec::new();
    reader.skip_spaces();
    while !reader.0.is_empty() {
        let name = reader.key()?;
        let value = if reader.eat(b'=') {
            reader.value()?
        } else {
            reader.parameters()?;
            Structured::True
        };
        members.retain(|(before, _)| *before != name);
        members.push((name, value));
        reader.skip_blanks();
        if reader.0.is_empty() {
            break;
        }
        if !reader.eat(b',') {
            return None;
        }
        reader.skip_blanks();
        if reader.0.is_empty() {
            return None;
        }
    }
    Some(members)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        match self.0.strip_prefix(&[byte]) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn take(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.0.iter().position(|byte| !wanted(*byte));
        let (taken, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        taken
    }

    fn skip_spaces(&mut self) {
        self.take(|byte| byte == b' ');
    }

    fn skip_blanks(&mut self) {
        self.take(|byte| byte == b' ' || byte == b'\t');
    }

    /// Section 4.2.3.3.
    fn key(&mut self) -> Option<&'a [u8]> {
        if !self
            .peek()
            .is_some_and(|first| first.is_ascii_lowercase() || first == b'*')
        {
            return None;
        }
        Some(self.take(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte)
        }))
    }

    fn value(&mut self) -> Option<Structured> {
        let value = if self.eat(b'(') {
            self.inner_list()?;
            Structured::Other
        } else {
            self.item()?
        };
        self.parameters()?;
        Some(value)
    }

    fn inner_list(&mut self) -> Option<()> {
        loop {
            self.skip_spaces();
            if self.eat(b')') {
                return Some(());
            }
            self.item()?;
            self.parameters()?;
            if !matches!(self.peek(), Some(b' ' | b')')) {
                return None;
            }
        }
    }

    fn parameters(&mut self) -> Option<()> {
        while self.eat(b';') {
            self.skip_spaces();
            self.key()?;
            if self.eat(b'=') {
                self.item()?;
            }
        }
        Some(())
    }

    /// Section 4.2.3.1. Only what a directive can mean is kept: a whole number, a text, a yes.
    fn item(&mut self) -> Option<Structured> {
        match self.peek()? {
            b'-' | b'0'..=b'9' => self.number(),
            b'"' => self.string(),
            b'?' => {
                self.eat(b'?');
                if self.eat(b'1') {
                    Some(Structured::True)
                } else {
                    self.eat(b'0').then_some(Structured::Other)
                }
            }
            b':' => {
                self.eat(b':');
                self.take(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
                self.eat(b':').then_some(Structured::Other)
            }
            b'@' => {
                self.eat(b'@');
                self.number().map(|_| Structured::Other)
            }
            first if first.is_ascii_alphabetic() || first == b'*' => {
                let text = self.take(|byte| is_token(byte) || byte == b':' || byte == b'/');
                Some(Structured::Text(String::from_utf8_lossy(text).into_owned()))
            }
            _ => None,
        }
    }

    /// Section 4.2.4: at most 15 digits. A fraction or a number below zero is no count of seconds.
    fn number(&mut self) -> Option<Structured> {
        let negative = self.eat(b'-');
        let digits = self.take(|byte| byte.is_ascii_digit());
        if digits.is_empty() || digits.len() > 15 {
            return None;
        }
        if self.eat(b'.') {
            let fraction = self.take(|byte| byte.is_ascii_digit());
            let fits = digits.len() <= 12 && matches!(fraction.len(), 1..=3);
            return fits.then_some(Structured::Other);
        }
        if negative {
            return Some(Structured::Other);
        }
        crate::control::delta_seconds(digits).map(Structured::Number)
    }

    /// Section 4.2.5.
    fn string(&mut self) -> Option<Structured> {
        self.eat(b'"');
        let mut text = String::new();
        loop {
            let (first, rest) = self.0.split_first()?;
            self.0 = rest;
            match first {
                b'"' => return Some(Structured::Text(text)),
                b'\\' => match self.peek()? {
                    escaped @ (b'"' | b'\\') => {
                        self.eat(escaped);
                        text.push(char::from(escaped));
                    }
                    _ => return None,
                },
                b' '..=b'~' => text.push(char::from(*first)),
                _ => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(lines: &[&str]) -> Option<CacheControl> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("cdn-cache-control", line.parse().unwrap());
        }
        targeted(&headers, &[HeaderName::from_static("cdn-cache-control")])
    }

    #[test]
    fn a_dictionary_is_read_as_directives() {
        for (line, expected) in [
            ("max-age=60", Some(60)),
            ("max-age=60;x=1, no-transform", Some(60)),
            ("max-age=60, x=(a b);y", Some(60)),
            ("max-age=60, x=\"a, b\"", Some(60)),
            ("max-age=10, max-age=60", Some(60)),
            ("max-age=1.5", Some(0)),
            ("max-age=-5", Some(0)),
            ("max-age=?0", Some(0)),
            ("max-age=\"60\"", Some(0)),
            ("max-age", Some(0)),
            ("public", None),
        ] {
            let control = read(&[line]).unwrap();
            let expected = expected.map(Duration::from_secs);
            assert_eq!(control.max_age(), expected, "{line}");
        }
        assert!(read(&["no-store"]).unwrap().is_no_store());
        assert!(read(&["max-age=60", "no-store"]).unwrap().is_no_store());
    }

    #[test]
    fn what_is_no_dictionary_counts_as_absent() {
        for line in [
            "",
            " ",
            "Max-Age=60",
            "max-age=60,",
            "max-age=60 x",
            "max-age=",
            "max-age=\"6",
            "max-age=60, &",
            "max-age=1234567890123456",
        ] {
            assert_eq!(read(&[line]), None, "{line}");
        }
    }

    #[test]
    fn the_next_field_is_asked_when_the_first_cannot_be_read() {
        let mut headers = HeaderMap::new();
        headers.insert("a-cache-control", "&&&".parse().unwrap());
        headers.insert("cdn-cache-control", "max-age=5".parse().unwrap());
        let names = ["a-cache-control", "cdn-cache-control"].map(HeaderName::from_static);
        let control = targeted(&headers, &names).unwrap();
        assert_eq!(control.max_age(), Some(Duration::from_secs(5)));
    }
}
