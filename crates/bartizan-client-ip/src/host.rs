//! Host names as text, and the list of those that are answered.

use std::{cmp::Ordering, net::Ipv6Addr};

use http::uri::Authority;

use crate::{PolicyError, Scheme};

/// Longest name (RFC 1035, section 2.3.4, without the root) and longest label.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// What is to be thought of the host that a caller asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HostVerdict {
    /// Well-formed and on the list, if there is one.
    Allowed,
    /// The request names no host, which HTTP/1.1 requires (RFC 9112, section 3.2).
    Missing,
    /// More than one `Host` field.
    Repeated,
    /// No host name, IPv4 address or bracketed IPv6 address with an optional port.
    Malformed,
    /// The request's target names another host than the `Host` field: two readers would see two different requests.
    Mismatched,
    /// Well-formed, and not on the list.
    Unknown,
}

/// A host, with its port if the text has one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host<'a> {
    name: Name<'a>,
    port: Option<u16>,
}

#[derive(Clone, Copy, Debug)]
enum Name<'a> {
    /// A name or an IPv4 address, in any case, without a final dot.
    Text(&'a str),
    V6(Ipv6Addr),
}

impl<'a> Host<'a> {
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        if let Some(inner) = text.strip_prefix('[') {
            let (address, port) = inner.split_once(']')?;
            let name = Name::V6(address.parse().ok()?);
            let port = match port {
                "" => None,
                port => Some(number(port.strip_prefix(':')?)?),
            };
            return Some(Self { name, port });
        }
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, Some(number(port)?)),
            None => (text, None),
        };
        // "example.com." is the same host (RFC 3986, section 3.2.2).
        let name = name.strip_suffix('.').unwrap_or(name);
        is_name(name).then_some(Self {
            name: Name::Text(name),
            port,
        })
    }

    /// Whether both name one origin under this scheme.
    pub(crate) fn is(&self, other: &Host<'_>, scheme: Scheme) -> bool {
        let port = |host: &Host<'_>| host.port.unwrap_or(scheme.port());
        self.name.order(&other.name) == Ordering::Equal && port(self) == port(other)
    }

    /// The one spelling: lower case, without a final dot, without the scheme's own port.
    pub(crate) fn text(&self, scheme: Scheme) -> String {
        let mut text = match self.name {
            Name::Text(name) => name.to_ascii_lowercase(),
            Name::V6(address) => format!("[{address}]"),
        };
        if let Some(port) = self.port.filter(|port| *port != scheme.port()) {
            text.push(':');
            text.push_str(&port.to_string());
        }
        text
    }

    fn to_owned(self) -> Allowed {
        let name = match self.name {
            Name::Text(name) => Owned::Text(name.to_ascii_lowercase().into()),
            Name::V6(address) => Owned::V6(address),
        };
        let bare = Host { port: None, ..self };
        Allowed {
            name,
            port: self.port,
            // the scheme is of no account without a port
            authority: bare.text(Scheme::Http).try_into().ok(),
        }
    }
}

impl Name<'_> {
    /// An order that does not see case, for the search in the list.
    fn order(&self, other: &Name<'_>) -> Ordering {
        match (self, other) {
            // as it mostly is
            (Name::Text(a), Name::Text(b)) if a == b => Ordering::Equal,
            (Name::Text(a), Name::Text(b)) => {
                let (by_length, lower) = (a.len().cmp(&b.len()), u8::to_ascii_lowercase);
                let by_text = || {
                    a.as_bytes()
                        .iter()
                        .map(lower)
                        .cmp(b.as_bytes().iter().map(lower))
                };
                by_length.then_with(by_text)
            }
            (Name::V6(a), Name::V6(b)) => a.cmp(b),
            (Name::Text(_), Name::V6(_)) => Ordering::Less,
            (Name::V6(_), Name::Text(_)) => Ordering::Greater,
        }
    }
}

/// A name as domain names and their uses in private networks are written. A last label of digits makes it an IPv4 address,
/// as browsers decide (URL Standard, "ends in a number"); then it has to be one, written as `std` reads it.
fn is_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_label =
        |label: &str| (1..=LONGEST_LABEL).contains(&label.len()) && label.bytes().all(good);
    let last = name.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit());
    name.len() <= LONGEST_NAME
        && name.split('.').all(is_label)
        && (!numeric || name.parse::<std::net::Ipv4Addr>().is_ok())
}

/// A port in one to five digits.
fn number(text: &str) -> Option<u16> {
    let digits = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// The hosts that are answered, sorted.
#[derive(Debug)]
pub(crate) struct AllowList(Box<[Allowed]>);

#[derive(Debug)]
struct Allowed {
    name: Owned,
    /// The only port, or any.
    port: Option<u16>,
    /// The name alone, ready to be put into a URI.
    authority: Option<Authority>,
}

#[derive(Debug)]
enum Owned {
    Text(Box<str>),
    V6(Ipv6Addr),
}

impl Allowed {
    fn name(&self) -> Name<'_> {
        match &self.name {
            Owned::Text(name) => Name::Text(name),
            Owned::V6(address) => Name::V6(*address),
        }
    }
}

impl AllowList {
    pub(crate) fn new(entries: &[String]) -> Result<Self, PolicyError> {
        if entries.is_empty() {
            return Err(PolicyError::NoHosts);
        }
        let read = |entry: &String| match Host::parse(entry.as_bytes()) {
            Some(host) => Ok(host.to_owned()),
            None => Err(PolicyError::Host {
                entry: entry.clone(),
            }),
        };
        let mut list = entries.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        list.sort_by(|a, b| a.name().order(&b.name()));
        Ok(Self(list.into_boxed_slice()))
    }

    /// `None` if the host is not on the list; else the authority to write, if it is the bare name.
    pub(crate) fn find(&self, host: &Host<'_>, scheme: Scheme) -> Option<Option<&Authority>> {
        let start = self
            .0
            .partition_point(|entry| entry.name().order(&host.name) == Ordering::Less);
        let port = host.port.unwrap_or(scheme.port());
        let same = self.0.get(start..)?.iter();
        let entry = same
            .take_while(|entry| entry.name().order(&host.name) == Ordering::Equal)
            .find(|entry| entry.port.is_none_or(|only| only == port))?;
        let bare = port == scheme.port();
        Some(entry.authority.as_ref().filter(|_| bare))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(host: &str) -> Option<String> {
        Host::parse(host.as_bytes()).map(|host| host.text(Scheme::Https))
    }

    #[test]
    fn a_host_has_one_spelling() {
        let cases = [
            ("example.com", "example.com"),
            ("EXAMPLE.com.", "example.com"),
            ("example.com.:443", "example.com"),
            ("example.com:80", "example.com:80"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("my_service:8080", "my_service:8080"),
            ("127.0.0.1:3000", "127.0.0.1:3000"),
            ("[2001:DB8:0::1]", "[2001:db8::1]"),
            ("[::1]:8443", "[::1]:8443"),
        ];
        for (host, expected) in cases {
            assert_eq!(text(host).as_deref(), Some(expected), "{host}");
        }
    }

    #[test]
    fn what_is_no_host_is_malformed() {
        let (label, name) = ("a".repeat(64), "a.".repeat(127) + "a");
        let hostile = [
            "",
            ".",
            "..",
            "a..b",
            ".a",
            "a..",
            " example.com",
            "example.com ",
            "a b",
            "*.example.com",
            "*",
            "a/b",
            "http://a",
            "user@a",
            "a:",
            "a:x",
            "a:65536",
            "a:+80",
            "a:080000",
            "a:80:80",
            "a%2eb",
            "b\u{fc}cher.example",
            "127.1",
            "1",
            "0x7f.1",
            "127.0.0.01",
            "256.1.1.1",
            "1.2.3.4.5",
            "[::1",
            "::1",
            "[::1]x",
            "[::1]:",
            "[1.2.3.4]",
            "[fe80::1%25eth0]",
            "a,b",
            "a;b",
            "a\\b",
            "a?b",
            "a#b",
            "[]",
            &label,
            &name,
        ];
        for host in hostile {
            assert_eq!(text(host), None, "{host}");
            assert!(AllowList::new(&[host.to_owned()]).is_err(), "{host}");
        }
        assert_eq!(AllowList::new(&[]).unwrap_err(), PolicyError::NoHosts);
    }

    #[test]
    fn an_entry_without_a_port_fits_any() {
        let entries = [
            "Example.com",
            "api.example.com:8443",
            "api.example.com:443",
            "[::1]",
            "b.example:443",
        ];
        let list = AllowList::new(&entries.map(str::to_owned)).unwrap();
        // The authority is ready where nothing but the name is left of the host.
        let cases = [
            ("example.com", Some(true)),
            ("EXAMPLE.COM.:443", Some(true)),
            ("example.com:9000", Some(false)),
            ("api.example.com", Some(true)),
            ("api.example.com:8443", Some(false)),
            ("api.example.com:80", None),
            ("b.example", Some(true)),
            ("b.example:8443", None),
            ("[0::1]:80", Some(false)),
            ("[::2]", None),
            ("evil.example", None),
            ("example.com.evil.example", None),
        ];
        for (host, expected) in cases {
            let host = Host::parse(host.as_bytes()).unwrap();
            let found = list.find(&host, Scheme::Https);
            assert_eq!(found.map(|ready| ready.is_some()), expected, "{host:?}");
        }
    }
}
