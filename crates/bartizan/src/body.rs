use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bartizan_problem::ProblemBody;
use bartizan_ratelimit::RateLimitBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of [`Hardened`](crate::Hardened)'s answers: the service's own, or a problem in its place.
    pub struct HardenedBody<B> {
        #[pin]
        nest: ProblemBody<RateLimitBody<B>>,
    }
}

impl<B> HardenedBody<B> {
    pub(crate) const fn new(nest: ProblemBody<RateLimitBody<B>>) -> Self {
        Self { nest }
    }
}

/// Empty: for a layer outside that refuses.
impl<B: Default> Default for HardenedBody<B>
where
    ProblemBody<RateLimitBody<B>>: Default,
{
    fn default() -> Self {
        Self::new(ProblemBody::default())
    }
}

impl<B> fmt::Debug for HardenedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HardenedBody(..)")
    }
}

/// What bodies fail with, of whatever type.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// A panic of the service's body is an error of this one, so that a server breaks the answer off.
impl<B: Body<Data = Bytes, Error: Into<BoxError>>> Body for HardenedBody<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.project().nest.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.nest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.nest.size_hint()
    }
}
