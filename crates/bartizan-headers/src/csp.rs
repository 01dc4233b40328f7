//! Content-Security-Policy from parts that can be checked.

use std::fmt;

/// A directive whose list of sources a builder may widen (CSP 3, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Directive {
    /// `script-src`
    ScriptSrc,
    /// `style-src`
    StyleSrc,
    /// `img-src`
    ImgSrc,
    /// `font-src`
    FontSrc,
    /// `connect-src`
    ConnectSrc,
    /// `media-src`
    MediaSrc,
    /// `manifest-src`
    ManifestSrc,
    /// `worker-src`
    WorkerSrc,
    /// `frame-src`
    FrameSrc,
    /// `form-action`
    FormAction,
    /// `frame-ancestors`; the only one that also widens the API preset.
    FrameAncestors,
}

impl Directive {
    /// The directive's name in the header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ScriptSrc => "script-src",
            Self::StyleSrc => "style-src",
            Self::ImgSrc => "img-src",
            Self::FontSrc => "font-src",
            Self::ConnectSrc => "connect-src",
            Self::MediaSrc => "media-src",
            Self::ManifestSrc => "manifest-src",
            Self::WorkerSrc => "worker-src",
            Self::FrameSrc => "frame-src",
            Self::FormAction => "form-action",
            Self::FrameAncestors => "frame-ancestors",
        }
    }

    /// The directive of this name, if it is one that can be widened.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        DOCUMENT
            .iter()
            .map(|(directive, _)| *directive)
            .find(|directive| directive.name() == name)
    }

    /// Whether `data:` and `blob:` are harmless here: they cannot run.
    const fn is_passive(self) -> bool {
        matches!(self, Self::ImgSrc | Self::FontSrc | Self::MediaSrc)
    }
}

impl fmt::Display for Directive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The document preset's lists: nothing by default, then the page's own origin for what a page is made of.
const DOCUMENT: [(Directive, &str); 11] = [
    (Directive::ScriptSrc, "'self'"),
    (Directive::StyleSrc, "'self'"),
    (Directive::ImgSrc, "'self'"),
    (Directive::FontSrc, "'self'"),
    (Directive::ConnectSrc, "'self'"),
    (Directive::MediaSrc, "'self'"),
    (Directive::ManifestSrc, "'self'"),
    (Directive::WorkerSrc, "'self'"),
    (Directive::FrameSrc, "'none'"),
    (Directive::FormAction, "'self'"),
    (Directive::FrameAncestors, "'none'"),
];

/// Sources added to the presets' lists.
#[derive(Clone, Debug, Default)]
pub(crate) struct Added(Vec<(Directive, String)>);

impl Added {
    pub(crate) fn push(&mut self, directive: Directive, source: String) {
        self.0.push((directive, source));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Directive, &str)> {
        self.0
            .iter()
            .map(|(directive, source)| (*directive, source.as_str()))
    }

    fn list(&self, directive: Directive, preset: &str) -> String {
        let added: Vec<_> = self
            .0
            .iter()
            .filter(|(of, _)| *of == directive)
            .map(|(_, text)| text.as_str())
            .collect();
        match (preset, added.is_empty()) {
            (_, true) => preset.to_owned(),
            // 'none' beside another source means nothing (CSP 3, section 2.3.1)
            ("'none'", false) => added.join(" "),
            (_, false) => format!("{preset} {}", added.join(" ")),
        }
    }

    /// The value of `frame-ancestors` alone.
    pub(crate) fn ancestors(&self) -> String {
        self.list(Directive::FrameAncestors, "'none'")
    }

    /// The policy of a document. `base-uri` and `object-src` are never needed wider.
    pub(crate) fn document(&self, https: bool) -> String {
        let mut text = String::from("default-src 'none'");
        for (directive, preset) in DOCUMENT {
            text.push_str(&format!("; {directive} {}", self.list(directive, preset)));
        }
        text.push_str("; base-uri 'none'; object-src 'none'");
        if https {
            // over plain HTTP it would break every page that links to itself
            text.push_str("; upgrade-insecure-requests");
        }
        text
    }

    /// The policy of everything else: should a browser show it as a page after all, it can do nothing.
    pub(crate) fn api(&self) -> String {
        format!(
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors {}; sandbox",
            self.ancestors()
        )
    }
}

/// Why a source is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourceFault {
    /// It is not one source: empty, with a space, `;` or `,`, or not of the grammar of CSP 3, section 2.3.1.
    Malformed,
    /// It would undo the policy: `*`, `'unsafe-inline'`, `'unsafe-eval'`, a whole scheme, plain HTTP.
    Dangerous,
}

/// Checks one source for one directive.
pub(crate) fn check(directive: Directive, source: &str) -> Result<(), SourceFault> {
    if source.is_empty()
        || source
            .bytes()
            .any(|byte| !byte.is_ascii_graphic() || b";,\"<>\\`".contains(&byte))
    {
        return Err(SourceFault::Malformed);
    }
    if let Some(keyword) = source.strip_prefix('\'') {
        return check_keyword(
            directive,
            keyword.strip_suffix('\'').ok_or(SourceFault::Malformed)?,
        );
    }
    if source.contains('\'') {
        return Err(SourceFault::Malformed);
    }
    if let Some(scheme) = source.strip_suffix(':') {
        let harmless = directive.is_passive() && matches!(scheme, "data" | "blob");
        return if harmless {
            Ok(())
        } else {
            Err(SourceFault::Dangerous)
        };
    }
    let host = match source.split_once("://") {
        None => source,
        Some(("https" | "wss", host)) => host,
        Some(_) => return Err(SourceFault::Dangerous),
    };
    check_host(host)
}

fn check_keyword(directive: Directive, keyword: &str) -> Result<(), SourceFault> {
    let hash = ["sha256-", "sha384-", "sha512-"]
        .iter()
        .find_map(|name| keyword.strip_prefix(name));
    match (keyword, hash) {
        ("self", _) => Ok(()),
        (_, Some(hash)) if matches!(directive, Directive::ScriptSrc | Directive::StyleSrc) => {
            let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
            if hash.len() >= 43 && hash.bytes().all(base64) {
                Ok(())
            } else {
                Err(SourceFault::Malformed)
            }
        }
        // a nonce that is not drawn for each response is worth nothing
        (word, _)
            if word.starts_with("unsafe-")
                || word.starts_with("nonce-")
                || word == "wasm-unsafe-eval" =>
        {
            Err(SourceFault::Dangerous)
        }
        _ => Err(SourceFault::Malformed),
    }
}

/// A host, `*.` before at least two labels, a port, a path.
fn check_host(source: &str) -> Result<(), SourceFault> {
    let authority = source.split('/').next().unwrap_or_default();
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let (labels, least) = host.strip_prefix("*.").map_or((host, 1), |rest| (rest, 2));
    if labels == "*" || port == "*" || (least == 2 && !labels.contains('.')) {
        return Err(SourceFault::Dangerous);
    }
    let label = |text: &str| {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !text.is_empty() && text.bytes().all(word)
    };
    let well_formed = labels.split('.').all(label) && port.parse::<u16>().is_ok();
    if well_formed {
        Ok(())
    } else {
        Err(SourceFault::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_presets_are_the_documented_ones() {
        let none = Added::default();
        assert_eq!(
            none.document(true),
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
             connect-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; frame-src 'none'; \
             form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; \
             upgrade-insecure-requests"
        );
        assert!(!none.document(false).contains("upgrade"));
        assert_eq!(
            none.api(),
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
        );
    }

    #[test]
    fn an_added_source_replaces_none_and_joins_self() {
        let mut added = Added::default();
        added.push(Directive::FrameSrc, "https://video.example".into());
        added.push(Directive::ImgSrc, "https://img.example".into());
        added.push(Directive::FrameAncestors, "'self'".into());
        let text = added.document(false);
        assert!(text.contains("frame-src https://video.example;"), "{text}");
        assert!(
            text.contains("img-src 'self' https://img.example;"),
            "{text}"
        );
        assert!(added.api().contains("frame-ancestors 'self';"));
    }

    #[test]
    fn one_source_of_the_grammar_is_accepted() {
        let hash = format!("'sha256-{}='", "A".repeat(43));
        for source in [
            "https://cdn.example.com",
            "cdn.example.com:8443/js/",
            "*.example.com",
            "'self'",
            &hash,
        ] {
            assert_eq!(check(Directive::ScriptSrc, source), Ok(()), "{source}");
        }
        assert_eq!(check(Directive::ImgSrc, "data:"), Ok(()));
        assert_eq!(
            check(Directive::ConnectSrc, "wss://live.example.com"),
            Ok(())
        );
    }

    #[test]
    fn a_source_cannot_smuggle_in_another_directive() {
        let malformed = [
            "",
            "a b",
            "a;script-src *",
            "a,b",
            "a\r\nx: y",
            "'self",
            "se'lf",
            "'none'",
            "ä.example",
            "a..b",
        ];
        for source in malformed {
            assert_eq!(
                check(Directive::ScriptSrc, source),
                Err(SourceFault::Malformed),
                "{source}"
            );
        }
    }

    #[test]
    fn a_source_cannot_undo_the_policy() {
        let dangerous = [
            "*",
            "https://*",
            "*.com",
            "https:",
            "data:",
            "blob:",
            "http://a.example",
            "a.example:*",
            "'unsafe-inline'",
            "'unsafe-eval'",
            "'unsafe-hashes'",
            "'wasm-unsafe-eval'",
            "'nonce-abc'",
        ];
        for source in dangerous {
            assert_eq!(
                check(Directive::ScriptSrc, source),
                Err(SourceFault::Dangerous),
                "{source}"
            );
        }
    }

    #[test]
    fn every_directive_reads_back_from_its_name() {
        for (directive, _) in DOCUMENT {
            assert_eq!(Directive::from_name(directive.name()), Some(directive));
        }
        assert_eq!(Directive::from_name("object-src"), None);
    }
}
