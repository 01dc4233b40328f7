//! The layers, without a socket.

mod guard;
mod layer;

use std::{
    convert::Infallible,
    future::{Ready, ready},
    net::IpAddr,
    task::{Context, Poll, Waker},
};

use http::{Request, Response, request};
use tower_layer::Layer;
use tower_service::Service;

use crate::Policy;

/// A service that keeps what it was asked in its answer's extensions.
#[derive(Clone)]
struct Echo;

impl Service<Request<()>> for Echo {
    type Response = Response<&'static str>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let mut response = Response::new("served");
        response.extensions_mut().insert(request.into_parts().0);
        ready(Ok(response))
    }
}

fn call<S>(service: &mut S, request: Request<()>) -> Response<&'static str>
where
    S: Service<Request<()>, Response = Response<&'static str>, Error = Infallible>,
{
    let future = std::pin::pin!(service.call(request));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response,
        Poll::Pending => panic!("nothing here waits"),
    }
}

/// The request as the service inside `layer` sees it.
fn seen(
    layer: &impl Layer<Echo, Service = crate::ClientIp<Echo>>,
    request: Request<()>,
) -> request::Parts {
    let mut response = call(&mut layer.layer(Echo), request);
    response.extensions_mut().remove().unwrap()
}

/// A request of this peer with these fields.
fn request(peer: &str, uri: &str, fields: &[(&'static str, &'static str)]) -> Request<()> {
    let mut builder = Request::builder().uri(uri);
    for (name, value) in fields {
        builder = builder.header(*name, *value);
    }
    let peer: IpAddr = peer.parse().unwrap();
    builder.extension(peer).body(()).unwrap()
}

const PROXY: &str = "10.0.0.1";
const STRANGER: &str = "203.0.113.66";

fn behind(hosts: &[&str]) -> Policy {
    let builder = Policy::builder().behind(
        ["10.0.0.0/8".parse().unwrap()],
        crate::ForwardingField::XForwardedFor,
    );
    let builder = if hosts.is_empty() {
        builder
    } else {
        builder.hosts(hosts)
    };
    builder.build().unwrap()
}
