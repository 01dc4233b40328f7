//! A panic becomes an answer of 500.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    Rejection,
    caught::{Seen, catch},
};

/// Turns a panic of the inner service into an empty 500 with [`Rejection::Panicked`] in its extensions.
///
/// It belongs inside the layers that must see every answer (problems, headers, metrics). What it does not catch: a panic
/// in `poll_ready`, one of the response body's stream (which [`ProblemBody`](crate::ProblemBody) catches), and anything in a
/// build with `panic = "abort"`. The payload is dropped unread; the panic hook has seen it before.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct CatchPanicLayer;

impl CatchPanicLayer {
    /// The layer.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for CatchPanicLayer {
    type Service = CatchPanic<S>;

    fn layer(&self, inner: S) -> CatchPanic<S> {
        CatchPanic { inner }
    }
}

/// The service of [`CatchPanicLayer`].
#[derive(Clone, Debug)]
pub struct CatchPanic<S> {
    inner: S,
}

impl<S, Q, B> Service<Request<Q>> for CatchPanic<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: Default,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = CatchPanicFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        match catch(|| self.inner.call(request)) {
            Ok(future) => CatchPanicFuture {
                future: Some(future),
                seen: None,
            },
            Err(seen) => CatchPanicFuture {
                future: None,
                seen: Some(seen),
            },
        }
    }
}

pin_project! {
    /// The future of [`CatchPanic`].
    pub struct CatchPanicFuture<F> {
        // `None` once it has panicked: it is never polled again
        #[pin]
        future: Option<F>,
        seen: Option<Seen>,
    }
}

impl<F> fmt::Debug for CatchPanicFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatchPanicFuture")
            .field("panicked", &self.future.is_none())
            .finish_non_exhaustive()
    }
}

impl<F, B, E> Future for CatchPanicFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(future) = this.future.as_mut().as_pin_mut() {
            match catch(|| future.poll(cx)) {
                Ok(poll) => return poll,
                Err(seen) => *this.seen = Some(seen),
            }
            // its drop may panic too, and two panics at once would end the process
            let _ = catch(|| this.future.set(None));
        }
        let mut response = Response::new(B::default());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response.extensions_mut().insert(Rejection::Panicked);
        if let Some(seen) = this.seen.take() {
            seen.attach(response.extensions_mut());
        }
        Poll::Ready(Ok(response))
    }
}
