use std::{
    fmt,
    task::{Context, Poll},
};

use bartizan_headers::HeadersLayer;
use bartizan_problem::{CatchPanicLayer, ProblemLayer};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_layer::{Layer, Stack};
use tower_service::Service;

use crate::{Config, ConfigError, HardenedBody, HardenedFuture, describe::Siblings};

// `Stack<Inner, Outer>`: the outermost stands last. An alias, so that order and leaf types are no API.
type Nest = Stack<CatchPanicLayer, Stack<ProblemLayer<Siblings>, HeadersLayer>>;
pub(crate) type Inner<S> = <Nest as Layer<S>>::Service;

/// The hardening of a service, as one layer; see [the crate's page](crate) for what it does. A clone shares all state.
#[derive(Clone)]
pub struct Hardening {
    nest: Nest,
}

impl Hardening {
    /// The layer that this configuration describes.
    ///
    /// # Errors
    ///
    /// A section that contradicts itself, by its name.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self::with_headers(HeadersLayer::new(
            config.headers.policy()?,
        )))
    }

    fn with_headers(headers: HeadersLayer) -> Self {
        let problem = ProblemLayer::describing(Siblings);
        Self {
            nest: Stack::new(CatchPanicLayer::new(), Stack::new(problem, headers)),
        }
    }
}

/// The layer of [`Config::default`].
impl Default for Hardening {
    fn default() -> Self {
        Self::with_headers(HeadersLayer::default())
    }
}

impl fmt::Debug for Hardening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hardening(..)")
    }
}

impl<S> Layer<S> for Hardening {
    type Service = Hardened<S>;

    fn layer(&self, inner: S) -> Hardened<S> {
        Hardened {
            nest: self.nest.layer(inner),
        }
    }
}

/// The service of [`Hardening`].
#[derive(Clone)]
pub struct Hardened<S> {
    nest: Inner<S>,
}

impl<S> fmt::Debug for Hardened<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hardened(..)")
    }
}

impl<S, Q, B> Service<Request<Q>> for Hardened<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: Body<Data = Bytes> + Default,
{
    type Response = Response<HardenedBody<B>>;
    type Error = S::Error;
    type Future = HardenedFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.nest.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        HardenedFuture::new(self.nest.call(request))
    }
}
