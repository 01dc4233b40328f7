//! A layer around a handler that counts its calls, with a clock of the test's own.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, SystemTime},
};

use bartizan_cache::{
    Cache, CacheBody, CacheLayer, Facts, Flights, Policy, PolicyBuilder, Sharing, Store,
};
use bytes::Bytes;
use http::{Extensions, HeaderMap, Request, Response, request::Parts};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use tower::{Layer, Service, ServiceExt};

use super::t0;

pub(crate) type Body = UnsyncBoxBody<Bytes, &'static str>;
pub(crate) type Answered = Response<CacheBody<Body>>;
type Handled = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// In a request's extensions: who asks.
#[derive(Clone)]
pub(crate) struct Principal(pub(crate) u32);
/// In an answer's extensions: it must not be stored.
#[derive(Clone)]
pub(crate) struct NonceUsed;

#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, SeqCst);
    }
}

impl Facts for Clock {
    fn origin<'a>(&'a self, _: &'a Parts) -> Option<(&'a str, &'a str)> {
        Some(("https", "example.com"))
    }

    fn is_authenticated(&self, extensions: &Extensions) -> bool {
        extensions.get::<Principal>().is_some()
    }

    fn partition(&self, extensions: &Extensions) -> Option<bartizan_cache::Partition> {
        let Principal(number) = extensions.get::<Principal>()?;
        Some(bartizan_cache::Partition::new(number.to_string()))
    }

    fn may_store(&self, extensions: &Extensions) -> bool {
        extensions.get::<NonceUsed>().is_none()
    }

    fn now(&self) -> SystemTime {
        t0() + Duration::from_secs(self.0.load(SeqCst))
    }
}

type Handler = Arc<dyn Fn(Request<()>, usize) -> Handled + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Counted {
    handler: Handler,
    calls: Arc<AtomicUsize>,
}

impl Service<Request<()>> for Counted {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Handled;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Handled {
        (self.handler)(request, self.calls.fetch_add(1, SeqCst) + 1)
    }
}

#[derive(Clone)]
pub(crate) struct App {
    pub(crate) service: Cache<Counted>,
    pub(crate) layer: CacheLayer,
    pub(crate) flights: Arc<Flights>,
    pub(crate) clock: Clock,
    calls: Arc<AtomicUsize>,
}

impl App {
    /// A handler that answers at once, by the request and the number of the call.
    pub(crate) fn new<H>(policy: PolicyBuilder, handler: H) -> Self
    where
        H: Fn(&Request<()>, usize) -> Response<Body> + Send + Sync + 'static,
    {
        Self::with_future(policy, move |request, call| {
            let answer = handler(&request, call);
            Box::pin(async move { Ok(answer) })
        })
    }

    pub(crate) fn with_future<H>(policy: PolicyBuilder, handler: H) -> Self
    where
        H: Fn(Request<()>, usize) -> Handled + Send + Sync + 'static,
    {
        let flights = Arc::new(Flights::new(Arc::new(Store::with_capacity(1 << 24))));
        let (clock, calls) = (Clock::default(), Arc::new(AtomicUsize::new(0)));
        let policy = policy.jitter_percent(0).build().unwrap();
        let layer = CacheLayer::new(flights.clone(), policy, clock.clone()).named("c");
        let service = layer.layer(Counted {
            handler: Arc::new(handler),
            calls: calls.clone(),
        });
        Self {
            service,
            layer,
            flights,
            clock,
            calls,
        }
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }

    pub(crate) async fn send(&self, request: Request<()>) -> Answered {
        self.service.clone().oneshot(request).await.unwrap()
    }

    /// Sends a GET with these fields and reads the whole answer.
    pub(crate) async fn get(&self, path: &str, fields: &[(&str, &str)]) -> Read {
        read(self.send(request("GET", path, fields)).await).await
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Read {
    pub(crate) fn field(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) async fn read(response: Answered) -> Read {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Read {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body,
    }
}

pub(crate) fn request(method: &str, path: &str, fields: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}

pub(crate) fn response(status: u16, fields: &[(&str, &str)], text: &str) -> Response<Body> {
    let mut response = Response::builder().status(status);
    for (name, value) in fields {
        response = response.header(*name, *value);
    }
    let body = http_body_util::Full::new(Bytes::copy_from_slice(text.as_bytes()));
    response
        .body(body.map_err(|never| match never {}).boxed_unsync())
        .unwrap()
}

/// A body of these frames.
pub(crate) fn frames(frames: Vec<Result<Frame<Bytes>, &'static str>>) -> Body {
    StreamBody::new(tokio_stream::iter(frames)).boxed_unsync()
}

pub(crate) fn data(text: &'static str) -> Result<Frame<Bytes>, &'static str> {
    Ok(Frame::data(Bytes::from_static(text.as_bytes())))
}

pub(crate) fn public() -> PolicyBuilder {
    Policy::builder().sharing(Sharing::Public)
}

/// Whether a body that came from the layer says truly how long it is.
pub(crate) fn exact_length(response: &Answered) -> Option<u64> {
    response.body().size_hint().exact()
}
