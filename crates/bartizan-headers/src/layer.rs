//! The tower layer.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::Policy;

/// Puts a [`Policy`]'s fields on every response of the inner service.
///
/// It belongs outside whatever may answer in the application's place, so that refusals and panics carry them too.
#[derive(Clone, Debug, Default)]
pub struct HeadersLayer {
    policy: Policy,
}

impl HeadersLayer {
    /// A layer of this policy.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self { policy }
    }
}

impl<S> Layer<S> for HeadersLayer {
    type Service = Headers<S>;

    fn layer(&self, inner: S) -> Headers<S> {
        Headers {
            inner,
            policy: self.policy.clone(),
        }
    }
}

/// The service of [`HeadersLayer`].
#[derive(Clone, Debug)]
pub struct Headers<S> {
    inner: S,
    policy: Policy,
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

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let https = self.policy.is_https(request.uri());
        ResponseFuture {
            future: self.inner.call(request),
            policy: self.policy.clone(),
            https,
        }
    }
}

pin_project! {
    /// The future of [`Headers`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        future: F,
        policy: Policy,
        https: bool,
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
        this.policy.apply(&mut response, *this.https);
        Poll::Ready(Ok(response))
    }
}
