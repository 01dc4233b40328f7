//! The future of [`CrossOrigin`](crate::CrossOrigin).

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::Response;
use pin_project_lite::pin_project;

use crate::CrossOriginRejection;

pin_project! {
    /// The future of [`CrossOrigin`](crate::CrossOrigin).
    #[derive(Debug)]
    pub struct CrossOriginFuture<F> {
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
            rejection: CrossOriginRejection,
        },
    }
}

impl<F> CrossOriginFuture<F> {
    pub(crate) const fn passed(future: F) -> Self {
        Self {
            state: State::Passed { future },
        }
    }

    pub(crate) const fn refused(rejection: CrossOriginRejection) -> Self {
        Self {
            state: State::Refused { rejection },
        }
    }
}

impl<F, B, E> Future for CrossOriginFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            Projection::Passed { future } => future.poll(cx),
            Projection::Refused { rejection } => Poll::Ready(Ok(rejection.into_response())),
        }
    }
}
