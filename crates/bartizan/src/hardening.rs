use std::{
    fmt,
    task::{Context, Poll},
    time::{Instant, SystemTime},
};

use bartizan_client_ip::{ClientIpLayer, HostLayer};
use bartizan_headers::{CorsLayer, CrossOriginLayer, HeadersLayer, Policies};
use bartizan_problem::{CatchPanicLayer, ProblemCounts, ProblemLayer};
use bartizan_ratelimit::{Limiter, RateLimitLayer, Secret};
use bytes::Bytes;
use http::{Extensions, Request, Response, Uri};
use http_body::Body;
use tower_layer::{Layer, Stack};
use tower_service::Service;

use crate::{
    Config, ConfigError, HardenedBody, HardenedFuture, LimitStore,
    body::BoxError,
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
        CrossOriginLayer,
        Stack<
            HostLayer,
            Stack<
                EdgeLimits,
                Stack<ProblemLayer<Siblings>, Stack<CorsLayer, Stack<HeadersLayer, ClientIpLayer>>>,
            >,
        >,
    >,
>;
pub(crate) type Inner<S> = <Nest as Layer<S>>::Service;

/// The hardening of a service, as one layer; see [the crate's page](crate) for what it does. A clone shares all state.
#[derive(Clone)]
pub struct Hardening {
    client_ip: ClientIpLayer,
    headers: HeadersLayer,
    /// Whether the program gave the policies of `headers`: then no configuration replaces them.
    own_headers: bool,
    cors: CorsLayer,
    limiter: Limiter<LimitStore>,
    cross_origin: CrossOriginLayer,
    problems: ProblemLayer<Siblings>,
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
        let headers = config.header_policies().map_err(first)?;
        let cors = config.cors_policies().map_err(first)?;
        let cross_origin = config.cross_origin_policy(&cors).map_err(first)?;
        let limiter = Limiter::builder()
            .store(store)
            .secret(secret)
            .cells(config.rate_limit_store.cells()?)
            .build(config.limits()?, Instant::now(), SystemTime::now())
            .map_err(wrong_rules)?;
        Ok(Self {
            client_ip,
            headers: headers.into(),
            own_headers: false,
            cors: CorsLayer::new(cors),
            limiter,
            cross_origin: CrossOriginLayer::new(cross_origin).route_from(route),
            problems: ProblemLayer::describing(Siblings::default()),
        })
    }

    /// Gives answers these policies, in place of those that the configuration describes: for what no configuration can say, such
    /// as policies by name. From now on [`reload`](Self::reload) leaves them alone.
    #[must_use]
    pub fn with_headers(mut self, policies: impl Into<Policies>) -> Self {
        self.headers.set_policies(policies);
        self.own_headers = true;
        self
    }

    /// Makes the URIs of problems' types absolute: this origin, such as `https://api.example.com`, stands before those that begin
    /// with `/`. For a service behind several names, whose clients compare types.
    #[must_use]
    pub fn with_problem_base(mut self, origin: &str) -> Self {
        let type_base = Some(origin.trim_end_matches('/').into());
        self.problems = ProblemLayer::describing(Siblings { type_base });
        self
    }

    /// Puts what can be changed while serving in force: proxies, hosts, security fields, CORS, the check of requests of other
    /// sites, and limits. Everything else of the configuration is only checked. A limit that keeps its name keeps its balances
    /// ([`Limiter::replace`]). A request under way is answered by the policies that it met.
    ///
    /// # Errors
    ///
    /// A section that contradicts itself, by its name; then nothing has changed.
    pub fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        let headers = config.header_policies().map_err(first)?;
        let cors = config.cors_policies().map_err(first)?;
        let cross_origin = config.cross_origin_policy(&cors).map_err(first)?;
        let policy = config.client_ip.policy(&config.hosts)?;
        let now = self.limiter.now();
        self.limiter
            .replace(config.limits()?, now, SystemTime::now())
            .map_err(wrong_rules)?;
        self.client_ip.set_policy(policy);
        if !self.own_headers {
            self.headers.set_policies(headers);
        }
        self.cors.set_policies(cors);
        self.cross_origin.set_policy(cross_origin);
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

    /// The security fields, and their counters.
    pub const fn headers(&self) -> &HeadersLayer {
        &self.headers
    }

    /// Which origins' scripts may read what, for [`explain`](bartizan_headers::CorsPolicy::explain).
    pub const fn cors(&self) -> &CorsLayer {
        &self.cors
    }

    /// Which requests of other sites were refused and why, by its counters.
    pub const fn cross_origin(&self) -> &CrossOriginLayer {
        &self.cross_origin
    }

    /// How many answers of 4xx and 5xx, panics and broken bodies there were.
    pub fn problem_counts(&self) -> ProblemCounts {
        self.problems.counts()
    }

    fn nest(&self) -> Nest {
        Stack::new(
            CatchPanicLayer::new(),
            Stack::new(
                self.cross_origin.clone(),
                Stack::new(
                    HostLayer::new(),
                    Stack::new(
                        RateLimitLayer::edge(self.limiter.clone(), KnownCaller),
                        Stack::new(
                            self.problems.clone(),
                            Stack::new(
                                self.cors.clone(),
                                Stack::new(self.headers.clone(), self.client_ip.clone()),
                            ),
                        ),
                    ),
                ),
            ),
        )
    }
}

/// The template that a router has matched, or the path where none has.
fn route<'a>(uri: &'a Uri, extensions: &'a Extensions) -> &'a str {
    #[cfg(feature = "axum")]
    if let Some(matched) = extensions.get::<axum::extract::MatchedPath>() {
        return matched.as_str();
    }
    #[cfg(not(feature = "axum"))]
    let _ = extensions;
    uri.path()
}

fn first(errors: Vec<ConfigError>) -> ConfigError {
    let mut errors = errors.into_iter();
    errors
        .next()
        .unwrap_or_else(|| ConfigError::text("", "cannot be built"))
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
            nest: self.nest().layer(inner),
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
    B: Body<Data = Bytes, Error: Into<BoxError>> + Default,
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
