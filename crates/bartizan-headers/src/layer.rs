//! The tower layer.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Extensions, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{Exchange, Policies, Policy, PolicyName};

/// Puts a [`Policy`]'s fields on every response of the inner service.
///
/// It belongs outside whatever may answer in the application's place, so that refusals and panics carry them too.
#[derive(Clone, Debug, Default)]
pub struct HeadersLayer {
    policies: Policies,
}

impl HeadersLayer {
    /// A layer of this policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policies: Policies::new(policy),
        }
    }

    /// Adds a policy for some answers: see [`Policies::named`].
    #[must_use]
    pub fn named(self, name: &'static str, policy: Policy) -> Self {
        Self {
            policies: self.policies.named(name, policy),
        }
    }

    /// Names the policy for a request by its extensions: see [`Policies::choose`].
    #[must_use]
    pub fn choose(self, choose: fn(&Extensions) -> Option<PolicyName>) -> Self {
        Self {
            policies: self.policies.choose(choose),
        }
    }

    /// The layer's policies, for their counters. A clone shares them.
    #[must_use]
    pub const fn policies(&self) -> &Policies {
        &self.policies
    }
}

impl<S> Layer<S> for HeadersLayer {
    type Service = Headers<S>;

    fn layer(&self, inner: S) -> Headers<S> {
        Headers {
            inner,
            policies: self.policies.clone(),
        }
    }
}

/// The service of [`HeadersLayer`].
#[derive(Clone, Debug)]
pub struct Headers<S> {
    inner: S,
    policies: Policies,
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
        let exchange = self.policies.begin(&mut request);
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
