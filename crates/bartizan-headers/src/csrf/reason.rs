//! The answer, and why.

use std::fmt;

/// Whether a request may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "an answer that callers must match; the reasons may grow"
)]
pub enum CrossOriginDecision {
    /// It may.
    Allow(CrossOriginAllow),
    /// It may not: 403.
    Refuse(CrossOriginRefuse),
}

impl CrossOriginDecision {
    /// Whether the request may go on.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allow(_))
    }
}

impl From<Result<CrossOriginAllow, CrossOriginRefuse>> for CrossOriginDecision {
    fn from(result: Result<CrossOriginAllow, CrossOriginRefuse>) -> Self {
        result.map_or_else(Self::Refuse, Self::Allow)
    }
}

/// Why a request may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrossOriginAllow {
    /// It changes nothing by its method (RFC 9110, section 9.2.1), and opens no connection.
    SafeMethod,
    /// The browser says that the site itself asks: `Sec-Fetch-Site: same-origin`.
    SameOrigin,
    /// The browser says that no site asks, but its user: `Sec-Fetch-Site: none`.
    User,
    /// `Origin` is the request's own scheme, host and port.
    OwnOrigin,
    /// `Origin` is trusted.
    TrustedOrigin,
    /// A script of an origin that may act in nobody's name asks under CORS, and carries no credentials of a browser.
    NoCredentials,
    /// Neither `Sec-Fetch-Site` nor `Origin`: no browser, and nobody's cookies but the sender's own.
    NoBrowser,
    /// It would have been refused, but the check is off for its method and route.
    Bypass,
}

impl CrossOriginAllow {
    pub(crate) const ALL: [Self; 8] = [
        Self::SafeMethod,
        Self::SameOrigin,
        Self::User,
        Self::OwnOrigin,
        Self::TrustedOrigin,
        Self::NoCredentials,
        Self::NoBrowser,
        Self::Bypass,
    ];

    /// Every reason, in the order of declaration.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    /// A name for metrics and logs, in lower case with underscores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SafeMethod => "safe_method",
            Self::SameOrigin => "same_origin",
            Self::User => "user",
            Self::OwnOrigin => "own_origin",
            Self::TrustedOrigin => "trusted_origin",
            Self::NoCredentials => "no_credentials",
            Self::NoBrowser => "no_browser",
            Self::Bypass => "bypass",
        }
    }
}

impl fmt::Display for CrossOriginAllow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a request may not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrossOriginRefuse {
    /// `Sec-Fetch-Site: cross-site`, and no trusted `Origin`.
    CrossSite,
    /// `Sec-Fetch-Site: same-site`, another host of the same site, and no trusted `Origin`.
    SameSite,
    /// `Sec-Fetch-Site` is there twice or has no value that Fetch Metadata knows.
    MalformedFetchSite,
    /// `Origin` is another one, and not trusted.
    OtherOrigin,
    /// `Origin` has the request's host and another scheme: a page over plain HTTP asks a site over HTTPS.
    OtherScheme,
    /// `Origin` is `null`: a sandboxed frame, a `data:` page, or a page that hides itself.
    OpaqueOrigin,
    /// `Origin` is there twice or is no serialised origin: empty, with userinfo, with a path.
    MalformedOrigin,
    /// `Origin` has the request's host, and the request's own scheme is not known to compare it with.
    UnknownScheme,
    /// The request's own host is missing, there twice or malformed, so nothing can be compared with it.
    UnknownHost,
    /// A WebSocket handshake without `Origin`.
    NoOrigin,
    /// A session cookie, and neither `Sec-Fetch-Site` nor `Origin`.
    UnprovenCookie,
    /// Another site loads what it may not, as an image, a script or the like.
    CrossSiteRead,
}

impl CrossOriginRefuse {
    pub(crate) const ALL: [Self; 12] = [
        Self::CrossSite,
        Self::SameSite,
        Self::MalformedFetchSite,
        Self::OtherOrigin,
        Self::OtherScheme,
        Self::OpaqueOrigin,
        Self::MalformedOrigin,
        Self::UnknownScheme,
        Self::UnknownHost,
        Self::NoOrigin,
        Self::UnprovenCookie,
        Self::CrossSiteRead,
    ];

    /// Every reason, in the order of declaration.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    /// A name for metrics and logs, in lower case with underscores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CrossSite => "cross_site",
            Self::SameSite => "same_site",
            Self::MalformedFetchSite => "malformed_fetch_site",
            Self::OtherOrigin => "other_origin",
            Self::OtherScheme => "other_scheme",
            Self::OpaqueOrigin => "opaque_origin",
            Self::MalformedOrigin => "malformed_origin",
            Self::UnknownScheme => "unknown_scheme",
            Self::UnknownHost => "unknown_host",
            Self::NoOrigin => "no_origin",
            Self::UnprovenCookie => "unproven_cookie",
            Self::CrossSiteRead => "cross_site_read",
        }
    }
}

impl fmt::Display for CrossOriginRefuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_stands_at_its_own_place_under_its_own_name() {
        // the counters are indexed by it
        for (index, reason) in CrossOriginAllow::all().enumerate() {
            assert_eq!(reason as usize, index);
        }
        for (index, reason) in CrossOriginRefuse::all().enumerate() {
            assert_eq!(reason as usize, index);
        }
        let mut names: Vec<_> = CrossOriginAllow::all().map(|it| it.as_str()).collect();
        names.extend(CrossOriginRefuse::all().map(|it| it.as_str()));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 20);
    }
}
