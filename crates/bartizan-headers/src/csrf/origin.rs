//! Origins as browsers send them, and the request's own.

use http::{HeaderMap, HeaderValue, Uri, header};

/// A serialised origin: `scheme://host`, with a port unless it is the scheme's own (HTML, section 7.1.1).
///
/// Browsers send lower case and leave the scheme's own port out. What differs only in that names the same origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin<'a> {
    scheme: &'a [u8],
    host: &'a [u8],
    port: Option<u16>,
}

/// What an `Origin` is to the request's own origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Same,
    /// The same host, another scheme, and the same port or each the scheme's own.
    OtherScheme,
    Other,
}

impl<'a> Origin<'a> {
    /// Reads one serialised origin and nothing more: no userinfo, no path, no list. `null` is none.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let colon = text.iter().position(|byte| *byte == b':')?;
        let (scheme, rest) = text.split_at(colon);
        let rest = rest.strip_prefix(b"://")?;
        // RFC 3986, section 3.1
        let is_scheme = scheme.first().is_some_and(u8::is_ascii_alphabetic)
            && scheme
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        let (host, port) = host_and_port(rest)?;
        is_scheme.then_some(Self { scheme, host, port })
    }

    /// The request's own origin, if its host is known and its scheme is `scheme`.
    pub(crate) fn own(scheme: &'a [u8], authority: &'a [u8]) -> Option<Self> {
        let (host, port) = host_and_port(authority)?;
        Some(Self { scheme, host, port })
    }

    pub(crate) fn scheme(&self) -> &'a [u8] {
        self.scheme
    }

    pub(crate) fn relation(&self, own: &Self) -> Relation {
        if !self.host.eq_ignore_ascii_case(own.host) {
            return Relation::Other;
        }
        if self.scheme.eq_ignore_ascii_case(own.scheme) {
            return match self.effective_port() == own.effective_port() {
                true => Relation::Same,
                false => Relation::Other,
            };
        }
        let each_its_own = self.has_default_port() && own.has_default_port();
        match self.effective_port() == own.effective_port() || each_its_own {
            true => Relation::OtherScheme,
            false => Relation::Other,
        }
    }

    fn default_port(&self) -> Option<u16> {
        match self.scheme {
            it if it.eq_ignore_ascii_case(b"https") => Some(443),
            it if it.eq_ignore_ascii_case(b"http") => Some(80),
            _ => None,
        }
    }

    fn effective_port(&self) -> Option<u16> {
        self.port.or_else(|| self.default_port())
    }

    fn has_default_port(&self) -> bool {
        self.effective_port() == self.default_port()
    }
}

/// The authority that the request is for: the target's, else the one `Host` (RFC 9110, section 7.1).
pub(crate) fn authority<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a [u8]> {
    match uri.authority() {
        Some(authority) => Some(authority.as_str().as_bytes()),
        None => {
            let mut hosts = headers.get_all(header::HOST).iter();
            let host = hosts.next().map(HeaderValue::as_bytes);
            host.filter(|_| hosts.next().is_none())
        }
    }
}

/// Splits `host` or `host:port`. A host is of the characters that names and addresses have in an origin, so userinfo, paths,
/// spaces and everything else by which two readers could come to two hosts is refused.
fn host_and_port(text: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let end = match text.first()? {
        b'[' => text.iter().position(|byte| *byte == b']')? + 1,
        _ => text
            .iter()
            .position(|byte| *byte == b':')
            .unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at_checked(end)?;
    let is_host = match host {
        [b'[', address @ .., b']'] => {
            let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
            !address.is_empty() && address.iter().all(is_part)
        }
        name => {
            let is_part =
                |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
            !name.is_empty() && name.iter().all(is_part)
        }
    };
    let port = match rest {
        [] => None,
        [b':', digits @ ..] => Some(port(digits)?),
        _ => return None,
    };
    is_host.then_some((host, port))
}

fn port(digits: &[u8]) -> Option<u16> {
    // `u16::from_str` takes a plus sign, and leading zeros are no serialised port
    if !digits.iter().all(u8::is_ascii_digit) || digits.first() == Some(&b'0') {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_serialised_origin_is_read() {
        for good in [
            "https://example.com",
            "http://example.com:8080",
            "HTTPS://EXAMPLE.COM:443",
            "https://[2001:db8::1]:8443",
            "https://xn--bcher-kva.example",
            "http://127.0.0.1",
            "chrome-extension://abcdefgh",
            "capacitor://localhost",
            "https://a_b.example.",
        ] {
            assert!(Origin::parse(good.as_bytes()).is_some(), "{good}");
        }
        for bad in [
            "",
            "null",
            "example.com",
            "https:",
            "https://",
            "://example.com",
            "1https://example.com",
            "ht tp://example.com",
            "https:/example.com",
            "https://example.com/",
            "https://example.com/path",
            "https://example.com?a",
            "https://example.com#a",
            "https://evil@example.com",
            "https://example.com@evil.example",
            "https://example.com\\@evil.example",
            "https://exa mple.com",
            "https://a.example https://b.example",
            "https://a.example,https://b.example",
            "https://example.com:",
            "https://example.com:0",
            "https://example.com:080",
            "https://example.com:+80",
            "https://example.com:65536",
            "https://example.com:80:80",
            "https://[::1",
            "https://[]",
            "https://[::1]x",
            "https://[::1%25eth0]",
            "https://b\u{fc}cher.example",
            "https://ex%61mple.com",
        ] {
            assert!(Origin::parse(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn scheme_host_and_port_make_an_origin() {
        let cases = [
            ("https://a.example", "https", "a.example", Relation::Same),
            (
                "https://A.example:443",
                "HTTPS",
                "a.EXAMPLE",
                Relation::Same,
            ),
            (
                "https://a.example",
                "https",
                "a.example:443",
                Relation::Same,
            ),
            ("http://a.example:80", "http", "a.example", Relation::Same),
            ("http://[::1]:3000", "http", "[::1]:3000", Relation::Same),
            (
                "http://a.example",
                "https",
                "a.example",
                Relation::OtherScheme,
            ),
            (
                "https://a.example",
                "http",
                "a.example",
                Relation::OtherScheme,
            ),
            (
                "http://a.example:8443",
                "https",
                "a.example:8443",
                Relation::OtherScheme,
            ),
            (
                "http://a.example:443",
                "https",
                "a.example",
                Relation::OtherScheme,
            ),
            (
                "ftp://a.example",
                "https",
                "a.example",
                Relation::OtherScheme,
            ),
            (
                "https://a.example:444",
                "https",
                "a.example",
                Relation::Other,
            ),
            (
                "https://a.example:80",
                "https",
                "a.example",
                Relation::Other,
            ),
            (
                "http://a.example:8080",
                "https",
                "a.example",
                Relation::Other,
            ),
            ("https://b.example", "https", "a.example", Relation::Other),
            ("https://a.example.", "https", "a.example", Relation::Other),
            ("https://xa.example", "https", "a.example", Relation::Other),
        ];
        for (origin, scheme, authority, relation) in cases {
            let own = Origin::own(scheme.as_bytes(), authority.as_bytes()).unwrap();
            let read = Origin::parse(origin.as_bytes()).unwrap();
            assert_eq!(
                read.relation(&own),
                relation,
                "{origin} {scheme} {authority}"
            );
        }
    }
}
