//! The tower layer that renders problems.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    Describe, ProblemBody, ProblemCounts, ResponseFuture, StatusOnly,
    body::BoxError,
    render::{Asked, Manner},
    watch::{About, Counters},
};

/// Makes every answer of 4xx and 5xx a problem, by the rules on [the crate's page](crate).
pub struct ProblemLayer<D = StatusOnly> {
    shared: Arc<Shared<D>>,
}

pub(crate) struct Shared<D> {
    pub(crate) describe: D,
    pub(crate) counters: Arc<Counters>,
}

impl ProblemLayer {
    /// A layer that knows no type of refusal but [`Problem`](crate::Problem).
    #[must_use]
    pub fn new() -> Self {
        Self::describing(StatusOnly::new())
    }
}

impl<D: Describe> ProblemLayer<D> {
    /// A layer that asks `describe` about answers which carry no problem.
    #[must_use]
    pub fn describing(describe: D) -> Self {
        Self {
            shared: Arc::new(Shared {
                describe,
                counters: Arc::default(),
            }),
        }
    }

    /// What this layer and its clones have seen so far.
    #[must_use]
    pub fn counts(&self) -> ProblemCounts {
        self.shared.counters.read()
    }
}

impl Default for ProblemLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<D> Clone for ProblemLayer<D> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<D> fmt::Debug for ProblemLayer<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProblemLayer").finish_non_exhaustive()
    }
}

impl<S, D> Layer<S> for ProblemLayer<D> {
    type Service = Problems<S, D>;

    fn layer(&self, inner: S) -> Problems<S, D> {
        Problems {
            inner,
            shared: Arc::clone(&self.shared),
        }
    }
}

/// The service of [`ProblemLayer`].
pub struct Problems<S, D = StatusOnly> {
    inner: S,
    shared: Arc<Shared<D>>,
}

impl<S: Clone, D> Clone for Problems<S, D> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<S: fmt::Debug, D> fmt::Debug for Problems<S, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problems")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S, D, Q, B> Service<Request<Q>> for Problems<S, D>
where
    S: Service<Request<Q>, Response = Response<B>>,
    D: Describe,
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    type Response = Response<ProblemBody<B>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, D>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let (describe, extensions) = (&self.shared.describe, request.extensions());
        let asked = Asked {
            about: About {
                id: describe.request_id(extensions),
                trace_id: describe.trace_id(extensions),
                // nobody listens: nothing is copied for him
                #[cfg(feature = "tracing")]
                route: crate::event::is_heard()
                    .then(|| describe.route(extensions))
                    .flatten(),
                #[cfg(feature = "tracing")]
                method: request.method().clone(),
            },
            manner: Manner::of(&request),
            languages: describe.translates().then(|| languages(request.headers())),
        };
        ResponseFuture {
            future: self.inner.call(request),
            shared: Arc::clone(&self.shared),
            asked,
        }
    }
}

/// The fields that say what the client reads. A clone shares their bytes.
fn languages(headers: &HeaderMap) -> HeaderMap {
    let fields = headers.get_all(header::ACCEPT_LANGUAGE);
    let named = |field: &HeaderValue| (header::ACCEPT_LANGUAGE, field.clone());
    // a second one is enough to know that there is no single one
    let mut kept = HeaderMap::new();
    for (name, field) in fields.iter().take(2).map(named) {
        kept.append(name, field);
    }
    kept
}
