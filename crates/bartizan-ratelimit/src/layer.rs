//! The tower layer.

use std::{
    fmt, mem,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    body::RateLimitBody,
    caller::{Caller, FromExtensions},
    examine::{Asked, Examined, claims, examine},
    future::{Passed, ResponseFuture},
    limiter::Limiter,
    rule::Point,
    store::{Answer, Memory, Store},
};

/// Holds every request to the rules of a [`Limiter`] that can be decided at this layer's [`Point`].
///
/// A refused request gets an empty body and a [`Rejection`](crate::Rejection) in the response's extensions, from which another layer can render
/// it. All state is the limiter's: layers, clones and connections share it.
#[derive(Clone)]
pub struct RateLimitLayer<C = FromExtensions, St = Memory> {
    shared: Arc<Shared<C, St>>,
}

struct Shared<C, St> {
    limiter: Limiter<St>,
    caller: C,
    point: Point,
    clock: Option<Box<dyn Fn() -> Instant + Send + Sync>>,
}

impl<C: Caller, St: Store> RateLimitLayer<C, St> {
    /// For the edge, before authentication: decides the rules that need the address alone.
    pub fn edge(limiter: Limiter<St>, caller: C) -> Self {
        Self::new(limiter, caller, Point::Edge, None)
    }

    /// For after authentication: decides the rules that need to know who asks.
    pub fn authenticated(limiter: Limiter<St>, caller: C) -> Self {
        Self::new(limiter, caller, Point::Authenticated, None)
    }

    /// With a clock of the caller's, which is read once for each request.
    pub fn with_clock(
        limiter: Limiter<St>,
        caller: C,
        point: Point,
        clock: impl Fn() -> Instant + Send + Sync + 'static,
    ) -> Self {
        Self::new(limiter, caller, point, Some(Box::new(clock)))
    }

    fn new(
        limiter: Limiter<St>,
        caller: C,
        point: Point,
        clock: Option<Box<dyn Fn() -> Instant + Send + Sync>>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                limiter,
                caller,
                point,
                clock,
            }),
        }
    }

    /// What the layer decides by.
    pub fn limiter(&self) -> &Limiter<St> {
        &self.shared.limiter
    }
}

impl<C, St> fmt::Debug for RateLimitLayer<C, St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimitLayer")
            .field("limiter", &self.shared.limiter)
            .field("point", &self.shared.point)
            .finish_non_exhaustive()
    }
}

impl<S, C, St> Layer<S> for RateLimitLayer<C, St> {
    type Service = RateLimit<S, C, St>;

    fn layer(&self, inner: S) -> Self::Service {
        RateLimit {
            inner,
            shared: Arc::clone(&self.shared),
        }
    }
}

/// The service of [`RateLimitLayer`].
pub struct RateLimit<S, C = FromExtensions, St = Memory> {
    inner: S,
    shared: Arc<Shared<C, St>>,
}

impl<S: Clone, C, St> Clone for RateLimit<S, C, St> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<S, C, St> fmt::Debug for RateLimit<S, C, St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit").finish_non_exhaustive()
    }
}

impl<S, C, St, Q, B> Service<Request<Q>> for RateLimit<S, C, St>
where
    S: Service<Request<Q>, Response = Response<B>> + Clone,
    C: Caller,
    St: Store,
    B: Default,
{
    type Response = Response<RateLimitBody<B>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, St, Q>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let shared = &self.shared;
        let limiter = &shared.limiter;
        let now = shared
            .clock
            .as_ref()
            .map_or_else(|| limiter.now(), |clock| clock());
        limiter.tick(now);
        let set = limiter.rules();
        let asked = Asked {
            method: request.method(),
            uri: request.uri(),
            extensions: request.extensions(),
        };
        let mut examined = Examined::default();
        let found = examine(
            &set,
            &shared.caller,
            shared.point,
            &asked,
            now,
            &mut examined,
        );
        if let Err(rejection) = found {
            return ResponseFuture::refused(rejection);
        }
        if examined.hits.is_empty() {
            return ResponseFuture::passed(self.inner.call(request), Passed::new(examined.permits));
        }
        match limiter.store().decide(&claims(&set, &examined.hits), now) {
            Answer::Now(outcome) => match Passed::after(outcome, &mut examined, limiter, &set, now)
            {
                Ok(passed) => ResponseFuture::passed(self.inner.call(request), passed),
                Err(refusal) => ResponseFuture::refused(refusal),
            },
            Answer::Later(wait) => {
                // The service that `poll_ready` found ready is the one to call; its clone is left behind.
                let clone = self.inner.clone();
                let inner = mem::replace(&mut self.inner, clone);
                let set = Arc::clone(&set);
                ResponseFuture::deciding(wait, inner, request, examined, set, limiter.clone(), now)
            }
        }
    }
}
