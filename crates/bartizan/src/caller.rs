use std::net::IpAddr;

use bartizan_client_ip::Client;
use bartizan_ratelimit::{Caller, Identity, KeyPart};
use http::{Extensions, Uri};

use crate::Principal;

/// What limits learn of a request: the address that the outermost layer trusts, the route that the router has matched, and who
/// authentication says it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownCaller;

impl Caller for KnownCaller {
    fn address(&self, extensions: &Extensions) -> Option<IpAddr> {
        match extensions.get::<Client>()?.address() {
            Ok(address) => Some(address),
            // A proxy that does not tell who called is itself who is counted: these requests are refused further inside.
            Err(_) => peer(extensions),
        }
    }

    #[cfg(feature = "axum")]
    fn route<'a>(&self, uri: &'a Uri, extensions: &'a Extensions) -> &'a str {
        let matched = extensions.get::<axum::extract::MatchedPath>();
        matched.map_or_else(|| uri.path(), axum::extract::MatchedPath::as_str)
    }

    #[cfg(not(feature = "axum"))]
    fn route<'a>(&self, uri: &'a Uri, _: &'a Extensions) -> &'a str {
        uri.path()
    }

    fn identity<'a>(&self, what: Identity, extensions: &'a Extensions) -> Option<KeyPart<'a>> {
        extensions.get::<Principal>()?.part(what)
    }
}

/// The peer's address, wherever the server has put it.
pub(crate) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    #[cfg(feature = "axum")]
    if let Some(info) = extensions.get::<axum::extract::ConnectInfo<std::net::SocketAddr>>() {
        return Some(info.0.ip());
    }
    let socket = extensions.get::<std::net::SocketAddr>();
    socket.map(std::net::SocketAddr::ip)
}
