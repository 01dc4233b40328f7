//! Strings and keys: where they end, and what may stand in them.

use super::{Refused, Scanned, Scanner};

/// A string without its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) escaped: bool,
}

impl Scanner<'_> {
    /// Reads a string, from its first quote to behind its last; `true` if it has an escape. It ends before `self.at`.
    #[inline]
    pub(super) fn text(&mut self) -> Scanned<bool> {
        let start = self.at + 1;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let most = self.limits.string_bytes;
        // one byte more than is allowed, so that the end of a giant is not looked for
        let length = plain(rest.get(..=most).unwrap_or(rest));
        if rest.get(length) == Some(&b'"') && length <= most {
            self.at = start + length + 1;
            return Ok(false);
        }
        self.text_with_escapes(start)
    }

    fn text_with_escapes(&mut self, start: usize) -> Scanned<bool> {
        let most = start.saturating_add(self.limits.string_bytes);
        let bytes = self.bytes.get(..most.saturating_add(1));
        let bytes = bytes.unwrap_or(self.bytes);
        self.at = start;
        loop {
            self.at += plain(bytes.get(self.at..).unwrap_or_default());
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) => {
                    return Err(self.refuse("control", "expected control characters escaped"));
                }
                None if self.at > most => {
                    let message = "a string is too long";
                    return Err(self.refuse_at("string_too_long", message, start - 1));
                }
                None => return Err(self.unexpected("expected the end of the string")),
            }
        }
        self.at += 1;
        Ok(true)
    }

    fn escape(&mut self) -> Scanned {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => match self.unit(self.at)? {
                0xD800..0xDC00 => {
                    let low = self.bytes.get(self.at + 6..self.at + 8) == Some(b"\\u");
                    if !low || !matches!(self.unit(self.at + 6)?, 0xDC00..0xE000) {
                        return Err(self.lone());
                    }
                    self.at += 12;
                }
                0xDC00..0xE000 => return Err(self.lone()),
                _ => self.at += 6,
            },
            Some(_) => return Err(self.refuse("syntax", "expected an escape of JSON")),
            None => return Err(self.unexpected("expected an escape of JSON")),
        }
        Ok(())
    }

    const fn lone(&mut self) -> Refused {
        let message = "expected surrogates in pairs";
        self.refuse("surrogate", message)
    }

    /// The four hexadecimal digits of an escape that begins at `at`.
    fn unit(&mut self, at: usize) -> Scanned<u32> {
        let digits = self.bytes.get(at + 2..at + 6).and_then(hex);
        digits.ok_or_else(|| self.unexpected("expected four hexadecimal digits"))
    }
}

pub(super) fn hex(digits: &[u8]) -> Option<u32> {
    let mut value = 0;
    for digit in digits {
        value = value * 16 + char::from(*digit).to_digit(16)?;
    }
    Some(value)
}

/// How many bytes there are before a quote, a backslash or a control character, looked at eight at a time.
#[inline]
pub(super) fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    // the high bit of each byte that is below `n`; exact up to the lowest one, and only that one counts
    const fn below(word: u64, n: u64) -> u64 {
        word.wrapping_sub(ONES * n) & !word & HIGH
    }
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quote = below(word ^ (ONES * 0x22), 1);
        let backslash = below(word ^ (ONES * 0x5C), 1);
        let found = below(word, 0x20) | quote | backslash;
        if found != 0 {
            return index * 8 + (found.trailing_zeros() / 8) as usize;
        }
    }
    let in_rest = rest
        .iter()
        .position(|byte| matches!(byte, ..0x20 | b'"' | b'\\'));
    bytes.len() - rest.len() + in_rest.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn every_byte_is_told_apart_at_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..20 {
                let mut bytes = [b'a'; 20];
                bytes[place] = byte;
                let stops = byte < 0x20 || byte == b'"' || byte == b'\\';
                assert_eq!(plain(&bytes), if stops { place } else { 20 }, "{byte:#x}");
            }
        }
    }
}
