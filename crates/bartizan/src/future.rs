use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bartizan_client_ip as client_ip;
use bartizan_headers as headers;
use bartizan_problem as problem;
use bartizan_ratelimit as ratelimit;
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::{HardenedBody, LimitStore, body::BoxError, describe::Siblings};

type Guarded<S> = client_ip::HostGuard<headers::CrossOrigin<problem::CatchPanic<S>>>;
type Limited<S, Q> = ratelimit::ResponseFuture<Guarded<S>, LimitStore, Q>;
type Described<S, Q> = problem::ResponseFuture<Limited<S, Q>, Siblings>;
pub(crate) type Nest<S, Q> = headers::ResponseFuture<headers::CorsFuture<Described<S, Q>>>;

pin_project! {
    /// The future of [`Hardened`](crate::Hardened).
    pub struct HardenedFuture<S, Q>
    where
        S: Service<Request<Q>>,
        client_ip::HostGuard<headers::CrossOrigin<problem::CatchPanic<S>>>: Service<Request<Q>>,
    {
        #[pin]
        nest: Nest<S, Q>,
    }
}

impl<S, Q> HardenedFuture<S, Q>
where
    S: Service<Request<Q>>,
    client_ip::HostGuard<headers::CrossOrigin<problem::CatchPanic<S>>>: Service<Request<Q>>,
{
    pub(crate) const fn new(nest: Nest<S, Q>) -> Self {
        Self { nest }
    }
}

impl<S, Q> fmt::Debug for HardenedFuture<S, Q>
where
    S: Service<Request<Q>>,
    client_ip::HostGuard<headers::CrossOrigin<problem::CatchPanic<S>>>: Service<Request<Q>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HardenedFuture(..)")
    }
}

impl<S, Q, B> Future for HardenedFuture<S, Q>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Default,
{
    type Output = Result<Response<HardenedBody<B>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = self.project().nest.poll(cx);
        answer.map_ok(|response| response.map(HardenedBody::new))
    }
}
