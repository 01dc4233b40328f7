//! The service that refuses.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use crate::{CrossOriginFuture, CrossOriginLayer};

/// The service of [`CrossOriginLayer`].
#[derive(Clone, Debug)]
pub struct CrossOrigin<S> {
    inner: S,
    layer: CrossOriginLayer,
}

impl<S> CrossOrigin<S> {
    pub(crate) const fn new(inner: S, layer: CrossOriginLayer) -> Self {
        Self { inner, layer }
    }
}

impl<S, Q, B> Service<Request<Q>> for CrossOrigin<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: Default,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = CrossOriginFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        match self.layer.examine(&request) {
            Ok(passed) => CrossOriginFuture::passed(self.inner.call(request), passed),
            Err(rejection) => CrossOriginFuture::refused(rejection),
        }
    }
}
