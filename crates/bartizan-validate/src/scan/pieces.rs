//! A string as it is meant, in pieces: what is written as it is, and one character for each escape.

use super::text::{hex, plain};

/// The pieces of a string of a text that has been scanned.
#[derive(Clone, Debug)]
pub(super) struct Pieces<'a> {
    bytes: &'a [u8],
    character: [u8; 4],
}

impl<'a> Pieces<'a> {
    /// Of the string whose first byte, behind the quote, is at `start`.
    pub(super) fn new(bytes: &'a [u8], start: usize) -> Self {
        Self {
            bytes: bytes.get(start..).unwrap_or_default(),
            character: [0; 4],
        }
    }

    /// The next piece; an empty one is the end.
    pub(super) fn next(&mut self) -> &[u8] {
        let length = plain(self.bytes);
        if length > 0 {
            let (piece, rest) = self.bytes.split_at_checked(length).unwrap_or_default();
            self.bytes = rest;
            return piece;
        }
        if self.bytes.first() != Some(&b'\\') {
            return &[];
        }
        let (character, length) = self.escape();
        self.bytes = self.bytes.get(length..).unwrap_or_default();
        character.encode_utf8(&mut self.character).as_bytes()
    }

    /// An escape, and how many bytes it takes. The scan has refused every other form.
    fn escape(&self) -> (char, usize) {
        let character = match self.bytes.get(1) {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let unit = |at| self.bytes.get(at..at + 4).and_then(hex).unwrap_or(0);
                let first = unit(2);
                if let Some(character) = char::from_u32(first) {
                    return (character, 6);
                }
                let pair = [first as u16, unit(8) as u16];
                let character = char::decode_utf16(pair).next().and_then(Result::ok);
                return (character.unwrap_or(char::REPLACEMENT_CHARACTER), 12);
            }
            Some(other) => char::from(*other),
            None => char::REPLACEMENT_CHARACTER,
        };
        (character, 2)
    }
}

/// Whether two strings mean the same, however they are written.
pub(super) fn same(bytes: &[u8], one: usize, other: usize) -> bool {
    let (mut one, mut other) = (Pieces::new(bytes, one), Pieces::new(bytes, other));
    let (mut left, mut right): (&[u8], &[u8]) = (one.next(), other.next());
    loop {
        let length = left.len().min(right.len());
        if length == 0 {
            return left.is_empty() && right.is_empty();
        }
        let (Some((a, rest_left)), Some((b, rest_right))) = (
            left.split_at_checked(length),
            right.split_at_checked(length),
        ) else {
            return false;
        };
        if a != b {
            return false;
        }
        left = if rest_left.is_empty() {
            one.next()
        } else {
            rest_left
        };
        right = if rest_right.is_empty() {
            other.next()
        } else {
            rest_right
        };
    }
}
