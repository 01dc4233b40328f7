use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bartizan_headers as headers;
use bartizan_problem as problem;
use bytes::Bytes;
use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use crate::{HardenedBody, describe::Siblings};

pub(crate) type Nest<F> =
    headers::ResponseFuture<problem::ResponseFuture<problem::CatchPanicFuture<F>, Siblings>>;

pin_project! {
    /// The future of [`Hardened`](crate::Hardened).
    pub struct HardenedFuture<F> {
        #[pin]
        nest: Nest<F>,
    }
}

impl<F> HardenedFuture<F> {
    pub(crate) const fn new(nest: Nest<F>) -> Self {
        Self { nest }
    }
}

impl<F> fmt::Debug for HardenedFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HardenedFuture(..)")
    }
}

impl<F, B, E> Future for HardenedFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body<Data = Bytes> + Default,
{
    type Output = Result<Response<HardenedBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = self.project().nest.poll(cx);
        answer.map_ok(|response| response.map(HardenedBody::new))
    }
}
