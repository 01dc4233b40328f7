//! The rules.

use http::{HeaderMap, Method, Uri, header, uri::Scheme};

use super::{
    origin::{Origin, Relation, authority},
    policy::Rules,
    request::{
        FetchSite, Twice, has_credentials, is_handshake, is_open_read, is_under_cors, single,
    },
};
use crate::{
    CrossOriginAllow as Allow, CrossOriginDecision, CrossOriginPolicy, CrossOriginRefuse as Refuse,
    Transport, authenticated::has_cookie,
};

impl CrossOriginPolicy {
    /// Decides on a request by its head.
    ///
    /// `uri` has the scheme and host that the client used, as a layer outside has found them; without a host there the one
    /// `Host` counts. `route` is the template that the router matched, or the path where it gives none.
    ///
    /// - A safe method passes, unless it opens a WebSocket. `CONNECT` always opens one, or a connection of another kind.
    /// - `Sec-Fetch-Site: same-origin` passes. So does `none`, but a handshake must have an `Origin` that fits.
    /// - `cross-site` and `same-site` pass with a trusted `Origin` only.
    /// - Without the field `Origin` must be the request's own scheme, host and port, or trusted.
    /// - With neither it is no browser and passes, unless it is a handshake, or strict mode finds a session cookie.
    #[must_use]
    pub fn decide(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        route: &str,
    ) -> CrossOriginDecision {
        self.rules.decide(method, uri, headers, || route)
    }
}

impl Rules {
    /// `route` is asked for only if the answer depends on it.
    pub(crate) fn decide<'a>(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        route: impl Fn() -> &'a str,
    ) -> CrossOriginDecision {
        let head = Head { uri, headers };
        let found = if is_handshake(method, headers) {
            self.handshake(&head)
        } else if !method.is_safe() {
            self.change(&head)
        } else if self.isolates_reads && matches!(*method, Method::GET | Method::HEAD) {
            self.read(&head, &route)
        } else {
            Ok(Allow::SafeMethod)
        };
        found
            .or_else(|refuse| {
                let route = route();
                let is_this = |(m, r): &(Method, Box<str>)| m == method && **r == *route;
                match self.bypasses.iter().any(is_this) {
                    true => Ok(Allow::Bypass),
                    false => Err(refuse),
                }
            })
            .into()
    }

    /// An unsafe method.
    fn change(&self, head: &Head<'_>) -> Result<Allow, Refuse> {
        match FetchSite::of(head.headers)? {
            // Whatever `Origin` says: it is `null` in a form of a page with `Referrer-Policy: no-referrer` (Fetch, "append a
            // request Origin header"), and no script can set either field.
            Some(FetchSite::SameOrigin) => Ok(Allow::SameOrigin),
            Some(FetchSite::User) => Ok(Allow::User),
            Some(site) => self.elsewhere(site, head),
            None => match head.origin()? {
                Some(sent) => self.by_origin(sent, head),
                None if has_cookie(head.headers, &self.session_cookies) => {
                    Err(Refuse::UnprovenCookie)
                }
                None => Ok(Allow::NoBrowser),
            },
        }
    }

    /// A handshake. Every browser sends `Origin` with it (RFC 6455, section 4.1), not every one `Sec-Fetch-Site`.
    fn handshake(&self, head: &Head<'_>) -> Result<Allow, Refuse> {
        match FetchSite::of(head.headers)? {
            Some(FetchSite::SameOrigin) => Ok(Allow::SameOrigin),
            Some(site @ (FetchSite::SameSite | FetchSite::CrossSite)) => self.elsewhere(site, head),
            Some(FetchSite::User) | None => {
                self.by_origin(head.origin()?.ok_or(Refuse::NoOrigin)?, head)
            }
        }
    }

    /// A read, where reads are isolated.
    fn read<'a>(&self, head: &Head<'_>, route: &impl Fn() -> &'a str) -> Result<Allow, Refuse> {
        let passes = match FetchSite::of(head.headers)? {
            None | Some(FetchSite::SameOrigin | FetchSite::SameSite | FetchSite::User) => true,
            Some(FetchSite::CrossSite) => {
                is_open_read(head.headers) || self.shared_reads.iter().any(|it| **it == *route())
            }
        };
        match passes {
            true => Ok(Allow::SafeMethod),
            false => Err(Refuse::CrossSiteRead),
        }
    }

    /// The browser says that another origin asks. If it is not trusted, the reason is what is most telling: a field that no
    /// browser sends, else that the request comes from elsewhere.
    fn elsewhere(&self, site: FetchSite, head: &Head<'_>) -> Result<Allow, Refuse> {
        let refuse = match site {
            FetchSite::SameSite => Refuse::SameSite,
            _ => Refuse::CrossSite,
        };
        match head.origin() {
            Ok(Some((text, _))) if self.trusts(text) => Ok(Allow::TrustedOrigin),
            Ok(Some((text, _))) if self.trusts_as_nobody(text, head) => Ok(Allow::NoCredentials),
            Err(Refuse::MalformedOrigin) => Err(Refuse::MalformedOrigin),
            _ => Err(refuse),
        }
    }

    fn by_origin(&self, sent: Sent<'_>, head: &Head<'_>) -> Result<Allow, Refuse> {
        let (text, origin) = sent;
        match self.compare(&origin, head) {
            Ok(()) => Ok(Allow::OwnOrigin),
            Err(_) if self.trusts(text) => Ok(Allow::TrustedOrigin),
            Err(refuse) => Err(refuse),
        }
    }

    /// Whether the origin is the request's own.
    fn compare(&self, origin: &Origin<'_>, head: &Head<'_>) -> Result<(), Refuse> {
        let scheme = match self.transport {
            Transport::FromRequest => head.uri.scheme().map(Scheme::as_str),
            Transport::Https => Some("https"),
            Transport::Plain => Some("http"),
        };
        let assumed = scheme.map_or(origin.scheme(), str::as_bytes);
        let own = authority(head.uri, head.headers)
            .and_then(|authority| Origin::own(assumed, authority))
            .ok_or(Refuse::UnknownHost)?;
        match (origin.relation(&own), scheme) {
            (Relation::Same, Some(_)) => Ok(()),
            (Relation::Same, None) => Err(Refuse::UnknownScheme),
            (Relation::OtherScheme, _) => Err(Refuse::OtherScheme),
            (Relation::Other, _) => Err(Refuse::OtherOrigin),
        }
    }

    fn trusts_as_nobody(&self, origin: &[u8], head: &Head<'_>) -> bool {
        self.trusted_as_nobody.as_ref().is_some_and(|trusted| {
            is_under_cors(head.headers)
                && !has_credentials(head.headers)
                && trusted(head.uri.path(), origin)
        })
    }

    fn trusts(&self, origin: &[u8]) -> bool {
        self.trusted.as_ref().is_some_and(|trusted| trusted(origin))
    }
}

/// An origin as it was sent and as it was read.
type Sent<'a> = (&'a [u8], Origin<'a>);

struct Head<'a> {
    uri: &'a Uri,
    headers: &'a HeaderMap,
}

impl<'a> Head<'a> {
    fn origin(&self) -> Result<Option<Sent<'a>>, Refuse> {
        let sent = single(self.headers, &header::ORIGIN);
        match sent.map_err(|Twice| Refuse::MalformedOrigin)? {
            None => Ok(None),
            Some(b"null") => Err(Refuse::OpaqueOrigin),
            Some(text) => match Origin::parse(text) {
                Some(origin) => Ok(Some((text, origin))),
                None => Err(Refuse::MalformedOrigin),
            },
        }
    }
}
