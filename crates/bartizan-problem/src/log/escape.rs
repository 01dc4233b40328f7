//! Text that cannot leave its line, its string or its reading direction.

use std::fmt::{self, Write};

/// A value that writes more than this is stopped, for it may never end.
const ENDLESS: usize = 1 << 20;

/// Whether a character stays out of a line as it is: what ends a JSON string, and what a terminal or a viewer obeys.
///
/// C0 and C1 controls and DEL move cursors, colour and end lines; U+2028 and U+2029 end lines for some readers; the bidirectional
/// controls (Unicode, UAX #9) show text in another order than it stands.
const fn is_unsafe(c: char) -> bool {
    matches!(
        c,
        '\0'..='\x1f'
            | '"'
            | '\\'
            | '\x7f'..='\u{9f}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

/// Appends one character as it may stand in a JSON string; all that [`is_unsafe`] knows lies in the basic plane.
fn push_unsafe(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        // a `String` takes everything
        c => _ = write!(out, "\\u{:04x}", u32::from(c)),
    }
}

/// Takes text and appends it escaped, as far as there is room.
pub(super) struct Text<'a> {
    out: &'a mut String,
    /// Bytes that may still be appended.
    room: usize,
    /// Bytes of the given text that were left out.
    pub(super) cut: usize,
    /// How often text was given: a text without values comes in one piece.
    pub(super) pieces: usize,
}

impl<'a> Text<'a> {
    pub(super) const fn new(out: &'a mut String, room: usize) -> Self {
        Self {
            out,
            room,
            cut: 0,
            pieces: 0,
        }
    }

    fn push(&mut self, text: &str) {
        if self.cut > 0 {
            self.cut += text.len();
            return;
        }
        let mut start = 0;
        for (at, c) in text.char_indices() {
            // the longest form of a character has six bytes
            if at - start + 6 > self.room {
                self.out.push_str(text.get(start..at).unwrap_or_default());
                self.room = 0;
                self.cut += text.len() - at;
                return;
            }
            if is_unsafe(c) {
                self.out.push_str(text.get(start..at).unwrap_or_default());
                self.room = self.room.saturating_sub(at - start + 6);
                push_unsafe(self.out, c);
                start = at + c.len_utf8();
            }
        }
        let rest = text.get(start..).unwrap_or_default();
        self.room = self.room.saturating_sub(rest.len());
        self.out.push_str(rest);
    }
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.pieces += 1;
        self.push(text);
        if self.cut > ENDLESS {
            return Err(fmt::Error);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str, room: usize) -> (String, usize) {
        let mut out = String::new();
        let mut sink = Text::new(&mut out, room);
        let _ = sink.write_str(text);
        let cut = sink.cut;
        (out, cut)
    }

    #[test]
    fn controls_and_direction_marks_are_escaped_and_text_stays() {
        for c in (0..=0x1f).chain(0x7f..=0x9f).chain([
            0x61c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e,
            0x2066, 0x2067, 0x2068, 0x2069, 0xfeff,
        ]) {
            let c = char::from_u32(c).unwrap();
            let (text, _) = escaped(&format!("a{c}b"), 100);
            assert!(text.starts_with("a\\") && text.ends_with('b'), "{text}");
            assert!(text.is_ascii(), "{text}");
            let back: String = serde_json::from_str(&format!("\"{text}\"")).unwrap();
            assert_eq!(back, format!("a{c}b"));
        }
        assert_eq!(escaped("Größe \u{1f600}", 100).0, "Größe \u{1f600}");
        assert_eq!(escaped("\"\\", 100).0, r#"\"\\"#);
    }

    #[test]
    fn what_does_not_fit_is_cut_at_a_character_and_counted() {
        for room in 0..40 {
            let (text, cut) = escaped("ü\u{1b}ü\"ü\u{202e}ü", room);
            assert!(text.len() <= room, "{room}: {text}");
            assert!(serde_json::from_str::<String>(&format!("\"{text}\"")).is_ok());
            assert_eq!(
                cut == 0,
                text.ends_with('ü') && text.matches('ü').count() == 4
            );
        }
    }

    #[test]
    fn a_value_that_never_ends_is_stopped() {
        let mut out = String::new();
        let mut sink = Text::new(&mut out, 10);
        while sink.write_str("for ever ").is_ok() {}
        assert!(out.len() <= 10);
    }
}
