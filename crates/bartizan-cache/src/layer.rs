//! The tower layer.

mod answer;
mod begin;
mod body;
mod facts;
mod future;
mod record;
mod serve;
mod tally;

use std::{
    collections::hash_map::RandomState,
    fmt,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, Uri, request, uri};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use self::{
    begin::{Next, Visit},
    future::{Passed, Waiting, Write},
    tally::Tally,
};
pub use self::{
    body::CacheBody,
    facts::{Facts, Origin},
    future::ResponseFuture,
    tally::LayerCounters,
};
use crate::{
    Asked, Bypass, CacheStatus, Flights, Forwarded, Key, KeyParts, Policy, Sharing, Store,
    strip_unkeyed,
};

/// For how long requests for a key run in parallel after an answer for it was not storable.
const PASS_FOR: Duration = Duration::from_secs(10);

/// Answers requests from a [`Store`], by one [`Policy`].
///
/// It belongs inside authentication, on the routes that are to be cached and on those that write what they show: axum's
/// `route_layer`, or any tower service. All layers that are to share answers take the same [`Flights`].
///
/// A request that the policy does not admit is not changed. From the others the fields of [`strip_unkeyed`] are taken away, and the
/// client's conditions are answered here.
#[derive(Clone)]
pub struct CacheLayer {
    shared: Arc<Shared>,
}

/// What all services of a layer share.
#[derive(Clone)]
struct Shared {
    flights: Arc<Flights>,
    store: Arc<Store>,
    policy: Policy,
    facts: Arc<dyn Facts>,
    name: Box<str>,
    pass_for: Duration,
    chance: RandomState,
    tally: Arc<Tally>,
}

impl CacheLayer {
    /// A layer of this policy. Its name in `Cache-Status` is `bartizan`.
    #[must_use]
    pub fn new(flights: Arc<Flights>, policy: Policy, facts: impl Facts) -> Self {
        let shared = Shared {
            store: flights.store().clone(),
            flights,
            policy,
            facts: Arc::new(facts),
            name: "bartizan".into(),
            pass_for: PASS_FOR,
            chance: RandomState::new(),
            tally: Arc::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Another name in `Cache-Status`, by which caches of one chain are told apart.
    #[must_use]
    pub fn named(self, name: impl Into<Box<str>>) -> Self {
        self.changed(|shared| shared.name = name.into())
    }

    /// For how long requests for a key run in parallel after an answer for it was not storable. Default: 10 seconds.
    #[must_use]
    pub fn pass_for(self, time: Duration) -> Self {
        self.changed(|shared| shared.pass_for = time)
    }

    /// What it did so far.
    #[must_use]
    pub fn counters(&self) -> LayerCounters {
        self.shared.tally.read()
    }

    fn changed(self, change: impl FnOnce(&mut Shared)) -> Self {
        let mut shared = Arc::unwrap_or_clone(self.shared);
        change(&mut shared);
        Self {
            shared: Arc::new(shared),
        }
    }
}

impl<S> Layer<S> for CacheLayer {
    type Service = Cache<S>;

    fn layer(&self, inner: S) -> Cache<S> {
        Cache {
            inner,
            shared: self.shared.clone(),
        }
    }
}

/// The service of [`CacheLayer`].
#[derive(Clone)]
pub struct Cache<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S, Q, B> Service<Request<Q>> for Cache<S>
where
    S: Service<Request<Q>, Response = Response<B>> + Clone,
    B: Body<Data = Bytes>,
{
    type Response = Response<CacheBody<B>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, Q>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> ResponseFuture<S, Q> {
        let (parts, body) = request.into_parts();
        let arrived = self.shared.arrive(&parts);
        let mut request = Request::from_parts(parts, body);
        let mut visit = match arrived {
            Err(passed) => return ResponseFuture::pass(self.inner.call(request), passed),
            Ok(visit) => visit,
        };
        strip_unkeyed(request.headers_mut());
        let next = visit.look(request.headers());
        if let Next::Hit(entry) = &next {
            return ResponseFuture::served(visit.serve(entry, request.headers()));
        }
        let inner = if matches!(next, Next::NotHere) {
            None
        } else {
            // the one that was made ready goes along
            let clone = self.inner.clone();
            Some(std::mem::replace(&mut self.inner, clone))
        };
        ResponseFuture::next(
            next,
            Waiting {
                inner,
                request,
                visit,
            },
        )
    }
}

impl Shared {
    /// Whether a request may be answered by the store, or passes by.
    fn arrive(self: &Arc<Self>, parts: &request::Parts) -> Result<Visit, Passed> {
        let partition = match self.policy.sharing() {
            Sharing::Partitioned => self.facts.partition(&parts.extensions),
            _ => None,
        };
        let mut asked = Asked::new(&parts.method, &parts.headers);
        asked.is_authenticated = self.facts.is_authenticated(&parts.extensions);
        asked.has_partition = partition.is_some();
        let origin = self.facts.origin(parts);
        let pass = |why, detail, write| Passed {
            shared: self.clone(),
            status: CacheStatus::forwarded(why).with_detail(detail),
            write,
        };
        if let Err(bypass) = self.policy.admits(&asked) {
            self.tally.bypass(bypass);
            if bypass != Bypass::Method {
                return Err(pass(Forwarded::Bypass, bypass.as_str(), None));
            }
            let write = origin
                .filter(|_| !parts.method.is_safe())
                .map(|(scheme, host)| {
                    Box::new(Write {
                        method: parts.method.clone(),
                        uri: effective(scheme, host, &parts.uri),
                        scheme: scheme.into(),
                        host: host.into(),
                        partition,
                    })
                });
            return Err(pass(Forwarded::Method, bypass.as_str(), write));
        }
        let Some((scheme, host)) = origin else {
            self.tally.without_origin.raise(1);
            return Err(pass(Forwarded::Bypass, "no-origin", None));
        };
        let mut key_parts = KeyParts::new(scheme, host, &parts.uri);
        key_parts.partition = partition.as_ref();
        let Some(key) = Key::new(&parts.method, &key_parts) else {
            return Err(pass(Forwarded::Method, Bypass::Method.as_str(), None));
        };
        Ok(Visit {
            shared: self.clone(),
            key,
            method: parts.method.clone(),
            is_authenticated: asked.is_authenticated,
            has_partition: asked.has_partition,
            route: self.facts.route(&parts.extensions).map(Into::into),
            now: self.facts.now(),
            why: Forwarded::UriMiss,
            stale: None,
            or_if_error: false,
            is_collapsed: false,
            waits: 0,
        })
    }
}

/// With scheme and host, so that references in an answer are compared with the right origin.
fn effective(scheme: &str, host: &str, target: &Uri) -> Uri {
    let path = target
        .path_and_query()
        .map_or("/", uri::PathAndQuery::as_str);
    let whole = Uri::builder()
        .scheme(scheme)
        .authority(host)
        .path_and_query(path)
        .build();
    whole.unwrap_or_else(|_| target.clone())
}

impl fmt::Debug for CacheLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheLayer")
            .field("policy", &self.shared.policy)
            .finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Cache<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("policy", &self.shared.policy)
            .finish_non_exhaustive()
    }
}
