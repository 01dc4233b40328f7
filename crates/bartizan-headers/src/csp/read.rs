//! A source's text, read by the grammar of CSP 3, section 2.3.1.

use super::{Directive, reason::Reason};
use crate::origin::is_public_suffix;

/// One source, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read<'a> {
    None,
    SelfOrigin,
    /// The place of a nonce.
    Nonce,
    /// A nonce that is the same on every answer.
    FixedNonce(&'a str),
    Hash,
    StrictDynamic,
    ReportSample,
    UnsafeHashes,
    WasmUnsafeEval,
    UnsafeInline,
    UnsafeEval,
    SpeculationRules,
    Scheme(&'a str),
    Host(Host<'a>),
}

/// A host source, without its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Host<'a> {
    pub(crate) scheme: Option<&'a str>,
    /// With a leading `*.` or just `*`, if it has one.
    pub(crate) name: &'a str,
    pub(crate) port: Option<&'a str>,
}

/// Reads one source.
pub(crate) fn read(text: &str) -> Result<Read<'_>, Reason> {
    let strange = |byte: u8| !byte.is_ascii_graphic() || b";,\"<>\\`".contains(&byte);
    if text.is_empty() || text.bytes().any(strange) {
        return Err(Reason::Malformed);
    }
    if let Some(rest) = text.strip_prefix('\'') {
        return keyword(rest.strip_suffix('\'').ok_or(Reason::Malformed)?);
    }
    if text.contains('\'') {
        return Err(Reason::Malformed);
    }
    // what only makes sense in quotes was surely meant with them; without, it would be a host of that name
    let secrets = ["nonce-", "sha256-", "sha384-", "sha512-"];
    if keyword(text).is_ok() || secrets.iter().any(|name| text.starts_with(name)) {
        return Err(Reason::MissingQuotes);
    }
    if Directive::from_name(text).is_some() {
        return Err(Reason::MissingSemicolon);
    }
    if let Some(scheme) = text.strip_suffix(':') {
        let good = is_scheme(scheme);
        return good
            .then_some(Read::Scheme(scheme))
            .ok_or(Reason::Malformed);
    }
    host(text).map(Read::Host)
}

fn keyword(word: &str) -> Result<Read<'_>, Reason> {
    Ok(match word.to_ascii_lowercase().as_str() {
        "none" => Read::None,
        "self" => Read::SelfOrigin,
        "nonce" => Read::Nonce,
        "strict-dynamic" => Read::StrictDynamic,
        "report-sample" => Read::ReportSample,
        "unsafe-hashes" => Read::UnsafeHashes,
        "wasm-unsafe-eval" => Read::WasmUnsafeEval,
        "unsafe-inline" => Read::UnsafeInline,
        "unsafe-eval" => Read::UnsafeEval,
        "inline-speculation-rules" => Read::SpeculationRules,
        _ => return secret(word),
    })
}

/// A nonce or a hash.
fn secret(word: &str) -> Result<Read<'_>, Reason> {
    if let Some(nonce) = word.strip_prefix("nonce-") {
        return match base64(nonce) {
            Some(_) => Ok(Read::FixedNonce(nonce)),
            None => Err(Reason::Malformed),
        };
    }
    let algorithms = [("sha256-", 32_usize), ("sha384-", 48), ("sha512-", 64)];
    let Some((text, bytes)) = algorithms
        .iter()
        .find_map(|(name, bytes)| Some((word.strip_prefix(name)?, *bytes)))
    else {
        return Err(Reason::UnknownKeyword);
    };
    // one of another length matches no script
    match base64(text) {
        Some(digits) if digits == (bytes * 8).div_ceil(6) => Ok(Read::Hash),
        _ => Err(Reason::Malformed),
    }
}

/// How many digits a base64 value of either alphabet has, not counting its padding.
pub(crate) fn base64(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches('=');
    let digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    let good = !digits.is_empty() && text.len() - digits.len() <= 2 && digits.bytes().all(digit);
    good.then_some(digits.len())
}

fn is_scheme(text: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(sign)
}

fn host(text: &str) -> Result<Host<'_>, Reason> {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, _)) if !is_scheme(scheme) => return Err(Reason::Malformed),
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, text),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if path.contains(['?', '#']) {
        return Err(Reason::Malformed);
    }
    if authority.starts_with('[') {
        // brackets are not of the grammar: browsers ignore such a source
        return Err(Reason::IpHost);
    }
    let (name, port) = match authority.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (authority, None),
    };
    let good_port =
        |port: &str| port == "*" || port.parse::<u16>().is_ok_and(|_| !port.starts_with('+'));
    let label = |text: &str| {
        let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !text.is_empty() && text.bytes().all(sign)
    };
    let labels = name.strip_prefix("*.").unwrap_or(name);
    let good_name = name == "*" || labels.split('.').all(label);
    if good_name && port.is_none_or(good_port) {
        Ok(Host { scheme, name, port })
    } else {
        Err(Reason::Malformed)
    }
}

impl Host<'_> {
    /// Whether it stands for hosts that no one person owns: `*`, `*.com`, any port.
    pub(crate) fn is_wild(&self) -> bool {
        let whole = self.name.strip_prefix("*.");
        self.name == "*" || self.port == Some("*") || whole.is_some_and(|rest| !rest.contains('.'))
    }

    /// Whether it stands for hosts that anybody can have: `*.github.io`.
    pub(crate) fn is_public(&self) -> bool {
        let whole = self.name.strip_prefix("*.");
        whole.is_some_and(|rest| is_public_suffix(&rest.to_ascii_lowercase()))
    }

    /// Whether it is reached without encryption.
    pub(crate) fn is_plain(&self) -> bool {
        let plain =
            |scheme: &str| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("ws");
        self.scheme.is_some_and(plain)
    }

    /// Whether it is an address. Browsers match none but 127.0.0.1 (CSP 3, section 6.7.2.9).
    pub(crate) fn is_address(&self) -> bool {
        self.name.parse::<std::net::Ipv4Addr>().is_ok()
    }

    /// Whether it covers this host.
    pub(crate) fn covers(&self, host: &str) -> bool {
        let name = self.name.to_ascii_lowercase();
        match name.strip_prefix('*') {
            None => name == host,
            Some(rest) => host.ends_with(rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_the_grammar_is_read() {
        let host = |scheme, name, port| Ok(Read::Host(Host { scheme, name, port }));
        for (text, expected) in [
            ("'self'", Ok(Read::SelfOrigin)),
            ("'SELF'", Ok(Read::SelfOrigin)),
            ("data:", Ok(Read::Scheme("data"))),
            ("a.example", host(None, "a.example", None)),
            ("localhost:3000", host(None, "localhost", Some("3000"))),
            (
                "https://*.a.example:8443/js/",
                host(Some("https"), "*.a.example", Some("8443")),
            ),
            ("wss://a.example", host(Some("wss"), "a.example", None)),
            ("'nonce-AAAA'", Ok(Read::FixedNonce("AAAA"))),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        for (algorithm, digits) in [("sha256", 43), ("sha384", 64), ("sha512", 86)] {
            let text = format!("'{algorithm}-{}'", "A".repeat(digits));
            assert_eq!(read(&text), Ok(Read::Hash), "{text}");
            let short = format!("'{algorithm}-{}'", "A".repeat(digits - 1));
            assert_eq!(read(&short), Err(Reason::Malformed), "{short}");
        }
    }

    #[test]
    fn a_source_cannot_smuggle_in_another_directive() {
        for text in [
            "",
            "a b",
            "a;script-src",
            "a,b",
            "a\r\nx:y",
            "a\0b",
            "'self",
            "se'lf",
            "\u{e4}.example",
            "a..b",
            "a.example?q",
            "a.example/#f",
            "a.example:x",
            "a.example:+1",
            "a.*.example",
            "://a",
        ] {
            assert_eq!(read(text), Err(Reason::Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_wildcard_covers_names_below_it_only() {
        let covers = |source, host| match read(source) {
            Ok(Read::Host(read)) => read.covers(host),
            other => panic!("{other:?}"),
        };
        assert!(covers("*.example.com", "a.b.example.com"));
        assert!(covers("EXAMPLE.com", "example.com"));
        assert!(!covers("*.example.com", "example.com"));
        assert!(!covers("*.example.com", "badexample.com"));
        assert!(!covers("example.com", "a.example.com"));
    }
}
