//! The tower layer.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use arc_swap::ArcSwap;
use http::{Extensions, Request, Uri};
use tower_layer::Layer;

use super::{policy::Rules, request::is_handshake, stats::Counters};
use crate::{
    CrossOrigin, CrossOriginAllow, CrossOriginDecision, CrossOriginPolicy, CrossOriginRejection,
    CrossOriginStats,
};

/// Refuses what a [`CrossOriginPolicy`] refuses: 403, an empty body, and a [`CrossOriginRejection`] in the response's
/// extensions.
///
/// It belongs inside whatever writes the effective scheme and host into the request's URI and answers CORS preflights, and
/// outside authentication. All clones share one policy and one set of counters.
#[derive(Clone)]
pub struct CrossOriginLayer {
    shared: Arc<Shared>,
    route: Route,
}

type Route = for<'a> fn(&'a Uri, &'a Extensions) -> &'a str;

struct Shared {
    policy: ArcSwap<Rules>,
    /// As the policy says; apart, so that most reads pass without loading it.
    isolates_reads: AtomicBool,
    /// Held while both are replaced: of two calls at once neither may leave its policy beside the other's flag.
    replacing: Mutex<()>,
    counters: Counters,
    #[cfg(feature = "tracing")]
    watch: super::watch::Watch,
}

impl CrossOriginLayer {
    /// A layer of this policy. A route is known by its path, unless [`route_from`](Self::route_from) says more.
    #[must_use]
    pub fn new(policy: CrossOriginPolicy) -> Self {
        Self {
            shared: Arc::new(Shared {
                isolates_reads: AtomicBool::new(policy.rules.isolates_reads),
                policy: ArcSwap::new(policy.rules),
                replacing: Mutex::new(()),
                counters: Counters::default(),
                #[cfg(feature = "tracing")]
                watch: super::watch::Watch::default(),
            }),
            route: |uri, _| uri.path(),
        }
    }

    /// Finds the route's template by this function, in the extensions where the router keeps it. Where there is none it
    /// should give the path.
    #[must_use]
    pub fn route_from(mut self, route: for<'a> fn(&'a Uri, &'a Extensions) -> &'a str) -> Self {
        self.route = route;
        self
    }

    /// Replaces the policy for all clones of this layer and all their services.
    pub fn set_policy(&self, policy: CrossOriginPolicy) {
        let _both = self.shared.replacing.lock();
        let isolates_reads = policy.rules.isolates_reads;
        self.shared.policy.store(policy.rules);
        // a read that comes between the two is decided by the old policy or the new one, as if it came sooner or later
        self.shared
            .isolates_reads
            .store(isolates_reads, Ordering::Release);
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> CrossOriginPolicy {
        CrossOriginPolicy {
            rules: self.shared.policy.load_full(),
        }
    }

    /// What was decided so far. Each number is right; together they may be those of two moments.
    #[must_use]
    pub fn stats(&self) -> CrossOriginStats {
        self.shared.counters.read()
    }

    /// Whether the request passes, and in nobody's name.
    pub(crate) fn examine<Q>(&self, request: &Request<Q>) -> Result<Passed, CrossOriginRejection> {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        let isolates_reads = self.shared.isolates_reads.load(Ordering::Acquire);
        if !isolates_reads && method.is_safe() && !is_handshake(method, headers) {
            return Ok(Passed::default());
        }
        let rules = self.shared.policy.load();
        let route = || (self.route)(uri, request.extensions());
        match rules.decide(method, uri, headers, route) {
            CrossOriginDecision::Allow(reason) => {
                self.shared.counters.allow(reason);
                return Ok(Passed {
                    as_nobody: reason == CrossOriginAllow::NoCredentials && !rules.report_only,
                });
            }
            CrossOriginDecision::Refuse(reason) => {
                self.shared.counters.refuse(reason, rules.report_only);
                #[cfg(feature = "tracing")]
                self.shared.watch.tell(reason, rules.report_only);
                if !rules.report_only {
                    return Err(CrossOriginRejection::new(reason));
                }
            }
        }
        Ok(Passed::default())
    }
}

/// A request that is not refused.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Passed {
    /// Whether it passes for its lack of credentials only. Then the answer gives none either: a browser that was told to send
    /// cookies had none yet, and would keep those that it gets, whatever CORS says. The attacker's session would be the user's.
    pub(crate) as_nobody: bool,
}

impl<S> Layer<S> for CrossOriginLayer {
    type Service = CrossOrigin<S>;

    fn layer(&self, inner: S) -> CrossOrigin<S> {
        CrossOrigin::new(inner, self.clone())
    }
}

impl Default for CrossOriginLayer {
    /// A layer of [`CrossOriginPolicy::default`].
    fn default() -> Self {
        Self::new(CrossOriginPolicy::default())
    }
}

impl fmt::Debug for CrossOriginLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrossOriginLayer")
            .field("policy", &self.policy())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
