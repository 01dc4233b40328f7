//! What a route lets the cache do.

mod builder;

use std::time::Duration;

use http::{HeaderMap, HeaderName, StatusCode, header};

pub use self::builder::{PolicyBuilder, PolicyError};

/// What may be stored on a route, for how long, and for whom. It is built once and does not change.
///
/// ```
/// use std::time::Duration;
/// use bartizan_cache::Policy;
///
/// let policy = Policy::builder().default_ttl(Duration::from_secs(30)).build()?;
/// assert_eq!(policy.max_body(), 1 << 20);
/// assert!(Policy::builder().content_type("text/<html>").build().is_err());
/// # Ok::<(), bartizan_cache::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(crate) default_ttl: Option<Duration>,
    pub(crate) max_ttl: Duration,
    pub(crate) short_ttl: Duration,
    pub(crate) heuristic: Option<Duration>,
    pub(crate) any_status: bool,
    pub(crate) content_types: Vec<Box<str>>,
    pub(crate) targets: Vec<HeaderName>,
    pub(crate) honours_requests: bool,
    pub(crate) sharing: Sharing,
    pub(crate) session_cookies: Option<Vec<Box<str>>>,
    pub(crate) while_revalidate: Duration,
    pub(crate) if_error: Duration,
    pub(crate) max_stale: Duration,
    pub(crate) max_body: usize,
    pub(crate) jitter_percent: u8,
}

/// Whom a stored answer may serve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sharing {
    /// Those without credentials. A request with credentials, good or bad, neither reads nor writes.
    #[default]
    Anonymous,
    /// Everybody: the handler does not look at who asks. Credentials change nothing, so junk credentials are no way past the
    /// cache.
    Public,
    /// Each partition has its own answers: of a user, of a tenant. A request with credentials and no partition passes by.
    Partitioned,
    /// Everybody, if the answer says `public`, `must-revalidate` or `s-maxage`, else those without credentials (RFC 9111,
    /// section 3.5; cookies are held to the same). For a proxy that does not know its origin.
    AsAnswered,
}

impl Default for Policy {
    /// The hardened one: answers are stored only if they say how long they are fresh, and only for callers without credentials.
    fn default() -> Self {
        Self {
            default_ttl: None,
            max_ttl: Duration::from_secs(24 * 3600),
            short_ttl: Duration::from_secs(60),
            heuristic: None,
            any_status: false,
            content_types: Vec::new(),
            targets: Vec::new(),
            honours_requests: false,
            sharing: Sharing::Anonymous,
            session_cookies: None,
            while_revalidate: Duration::ZERO,
            if_error: Duration::ZERO,
            max_stale: Duration::from_secs(3600),
            max_body: 1 << 20,
            jitter_percent: 10,
        }
    }
}

impl Policy {
    /// Starts from the default policy.
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }

    /// Whom a stored answer may serve.
    #[must_use]
    pub const fn sharing(&self) -> Sharing {
        self.sharing
    }

    /// The largest body that is stored, in bytes.
    #[must_use]
    pub const fn max_body(&self) -> usize {
        self.max_body
    }

    /// By how many percent a time to live may be cut ([`jittered`](crate::jittered)).
    #[must_use]
    pub const fn jitter_percent(&self) -> u8 {
        self.jitter_percent
    }

    /// Whether directives of requests count.
    #[must_use]
    pub const fn honours_requests(&self) -> bool {
        self.honours_requests
    }

    /// Whether these fields bring credentials. They need not be good ones: an answer to bad ones is nobody else's either.
    ///
    /// Any cookie counts, unless [`PolicyBuilder::session_cookies`] names those that do.
    #[must_use]
    pub fn brings_credentials(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key(header::AUTHORIZATION) {
            return true;
        }
        let Some(names) = &self.session_cookies else {
            return headers.contains_key(header::COOKIE);
        };
        headers.get_all(header::COOKIE).iter().any(|line| {
            line.as_bytes().split(|byte| *byte == b';').any(|pair| {
                let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
                let name = name.trim_ascii();
                names.iter().any(|wanted| wanted.as_bytes() == name)
            })
        })
    }

    /// Whether an answer of this status may be stored at all.
    ///
    /// By default those that RFC 9110, section 15.1, calls heuristically cacheable, without 206 (a part is never stored), and
    /// with 302, 303 and 307 when they say how long they are fresh.
    #[must_use]
    pub fn stores_status(&self, status: StatusCode) -> bool {
        match status.as_u16() {
            206 | 304 | 416 | ..=199 => false,
            200 | 203 | 204 | 300 | 301 | 302 | 303 | 307 | 308 | 404 | 405 | 410 | 414 | 501 => {
                true
            }
            _ => self.any_status,
        }
    }

    /// Whether an answer of this type may be stored: all, unless the policy names some.
    #[must_use]
    pub fn stores_type(&self, headers: &HeaderMap) -> bool {
        if self.content_types.is_empty() {
            return true;
        }
        let mut lines = headers.get_all(header::CONTENT_TYPE).iter();
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return false;
        };
        let sent = line.as_bytes().split(|byte| *byte == b';').next();
        let sent = sent.unwrap_or_default().trim_ascii();
        self.content_types
            .iter()
            .any(|wanted| wanted.as_bytes().eq_ignore_ascii_case(sent))
    }
}

/// RFC 9110, section 15.1.
pub(crate) fn is_heuristically_cacheable(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501
    )
}

/// Statuses whose rules the cache knows (RFC 9111, section 3: what `must-understand` asks).
pub(crate) fn is_understood(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        200 | 203 | 204 | 300 | 301 | 302 | 303 | 307 | 308 | 404 | 405 | 410 | 414 | 501
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_cookie_is_a_credential_until_the_session_cookies_are_named() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "theme=dark; lang=de".parse().unwrap());
        let strict = Policy::default();
        let named = Policy::builder().session_cookies(["sid"]).build().unwrap();
        assert!(strict.brings_credentials(&headers));
        assert!(!named.brings_credentials(&headers));
        headers.append(header::COOKIE, "x=1;sid=2".parse().unwrap());
        assert!(named.brings_credentials(&headers));
        headers.clear();
        headers.append(header::AUTHORIZATION, "x".parse().unwrap());
        assert!(named.brings_credentials(&headers));
    }

    #[test]
    fn a_type_is_compared_without_its_parameters() {
        let policy = Policy::builder().content_type("text/html").build().unwrap();
        for (sent, stored) in [
            (&["text/html"][..], true),
            (&["Text/HTML; charset=utf-8"], true),
            (&["text/htmlx"], false),
            (&["text/html", "text/html"], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for line in sent {
                headers.append(header::CONTENT_TYPE, line.parse().unwrap());
            }
            assert_eq!(policy.stores_type(&headers), stored, "{sent:?}");
        }
    }

    #[test]
    fn parts_and_answers_about_a_copy_are_never_stored() {
        let policy = Policy::builder().any_status().build().unwrap();
        for status in [100, 101, 206, 304, 416] {
            assert!(!policy.stores_status(StatusCode::from_u16(status).unwrap()));
        }
        assert!(policy.stores_status(StatusCode::BAD_GATEWAY));
        assert!(!Policy::default().stores_status(StatusCode::BAD_GATEWAY));
    }
}
