//! What an unsafe request makes invalid (RFC 9111, section 4.4).

mod resolve;

use http::{HeaderMap, Method, StatusCode, Uri, header};

use self::resolve::resolve;

/// The paths with query, as keys hold them, whose stored answers a write makes invalid: its own, and those that the answer's
/// `Location` and `Content-Location` name on the same origin. Nothing after a safe method or an error.
///
/// A reference to another origin is left alone: else any site could empty the cache of another (section 4.4).
///
/// ```
/// use bartizan_cache::invalidated;
/// use http::{Method, StatusCode, Uri};
///
/// let uri = Uri::from_static("https://example.com/articles?x=1");
/// # let mut answer = http::HeaderMap::new();
/// answer.insert("location", "/articles/7".parse().unwrap());
/// let gone = invalidated(&Method::POST, &uri, StatusCode::CREATED, &answer);
/// assert_eq!(gone, ["/articles?x=1", "/articles/7"]);
/// assert!(invalidated(&Method::POST, &uri, StatusCode::BAD_REQUEST, &answer).is_empty());
/// ```
///
/// `uri` is the effective one, with scheme and validated authority. Without them only relative references count.
#[must_use]
pub fn invalidated(
    method: &Method,
    uri: &Uri,
    status: StatusCode,
    answer: &HeaderMap,
) -> Vec<String> {
    if method.is_safe() || !(status.is_success() || status.is_redirection()) {
        return Vec::new();
    }
    let mut gone = vec![path_and_query(uri).to_owned()];
    for name in [header::LOCATION, header::CONTENT_LOCATION] {
        for line in answer.get_all(name) {
            let target = line
                .to_str()
                .ok()
                .and_then(|reference| resolve(uri, reference.trim()));
            gone.extend(target.filter(|target| !gone.contains(target)));
        }
    }
    gone
}

fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query()
        .map_or("/", http::uri::PathAndQuery::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gone(uri: &'static str, location: &str) -> Vec<String> {
        let mut answer = HeaderMap::new();
        answer.insert(header::LOCATION, location.parse().unwrap());
        let uri = Uri::from_static(uri);
        invalidated(&Method::PUT, &uri, StatusCode::OK, &answer)[1..].to_vec()
    }

    #[test]
    fn references_are_resolved_on_the_same_origin_only() {
        let base = "https://example.com/a/b?q";
        for (location, expected) in [
            ("/x?y#z", Some("/x?y")),
            ("c", Some("/a/c")),
            ("../c", Some("/c")),
            ("./c/./d/..", Some("/a/c/")),
            ("../../../c", Some("/c")),
            ("?z", Some("/a/b?z")),
            ("#f", None),
            ("", None),
            ("https://example.com/x", Some("/x")),
            ("https://EXAMPLE.com:443/x", Some("/x")),
            ("HTTPS://example.com", Some("/")),
            ("//example.com/x", Some("/x")),
            ("https://example.com.evil.test/x", None),
            ("https://evil.test/x", None),
            ("http://example.com/x", None),
            ("https://example.com:8443/x", None),
            ("https://user@example.com/x", None),
            ("//evil.test/x", None),
            ("mailto:a@example.com", None),
            ("/a b", None),
        ] {
            let expected: Vec<String> = expected.iter().map(|path| (*path).to_owned()).collect();
            assert_eq!(gone(base, location), expected, "{location}");
        }
    }

    #[test]
    fn without_an_origin_only_relative_references_count() {
        assert_eq!(gone("/a/b", "c"), ["/a/c"]);
        assert!(gone("/a/b", "https://example.com/x").is_empty());
        assert!(gone("/a/b", "//example.com/x").is_empty());
    }

    #[test]
    fn only_a_write_that_worked_invalidates() {
        let uri = Uri::from_static("/a");
        let none = HeaderMap::new();
        for (method, status, count) in [
            (Method::POST, 200, 1),
            (Method::DELETE, 204, 1),
            (Method::PATCH, 303, 1),
            (Method::from_bytes(b"FOO").unwrap(), 200, 1),
            (Method::POST, 404, 0),
            (Method::POST, 500, 0),
            (Method::GET, 200, 0),
            (Method::HEAD, 200, 0),
            (Method::OPTIONS, 200, 0),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(
                invalidated(&method, &uri, status, &none).len(),
                count,
                "{method} {status}"
            );
        }
    }
}
