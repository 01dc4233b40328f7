//! Conditional requests answered from a stored answer (RFC 9111, section 4.3.2; RFC 9110, section 13).

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, StatusCode, header};

use crate::freshness::{http_date, single_date};

/// An entity tag (RFC 9110, section 8.8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    is_weak: bool,
    opaque: &'a [u8],
}

impl<'a> Tag<'a> {
    /// Of a field that holds one tag and nothing else.
    pub(crate) fn single(text: &'a [u8]) -> Option<Self> {
        let (tag, rest) = Self::first(text.trim_ascii())?;
        rest.is_empty().then_some(tag)
    }

    fn first(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (is_weak, quoted) = match text.strip_prefix(b"W/") {
            Some(quoted) => (true, quoted),
            None => (false, text),
        };
        let inner = quoted.strip_prefix(b"\"")?;
        let end = inner.iter().position(|byte| *byte == b'"')?;
        let (opaque, rest) = inner.split_at(end);
        let known = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x7e | 0x80..);
        if !opaque.iter().all(known) {
            return None;
        }
        Some((Self { is_weak, opaque }, rest.get(1..)?))
    }

    pub(crate) fn equals_weakly(self, other: Self) -> bool {
        self.opaque == other.opaque
    }

    pub(crate) fn equals_strongly(self, other: Self) -> bool {
        !self.is_weak && self == other
    }

    /// The tag of an answer, if it has exactly one.
    pub(crate) fn of(headers: &'a HeaderMap) -> Option<Self> {
        let mut lines = headers.get_all(header::ETAG).iter();
        match (lines.next(), lines.next()) {
            (Some(line), None) => Self::single(line.as_bytes()),
            _ => None,
        }
    }
}

/// Whether a stored answer is what the client has already, so that a 304 says all.
///
/// `If-None-Match` goes before `If-Modified-Since` (RFC 9110, section 13.2.2), tags are compared weakly (section 8.8.3.2), and a
/// field that cannot be read costs the client the whole answer, nothing else. Only an answer with status 200 has copies.
///
/// `received` is when the answer came, for one without `Last-Modified` and `Date` (RFC 9111, section 4.3.2).
#[must_use]
pub fn is_not_modified(
    request: &HeaderMap,
    status: StatusCode,
    stored: &HeaderMap,
    received: SystemTime,
) -> bool {
    if status != StatusCode::OK {
        return false;
    }
    if request.contains_key(header::IF_NONE_MATCH) {
        let tag = Tag::of(stored);
        let mut lines = request.get_all(header::IF_NONE_MATCH).iter();
        return lines.any(|line| names(line.as_bytes(), tag));
    }
    let Some(since) = single_date(request, &header::IF_MODIFIED_SINCE) else {
        return false;
    };
    let modified = match stored.get(header::LAST_MODIFIED) {
        // what cannot be read is not replaced by a guess
        Some(line) => http_date(line),
        None => Some(single_date(stored, &header::DATE).unwrap_or(received)),
    };
    modified.is_some_and(|modified| modified <= since)
}

/// Whether a line of `If-None-Match` is `*` or names the tag. Everything before a mistake counts, nothing after it.
fn names(line: &[u8], tag: Option<Tag<'_>>) -> bool {
    let mut rest = line.trim_ascii();
    if rest == b"*" {
        return true;
    }
    let Some(wanted) = tag else {
        return false;
    };
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(b",") {
            rest = after.trim_ascii_start();
            continue;
        }
        let Some((found, after)) = Tag::first(rest) else {
            return false;
        };
        rest = after.trim_ascii_start();
        if !rest.is_empty() && !rest.starts_with(b",") {
            return false;
        }
        if found.equals_weakly(wanted) {
            return true;
        }
    }
    false
}

/// The fields of a 304 (RFC 9110, section 15.4.5): those that guide caches. `Last-Modified` goes along where there is no tag.
#[must_use]
pub fn not_modified_headers(stored: &HeaderMap) -> HeaderMap {
    const KEPT: &[HeaderName] = &[
        header::CACHE_CONTROL,
        header::CONTENT_LOCATION,
        header::DATE,
        header::ETAG,
        header::EXPIRES,
        header::VARY,
    ];
    let mut kept = HeaderMap::new();
    for (name, value) in stored {
        let guides = KEPT.contains(name)
            // targeted fields (RFC 9213), which stand in for `Cache-Control`
            || name.as_str().ends_with("-cache-control")
            || (*name == header::LAST_MODIFIED && !stored.contains_key(header::ETAG));
        if guides {
            kept.append(name, value.clone());
        }
    }
    kept
}

/// What a request says that asks the handler about a stored answer (RFC 9111, section 4.3.1): its tag and its date, in the place
/// of the client's own conditions.
pub fn make_conditional(request: &mut HeaderMap, stored: &HeaderMap) {
    for name in [
        header::IF_NONE_MATCH,
        header::IF_MODIFIED_SINCE,
        header::IF_RANGE,
        header::RANGE,
    ] {
        request.remove(name);
    }
    for (from, to) in [
        (header::ETAG, header::IF_NONE_MATCH),
        (header::LAST_MODIFIED, header::IF_MODIFIED_SINCE),
    ] {
        if let Some(value) = stored.get(from) {
            request.insert(to, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const EARLY: &str = "Tue, 14 Nov 2023 22:13:20 GMT";
    const LATE: &str = "Tue, 14 Nov 2023 22:13:21 GMT";

    fn fields(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn unchanged(request: &[(&'static str, &str)], stored: &[(&'static str, &str)]) -> bool {
        let received = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_001);
        is_not_modified(&fields(request), StatusCode::OK, &fields(stored), received)
    }

    #[test]
    fn tags_are_compared_weakly_in_lists_over_all_lines() {
        for (sent, stored, expected) in [
            (&["\"a\""][..], "\"a\"", true),
            (&["W/\"a\""], "\"a\"", true),
            (&["\"a\""], "W/\"a\"", true),
            (&["\"b\", W/\"a\""], "\"a\"", true),
            (&["\"b\"", ",, \"a\""], "\"a\"", true),
            (&["\"b,\"a\""], "\"a\"", false),
            (&["\"x, y\",\"a\""], "\"a\"", false),
            (&["*"], "\"a\"", true),
            (&["\"A\""], "\"a\"", false),
            (&["a"], "\"a\"", false),
            (&["\"a"], "\"a\"", false),
            (&["w/\"a\""], "\"a\"", false),
            (&[""], "\"a\"", false),
            (&["\"*\""], "\"a\"", false),
        ] {
            let lines: Vec<_> = sent.iter().map(|line| ("if-none-match", *line)).collect();
            assert_eq!(unchanged(&lines, &[("etag", stored)]), expected, "{sent:?}");
        }
    }

    #[test]
    fn a_tag_goes_before_a_date() {
        let stored = [("etag", "\"a\""), ("last-modified", EARLY)];
        assert!(!unchanged(
            &[("if-none-match", "\"b\""), ("if-modified-since", LATE)],
            &stored
        ));
        assert!(unchanged(
            &[("if-none-match", "\"a\""), ("if-modified-since", "x")],
            &stored
        ));
        assert!(unchanged(&[("if-modified-since", LATE)], &stored));
    }

    #[test]
    fn a_date_is_compared_with_the_best_that_is_known() {
        for (since, stored, expected) in [
            (EARLY, &[("last-modified", EARLY)][..], true),
            (LATE, &[("last-modified", EARLY)], true),
            (EARLY, &[("last-modified", LATE)], false),
            (EARLY, &[("date", EARLY)], true),
            (EARLY, &[("date", LATE)], false),
            (EARLY, &[], false),
            (LATE, &[], true),
            (LATE, &[("last-modified", "x"), ("date", EARLY)], false),
            ("x", &[("last-modified", EARLY)], false),
        ] {
            assert_eq!(
                unchanged(&[("if-modified-since", since)], stored),
                expected,
                "{since} {stored:?}"
            );
        }
    }

    #[test]
    fn only_a_200_has_copies() {
        let (request, stored) = (
            fields(&[("if-none-match", "*")]),
            fields(&[("etag", "\"a\"")]),
        );
        let now = SystemTime::UNIX_EPOCH;
        assert!(is_not_modified(&request, StatusCode::OK, &stored, now));
        assert!(!is_not_modified(
            &request,
            StatusCode::NOT_FOUND,
            &stored,
            now
        ));
    }

    #[test]
    fn a_304_carries_what_guides_caches() {
        let stored = fields(&[
            ("content-type", "text/html"),
            ("content-length", "5"),
            ("cache-control", "max-age=5"),
            ("cdn-cache-control", "max-age=5"),
            ("etag", "\"a\""),
            ("last-modified", EARLY),
            ("x-a", "1"),
        ]);
        let kept = not_modified_headers(&stored);
        assert_eq!(kept.len(), 3);
        assert!(!kept.contains_key("last-modified"));
        let kept = not_modified_headers(&fields(&[("last-modified", EARLY)]));
        assert!(kept.contains_key("last-modified"));
    }

    #[test]
    fn the_question_to_the_handler_is_ours_alone() {
        let mut request = fields(&[
            ("if-none-match", "\"x\""),
            ("range", "bytes=0-1"),
            ("accept", "a"),
        ]);
        make_conditional(
            &mut request,
            &fields(&[("etag", "\"a\""), ("last-modified", EARLY)]),
        );
        let expected = fields(&[
            ("accept", "a"),
            ("if-none-match", "\"a\""),
            ("if-modified-since", EARLY),
        ]);
        assert_eq!(request, expected);
    }
}
