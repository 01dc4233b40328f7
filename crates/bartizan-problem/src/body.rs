//! A body that is either the application's or a problem.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{caught::catch, watch::Watch};

/// What bodies fail with, of whatever type.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

pin_project! {
    /// The body of a response that went through [`Problems`](crate::Problems): the inner one, or a problem's text.
    ///
    /// A panic of the inner body's stream is caught and becomes the error [`BodyPanicked`], again at each poll. Half of the answer
    /// is out by then, and a clean end would make it look whole: with an error, a server resets the stream or the connection.
    #[derive(Debug)]
    pub struct ProblemBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = KindProj]
    enum Kind<B> {
        Inner { #[pin] body: B, watch: Option<Watch> },
        Text { data: Option<Bytes> },
        Panicked,
    }
}

/// The error of a response body whose stream has panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BodyPanicked;

impl fmt::Display for BodyPanicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the response body panicked")
    }
}

impl Error for BodyPanicked {}

impl<B> ProblemBody<B> {
    pub(crate) const fn inner(body: B, watch: Option<Watch>) -> Self {
        Self {
            kind: Kind::Inner { body, watch },
        }
    }

    /// `None` is the body of an answer to HEAD.
    pub(crate) const fn text(data: Option<Bytes>) -> Self {
        Self {
            kind: Kind::Text { data },
        }
    }
}

impl<B: Default> Default for ProblemBody<B> {
    fn default() -> Self {
        Self::inner(B::default(), None)
    }
}

impl<B: Body<Data = Bytes, Error: Into<BoxError>>> Body for ProblemBody<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut kind = self.project().kind;
        match kind.as_mut().project() {
            KindProj::Inner { body, watch } => match catch(|| body.poll_frame(cx)) {
                Ok(Poll::Ready(Some(Err(error)))) => {
                    let error = error.into();
                    if let Some(watch) = watch.take() {
                        watch.failed(&*error);
                    }
                    return Poll::Ready(Some(Err(error)));
                }
                Ok(poll) => return poll.map_err(Into::into),
                Err(seen) => {
                    if let Some(watch) = watch.take() {
                        watch.panicked(seen);
                    }
                }
            },
            KindProj::Text { data } => {
                return Poll::Ready(data.take().map(|data| Ok(Frame::data(data))));
            }
            KindProj::Panicked => return Poll::Ready(Some(Err(BodyPanicked.into()))),
        }
        // its drop may panic too
        let _ = catch(|| kind.set(Kind::Panicked));
        Poll::Ready(Some(Err(BodyPanicked.into())))
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Inner { body, .. } => body.is_end_stream(),
            Kind::Text { data } => data.is_none(),
            Kind::Panicked => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Inner { body, .. } => body.size_hint(),
            // a length in memory always fits
            Kind::Text { data } => {
                SizeHint::with_exact(data.as_ref().map_or(0, |data| data.len() as u64))
            }
            Kind::Panicked => SizeHint::default(),
        }
    }
}
