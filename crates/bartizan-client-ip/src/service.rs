//! The service that annotates requests.

use std::{
    mem,
    task::{Context, Poll},
};

use http::{
    Request, Uri,
    uri::{self, Authority},
};
use tower_service::Service;

use crate::{
    Alarm, ClientIpLayer, Scheme,
    alarm::Watch,
    names::{Keep, scrub},
    resolve::Resolved,
};

/// The service of [`ClientIpLayer`].
#[derive(Clone, Debug)]
pub struct ClientIp<S> {
    inner: S,
    layer: ClientIpLayer,
}

impl<S> ClientIp<S> {
    pub(crate) const fn new(inner: S, layer: ClientIpLayer) -> Self {
        Self { inner, layer }
    }
}

impl<S, Q> Service<Request<Q>> for ClientIp<S>
where
    S: Service<Request<Q>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Q>) -> S::Future {
        annotate(&self.layer, &mut request);
        self.inner.call(request)
    }
}

fn annotate<Q>(layer: &ClientIpLayer, request: &mut Request<Q>) {
    let peer = layer.peer(request.extensions());
    let rules = layer.shared.policy.load();
    let (count, new_id) = layer.shared.ids.next();
    let resolved = rules.resolve(
        peer,
        request.uri(),
        request.version(),
        request.headers(),
        new_id,
    );
    let authority = resolved.authority();
    let Resolved {
        client,
        trusted,
        sent_id,
        present,
        ..
    } = resolved;
    let keep = Keep {
        own: rules.behind.as_ref().map(|behind| behind.field.name()),
        request_id: sent_id,
        trace: client.trace_parent.is_some(),
    };
    let forwarding = scrub(request.headers_mut(), present, keep);
    // A host that is refused stays as it was asked for, but HTTP/2 has the caller name the scheme too, and that is not his to say.
    if let Some(authority) = authority.or_else(|| request.uri().authority().cloned()) {
        rewrite(request.uri_mut(), client.scheme, authority);
    }
    match (client.address, forwarding) {
        (Err(error), _) => layer.raise(Alarm::Unresolvable { error }),
        (Ok(_), Some(field)) if !trusted => layer.raise(Alarm::ForwardedByStranger { field }),
        _ => {}
    }
    if let (Ok(address), true) = (client.address, Watch::is_sampled(count))
        && let Some(alarm) = layer.shared.watch.count(address)
    {
        layer.raise(alarm);
    }
    request.extensions_mut().insert(client);
}

/// Writes scheme and host into a target that has a path. `*` asks about the server itself, and a target of a host alone is
/// `CONNECT`'s.
fn rewrite(uri: &mut Uri, scheme: Scheme, authority: Authority) {
    if uri.path_and_query().is_none_or(|path| path == "*") {
        return;
    }
    let mut parts = mem::take(uri).into_parts();
    parts.scheme = Some(uri::Scheme::from(scheme));
    parts.authority = Some(authority);
    // A URI with all three parts is never refused.
    if let Ok(whole) = Uri::from_parts(parts) {
        *uri = whole;
    }
}
