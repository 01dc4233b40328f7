//! What is known about the caller.

use std::{fmt, net::IpAddr};

use http::uri;

use crate::{AddressError, HostVerdict, RequestId, TraceParent};

/// Who is calling, and what the caller asked for. The layer puts one into each request's extensions.
///
/// It holds no text of the request but the id, whose characters are checked: its `Debug` can be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    pub(crate) address: Result<IpAddr, AddressError>,
    pub(crate) source: Source,
    pub(crate) scheme: Scheme,
    pub(crate) host: HostVerdict,
    pub(crate) request_id: RequestId,
    pub(crate) trace_parent: Option<TraceParent>,
}

impl Client {
    /// The caller's address; IPv4-mapped IPv6 addresses are unwrapped, zones removed.
    ///
    /// # Errors
    ///
    /// - [`AddressError::NoPeer`] if the connection has no address;
    /// - [`AddressError::Malformed`], [`AddressError::TooManyHops`], [`AddressError::TooFewHops`] and
    ///   [`AddressError::Obfuscated`] if a trusted proxy's field does not tell. The peer's address is then not the caller's,
    ///   and nothing stands in for it.
    pub const fn address(&self) -> Result<IpAddr, AddressError> {
        self.address
    }

    /// Where the address, or its error, comes from.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// The scheme that the caller used, TLS in front of a trusted proxy included.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// What is to be thought of the host that the caller asked for. The host itself is in the request's URI.
    #[must_use]
    pub const fn host(&self) -> HostVerdict {
        self.host
    }

    /// The request's id: a trusted proxy's `X-Request-Id`, else a new one.
    #[must_use]
    pub const fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// The place in a distributed trace, if the request has exactly one valid `traceparent`. Anyone may send that.
    #[must_use]
    pub const fn trace_parent(&self) -> Option<&TraceParent> {
        self.trace_parent.as_ref()
    }
}

/// Where an address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The connection.
    Peer,
    /// The forwarding field of a trusted proxy.
    Forwarded,
}

/// The scheme of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "HTTP has these two (RFC 9110, section 4.2)"
)]
pub enum Scheme {
    /// Without TLS.
    #[default]
    Http,
    /// With TLS.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port of a URI that names none.
    pub(crate) const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// What a proxy calls it. Some say `ws` and `wss` for the handshake of a WebSocket, which is HTTP.
    pub(crate) fn from_bytes(text: &[u8]) -> Option<Self> {
        let is = |name: &str| text.eq_ignore_ascii_case(name.as_bytes());
        if is("https") || is("wss") {
            Some(Self::Https)
        } else if is("http") || is("ws") {
            Some(Self::Http)
        } else {
            None
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Scheme> for uri::Scheme {
    fn from(scheme: Scheme) -> Self {
        match scheme {
            Scheme::Http => Self::HTTP,
            Scheme::Https => Self::HTTPS,
        }
    }
}
