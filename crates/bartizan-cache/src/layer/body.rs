//! Bodies that are recorded while they are sent.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::record::Recorder;
use crate::NotStored;

pin_project! {
    /// The body of an answer that came from the store, that passes through, or that is recorded on its way.
    #[project = BodyProj]
    pub struct CacheBody<B>
    where
        B: Body,
    {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<B>
    where
        B: Body,
    {
        Full { data: Option<Bytes> },
        Pass { #[pin] inner: B },
        Recorded { recorded: Box<Recorded<B>> },
    }
}

/// A body under way, with what of it was there at once.
pub(super) struct Recorded<B: Body> {
    inner: Pin<Box<B>>,
    ready: VecDeque<Result<Frame<Bytes>, B::Error>>,
    recorder: Option<Recorder>,
    has_ended: bool,
    is_stored: bool,
}

impl<B: Body> CacheBody<B> {
    pub(super) fn full(data: Bytes) -> Self {
        let data = Some(data).filter(|data| !data.is_empty());
        Self {
            kind: Kind::Full { data },
        }
    }

    pub(super) const fn pass(inner: B) -> Self {
        Self {
            kind: Kind::Pass { inner },
        }
    }

    pub(super) fn recorded(recorded: Recorded<B>) -> Self {
        Self {
            kind: Kind::Recorded {
                recorded: Box::new(recorded),
            },
        }
    }
}

impl<B: Body + Default> Default for CacheBody<B> {
    fn default() -> Self {
        Self::pass(B::default())
    }
}

impl<B: Body<Data = Bytes>> Recorded<B> {
    pub(super) fn new(inner: B, recorder: Recorder) -> Self {
        Self {
            inner: Box::pin(inner),
            ready: VecDeque::new(),
            recorder: Some(recorder),
            has_ended: false,
            is_stored: false,
        }
    }

    /// Takes what is there without waiting, at most what the route stores: so that a client that reads slowly does not keep those
    /// that wait for the answer.
    pub(super) fn take_ready(&mut self, cx: &mut Context<'_>) {
        while self.recorder.is_some() {
            match self.poll_inner(cx) {
                Poll::Ready(Some(frame)) => self.ready.push_back(frame),
                Poll::Ready(None) | Poll::Pending => return,
            }
        }
    }

    /// Whether all of it was recorded and stored.
    pub(super) const fn is_stored(&self) -> bool {
        self.is_stored
    }

    fn poll_inner(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(self.inner.as_mut().poll_frame(cx));
        if let Some(recorder) = &mut self.recorder {
            let refused = match &frame {
                Some(Ok(frame)) => match frame.data_ref() {
                    Some(data) => recorder.record(data).err(),
                    None => Some(NotStored::Trailers),
                },
                Some(Err(_)) => Some(NotStored::Truncated),
                None => None,
            };
            if let Some(why) = refused
                && let Some(recorder) = self.recorder.take()
            {
                recorder.give_up(why);
            }
        }
        // A server stops asking once the body says that it has ended, so `None` may never be seen.
        if matches!(frame, None | Some(Err(_))) || self.inner.is_end_stream() {
            self.has_ended = true;
            if let Some(recorder) = self.recorder.take() {
                self.is_stored = recorder.finish();
            }
        }
        Poll::Ready(frame)
    }
}

impl<B: Body<Data = Bytes>> Body for CacheBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().kind.project() {
            KindProj::Full { data } => Poll::Ready(data.take().map(|data| Ok(Frame::data(data)))),
            KindProj::Pass { inner } => inner.poll_frame(cx),
            KindProj::Recorded { recorded } => match recorded.ready.pop_front() {
                Some(frame) => Poll::Ready(Some(frame)),
                None if recorded.has_ended => Poll::Ready(None),
                None => recorded.poll_inner(cx),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Full { data } => data.is_none(),
            Kind::Pass { inner } => inner.is_end_stream(),
            Kind::Recorded { recorded } => {
                // not before the recorder has seen the end
                recorded.ready.is_empty() && recorded.has_ended
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Full { data } => {
                SizeHint::with_exact(data.as_ref().map_or(0, |data| data.len() as u64))
            }
            Kind::Pass { inner } => inner.size_hint(),
            Kind::Recorded { recorded } => {
                let ready: usize = recorded
                    .ready
                    .iter()
                    .flatten()
                    .filter_map(Frame::data_ref)
                    .map(Buf::remaining)
                    .sum();
                let ready = ready as u64;
                let rest = if recorded.has_ended {
                    SizeHint::with_exact(0)
                } else {
                    recorded.inner.size_hint()
                };
                let mut hint = SizeHint::new();
                hint.set_lower(rest.lower().saturating_add(ready));
                if let Some(upper) = rest.upper() {
                    hint.set_upper(upper.saturating_add(ready));
                }
                hint
            }
        }
    }
}

impl<B: Body> fmt::Debug for CacheBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CacheBody(..)")
    }
}
