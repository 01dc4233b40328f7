//! One pass over a JSON text before it is parsed: the grammar, the limits, keys that come twice, numbers that no `f64` holds.
//! It builds nothing, and it allocates for objects of more than 16 keys only.

mod keys;
mod number;
mod pieces;
mod text;

use number::short;

pub(crate) use number::number;

use std::hash::RandomState;

use crate::{Limits, Malformed};
use keys::Keys;
use text::Text;

/// serde_json goes no deeper, so a greater [`Limits::depth`] means this.
pub(crate) const MAX_DEPTH: usize = 127;

/// A refusal at a byte.
pub(crate) const fn malformed(code: &'static str, message: &'static str, at: usize) -> Malformed {
    Malformed {
        code,
        message,
        at: Some(at),
    }
}

/// Checks a body and returns it as text.
pub(crate) fn scan<'a>(body: &'a [u8], limits: &Limits) -> Result<&'a str, Malformed> {
    if body.starts_with(b"\xEF\xBB\xBF") {
        // RFC 8259, section 8.1: none may be sent
        let message = "expected JSON without a byte order mark";
        return Err(malformed("bom", message, 0));
    }
    let mut scanner = Scanner {
        bytes: body,
        at: 0,
        nodes: 0,
        limits,
        hasher: None,
        malformed: None,
    };
    if scanner.whole().is_err() {
        let syntax = malformed("syntax", "expected a JSON value", scanner.at);
        return Err(scanner.malformed.unwrap_or(syntax));
    }
    // Once for the whole body, so that serde_json need not check each string; and last, so that a hostile body is refused for its
    // structure before its bytes are looked at. Outside of strings the grammar has ASCII only.
    std::str::from_utf8(body)
        .map_err(|error| malformed("utf8", "expected UTF-8", error.valid_up_to()))
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: usize,
    limits: &'a Limits,
    /// Made when an object has too many keys to compare each with each.
    hasher: Option<RandomState>,
    /// Why it was given up. It stands here and not in each `Result`, which so fits a register: that is a fifth of the scan.
    malformed: Option<Malformed>,
}

/// The scan was given up; [`Scanner::malformed`] says why.
#[derive(Clone, Copy, Debug)]
struct Refused;

type Scanned<T = ()> = Result<T, Refused>;

impl Scanner<'_> {
    #[cold]
    const fn refuse(&mut self, code: &'static str, message: &'static str) -> Refused {
        self.refuse_at(code, message, self.at)
    }

    #[cold]
    const fn refuse_at(&mut self, code: &'static str, message: &'static str, at: usize) -> Refused {
        self.malformed = Some(malformed(code, message, at));
        Refused
    }

    fn whole(&mut self) -> Scanned {
        if self.peek().is_none() {
            return Err(self.refuse("empty", "expected a JSON value"));
        }
        self.value(0)?;
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.refuse("trailing", "expected nothing after the JSON value")),
        }
    }

    /// A byte stands where the grammar has none, or the text ends too early.
    #[cold]
    fn unexpected(&mut self, message: &'static str) -> Refused {
        match self.bytes.get(self.at) {
            None => self.refuse("syntax", "the JSON value is not complete"),
            Some(0x80..) if !self.is_character() => self.refuse("utf8", "expected UTF-8"),
            Some(_) => self.refuse("syntax", message),
        }
    }

    /// Whether a character of UTF-8 stands here.
    fn is_character(&self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let next = rest.get(..4).unwrap_or(rest);
        std::str::from_utf8(next).map_or_else(|error| error.valid_up_to() > 0, |_| true)
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    /// Recursion is bounded by [`MAX_DEPTH`].
    fn value(&mut self, depth: usize) -> Scanned {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(self.refuse("too_many_values", "the JSON has too many values"));
        }
        match self.peek() {
            Some(b'"') => self.text().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'{') => {
                let depth = self.deeper(depth)?;
                self.object(depth)
            }
            Some(b'[') => {
                let depth = self.deeper(depth)?;
                self.array(depth)
            }
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => Err(self.unexpected("expected a JSON value")),
        }
    }

    fn deeper(&mut self, depth: usize) -> Scanned<usize> {
        if depth >= self.limits.depth.min(MAX_DEPTH) {
            return Err(self.refuse("too_deep", "the JSON is nested too deeply"));
        }
        Ok(depth + 1)
    }

    fn object(&mut self, depth: usize) -> Scanned {
        self.at += 1;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        let mut keys = Keys::new();
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("expected a key in quotes"));
            }
            if keys.len() >= self.limits.keys {
                return Err(self.refuse("too_many_keys", "an object has too many keys"));
            }
            let quote = self.at;
            let escaped = self.text()?;
            let key = Text {
                start: quote + 1,
                end: self.at - 1,
                escaped,
            };
            if !keys.insert(self.bytes, key, &mut self.hasher) {
                let message = "a key stands twice in one object";
                return Err(self.refuse_at("duplicate_key", message, quote));
            }
            if self.peek() != Some(b':') {
                return Err(self.unexpected("expected a colon after the key"));
            }
            self.at += 1;
            self.value(depth)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.unexpected("expected a comma or the object's end")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Scanned {
        self.at += 1;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        let mut items = 0;
        loop {
            if items >= self.limits.items {
                return Err(self.refuse("too_many_items", "an array has too many items"));
            }
            items += 1;
            self.value(depth)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.unexpected("expected a comma or the array's end")),
            }
        }
    }

    fn word(&mut self, word: &'static [u8]) -> Scanned {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(self.refuse("syntax", "expected a JSON value"));
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Scanned {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if let Some(length) = short(rest)
            && length <= self.limits.number_bytes
        {
            self.at += length;
            return Ok(());
        }
        match number(rest, self.limits.number_bytes) {
            Ok(number) => {
                self.at += number.len;
                Ok(())
            }
            Err(Malformed { code, message, at }) => {
                let at = self.at + at.unwrap_or(0);
                Err(self.refuse_at(code, message, at))
            }
        }
    }
}

#[cfg(test)]
mod tests;
