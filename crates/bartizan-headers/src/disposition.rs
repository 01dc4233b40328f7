//! `Content-Disposition` for downloads whose name somebody else has chosen (RFC 6266).

use std::fmt::Write;

use http::HeaderValue;

/// Long enough for people, short enough for every file system.
const MOST_CHARS: usize = 128;

/// What is sent when nothing of a name is left.
const UNNAMED: &str = "download";

/// The value of a `Content-Disposition` field.
///
/// The name may come from anyone. What is left of it is a plain file name: no path, no control or bidirectional characters
/// (which disguise `gpj.exe` as a picture), no name that Windows reserves, no leading or trailing dots, 128 characters at
/// most. Names beyond ASCII stand in `filename*` (RFC 8187), with a plain copy for old clients.
///
/// ```
/// use bartizan_headers::ContentDisposition;
///
/// let value = ContentDisposition::attachment("../../\u{20ac} rates.csv\r\nset-cookie: a=b").to_value();
/// assert_eq!(
///     value,
///     "attachment; filename=\"_ rates.csvset-cookie_ a=b\"; filename*=UTF-8''%E2%82%AC%20rates.csvset-cookie_%20a%3Db"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentDisposition {
    kind: &'static str,
    name: Option<String>,
}

impl ContentDisposition {
    /// Saved under this name, never shown.
    #[must_use]
    pub fn attachment(name: &str) -> Self {
        Self {
            kind: "attachment",
            name: Some(clean(name)),
        }
    }

    /// Shown, and saved under this name if a person asks for that.
    #[must_use]
    pub fn inline(name: &str) -> Self {
        Self {
            kind: "inline",
            name: Some(clean(name)),
        }
    }

    /// Saved under a name of the browser's choice.
    #[must_use]
    pub const fn unnamed() -> Self {
        Self {
            kind: "attachment",
            name: None,
        }
    }

    /// The name that is left.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The field's value.
    #[must_use]
    pub fn to_value(&self) -> HeaderValue {
        let mut text = String::from(self.kind);
        if let Some(name) = &self.name {
            let plain: String = name.chars().map(plain).collect();
            let _ = write!(text, "; filename=\"{plain}\"");
            if plain != *name {
                let _ = write!(text, "; filename*=UTF-8''{}", encoded(name));
            }
        }
        // every character is one of those above
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("attachment"))
    }
}

/// A name that no file system and no dialogue takes for anything else.
fn clean(name: &str) -> String {
    // browsers keep the last part themselves, but not each of them for each separator
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|sign| !hides(*sign))
        .map(|sign| {
            if "<>:\"|?*;'%".contains(sign) {
                '_'
            } else {
                sign
            }
        })
        .take(MOST_CHARS)
        .collect();
    let name = kept.trim_matches(|sign: char| sign == '.' || sign.is_whitespace());
    match name {
        "" => UNNAMED.to_owned(),
        name if is_reserved(name) => format!("_{name}"),
        name => name.to_owned(),
    }
}

/// Control characters, and those that change the direction or the look of others without being seen (Unicode TR 36).
fn hides(sign: char) -> bool {
    sign.is_control()
        || matches!(sign,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Devices of Windows, which it opens whatever stands behind the first dot.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_ascii_lowercase();
    let numbered = ["com", "lpt"]
        .iter()
        .filter_map(|device| stem.strip_prefix(device))
        .any(|rest| {
            matches!(
                rest,
                "0" | "1"
                    | "2"
                    | "3"
                    | "4"
                    | "5"
                    | "6"
                    | "7"
                    | "8"
                    | "9"
                    | "\u{b9}"
                    | "\u{b2}"
                    | "\u{b3}"
            )
        });
    numbered
        || matches!(
            stem.as_str(),
            "con" | "prn" | "aux" | "nul" | "conin$" | "conout$" | "clock$"
        )
}

fn plain(sign: char) -> char {
    if sign.is_ascii() { sign } else { '_' }
}

/// `attr-char` of RFC 8187, section 3.2.1; everything else is escaped.
fn encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(hostile: &str) -> String {
        ContentDisposition::attachment(hostile)
            .name()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn a_plain_name_stays() {
        for plain in ["report.pdf", "a b-c_d (1).txt", "no-dot", "a.tar.gz"] {
            assert_eq!(name(plain), plain);
            let value = ContentDisposition::inline(plain).to_value();
            assert_eq!(value, format!("inline; filename=\"{plain}\"").as_str());
        }
        assert_eq!(ContentDisposition::unnamed().to_value(), "attachment");
    }

    #[test]
    fn a_name_beyond_ascii_is_sent_twice() {
        let value = ContentDisposition::attachment("\u{4e2d}\u{6587}.txt").to_value();
        assert_eq!(
            value,
            "attachment; filename=\"__.txt\"; filename*=UTF-8''%E4%B8%AD%E6%96%87.txt"
        );
    }

    #[test]
    fn a_hostile_name_becomes_a_harmless_one() {
        for (hostile, harmless) in [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("/", "download"),
            ("", "download"),
            ("...", "download"),
            (".htaccess", "htaccess"),
            ("a.exe. . ", "a.exe"),
            ("a\r\nset-cookie: b=c", "aset-cookie_ b=c"),
            ("a\0b", "ab"),
            ("a\"; filename=\"b.exe", "a__ filename=_b.exe"),
            ("picture\u{202e}gpj.exe", "picturegpj.exe"),
            ("a\u{200b}\u{feff}.txt", "a.txt"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("com1.tar.gz", "_com1.tar.gz"),
            ("lpt\u{b2}", "_lpt\u{b2}"),
            ("aux .txt", "_aux .txt"),
            ("C:secret", "C_secret"),
            ("a.txt::$DATA", "a.txt__$DATA"),
            ("50%41.txt", "50_41.txt"),
        ] {
            assert_eq!(name(hostile), harmless, "{hostile:?}");
        }
        assert_eq!(name("console.txt"), "console.txt");
        assert_eq!(name(&"\u{e9}".repeat(1000)).chars().count(), MOST_CHARS);
    }

    #[test]
    fn every_character_gives_a_legal_value_that_cannot_end_its_string() {
        for sign in (0..=0x10_ffff_u32).step_by(7).filter_map(char::from_u32) {
            let value = ContentDisposition::attachment(&format!("a{sign}b")).to_value();
            let text = value.to_str().unwrap();
            assert!(text.starts_with("attachment; filename=\"a"), "{sign:?}");
            assert_eq!(text.matches('"').count(), 2, "{sign:?}");
        }
    }
}
