//! A body in pieces, for both ends of a connection.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::{Notify, futures::Notified};

/// Whoever has read a head lets one body break.
pub(super) static BREAK: Notify = Notify::const_new();

/// What comes after the last piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The end, and the length was known before.
    Known,
    /// The end, and nobody knew when it would come.
    Open,
    /// An error, once [`BREAK`] tells: with a head that nobody has read yet a server throws away the whole answer.
    Broken,
    /// Nothing: the one who reads waits for ever.
    Never,
}

#[derive(Debug)]
pub(super) struct Pieces {
    left: VecDeque<Bytes>,
    end: End,
    told: Pin<Box<Notified<'static>>>,
}

impl Pieces {
    pub(super) fn new(pieces: impl IntoIterator<Item = &'static str>, end: End) -> Self {
        let pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
        Self {
            left: pieces.map(Bytes::from).collect(),
            end,
            told: Box::pin(BREAK.notified()),
        }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match (self.left.pop_front(), self.end) {
            (Some(piece), _) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            (None, End::Known | End::Open) => Poll::Ready(None),
            (None, End::Broken) => {
                ready!(self.told.as_mut().poll(cx));
                Poll::Ready(Some(Err(io::Error::other("a disk is gone"))))
            }
            // No waker: whoever polls has something else to wait for.
            (None, End::Never) => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.end == End::Known && self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.left.iter().map(|piece| piece.len() as u64).sum();
        match self.end {
            End::Known => SizeHint::with_exact(length),
            _ => SizeHint::default(),
        }
    }
}
