//! The layer, without a socket.

mod balances;
mod holding;
mod refusals;
mod remote;

use std::{
    convert::Infallible,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use http::{Extensions, Request, Response, StatusCode};
use http_body_util::Full;
use tower::{Service, ServiceExt, service_fn};
use tower_layer::Layer;

use crate::{
    Caller, Identity, KeyPart, Limiter, Memory, Point, Quota, RateLimitBody, RateLimitLayer, Rule,
    Rules, Store,
};

type Body = Full<bytes::Bytes>;

fn n(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

fn per_minute(count: u32) -> Quota {
    Quota::per_minute(n(count)).unwrap()
}

/// A user in the extensions.
#[derive(Clone, Copy)]
struct User(u64);

#[derive(Clone, Copy)]
struct TestCaller;

impl Caller for TestCaller {
    fn identity<'a>(&self, what: Identity, extensions: &'a Extensions) -> Option<KeyPart<'a>> {
        let user = extensions.get::<User>()?;
        (what == Identity::Principal).then_some(KeyPart::Number(user.0))
    }
}

/// A clock that stands until it is moved.
#[derive(Clone)]
struct Clock(Arc<Mutex<Instant>>);

impl Clock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    fn pass(&self, secs: u64) {
        *self.0.lock().unwrap() += Duration::from_secs(secs);
    }
}

struct Fixture<St: Store = Memory> {
    limiter: Limiter<St>,
    layer: RateLimitLayer<TestCaller, St>,
    clock: Clock,
}

fn fixture(rules: Rules) -> Fixture {
    fixture_at(rules, Point::Edge)
}

fn fixture_at(rules: Rules, point: Point) -> Fixture {
    let now = Instant::now();
    let limiter = Limiter::builder()
        // So many that no two callers of a test share a bucket with three others.
        .cells(1 << 16)
        .build(rules, now, SystemTime::UNIX_EPOCH)
        .unwrap();
    Fixture::new(limiter, point, now)
}

impl<St: Store> Fixture<St> {
    fn new(limiter: Limiter<St>, point: Point, now: Instant) -> Self {
        let clock = Clock(Arc::new(Mutex::new(now)));
        let read = clock.clone();
        let layer =
            RateLimitLayer::with_clock(limiter.clone(), TestCaller, point, move || read.now());
        Self {
            limiter,
            layer,
            clock,
        }
    }

    /// Asks a service made anew, as routers do for each connection.
    async fn ask(&self, request: Request<()>) -> Response<RateLimitBody<Body>> {
        self.service().oneshot(request).await.unwrap()
    }

    async fn status(&self, request: Request<()>) -> StatusCode {
        self.ask(request).await.status()
    }

    fn service(
        &self,
    ) -> impl Service<
        Request<()>,
        Response = Response<RateLimitBody<Body>>,
        Error = Infallible,
        Future: Send,
    > + Clone {
        let handler = service_fn(|request: Request<()>| async move {
            let mut response = Response::new(Body::from("hello"));
            if let Some(spent) = request.extensions().get::<crate::Spent>() {
                response.extensions_mut().insert(*spent);
            }
            Ok::<_, Infallible>(response)
        });
        self.layer.layer(handler)
    }
}

fn from(address: &str) -> Request<()> {
    at(address, "/")
}

fn at(address: &str, path: &str) -> Request<()> {
    let mut request = Request::get(path).body(()).unwrap();
    request
        .extensions_mut()
        .insert(address.parse::<IpAddr>().unwrap());
    request
}

fn rules(rules: impl IntoIterator<Item = Rule>) -> Rules {
    Rules::new(rules)
}
