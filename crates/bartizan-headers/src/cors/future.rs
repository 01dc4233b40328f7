//! The layer's future.

use std::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Response, StatusCode};
use pin_project_lite::pin_project;

use super::{CorsFields, CorsRejection};

pin_project! {
    /// The future of [`Cors`](crate::Cors).
    #[derive(Debug)]
    pub struct CorsFuture<F> {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProj]
    #[derive(Debug)]
    enum Kind<F> {
        Passed {
            #[pin]
            future: F,
            fields: CorsFields,
        },
        Answered {
            fields: CorsFields,
            refused: Option<CorsRejection>,
        },
    }
}

impl<F> CorsFuture<F> {
    pub(super) const fn passed(future: F, fields: CorsFields) -> Self {
        Self {
            kind: Kind::Passed { future, fields },
        }
    }

    pub(super) const fn answered(fields: CorsFields, refused: Option<CorsRejection>) -> Self {
        Self {
            kind: Kind::Answered { fields, refused },
        }
    }
}

impl<F, B, E> Future for CorsFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (mut response, fields) = match self.project().kind.project() {
            KindProj::Passed { future, fields } => (ready!(future.poll(cx))?, fields),
            KindProj::Answered { fields, refused } => (answer(*refused), fields),
        };
        mem::take(fields).write(response.headers_mut());
        Poll::Ready(Ok(response))
    }
}

fn answer<B: Default>(refused: Option<CorsRejection>) -> Response<B> {
    let mut response = Response::new(B::default());
    match refused {
        None => *response.status_mut() = StatusCode::NO_CONTENT,
        Some(rejection) => {
            // Browsers only look for a status of success; 403 also shows up in logs, metrics and whatever counts refusals.
            *response.status_mut() = StatusCode::FORBIDDEN;
            response.extensions_mut().insert(rejection);
        }
    }
    response
}
