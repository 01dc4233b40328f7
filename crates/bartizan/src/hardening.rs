use std::{
    fmt,
    task::{Context, Poll},
    time::{Instant, SystemTime},
};

use bartizan_client_ip::{ClientIpLayer, HostLayer};
use bartizan_headers::HeadersLayer;
use bartizan_problem::{CatchPanicLayer, ProblemLayer};
use bartizan_ratelimit::{Limiter, RateLimitLayer, Secret};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_layer::{Layer, Stack};
use tower_service::Service;

use crate::{
    Config, ConfigError, HardenedBody, HardenedFuture, LimitStore,
    caller::{KnownCaller, peer},
    config::wrong_rules,
    describe::Siblings,
    quota::PrincipalQuotaLayer,
};

type EdgeLimits = RateLimitLayer<KnownCaller, LimitStore>;

// `Stack<Inner, Outer>`: the outermost stands last. An alias, so that order and leaf types are no API.
type Nest = Stack<
    CatchPanicLayer,
    Stack<
        HostLayer,
        Stack<EdgeLimits, Stack<ProblemLayer<Siblings>, Stack<HeadersLayer, ClientIpLayer>>>,
    >,
>;
pub(crate) type Inner<S> = <Nest as Layer<S>>::Service;

/// The hardening of a service, as one layer; see [the crate's page](crate) for what it does. A clone shares all state.
#[derive(Clone)]
pub struct Hardening {
    nest: Nest,
    client_ip: ClientIpLayer,
    limiter: Limiter<LimitStore>,
}

impl Hardening {
    /// The layer that this configuration describes, which counts in this process.
    ///
    /// # Errors
    ///
    /// A section that contradicts itself, by its name.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        Self::with_store(config, LimitStore::default(), Secret::random())
    }

    /// The same with limits that count elsewhere. All instances that share a store share the secret of its keys.
    ///
    /// # Errors
    ///
    /// A section that contradicts itself, by its name.
    pub fn with_store(
        config: &Config,
        store: LimitStore,
        secret: Secret,
    ) -> Result<Self, ConfigError> {
        let client_ip = ClientIpLayer::new(config.client_ip.policy(&config.hosts)?).peer_from(peer);
        let headers = HeadersLayer::new(config.headers.policy()?);
        let limiter = Limiter::builder()
            .store(store)
            .secret(secret)
            .cells(config.rate_limit_store.cells()?)
            .build(config.limits()?, Instant::now(), SystemTime::now())
            .map_err(wrong_rules)?;
        Ok(Self {
            nest: Stack::new(
                CatchPanicLayer::new(),
                Stack::new(
                    HostLayer::new(),
                    Stack::new(
                        RateLimitLayer::edge(limiter.clone(), KnownCaller),
                        Stack::new(
                            ProblemLayer::describing(Siblings),
                            Stack::new(headers, client_ip.clone()),
                        ),
                    ),
                ),
            ),
            client_ip,
            limiter,
        })
    }

    /// Puts what can be changed while serving in force: proxies, hosts and limits. Everything else of the configuration is
    /// only checked. A limit that keeps its name keeps its balances ([`Limiter::replace`]).
    ///
    /// # Errors
    ///
    /// A section that contradicts itself, by its name; then nothing has changed.
    pub fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        config.headers.policy()?;
        let policy = config.client_ip.policy(&config.hosts)?;
        let now = self.limiter.now();
        self.limiter
            .replace(config.limits()?, now, SystemTime::now())
            .map_err(wrong_rules)?;
        self.client_ip.set_policy(policy);
        Ok(())
    }

    /// The limits that count by who asks, as a layer of its own: inside authentication, which puts a
    /// [`Principal`](crate::Principal) into the request's extensions.
    pub fn principal_quotas(&self) -> PrincipalQuotaLayer {
        PrincipalQuotaLayer::new(self.limiter.clone())
    }

    /// What the limits count by, and what they have done.
    pub const fn limiter(&self) -> &Limiter<LimitStore> {
        &self.limiter
    }
}

/// The layer of [`Config::default`].
impl Default for Hardening {
    /// # Panics
    ///
    /// Never: a test builds the default configuration.
    fn default() -> Self {
        match Self::new(&Config::default()) {
            Ok(hardening) => hardening,
            Err(error) => unreachable!("the default configuration is legal: {error}"),
        }
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
    S: Service<Request<Q>, Response = Response<B>> + Clone,
    B: Body<Data = Bytes> + Default,
{
    type Response = Response<HardenedBody<B>>;
    type Error = S::Error;
    type Future = HardenedFuture<S, Q>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.nest.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        HardenedFuture::new(self.nest.call(request))
    }
}
