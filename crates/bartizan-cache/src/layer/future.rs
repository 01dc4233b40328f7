//! One request through the layer.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Uri};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    CacheBody, Shared,
    begin::{Next, Visit},
    record::Ask,
    serve::Served,
};
use crate::{
    CACHE_STATUS, CacheStatus, CacheTags, Key, KeyParts, Partition, Purge, Wait, Woken, invalidated,
};

pin_project! {
    /// The answer, from the store or from the handler.
    pub struct ResponseFuture<S, Q>
    where
        S: Service<Request<Q>>,
    {
        #[pin]
        state: State<S, Q>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, Q>
    where
        S: Service<Request<Q>>,
    {
        Served { served: Option<Served> },
        Next { next: Option<Box<(Next, Waiting<S, Q>)>> },
        Pass { #[pin] future: S::Future, passed: Option<Passed> },
        Asked { #[pin] future: S::Future, ask: Option<Box<Ask>> },
        Waits { wait: Wait, waiting: Option<Box<Waiting<S, Q>>> },
    }
}

/// A request that has not been sent on, and the service that would take it.
pub(super) struct Waiting<S, Q> {
    /// `None` where the store answers.
    pub(super) inner: Option<S>,
    pub(super) request: Request<Q>,
    pub(super) visit: Visit,
}

/// A request that passes by.
pub(super) struct Passed {
    pub(super) shared: Arc<Shared>,
    pub(super) status: CacheStatus,
    pub(super) write: Option<Box<Write>>,
}

/// A request that may make answers invalid.
pub(super) struct Write {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) scheme: Box<str>,
    pub(super) host: Box<str>,
    pub(super) partition: Option<Partition>,
}

impl<S, Q> ResponseFuture<S, Q>
where
    S: Service<Request<Q>>,
{
    pub(super) const fn served(served: Served) -> Self {
        Self {
            state: State::Served {
                served: Some(served),
            },
        }
    }

    pub(super) fn next(next: Next, waiting: Waiting<S, Q>) -> Self {
        Self {
            state: State::Next {
                next: Some(Box::new((next, waiting))),
            },
        }
    }

    pub(super) const fn pass(future: S::Future, passed: Passed) -> Self {
        Self {
            state: State::Pass {
                future,
                passed: Some(passed),
            },
        }
    }
}

impl<S, Q, B> Future for ResponseFuture<S, Q>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Output = Result<Response<CacheBody<B>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let (next, mut waiting) = match state.as_mut().project() {
                StateProj::Pass { future, passed } => {
                    let response = ready!(future.poll(cx))?;
                    return Poll::Ready(Ok(match passed.take() {
                        Some(passed) => passed.finish(response),
                        None => response.map(CacheBody::pass),
                    }));
                }
                StateProj::Asked { future, ask } => {
                    let result = ready!(future.poll(cx));
                    return Poll::Ready(match (ask.take(), result) {
                        (Some(ask), Ok(response)) => Ok(ask.answered(response, cx)),
                        (Some(ask), Err(error)) => ask.failed(error),
                        (None, result) => result.map(|response| response.map(CacheBody::pass)),
                    });
                }
                StateProj::Waits { wait, waiting } => {
                    let woken = ready!(Pin::new(wait).poll(cx));
                    let Some(mut waiting) = waiting.take() else {
                        return Poll::Pending;
                    };
                    waiting.visit.is_collapsed = true;
                    waiting.visit.now = waiting.visit.shared.facts.now();
                    let headers = waiting.request.headers();
                    let next = match woken {
                        Woken::Landed(entry) if entry.made_for().fits(headers) => Next::Hit(entry),
                        Woken::Landed(_) | Woken::Look => waiting.visit.look(headers),
                        Woken::Lead(lead) => waiting.visit.look_with(headers, Some(lead)),
                        Woken::Alone => Next::Ask(None),
                    };
                    (next, *waiting)
                }
                StateProj::Served { served } => {
                    return match served.take() {
                        Some(served) => Poll::Ready(Ok(served.into_response())),
                        // polled after its end
                        None => Poll::Pending,
                    };
                }
                StateProj::Next { next } => match next.take() {
                    Some(next) => *next,
                    // polled after its end
                    None => return Poll::Pending,
                },
            };
            match next {
                Next::Hit(entry) => {
                    let served = waiting.visit.serve(&entry, waiting.request.headers());
                    return Poll::Ready(Ok(served.into_response()));
                }
                Next::NotHere => {
                    let status =
                        CacheStatus::forwarded(waiting.visit.why).with_detail("only-if-cached");
                    let mut headers = http::HeaderMap::new();
                    headers.insert(CACHE_STATUS, status.to_value(&waiting.visit.shared.name));
                    let (code, body) = (StatusCode::GATEWAY_TIMEOUT, Bytes::new());
                    let served = Served {
                        code,
                        headers,
                        body,
                    };
                    return Poll::Ready(Ok(served.into_response()));
                }
                Next::Pass => {
                    let status = CacheStatus::forwarded(waiting.visit.why);
                    let passed = Passed {
                        shared: waiting.visit.shared,
                        status,
                        write: None,
                    };
                    let Some(mut inner) = waiting.inner else {
                        return Poll::Pending;
                    };
                    let future = inner.call(waiting.request);
                    state.set(State::Pass {
                        future,
                        passed: Some(passed),
                    });
                }
                Next::Ask(lead) => {
                    let Some(mut inner) = waiting.inner else {
                        return Poll::Pending;
                    };
                    let ask = waiting.visit.into_ask(lead, waiting.request.headers_mut());
                    let future = inner.call(waiting.request);
                    state.set(State::Asked {
                        future,
                        ask: Some(Box::new(ask)),
                    });
                }
                Next::Wait(wait) => state.set(State::Waits {
                    wait,
                    waiting: Some(Box::new(waiting)),
                }),
            }
        }
    }
}

impl Passed {
    fn finish<B: Body>(self, mut response: Response<B>) -> Response<CacheBody<B>> {
        let status = self.status.with_status(response.status());
        CacheTags::default().take_from(response.headers_mut());
        if let Some(write) = self.write {
            write.invalidate(&self.shared, &response);
        }
        response
            .headers_mut()
            .append(CACHE_STATUS, status.to_value(&self.shared.name));
        response.map(CacheBody::pass)
    }
}

impl Write {
    fn invalidate<B>(&self, shared: &Shared, response: &Response<B>) {
        let gone = invalidated(
            &self.method,
            &self.uri,
            response.status(),
            response.headers(),
        );
        for target in gone {
            let parts = KeyParts::new(&self.scheme, &self.host, &self.uri);
            shared
                .store
                .purge_key(&Key::of_target(&parts, &target), Purge::Hard);
            if let Some(partition) = &self.partition {
                let parts = parts.with_partition(partition);
                shared
                    .store
                    .purge_key(&Key::of_target(&parts, &target), Purge::Hard);
            }
        }
    }
}

impl<S: Service<Request<Q>>, Q> fmt::Debug for ResponseFuture<S, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseFuture(..)")
    }
}
