use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bartizan_ratelimit::{
    Limiter, RateLimit, RateLimitBody, RateLimitLayer, ResponseFuture as LimitedFuture,
};
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{LimitStore, caller::KnownCaller};

/// The limits that count by who asks ([`Hardening::principal_quotas`](crate::Hardening::principal_quotas)).
#[derive(Clone)]
pub struct PrincipalQuotaLayer {
    limits: RateLimitLayer<KnownCaller, LimitStore>,
}

impl PrincipalQuotaLayer {
    pub(crate) fn new(limiter: Limiter<LimitStore>) -> Self {
        Self {
            limits: RateLimitLayer::authenticated(limiter, KnownCaller),
        }
    }
}

impl fmt::Debug for PrincipalQuotaLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrincipalQuotaLayer(..)")
    }
}

impl<S> Layer<S> for PrincipalQuotaLayer {
    type Service = PrincipalQuota<S>;

    fn layer(&self, inner: S) -> PrincipalQuota<S> {
        PrincipalQuota {
            inner: self.limits.layer(inner),
        }
    }
}

/// The service of [`PrincipalQuotaLayer`].
#[derive(Clone)]
pub struct PrincipalQuota<S> {
    inner: RateLimit<S, KnownCaller, LimitStore>,
}

impl<S> fmt::Debug for PrincipalQuota<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrincipalQuota(..)")
    }
}

impl<S, Q, B> Service<Request<Q>> for PrincipalQuota<S>
where
    S: Service<Request<Q>, Response = Response<B>> + Clone,
    B: Default,
{
    type Response = Response<RateLimitBody<B>>;
    type Error = S::Error;
    type Future = PrincipalQuotaFuture<S, Q>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        PrincipalQuotaFuture {
            inner: self.inner.call(request),
        }
    }
}

pin_project! {
    /// The future of [`PrincipalQuota`].
    pub struct PrincipalQuotaFuture<S, Q>
    where
        S: Service<Request<Q>>,
    {
        #[pin]
        inner: LimitedFuture<S, LimitStore, Q>,
    }
}

impl<S, Q> fmt::Debug for PrincipalQuotaFuture<S, Q>
where
    S: Service<Request<Q>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrincipalQuotaFuture(..)")
    }
}

impl<S, Q, B> Future for PrincipalQuotaFuture<S, Q>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: Default,
{
    type Output = Result<Response<RateLimitBody<B>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().inner.poll(cx)
    }
}
