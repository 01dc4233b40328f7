//! The tower layer.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use arc_swap::ArcSwap;
use http::{Extensions, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{Exchange, Policies, Policy, PolicyName};

/// Puts a [`Policy`]'s fields on every response of the inner service.
///
/// It belongs outside whatever may answer in the application's place, so that refusals and panics carry them too. All clones
/// share the policies.
#[derive(Clone, Default)]
pub struct HeadersLayer {
    shared: Arc<ArcSwap<Policies>>,
}

impl HeadersLayer {
    /// A layer of this policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Policies::new(policy).into()
    }

    /// Adds a policy for some answers: see [`Policies::named`].
    #[must_use]
    pub fn named(self, name: &'static str, policy: Policy) -> Self {
        self.policies().named(name, policy).into()
    }

    /// Names the policy for a request by its extensions: see [`Policies::choose`].
    #[must_use]
    pub fn choose(self, choose: fn(&Extensions) -> Option<PolicyName>) -> Self {
        self.policies().choose(choose).into()
    }

    /// The policies in force, for their counters. A clone shares them.
    #[must_use]
    pub fn policies(&self) -> Policies {
        Policies::clone(&self.shared.load())
    }

    /// Replaces the policies for all clones of this layer and all their services. A request under way is answered by the
    /// policies that it met.
    pub fn set_policies(&self, policies: impl Into<Policies>) {
        self.shared.store(Arc::new(policies.into()));
    }
}

impl From<Policies> for HeadersLayer {
    fn from(policies: Policies) -> Self {
        Self {
            shared: Arc::new(ArcSwap::from_pointee(policies)),
        }
    }
}

impl fmt::Debug for HeadersLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeadersLayer")
            .field("policies", &self.policies())
            .finish()
    }
}

impl<S> Layer<S> for HeadersLayer {
    type Service = Headers<S>;

    fn layer(&self, inner: S) -> Headers<S> {
        Headers {
            inner,
            shared: Arc::clone(&self.shared),
        }
    }
}

/// The service of [`HeadersLayer`].
#[derive(Clone)]
pub struct Headers<S> {
    inner: S,
    shared: Arc<ArcSwap<Policies>>,
}

impl<S: fmt::Debug> fmt::Debug for Headers<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Headers")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S, Q, B> Service<Request<Q>> for Headers<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Q>) -> Self::Future {
        let exchange = self.shared.load().begin(&mut request);
        ResponseFuture {
            future: self.inner.call(request),
            exchange,
        }
    }
}

pin_project! {
    /// The future of [`Headers`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        future: F,
        exchange: Exchange,
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.future.poll(cx))?;
        this.exchange.finish(&mut response);
        Poll::Ready(Ok(response))
    }
}
