//! Several policies, of which each answer gets one.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use http::{Extensions, Request};

use crate::{
    Exchange, Nonce, Policy, PolicyError, PolicyErrors,
    authenticated::brings_credentials,
    exchange::{Asked, Chosen},
    nonce::NonceEntropy,
    paths::Paths,
};

/// Put into a response's extensions, it chooses the policy of this name ([`Policies::named`]). A name that nobody has given a
/// policy chooses the site's own, and is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_structs,
    reason = "a name and nothing else, written where it is used"
)]
pub struct PolicyName(pub &'static str);

/// The site's own policy and named ones for some of its answers. `HeadersLayer` holds one; by itself it serves those who have
/// no tower.
///
/// ```
/// use bartizan_headers::{Field, Policies, Policy, PolicyName};
/// use http::{Request, Response};
///
/// let embed = Policy::builder().without(Field::CrossOriginResourcePolicy).build()?;
/// let policies = Policies::new(Policy::default()).named("embed", embed);
///
/// let exchange = policies.begin(&mut Request::new(()));
/// let mut response = Response::new("a picture for everybody");
/// response.extensions_mut().insert(PolicyName("embed"));
/// exchange.finish(&mut response);
/// assert!(!response.headers().contains_key("cross-origin-resource-policy"));
/// # Ok::<(), bartizan_headers::PolicyErrors>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Policies {
    shared: Arc<Shared>,
}

#[derive(Clone, Debug, Default)]
struct Shared {
    own: Policy,
    named: Vec<(&'static str, Policy)>,
    choose: Option<fn(&Extensions) -> Option<PolicyName>>,
    by_path: Option<Paths<Policy>>,
    /// What draws nonces, if any of the policies has a place for one: the answer may choose another policy than the request.
    entropy: Option<NonceEntropy>,
    unknown: Arc<AtomicU64>,
}

impl Policies {
    /// The site's own policy alone.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self::of(Shared {
            own: policy,
            ..Shared::default()
        })
    }

    fn of(mut shared: Shared) -> Self {
        let named = shared.named.iter().map(|(_, policy)| policy);
        let by_path = shared.by_path.iter().flat_map(Paths::iter);
        shared.entropy = std::iter::once(&shared.own)
            .chain(named)
            .chain(by_path)
            .find_map(|policy| policy.rules().entropy);
        let shared = Arc::new(shared);
        Self { shared }
    }

    /// Adds a policy that some answers get in place of the site's own: those with a [`PolicyName`] in their extensions, and
    /// those to requests for which [`choose`](Self::choose) names it. The last one of a name counts.
    #[must_use]
    pub fn named(self, name: &'static str, policy: Policy) -> Self {
        let mut shared = Shared::clone(&self.shared);
        shared.named.retain(|(of, _)| *of != name);
        shared.named.push((name, policy));
        Self::of(shared)
    }

    /// Names the policy for a request by its extensions, for instance by the pattern that a router has left there. The name
    /// in a response's extensions goes before it.
    #[must_use]
    pub fn choose(self, choose: fn(&Extensions) -> Option<PolicyName>) -> Self {
        let mut shared = Shared::clone(&self.shared);
        shared.choose = Some(choose);
        Self::of(shared)
    }

    /// Gives answers to requests for some paths other policies: `/embed/logo` is for this path, `/embed/**` for it and all
    /// below. An exact path goes before all others, a longer one before a shorter; a policy that is chosen by name goes before
    /// both. Paths are compared byte for byte as they were sent. A second call replaces the first.
    ///
    /// # Errors
    ///
    /// A [`PolicyError::Route`] for each text that is no such pattern or is there twice.
    pub fn by_path<T: AsRef<str>>(
        self,
        routes: impl IntoIterator<Item = (T, Policy)>,
    ) -> Result<Self, PolicyErrors> {
        let paths = Paths::new(routes).map_err(|faults| {
            let routes = faults.into_iter().map(|fault| PolicyError::Route {
                duplicate: fault.first.is_some(),
                route: fault.text.into(),
            });
            PolicyErrors::all(routes.collect())
        })?;
        let mut shared = Shared::clone(&self.shared);
        shared.by_path = Some(paths);
        Ok(Self::of(shared))
    }

    /// How many answers named a policy that is not there, and got the site's own. Anything but zero is a mistake in the
    /// program. Shared by clones.
    #[must_use]
    pub fn unknown_names(&self) -> u64 {
        self.shared.unknown.load(Ordering::Relaxed)
    }

    /// Looks at a request, and puts a [`Nonce`] into its extensions if a policy has a place for one.
    pub fn begin<B>(&self, request: &mut Request<B>) -> Exchange {
        let shared = &self.shared;
        let name = shared
            .choose
            .and_then(|choose| choose(request.extensions()));
        let by_path = shared.by_path.as_ref();
        let chosen = match (name, by_path) {
            (Some(name), _) => Chosen::ByName(name),
            (None, Some(paths)) => match paths.get(request.uri().path()) {
                Some(policy) => Chosen::ByPath(policy.clone()),
                None => Chosen::Own,
            },
            (None, None) => Chosen::Own,
        };
        // asked of the site's own policy: the other one may only be known with the answer, and both are the same for all of
        // a site's pages
        let asked = Asked {
            https: shared.own.is_https(request.uri()),
            private: brings_credentials(request.headers(), &shared.own.rules().session_cookies),
        };
        // one that stands there already belongs to a layer outside, whose policy this answer will not have
        let nonce = shared.entropy.map(|entropy| {
            let nonce = Nonce::new(entropy);
            request.extensions_mut().insert(nonce.clone());
            nonce
        });
        Exchange::new(self.clone(), chosen, asked, nonce)
    }

    pub(crate) fn own(&self) -> &Policy {
        &self.shared.own
    }

    pub(crate) fn by_name(&self, PolicyName(name): PolicyName) -> &Policy {
        let mut named = self.shared.named.iter();
        match named.find(|(of, _)| *of == name) {
            Some((_, policy)) => policy,
            None => {
                self.shared.unknown.fetch_add(1, Ordering::Relaxed);
                &self.shared.own
            }
        }
    }
}

impl From<Policy> for Policies {
    /// One policy for all answers.
    fn from(policy: Policy) -> Self {
        Self::new(policy)
    }
}
