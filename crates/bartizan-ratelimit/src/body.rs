//! The body that holds a request's permits until it has ended.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::examine::Permits;

pin_project! {
    /// The inner service's body. While it lasts, its request counts as under way.
    pub struct RateLimitBody<B> {
        #[pin]
        inner: B,
        permits: Permits,
    }
}

impl<B> RateLimitBody<B> {
    pub(crate) fn new(inner: B, permits: Permits) -> Self {
        Self { inner, permits }
    }
}

/// Empty, for a layer outside that refuses.
impl<B: Default> Default for RateLimitBody<B> {
    fn default() -> Self {
        Self::new(B::default(), Permits::new())
    }
}

impl<B> fmt::Debug for RateLimitBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RateLimitBody(..)")
    }
}

impl<B: Body> Body for RateLimitBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let frame = ready!(this.inner.poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            this.permits.clear();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
