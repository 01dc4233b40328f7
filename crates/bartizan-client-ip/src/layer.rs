//! The tower layer.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use arc_swap::ArcSwap;
use http::Extensions;
use tower_layer::Layer;

use crate::{
    Alarm, ClientIp, Policy,
    alarm::{Sink, Watch},
    id_source::RequestIds,
    policy::Rules,
};

/// Puts one [`Client`](crate::Client) into each request's extensions, and lets nothing through that claims to know better.
///
/// It never answers: [`HostLayer`](crate::HostLayer) refuses. It belongs outermost, for what logs, counts, limits or makes
/// links needs the effective address, scheme and host.
///
/// - The request's URI gets the effective scheme and host. A host that is not allowed is not written: of such a request only a
///   scheme that stands in the URI is replaced. A target that has no place for them, `*` or `CONNECT`'s, stays.
/// - Forwarding fields, the other ways to override method, path and host, and request ids of strangers are removed, and
///   so are `traceparent` and `tracestate` unless there is exactly one valid `traceparent`.
///
/// All clones share one policy, one source of ids and one watch.
#[derive(Clone)]
pub struct ClientIpLayer {
    pub(crate) shared: Arc<Shared>,
    peer: fn(&Extensions) -> Option<IpAddr>,
    sink: Option<Sink>,
}

pub(crate) struct Shared {
    pub(crate) policy: ArcSwap<Rules>,
    pub(crate) ids: RequestIds,
    pub(crate) watch: Watch,
    start: Instant,
}

impl ClientIpLayer {
    /// A layer of this policy.
    ///
    /// It finds the peer's address as a [`SocketAddr`] or an [`IpAddr`] in the request's extensions.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            shared: Arc::new(Shared {
                policy: ArcSwap::new(policy.rules),
                ids: RequestIds::new(),
                watch: Watch::default(),
                start: Instant::now(),
            }),
            peer: peer_in,
            sink: default_sink(),
        }
    }

    /// Finds the peer's address by another function, for a server that keeps it in a type of its own. Behind a Unix socket,
    /// to which only a proxy can connect, the function may return a loopback address that the policy trusts.
    #[must_use]
    pub fn peer_from(mut self, peer: fn(&Extensions) -> Option<IpAddr>) -> Self {
        self.peer = peer;
        self
    }

    /// Tells this function of alarms, instead of `tracing` (with the feature of that name) or nobody. It is called in the
    /// middle of a request: it must not wait.
    #[must_use]
    pub fn on_alarm(mut self, sink: impl Fn(Alarm) + Send + Sync + 'static) -> Self {
        self.sink = Some(Arc::new(sink));
        self
    }

    /// Replaces the policy for all clones of this layer and all their services. Requests under way keep the old one.
    pub fn set_policy(&self, policy: Policy) {
        self.shared.policy.store(policy.rules);
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            rules: self.shared.policy.load_full(),
        }
    }

    pub(crate) fn peer(&self, extensions: &Extensions) -> Option<IpAddr> {
        (self.peer)(extensions)
    }

    /// Raises an alarm unless one of its kind was raised in the last minute. The clock is read only here.
    pub(crate) fn raise(&self, alarm: Alarm) {
        if let Some(sink) = &self.sink {
            let now = self.shared.start.elapsed();
            if self.shared.watch.rings(&alarm, now) {
                sink(alarm);
            }
        }
    }
}

fn peer_in(extensions: &Extensions) -> Option<IpAddr> {
    let socket = extensions.get::<SocketAddr>().map(SocketAddr::ip);
    socket.or_else(|| extensions.get::<IpAddr>().copied())
}

#[cfg(feature = "tracing")]
fn default_sink() -> Option<Sink> {
    Some(Arc::new(
        |alarm| tracing::warn!(%alarm, "the setting of proxies may be wrong"),
    ))
}

#[cfg(not(feature = "tracing"))]
fn default_sink() -> Option<Sink> {
    None
}

impl<S> Layer<S> for ClientIpLayer {
    type Service = ClientIp<S>;

    fn layer(&self, inner: S) -> ClientIp<S> {
        ClientIp::new(inner, self.clone())
    }
}

impl Default for ClientIpLayer {
    /// A layer of [`Policy::default`].
    fn default() -> Self {
        Self::new(Policy::default())
    }
}

impl fmt::Debug for ClientIpLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIpLayer")
            .field("policy", &self.policy())
            .finish_non_exhaustive()
    }
}
