//! Fields that are not stored (RFC 9111, section 3.1; RFC 9110, section 7.6.1).

use http::{HeaderMap, HeaderName, header};

use crate::CacheControl;

/// Fields of one connection, not of the answer, and fields of one hop's authentication.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Fields that `Connection` cannot name away: they are for all recipients (RFC 9110, section 7.6.1), and without them the answer
/// would mean something else.
const FOR_ALL: &[HeaderName] = &[
    header::CACHE_CONTROL,
    header::CONTENT_ENCODING,
    header::CONTENT_SECURITY_POLICY,
    header::CONTENT_TYPE,
    header::ETAG,
    header::EXPIRES,
    header::VARY,
    header::X_CONTENT_TYPE_OPTIONS,
];

/// The fields of an answer that are stored: without those of the connection, those that `no-cache="..."` and `private="..."`
/// name, and `Age`, which is computed for each hit.
pub(crate) fn stored(headers: &HeaderMap, control: &CacheControl) -> HeaderMap {
    let named = connection_names(headers);
    let dropped = |name: &HeaderName| {
        HOP_BY_HOP.contains(&name.as_str())
            || *name == header::AGE
            || named.contains(name)
            || control.no_cache_fields().contains(name)
            || control.private_fields().contains(name)
    };
    // with room for the fields that each hit adds: a copy need not grow
    let mut kept = HeaderMap::with_capacity(headers.keys_len() + 4);
    for (name, value) in headers {
        if !dropped(name) {
            kept.append(name, value.clone());
        }
    }
    kept
}

fn connection_names(headers: &HeaderMap) -> Vec<HeaderName> {
    let lines = headers.get_all(header::CONNECTION).iter();
    lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| !FOR_ALL.contains(name))
        .collect()
}

/// The stored fields after a 304 confirmed them (RFC 9111, section 3.2): each field of the 304 stands in the place of its
/// namesake, but for those that say how the stored body is coded, how long it is, or which one it is.
#[must_use]
pub fn confirmed(stored_fields: &HeaderMap, not_modified: &HeaderMap) -> HeaderMap {
    const OF_THE_BODY: &[&str] = &[
        "content-encoding",
        "content-length",
        "content-md5",
        "content-range",
        "etag",
    ];
    let fresh = stored(not_modified, &CacheControl::of(not_modified));
    let mut updated = stored_fields.clone();
    for name in fresh
        .keys()
        .filter(|name| !OF_THE_BODY.contains(&name.as_str()))
    {
        updated.remove(name);
        for value in fresh.get_all(name) {
            updated.append(name, value.clone());
        }
    }
    updated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn what_belongs_to_a_connection_or_to_one_person_is_not_stored() {
        let headers = fields(&[
            ("connection", "close, X-Hop, cache-control"),
            ("connection", "x-other"),
            ("x-hop", "1"),
            ("x-other", "1"),
            ("keep-alive", "5"),
            ("transfer-encoding", "chunked"),
            ("trailer", "x"),
            ("age", "5"),
            (
                "cache-control",
                "max-age=5, private=\"x-user\", no-cache=\"x-count\"",
            ),
            ("x-user", "ann"),
            ("x-count", "5"),
            ("link", "a"),
            ("link", "b"),
        ]);
        let kept = stored(&headers, &CacheControl::of(&headers));
        assert_eq!(kept.keys_len(), 2);
        assert!(kept.contains_key("cache-control"));
        assert_eq!(kept.get_all("link").iter().count(), 2);
    }

    #[test]
    fn a_304_renews_fields_but_not_those_of_the_body() {
        let old = fields(&[
            ("content-encoding", "br"),
            ("content-length", "5"),
            ("x-a", "1"),
            ("x-a", "2"),
            ("x-b", "1"),
        ]);
        let new = fields(&[
            ("content-encoding", "gzip"),
            ("content-length", "0"),
            ("x-a", "3"),
            ("x-c", "4"),
            ("connection", "x-c"),
        ]);
        let updated = confirmed(&old, &new);
        let expected = [
            ("content-encoding", "br"),
            ("content-length", "5"),
            ("x-a", "3"),
            ("x-b", "1"),
        ];
        assert_eq!(updated, fields(&expected));
    }
}
