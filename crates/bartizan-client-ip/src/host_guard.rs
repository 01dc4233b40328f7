//! The layer that refuses.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{AddressError, Client, HostVerdict};

/// Why [`HostGuard`] refused a request. It is in the response's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// The host is missing, ambiguous, malformed, or not one that is answered.
    Host(HostVerdict),
    /// A trusted proxy does not tell who is calling, so no limit by address could hold.
    Address(AddressError),
}

impl Rejection {
    /// Why this caller's request is to be refused, if it is.
    ///
    /// A missing peer is no reason: then the server does not say who is calling, which is no fault of the caller.
    #[must_use]
    pub fn of(client: &Client) -> Option<Self> {
        match (client.host(), client.address()) {
            (HostVerdict::Allowed, Ok(_) | Err(AddressError::NoPeer)) => None,
            (HostVerdict::Allowed, Err(error)) => Some(Self::Address(error)),
            (verdict, _) => Some(Self::Host(verdict)),
        }
    }

    /// 421 (Misdirected Request; RFC 9110, section 15.5.20) for a host that is not on the list, else 400.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Host(HostVerdict::Unknown) => StatusCode::MISDIRECTED_REQUEST,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// Refuses what the [`Client`] in the request's extensions says is not to be answered: an empty body, a status, and a
/// [`Rejection`] in the response's extensions.
///
/// It belongs inside [`ClientIpLayer`](crate::ClientIpLayer), outside the cache and whatever makes links. A request without a
/// [`Client`] passes.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct HostLayer;

impl HostLayer {
    /// The layer.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for HostLayer {
    type Service = HostGuard<S>;

    fn layer(&self, inner: S) -> HostGuard<S> {
        HostGuard { inner }
    }
}

/// The service of [`HostLayer`].
#[derive(Clone, Debug)]
pub struct HostGuard<S> {
    inner: S,
}

impl<S, Q, B> Service<Request<Q>> for HostGuard<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: Default,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let client = request.extensions().get::<Client>();
        let state = match client.and_then(Rejection::of) {
            Some(rejection) => State::Refused { rejection },
            None => State::Passed {
                future: self.inner.call(request),
            },
        };
        ResponseFuture { state }
    }
}

pin_project! {
    /// The future of [`HostGuard`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = Projection]
    enum State<F> {
        Passed {
            #[pin]
            future: F,
        },
        Refused {
            rejection: Rejection,
        },
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            Projection::Passed { future } => future.poll(cx),
            Projection::Refused { rejection } => {
                let mut response = Response::new(B::default());
                *response.status_mut() = rejection.status();
                response.extensions_mut().insert(*rejection);
                Poll::Ready(Ok(response))
            }
        }
    }
}
