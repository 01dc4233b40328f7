//! `Cache-Status` (RFC 9211): what the cache did, in words for who looks for a fault.

use std::{fmt::Write as _, time::Duration};

use http::{HeaderName, HeaderValue, StatusCode};

/// `Cache-Status`.
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// Why a request went on to the handler (RFC 9211, section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forwarded {
    /// The route, or who asks, keeps it out of the cache.
    Bypass,
    /// Neither GET nor HEAD.
    Method,
    /// Nothing is stored under its key.
    UriMiss,
    /// What is stored was made for other fields.
    VaryMiss,
    /// The request asked for it.
    Request,
    /// What is stored is stale.
    Stale,
}

impl Forwarded {
    /// The token.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::Method => "method",
            Self::UriMiss => "uri-miss",
            Self::VaryMiss => "vary-miss",
            Self::Request => "request",
            Self::Stale => "stale",
        }
    }
}

/// What the cache did with one request. It never holds the key (RFC 9211, section 2.7 makes it optional): a key tells of hosts,
/// queries and partitions.
///
/// ```
/// use bartizan_cache::{CacheStatus, Forwarded};
/// use http::StatusCode;
///
/// let status = CacheStatus::forwarded(Forwarded::UriMiss).with_status(StatusCode::OK).stored();
/// assert_eq!(status.to_value("example"), "example; fwd=uri-miss; fwd-status=200; stored");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStatus {
    forwarded: Option<Forwarded>,
    status: Option<StatusCode>,
    ttl: Option<i64>,
    is_stored: bool,
    is_collapsed: bool,
    detail: Option<&'static str>,
}

impl CacheStatus {
    /// The answer came from the store (section 2.1), and is fresh for this long; or has been stale, with
    /// [`with_stale_for`](Self::with_stale_for).
    #[must_use]
    pub fn hit(fresh_for: Duration) -> Self {
        Self {
            ttl: Some(seconds(fresh_for)),
            ..Self::default()
        }
    }

    /// The request went on (section 2.2).
    #[must_use]
    pub fn forwarded(why: Forwarded) -> Self {
        Self {
            forwarded: Some(why),
            ..Self::default()
        }
    }

    /// The status of the handler's answer (section 2.3).
    #[must_use]
    pub const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// The answer has been stale for this long (section 2.4: a time to live below zero).
    #[must_use]
    pub fn with_stale_for(mut self, by: Duration) -> Self {
        self.ttl = Some(-seconds(by));
        self
    }

    /// The answer is stored (section 2.5).
    #[must_use]
    pub const fn stored(mut self) -> Self {
        self.is_stored = true;
        self
    }

    /// It waited for another request (section 2.6).
    #[must_use]
    pub const fn collapsed(mut self) -> Self {
        self.is_collapsed = true;
        self
    }

    /// A word from our code (section 2.8): never anything of a request. What is no token is left out.
    #[must_use]
    pub const fn with_detail(mut self, detail: &'static str) -> Self {
        self.detail = Some(detail);
        self
    }

    /// The member of the list, for a cache of this name. A name that is no token is sent as a string, without what a string
    /// cannot hold.
    #[must_use]
    pub fn to_value(&self, name: &str) -> HeaderValue {
        // long enough for nearly all, so that it grows once
        let mut text = String::with_capacity(name.len() + 72);
        push_item(&mut text, name);
        // Writing to a string cannot fail.
        let _ = match self.forwarded {
            None => write!(text, "; hit"),
            Some(why) => write!(text, "; fwd={}", why.as_str()),
        };
        if let Some(status) = self.status.filter(|_| self.forwarded.is_some()) {
            let _ = write!(text, "; fwd-status={}", status.as_u16());
        }
        if let Some(ttl) = self.ttl {
            let _ = write!(text, "; ttl={ttl}");
        }
        if self.is_stored {
            text.push_str("; stored");
        }
        if self.is_collapsed {
            text.push_str("; collapsed");
        }
        if let Some(detail) = self.detail.filter(|detail| is_token(detail)) {
            let _ = write!(text, "; detail={detail}");
        }
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("cache"))
    }
}

/// RFC 9651 allows integers of 15 digits.
fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs())
        .unwrap_or(i64::MAX)
        .min(999_999_999_999_999)
}

fn push_item(text: &mut String, name: &str) {
    if is_token(name) {
        text.push_str(name);
        return;
    }
    text.push('"');
    for letter in name.chars().filter(|letter| matches!(letter, ' '..='~')) {
        if matches!(letter, '"' | '\\') {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
}

/// RFC 9651, section 3.3.4.
fn is_token(text: &str) -> bool {
    let rest = |byte: u8| crate::control::is_token(byte) || matches!(byte, b':' | b'/');
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '*')
        && text.bytes().all(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_says_what_happened_and_nothing_of_the_request() {
        let secs = Duration::from_secs;
        for (status, expected) in [
            (CacheStatus::hit(secs(30)), "c; hit; ttl=30"),
            (
                CacheStatus::hit(secs(0)).with_stale_for(secs(7)),
                "c; hit; ttl=-7",
            ),
            (
                CacheStatus::hit(secs(30)).collapsed(),
                "c; hit; ttl=30; collapsed",
            ),
            (
                CacheStatus::hit(secs(1)).with_status(StatusCode::OK),
                "c; hit; ttl=1",
            ),
            (
                CacheStatus::forwarded(Forwarded::Bypass).with_detail("credentials"),
                "c; fwd=bypass; detail=credentials",
            ),
            (
                CacheStatus::forwarded(Forwarded::Stale)
                    .with_status(StatusCode::NOT_MODIFIED)
                    .stored(),
                "c; fwd=stale; fwd-status=304; stored",
            ),
            (
                CacheStatus::forwarded(Forwarded::Method).with_detail("a b"),
                "c; fwd=method",
            ),
        ] {
            assert_eq!(status.to_value("c"), expected);
        }
        let max = CacheStatus::hit(Duration::MAX).to_value("c");
        assert_eq!(max, "c; hit; ttl=999999999999999");
    }

    #[test]
    fn any_name_gives_a_field_that_can_be_read() {
        let status = CacheStatus::hit(Duration::ZERO);
        for (name, expected) in [
            ("*a/b", "*a/b; hit; ttl=0"),
            ("my \"cache\"", "\"my \\\"cache\\\"\"; hit; ttl=0"),
            ("7", "\"7\"; hit; ttl=0"),
            ("a\r\nb: c", "\"ab: c\"; hit; ttl=0"),
        ] {
            assert_eq!(status.to_value(name), expected);
        }
    }
}
