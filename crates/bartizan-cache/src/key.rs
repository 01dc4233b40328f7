//! Under what an answer is stored (RFC 9111, section 2).

use std::{fmt, sync::Arc};

use http::{HeaderMap, Method, Uri};

/// Fields by which some handlers learn of another host, path or method than the key holds: by one of them a stranger could have
/// his answer stored under another's key (cache poisoning).
const UNKEYED: &[&str] = &[
    "forwarded",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-scheme",
    "x-forwarded-server",
    "x-host",
    "x-http-host-override",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-host",
    "x-original-url",
    "x-rewrite-url",
];

/// Takes the fields away from a request that name another host, path or method than its key does. What they said must have been
/// read before, by something that knows whom to trust.
///
/// ```
/// let mut headers = http::HeaderMap::new();
/// headers.insert("x-forwarded-host", "evil.example".parse().unwrap());
/// headers.insert("accept", "text/html".parse().unwrap());
/// bartizan_cache::strip_unkeyed(&mut headers);
/// assert_eq!(headers.len(), 1);
/// ```
pub fn strip_unkeyed(headers: &mut HeaderMap) {
    // Most requests have none: a look at the names that are there costs a tenth of looking each of these up.
    if headers.keys().any(|name| is_unkeyed(name.as_str())) {
        for name in UNKEYED {
            headers.remove(*name);
        }
    }
}

fn is_unkeyed(name: &str) -> bool {
    name.starts_with(['f', 'x']) && UNKEYED.contains(&name)
}

/// Whose answers these are: of a tenant, of a user. Two requests of different partitions never share an answer.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Partition(Box<[u8]>);

impl Partition {
    /// Of this name. Give each kind its own prefix: `tenant:7` and `user:7` are different.
    #[must_use]
    pub fn new(name: impl AsRef<[u8]>) -> Self {
        Self(name.as_ref().into())
    }
}

// It names a person.
impl fmt::Debug for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Partition(..)")
    }
}

/// What of a request makes its key.
///
/// # The router's rules
///
/// The path counts as it was received: nothing is decoded, lower-cased or cut, so two spellings are two keys. That can cost a
/// miss and never serves another's answer. What a path *means* only the router knows, so a layer gives the template of the route
/// that the router has chosen as [`route`](Self::route): a spelling that the router sends elsewhere (`/me;x.css`, `/me%2fx.css`)
/// then has another key, and the policy of its own route, whatever this crate thinks of paths.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct KeyParts<'a> {
    /// The effective scheme, behind whatever proxies there are.
    pub scheme: &'a str,
    /// The host and port, checked against a list: else the key is the attacker's choice.
    pub host: &'a str,
    /// The path and the query, as received.
    pub uri: &'a Uri,
    /// The template of the route, by the router.
    pub route: Option<&'a str>,
    /// Whose answers these are.
    pub partition: Option<&'a Partition>,
}

impl<'a> KeyParts<'a> {
    /// Of a request for everybody.
    #[must_use]
    pub const fn new(scheme: &'a str, host: &'a str, uri: &'a Uri) -> Self {
        Self {
            scheme,
            host,
            uri,
            route: None,
            partition: None,
        }
    }

    /// The router chose this route.
    #[must_use]
    pub const fn with_route(mut self, route: &'a str) -> Self {
        self.route = Some(route);
        self
    }

    /// The answers are this partition's.
    #[must_use]
    pub const fn with_partition(mut self, partition: &'a Partition) -> Self {
        self.partition = Some(partition);
        self
    }
}

/// Under what an answer is stored: class of methods, scheme, host, route, path, query, partition. Different parts never make the
/// same key, and a clone costs a count.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key(Arc<[u8]>);

impl Key {
    /// Of a request with this method. `None` if nothing is stored for it: only GET, which answers HEAD too.
    ///
    /// ```
    /// use bartizan_cache::{Key, KeyParts, Partition};
    /// use http::{Method, Uri};
    ///
    /// let uri = Uri::from_static("/articles?page=2");
    /// let parts = KeyParts::new("https", "example.com", &uri);
    /// let key = Key::new(&Method::GET, &parts);
    /// assert_eq!(key, Key::new(&Method::HEAD, &parts));
    /// let tenant = Partition::new("tenant:7");
    /// assert_ne!(key, Key::new(&Method::GET, &parts.with_partition(&tenant)));
    /// assert_eq!(Key::new(&Method::POST, &parts), None);
    /// ```
    #[must_use]
    pub fn new(method: &Method, parts: &KeyParts<'_>) -> Option<Self> {
        if method != Method::GET && method != Method::HEAD {
            return None;
        }
        Some(Self::of_path(parts, parts.uri.path(), parts.uri.query()))
    }

    /// The key of another path and query of the same origin, as [`invalidated`](crate::invalidated) gives them. The route must be
    /// that path's own, or none where keys hold none.
    #[must_use]
    pub fn of_target(parts: &KeyParts<'_>, path_and_query: &str) -> Self {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        Self::of_path(parts, path, query)
    }

    /// NUL stands in none of the parts but the last, for no path, host or template can hold it.
    fn of_path(parts: &KeyParts<'_>, path: &str, query: Option<&str>) -> Self {
        let partition = parts.partition.map_or(&[][..], |partition| &partition.0);
        let route = parts.route.unwrap_or_default();
        let length = parts.scheme.len() + parts.host.len() + route.len() + path.len();
        let mut bytes =
            Vec::with_capacity(length + query.map_or(0, str::len) + partition.len() + 8);
        for (text, is_name) in [
            (parts.scheme, true),
            (parts.host, true),
            (route, false),
            (path, false),
        ] {
            let start = bytes.len();
            bytes.extend(text.bytes().map(|byte| if byte == 0 { b'?' } else { byte }));
            if is_name && let Some(name) = bytes.get_mut(start..) {
                name.make_ascii_lowercase();
            }
            bytes.push(0);
        }
        // `/a` and `/a?` are two, as received
        if let Some(query) = query {
            bytes.push(b'?');
            bytes.extend_from_slice(query.as_bytes());
        }
        bytes.push(0);
        if parts.partition.is_some() {
            bytes.push(1);
            bytes.extend_from_slice(partition);
        }
        Self(bytes.into())
    }

    /// The bytes that it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.len()
    }

    /// Host and path, for whoever runs the service: without the query and the partition, which may be secrets.
    #[must_use]
    pub fn host_and_path(&self) -> String {
        let mut parts = self.0.split(|byte| *byte == 0).skip(1);
        let host = parts.next().unwrap_or_default();
        let path = parts.nth(1).unwrap_or_default();
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        text(host) + &text(path)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn key(
        scheme: &str,
        host: &str,
        uri: &str,
        route: Option<&str>,
        partition: Option<&str>,
    ) -> Key {
        let uri: Uri = uri.parse().unwrap();
        let partition = partition.map(Partition::new);
        let mut parts = KeyParts::new(scheme, host, &uri);
        parts.route = route;
        parts.partition = partition.as_ref();
        Key::new(&Method::GET, &parts).unwrap()
    }

    #[test]
    fn different_parts_make_different_keys() {
        let keys = [
            key("https", "a", "/", None, None),
            key("http", "a", "/", None, None),
            key("https", "b", "/", None, None),
            key("https", "a", "/b", None, None),
            key("https", "a", "/B", None, None),
            key("https", "a", "//", None, None),
            key("https", "a", "/%62", None, None),
            key("https", "a", "/;x.css", None, None),
            key("https", "a", "/?", None, None),
            key("https", "a", "/?b", None, None),
            key("https", "a", "/?b=1&c=2", None, None),
            key("https", "a", "/?c=2&b=1", None, None),
            key("https", "a", "/", Some("/{*rest}"), None),
            key("https", "a", "/", None, Some("")),
            key("https", "a", "/", None, Some("x")),
            key("https", "a", "/", None, Some("\0")),
            key("https", "a", "/", Some("/"), Some("x")),
        ];
        let distinct: HashSet<&Key> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(
            keys[0],
            key("HTTPS", "A", "/", None, None),
            "names in any case"
        );
    }

    #[test]
    fn every_field_outside_the_key_is_taken_away() {
        for name in UNKEYED {
            let mut headers = HeaderMap::new();
            headers.append(*name, "a".parse().unwrap());
            headers.append(*name, "b".parse().unwrap());
            headers.append("x-other", "c".parse().unwrap());
            strip_unkeyed(&mut headers);
            assert_eq!(headers.len(), 1, "{name}");
        }
    }

    #[test]
    fn the_key_of_a_target_is_the_key_of_its_request() {
        let uri = Uri::from_static("/write");
        let parts = KeyParts::new("https", "a", &uri);
        assert_eq!(
            Key::of_target(&parts, "/x?y=1"),
            key("https", "a", "/x?y=1", None, None)
        );
        assert_eq!(
            Key::of_target(&parts, "/x"),
            key("https", "a", "/x", None, None)
        );
        assert_eq!(
            Key::of_target(&parts, "/x?"),
            key("https", "a", "/x?", None, None)
        );
    }

    #[test]
    fn a_key_tells_nothing_of_query_and_partition() {
        let key = key(
            "https",
            "a",
            "/x?token=secret",
            Some("/{id}"),
            Some("secret"),
        );
        assert_eq!(key.host_and_path(), "a/x");
        assert!(!format!("{key:?}").contains("secret"));
    }
}
