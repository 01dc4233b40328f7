//! The future of [`Problems`](crate::Problems).

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderName, Response};
use http_body::Body;
use pin_project_lite::pin_project;

use crate::{
    Describe, ProblemBody,
    body::BoxError,
    layer::Shared,
    render::{Asked, render},
};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pin_project! {
    /// The future of [`Problems`](crate::Problems).
    pub struct ResponseFuture<F, D> {
        #[pin]
        pub(crate) future: F,
        pub(crate) shared: Arc<Shared<D>>,
        pub(crate) asked: Asked,
    }
}

impl<F, D> fmt::Debug for ResponseFuture<F, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}

impl<F, D, B, E> Future for ResponseFuture<F, D>
where
    F: Future<Output = Result<Response<B>, E>>,
    D: Describe,
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    type Output = Result<Response<ProblemBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.future.poll(cx))?;
        let mut response = render(response, this.asked, this.shared);
        this.shared.observe(&response, &this.asked.about);
        let id = this.asked.about.id.take();
        if let Some(id) = id {
            response.headers_mut().insert(X_REQUEST_ID, id);
        }
        Poll::Ready(Ok(response))
    }
}
