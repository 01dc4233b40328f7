//! Patterns over origins.

use std::{fmt, str::FromStr};

use super::{error::OriginError, host};

pub(super) const MAX_SCHEME: usize = 64;

/// Which ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Port {
    /// All, the scheme's own included.
    Any,
    /// The scheme's own, which is not written.
    Own,
    Number(u16),
}

/// One origin, or all that differ from it in their leading labels, in their port, or in both.
///
/// | pattern | is for |
/// |---|---|
/// | `https://example.com` | this origin |
/// | `https://*.example.com` | `https://a.example.com`, `https://a.b.example.com`; not `https://example.com` |
/// | `http://localhost:*` | `http://localhost`, `http://localhost:3000` |
/// | `https://*.example.com:*` | both |
///
/// A `*` never stands for a part of a label, and there are no regular expressions: by `*example.com` and an unescaped dot
/// strangers' names are let in. The labels for which a `*` stands have letters, digits and hyphens only; a name with an
/// underscore is listed itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OriginPattern {
    text: Box<str>,
    scheme: Box<str>,
    host: Box<str>,
    subdomains: bool,
    port: Port,
    loopback: bool,
}

impl OriginPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// Whatever makes the text one that no origin of a browser matches, or that is no pattern: each reason is a variant of
    /// [`OriginError`]. Not [`PublicSuffix`](OriginError::PublicSuffix) and [`Insecure`](OriginError::Insecure), on which a
    /// policy decides.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        match text {
            "" => return Err(OriginError::Empty),
            "null" => return Err(OriginError::Null),
            "*" => return Err(OriginError::AnyOrigin),
            _ => {}
        }
        if !text.is_ascii() {
            return Err(OriginError::Unicode);
        }
        if text.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(OriginError::Whitespace);
        }
        let (scheme, rest) = text.split_once("://").ok_or(OriginError::NoScheme)?;
        check_scheme(scheme)?;
        if let Some((before, after)) = rest.split_once(['/', '?', '#']) {
            let slash = after.is_empty() && rest.ends_with('/') && !before.is_empty();
            return Err(if slash {
                OriginError::TrailingSlash
            } else {
                OriginError::Path
            });
        }
        if rest.contains('@') {
            return Err(OriginError::UserInfo);
        }
        if rest.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(OriginError::UpperCase);
        }
        let (subdomains, rest) = match rest.strip_prefix("*.") {
            Some(base) => (true, base),
            None => (false, rest),
        };
        let (host, port) = split_port(rest)?;
        let port = port.map_or(Ok(Port::Own), |port| read_port(scheme, port))?;
        if host.contains('*') {
            return Err(OriginError::WildcardPlace);
        }
        let address = host::check(host)?;
        if subdomains && address.is_some() {
            return Err(OriginError::WildcardIp);
        }
        // the shortest subdomain has two characters more
        if subdomains && host.len() + 2 > host::MAX_HOST {
            return Err(OriginError::TooLong);
        }
        Ok(Self {
            text: text.into(),
            scheme: scheme.into(),
            loopback: host::is_loopback(host, address),
            host: host.into(),
            subdomains,
            port,
        })
    }

    /// The pattern's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is for one origin only.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.subdomains && self.port != Port::Any
    }

    pub(crate) fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host without `*.`.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) const fn subdomains(&self) -> bool {
        self.subdomains
    }

    pub(crate) const fn port(&self) -> Port {
        self.port
    }

    /// Plain HTTP, and not to the user's own machine.
    pub(crate) fn is_insecure(&self) -> bool {
        &*self.scheme == "http" && !self.loopback
    }
}

impl FromStr for OriginPattern {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        Self::parse(text)
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn check_scheme(scheme: &str) -> Result<(), OriginError> {
    if scheme.is_empty() {
        return Err(OriginError::NoScheme);
    }
    if scheme.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(OriginError::UpperCase);
    }
    // RFC 3986, section 3.1
    let legal = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.');
    let starts_with_letter = scheme.starts_with(|first: char| first.is_ascii_lowercase());
    if !starts_with_letter || !scheme.bytes().all(legal) || scheme.len() > MAX_SCHEME {
        return Err(OriginError::Scheme);
    }
    match scheme {
        "file" => Err(OriginError::File),
        // URL, section 4.7: these have an opaque origin or another's; and a page that opens a WebSocket has its own
        "about" | "blob" | "data" | "javascript" | "ws" | "wss" => Err(OriginError::OpaqueScheme),
        _ => Ok(()),
    }
}

/// Host and port, the latter without its colon.
fn split_port(rest: &str) -> Result<(&str, Option<&str>), OriginError> {
    if !rest.starts_with('[') {
        return match rest.split_once(':') {
            // several colons are an address
            Some((_, port)) if port.contains(':') => Err(OriginError::Ipv6),
            Some((host, port)) => Ok((host, Some(port))),
            None => Ok((rest, None)),
        };
    }
    let end = rest.find(']').ok_or(OriginError::Ipv6)? + 1;
    let (host, after) = rest.split_at_checked(end).ok_or(OriginError::Ipv6)?;
    if after.is_empty() {
        return Ok((host, None));
    }
    let port = after.strip_prefix(':').ok_or(OriginError::Ipv6)?;
    Ok((host, Some(port)))
}

fn read_port(scheme: &str, text: &str) -> Result<Port, OriginError> {
    if text == "*" {
        return Ok(Port::Any);
    }
    let port = port_number(text.as_bytes()).ok_or(OriginError::Port)?;
    if own_port(scheme.as_bytes()) == Some(port) {
        return Err(OriginError::DefaultPort);
    }
    Ok(Port::Number(port))
}

/// A port as browsers write it.
pub(super) fn port_number(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 5 || digits.first() == Some(&b'0') {
        return None;
    }
    let mut port = 0_u32;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        port = port * 10 + u32::from(digit - b'0');
    }
    u16::try_from(port).ok()
}

/// URL, section 4.2: the special schemes.
pub(super) const fn own_port(scheme: &[u8]) -> Option<u16> {
    match scheme {
        b"http" => Some(80),
        b"https" => Some(443),
        b"ftp" => Some(21),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slip_has_its_own_reason() {
        for (text, error) in [
            ("", OriginError::Empty),
            ("null", OriginError::Null),
            ("*", OriginError::AnyOrigin),
            ("file:///a", OriginError::File),
            ("wss://example.com", OriginError::OpaqueScheme),
            ("example.com", OriginError::NoScheme),
            ("//example.com", OriginError::NoScheme),
            ("1http://example.com", OriginError::Scheme),
            ("https://user@example.com", OriginError::UserInfo),
            ("https://example.com/", OriginError::TrailingSlash),
            ("https:///", OriginError::Path),
            ("https://example.com/a/", OriginError::Path),
            ("https://example.com?", OriginError::Path),
            ("HTTPS://example.com", OriginError::UpperCase),
            ("https://Example.com", OriginError::UpperCase),
            ("https://b\u{fc}cher.example", OriginError::Unicode),
            ("https://example.com ", OriginError::Whitespace),
            ("https://", OriginError::NoHost),
            ("https://:8443", OriginError::NoHost),
            ("https://a%2eb", OriginError::HostCharacter),
            ("https://a..b", OriginError::Label),
            ("https://example.com.", OriginError::TrailingDot),
            ("https://xn--f.example", OriginError::Punycode),
            ("https://10.1", OriginError::Ipv4),
            ("https://[::1", OriginError::Ipv6),
            ("https://[::1]a", OriginError::Ipv6),
            ("https://example.com:0", OriginError::Port),
            ("https://example.com:", OriginError::Port),
            ("https://example.com:443", OriginError::DefaultPort),
            ("http://example.com:80", OriginError::DefaultPort),
            ("https://*example.com", OriginError::WildcardPlace),
            ("https://a.*.example.com", OriginError::WildcardPlace),
            ("https://*", OriginError::WildcardPlace),
            ("https://*.*.example.com", OriginError::WildcardPlace),
            ("https://*.10.0.0.1", OriginError::WildcardIp),
            ("https://*.[::1]", OriginError::WildcardIp),
            ("https://*.", OriginError::NoHost),
        ] {
            assert_eq!(OriginPattern::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn the_users_own_machine_is_not_insecure() {
        for (text, insecure) in [
            ("http://localhost:*", false),
            ("http://*.localhost", false),
            ("http://127.0.0.9", false),
            ("http://[::1]:3000", false),
            ("http://localhost.example.com", true),
            ("http://10.0.0.1", true),
            ("https://example.com", false),
            ("app://example.com", false),
        ] {
            assert_eq!(
                OriginPattern::parse(text).unwrap().is_insecure(),
                insecure,
                "{text}"
            );
        }
    }
}
