//! The tower layer.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use arc_swap::ArcSwap;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::{CorsDecision, CorsFields, CorsFuture, CorsPolicies};

/// Answers preflights, and puts the fields of CORS on every other answer to a path that has a policy.
///
/// It belongs outside whatever may answer in the application's place: what a limit, an authentication or a caught panic
/// answers can then be read by the scripts that may, and no preflight is refused for its lack of credentials. All clones
/// share the policies.
///
/// A preflight never gets inside: 204 if it is allowed, else 403 with no field of CORS and a
/// [`CorsRejection`](crate::CorsRejection) in the response's extensions. The body is empty either way.
#[derive(Clone)]
pub struct CorsLayer {
    shared: Arc<ArcSwap<CorsPolicies>>,
}

impl CorsLayer {
    /// A layer of policies by path, or of one [`CorsPolicy`](crate::CorsPolicy) for all paths.
    #[must_use]
    pub fn new(policies: impl Into<CorsPolicies>) -> Self {
        Self {
            shared: Arc::new(ArcSwap::from_pointee(policies.into())),
        }
    }

    /// Replaces the policies for all clones of this layer and all their services. Requests under way keep the old ones, and
    /// browsers keep an allowed preflight for as long as its `Access-Control-Max-Age` said.
    pub fn set_policies(&self, policies: impl Into<CorsPolicies>) {
        self.shared.store(Arc::new(policies.into()));
    }

    /// The policies in force.
    #[must_use]
    pub fn policies(&self) -> Arc<CorsPolicies> {
        self.shared.load_full()
    }
}

impl fmt::Debug for CorsLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CorsLayer")
            .field("policies", &self.policies())
            .finish()
    }
}

impl<S> Layer<S> for CorsLayer {
    type Service = Cors<S>;

    fn layer(&self, inner: S) -> Cors<S> {
        Cors {
            inner,
            shared: Arc::clone(&self.shared),
        }
    }
}

/// The service of [`CorsLayer`].
#[derive(Clone)]
pub struct Cors<S> {
    inner: S,
    shared: Arc<ArcSwap<CorsPolicies>>,
}

impl<S: fmt::Debug> fmt::Debug for Cors<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cors")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S, Q, B> Service<Request<Q>> for Cors<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: Default,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = CorsFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let policies = self.shared.load();
        let fields = match policies.policy(request.uri().path()) {
            None => CorsFields::default(),
            Some(policy) => match policy.decide(request.method(), request.headers()) {
                CorsDecision::NotCors { fields } | CorsDecision::Actual { fields, .. } => fields,
                CorsDecision::Preflight { fields, refused } => {
                    return CorsFuture::answered(fields, refused);
                }
            },
        };
        CorsFuture::passed(self.inner.call(request), fields)
    }
}
