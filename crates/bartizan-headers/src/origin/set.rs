//! Many patterns, looked up at a cost that does not grow with their number.

use std::{
    borrow::Borrow,
    collections::{HashMap, HashSet},
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use super::{
    host::{MAX_HOST, are_labels},
    parts::{MAX_ORIGIN, Parts},
    pattern::{OriginPattern, Port},
    suffix::is_beyond_suffix,
};

/// A set of origins, given by patterns.
///
/// Whether an origin is in it costs one look-up by hash, and if there are patterns with a `*` one more for each dot in the
/// host that stands at the length of a pattern's. Nothing is allocated, and a text longer than an origin can be is not
/// read. Clones share the patterns.
///
/// With the feature `psl` a `*` reaches as far as its owner does: `https://*.amazonaws.com` is not for
/// `https://anybody.s3.amazonaws.com`, since the public suffix list has `s3.amazonaws.com`.
///
/// ```
/// use bartizan_headers::{OriginPattern, OriginSet};
///
/// let patterns = ["https://example.com", "https://*.example.org"].map(OriginPattern::parse);
/// let set: OriginSet = patterns.into_iter().collect::<Result<_, _>>()?;
/// assert!(set.contains(b"https://example.com"));
/// assert!(set.contains(b"https://a.b.example.org"));
/// assert!(!set.contains(b"https://example.org"));
/// assert!(!set.contains(b"https://evil-example.org"));
/// # Ok::<(), bartizan_headers::OriginError>(())
/// ```
#[derive(Clone, Default)]
pub struct OriginSet {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    exact: HashSet<Exact>,
    /// Patterns with a `*`, by their host, sorted by [`order`].
    by_host: HashMap<Box<[u8]>, Vec<OriginPattern>>,
    /// Whether some of these hosts is so long.
    lengths: Vec<bool>,
    /// Whether a `*` reaches beyond a public suffix.
    beyond_suffixes: bool,
}

impl OriginSet {
    /// Whether a request with this `Origin` comes from one of them.
    ///
    /// Case, spaces and everything else count: browsers write an origin in one way. `null` is never in a set.
    #[must_use]
    pub fn contains(&self, origin: &[u8]) -> bool {
        self.find(origin).is_some()
    }

    /// The pattern by which it is one of them.
    #[must_use]
    pub fn find(&self, origin: &[u8]) -> Option<&OriginPattern> {
        if origin.len() > MAX_ORIGIN {
            return None;
        }
        if let Some(Exact(pattern)) = self.shared.exact.get(origin) {
            return Some(pattern);
        }
        if self.shared.by_host.is_empty() {
            return None;
        }
        let Parts { scheme, host, port } = Parts::read(origin)?;
        if host.len() > MAX_HOST {
            return None;
        }
        self.shared
            .search(scheme, host, Port::Any, false)
            .or_else(|| self.shared.above(scheme, host, port))
    }

    /// Another pattern that is for all that this one is for.
    pub(crate) fn wider(&self, pattern: &OriginPattern) -> Option<&OriginPattern> {
        let (scheme, host) = (pattern.scheme().as_bytes(), pattern.host().as_bytes());
        let any_port = match pattern.port() {
            Port::Any => None,
            _ => self
                .shared
                .search(scheme, host, Port::Any, pattern.subdomains()),
        };
        any_port.or_else(|| self.shared.above(scheme, host, pattern.port()))
    }

    /// How many patterns there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let wild: usize = self.shared.by_host.values().map(Vec::len).sum();
        self.shared.exact.len() + wild
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shared.exact.is_empty() && self.shared.by_host.is_empty()
    }

    /// The patterns, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &OriginPattern> {
        let exact = self.shared.exact.iter().map(|Exact(pattern)| pattern);
        exact.chain(self.shared.by_host.values().flatten())
    }
}

impl Shared {
    /// A pattern for the subdomains of a name that this host is below.
    fn above(&self, scheme: &[u8], host: &[u8], port: Port) -> Option<&OriginPattern> {
        let dots = host.iter().enumerate().filter(|(_, byte)| **byte == b'.');
        for (at, _) in dots {
            let (labels, base) = host.split_at_checked(at)?;
            let base = base.strip_prefix(b".")?;
            let found = self
                .search(scheme, base, port, true)
                .or_else(|| self.search(scheme, base, Port::Any, true));
            if let Some(pattern) = found {
                // a name further right leaves more labels, these among them
                let is_owners = self.beyond_suffixes || !is_beyond_suffix(host, base);
                return (are_labels(labels) && is_owners).then_some(pattern);
            }
        }
        None
    }

    fn search(
        &self,
        scheme: &[u8],
        host: &[u8],
        port: Port,
        subdomains: bool,
    ) -> Option<&OriginPattern> {
        if self.lengths.get(host.len()) != Some(&true) {
            return None;
        }
        let patterns = self.by_host.get(host)?;
        let wanted = (scheme, subdomains, port);
        let at = patterns
            .binary_search_by(|pattern| order(pattern).cmp(&wanted))
            .ok()?;
        patterns.get(at)
    }
}

fn order(pattern: &OriginPattern) -> (&[u8], bool, Port) {
    (
        pattern.scheme().as_bytes(),
        pattern.subdomains(),
        pattern.port(),
    )
}

impl OriginSet {
    /// `beyond_suffixes`: whether a `*` stands for names beyond a public suffix too.
    pub(crate) fn of(
        patterns: impl IntoIterator<Item = OriginPattern>,
        beyond_suffixes: bool,
    ) -> Self {
        let mut shared = Shared {
            beyond_suffixes,
            ..Shared::default()
        };
        for pattern in patterns {
            if pattern.is_exact() {
                shared.exact.insert(Exact(pattern));
                continue;
            }
            let length = pattern.host().len();
            if shared.lengths.len() <= length {
                shared.lengths.resize(length + 1, false);
            }
            if let Some(known) = shared.lengths.get_mut(length) {
                *known = true;
            }
            let host = pattern.host().as_bytes().into();
            shared.by_host.entry(host).or_default().push(pattern);
        }
        for patterns in shared.by_host.values_mut() {
            patterns.sort_by(|a, b| order(a).cmp(&order(b)));
            patterns.dedup();
        }
        Self {
            shared: Arc::new(shared),
        }
    }
}

impl FromIterator<OriginPattern> for OriginSet {
    fn from_iter<I: IntoIterator<Item = OriginPattern>>(patterns: I) -> Self {
        Self::of(patterns, false)
    }
}

impl fmt::Debug for OriginSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // thousands of origins would drown a log
        f.debug_struct("OriginSet")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// Found by its text.
struct Exact(OriginPattern);

impl Borrow<[u8]> for Exact {
    fn borrow(&self) -> &[u8] {
        self.0.as_str().as_bytes()
    }
}

impl Hash for Exact {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().as_bytes().hash(state);
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Exact {}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(patterns: &[&str]) -> OriginSet {
        patterns
            .iter()
            .map(|pattern| OriginPattern::parse(pattern).unwrap())
            .collect()
    }

    #[test]
    fn wildcards_are_for_subdomains_and_ports_as_they_say() {
        let set = set(&[
            "https://example.com",
            "https://*.example.com",
            "https://*.example.org:8443",
            "http://localhost:*",
            "http://[::1]:*",
            "https://*.any.example:*",
        ]);
        for (origin, expected) in [
            ("https://example.com", true),
            ("https://a.example.com", true),
            ("https://a.b.example.com", true),
            ("https://a.example.com:8443", false),
            ("https://a.example.com:443", false),
            ("http://a.example.com", false),
            ("https://.example.com", false),
            ("https://a..example.com", false),
            ("https://a.example.com.", false),
            ("https://a.example.org:8443", true),
            ("https://a.example.org", false),
            ("https://example.org:8443", false),
            ("http://localhost", true),
            ("http://localhost:3000", true),
            ("http://localhost:80", false),
            ("http://localhost:03000", false),
            ("http://localhost:65536", false),
            ("http://localhost:", false),
            ("http://a.localhost:3000", false),
            ("http://[::1]", true),
            ("http://[::1]:3000", true),
            ("http://[::1]3000", false),
            ("https://x.any.example", true),
            ("https://x.any.example:1", true),
            ("https://any.example:1", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(set.contains(origin.as_bytes()), expected, "{origin}");
        }
        assert_eq!((set.len(), set.iter().count()), (6, 6));
    }

    #[cfg(feature = "psl")]
    #[test]
    fn a_wildcard_ends_where_another_owner_begins() {
        let patterns = || ["https://*.amazonaws.com", "https://*.example.com"];
        let parsed = || patterns().map(|text| OriginPattern::parse(text).unwrap());
        for (origin, within) in [
            ("https://console.aws.amazonaws.com", true),
            ("https://a.b.example.com", true),
            ("https://evil.s3.amazonaws.com", false),
            ("https://s3.amazonaws.com", false),
            (
                "https://evil.eu-west-1.elasticbeanstalk.amazonaws.com",
                true,
            ),
        ] {
            let origin = origin.as_bytes();
            assert_eq!(OriginSet::of(parsed(), false).contains(origin), within);
            assert!(OriginSet::of(parsed(), true).contains(origin));
        }
    }

    #[test]
    fn a_wider_pattern_makes_a_narrower_one_redundant() {
        let set = set(&[
            "https://*.example.com",
            "https://a.test:*",
            "https://*.b.test:*",
        ]);
        for (pattern, wider) in [
            ("https://a.example.com", Some("https://*.example.com")),
            ("https://*.a.example.com", Some("https://*.example.com")),
            ("https://*.example.com", None),
            ("https://*.example.com:*", None),
            ("https://a_b.example.com", None),
            ("https://a.test", Some("https://a.test:*")),
            ("https://a.test:1", Some("https://a.test:*")),
            ("https://*.b.test:1", Some("https://*.b.test:*")),
            ("https://*.a.b.test:*", Some("https://*.b.test:*")),
            ("https://b.test:1", None),
            ("http://a.test", None),
        ] {
            let pattern = OriginPattern::parse(pattern).unwrap();
            assert_eq!(
                set.wider(&pattern).map(OriginPattern::as_str),
                wider,
                "{pattern}"
            );
        }
    }

    #[test]
    fn a_text_longer_than_any_origin_is_in_no_set() {
        let set = set(&["https://*.example.com"]);
        let long = format!("https://{}example.com", "a.".repeat(121));
        assert_eq!(long.len(), 8 + 253);
        assert!(set.contains(long.as_bytes()));
        assert!(!set.contains(format!("https://b{}", &long[8..]).as_bytes()));
        assert!(!set.contains(format!("https://{}example.com", "a.".repeat(1 << 20)).as_bytes()));
    }
}
