//! The future of [`CrossOrigin`](crate::CrossOrigin).

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Response, header::SET_COOKIE};
use pin_project_lite::pin_project;

use super::layer::Passed;
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
            passed: Passed,
        },
        Refused {
            rejection: CrossOriginRejection,
        },
    }
}

impl<F> CrossOriginFuture<F> {
    pub(crate) const fn passed(future: F, passed: Passed) -> Self {
        Self {
            state: State::Passed { future, passed },
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
            Projection::Passed { future, passed } => {
                if !passed.as_nobody {
                    // As it comes: to take an answer apart and put it together again is half of what the layer costs.
                    return future.poll(cx);
                }
                let mut response = ready!(future.poll(cx))?;
                response.headers_mut().remove(SET_COOKIE);
                Poll::Ready(Ok(response))
            }
            Projection::Refused { rejection } => Poll::Ready(Ok(rejection.into_response())),
        }
    }
}
