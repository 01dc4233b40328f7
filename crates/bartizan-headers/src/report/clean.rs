//! Texts of strangers, made fit to be stored and logged.

/// The longest text that is kept, in bytes.
const MAX_TEXT: usize = 512;

/// Where browser extensions, and pages without an address, run.
const NOISE: [&str; 9] = [
    "chrome-extension",
    "moz-extension",
    "safari-extension",
    "safari-web-extension",
    "ms-browser-extension",
    "about",
    "user-script",
    // Firefox: what a script of an extension evaluates
    "sandbox eval code",
    // Safari: the address of an extension
    "webkit-masked-url",
];

/// Whether this is the address of an extension or of no page at all, about which a site can do nothing. Browsers cut such an
/// address to its scheme, so both forms count. A `blob:` is one only as the file that did it: what is blocked may well be the
/// site's own.
pub(crate) fn is_noise(url: &str, is_source: bool) -> bool {
    let scheme = url.split(':').next().unwrap_or_default().trim();
    NOISE.iter().any(|noise| scheme.eq_ignore_ascii_case(noise))
        || (is_source && scheme.eq_ignore_ascii_case("blob"))
}

/// A URL without query, fragment and userinfo; of one without a host the scheme alone, for the rest of it is data. A word stays
/// a word.
pub(crate) fn url(text: &str) -> String {
    let text = text.trim();
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let text = &text[..end];
    let Some((scheme, rest)) = text.split_once(':') else {
        return cut(text);
    };
    let Some(rest) = rest.strip_prefix("//") else {
        return cut(scheme);
    };
    let end = rest.find(['/', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or_default();
    cut(&format!("{scheme}://{host}{path}"))
}

/// The directive's name: the first word, for older browsers write the whole line of the policy.
pub(crate) fn directive(text: &str) -> Option<String> {
    let word = text.split_ascii_whitespace().next()?;
    let is_name = word.len() <= 40
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    is_name.then(|| word.to_ascii_lowercase())
}

/// The text without what moves a cursor, ends a line or turns the direction of reading, and not longer than [`MAX_TEXT`].
fn cut(text: &str) -> String {
    let mut kept = String::with_capacity(text.len().min(MAX_TEXT));
    for char in text.chars().filter(|char| !is_hidden(*char)) {
        if kept.len() + char.len_utf8() > MAX_TEXT {
            break;
        }
        kept.push(char);
    }
    kept
}

/// Control characters, line and paragraph separators, bidirectional controls (UAX 9), and what has no width.
fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_what_is_private() {
        for (text, clean) in [
            ("https://example.com/a?token=1#b", "https://example.com/a"),
            (
                "https://example.com/a#access_token=1",
                "https://example.com/a",
            ),
            ("https://example.com?q", "https://example.com"),
            ("https://me:secret@example.com/a", "https://example.com/a"),
            ("https://me@a@example.com", "https://example.com"),
            (
                "https://me@example.com\\@evil",
                "https://example.com\\@evil",
            ),
            ("https://example.com/@me", "https://example.com/@me"),
            ("wss://example.com:8443/live", "wss://example.com:8443/live"),
            ("data:text/html,secret", "data"),
            ("javascript:alert(1)", "javascript"),
            ("blob:https://example.com/0-1", "blob"),
            ("mailto:me@example.com", "mailto"),
            ("inline", "inline"),
            ("eval", "eval"),
            ("", ""),
            ("?x", ""),
            (":", ""),
            ("://", "://"),
        ] {
            assert_eq!(url(text), clean, "{text}");
        }
    }

    #[test]
    fn texts_are_cut_and_cannot_move_a_cursor() {
        assert_eq!(url("in\nli\u{1b}[2Jne\u{202e}\u{200b}\u{85}"), "inli[2Jne");
        for char in ["a", "\u{e9}", "\u{20ac}", "\u{1f600}"] {
            let long = url(&char.repeat(1_000));
            assert!(
                long.len() <= MAX_TEXT && long.len() > MAX_TEXT - 4,
                "{char}"
            );
        }
    }

    #[test]
    fn a_directive_is_one_name() {
        for (text, name) in [
            ("script-src-elem", Some("script-src-elem")),
            ("script-src 'self' https://example.com", Some("script-src")),
            ("IMG-SRC", Some("img-src")),
            ("", None),
            ("  ", None),
            ("script-src;", None),
            ("<script>", None),
            ("scr\u{ef}pt-src", None),
        ] {
            assert_eq!(directive(text).as_deref(), name, "{text}");
        }
        assert_eq!(directive(&"a".repeat(41)), None);
    }

    #[test]
    fn extensions_are_noise_and_sites_are_not() {
        for noise in [
            "chrome-extension",
            "chrome-extension://abc/a.js",
            "moz-extension://abc",
            "safari-web-extension://abc",
            "webkit-masked-url://hidden/",
            "about:blank",
            "About",
            "sandbox eval code",
        ] {
            assert!(is_noise(noise, false) && is_noise(noise, true), "{noise}");
        }
        for site in ["", "inline", "https://about.example/", "abouts", "data"] {
            assert!(!is_noise(site, true), "{site}");
        }
        assert!(is_noise("blob:https://example.com/1", true));
        assert!(!is_noise("blob", false));
    }
}
