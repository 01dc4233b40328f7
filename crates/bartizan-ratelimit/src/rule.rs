//! A rule: which requests, counted by what, how many.

use std::num::NonZeroU32;

use http::Method;

use crate::{ban::BanPolicy, limit::OnFailure, quota::Quota, route::RoutePattern};

/// How many requests of which kind one caller may make.
///
/// All rules that fit a request hold for it at once, and a request that one of them refuses takes nothing from the others.
/// Two windows for one thing are two rules.
///
/// ```
/// use bartizan_ratelimit::{KeyBy, Quota, RoutePattern, Rule};
/// use std::num::NonZeroU32;
///
/// let ten = NonZeroU32::new(10).unwrap();
/// let rule = Rule::new("uploads", Quota::per_minute(ten)?)
///     .routes([RoutePattern::parse("/v1/files/**")?])
///     .methods([http::Method::POST])
///     .key([KeyBy::Principal]);
/// assert_eq!(rule.name(), "uploads");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(crate) name: Box<str>,
    pub(crate) quota: Quota,
    pub(crate) routes: Vec<RoutePattern>,
    pub(crate) methods: Vec<Method>,
    pub(crate) key: Vec<KeyBy>,
    pub(crate) cost: NonZeroU32,
    pub(crate) v6: V6,
    pub(crate) on_failure: OnFailure,
    pub(crate) shadow: bool,
    pub(crate) fields: bool,
    pub(crate) settled: bool,
    pub(crate) ban: Option<BanPolicy>,
    pub(crate) at_once: Option<NonZeroU32>,
}

/// What a rule counts by. Several together are one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyBy {
    /// The caller's address, by prefix.
    Address,
    /// Who asks, as authentication has found.
    Principal,
    /// The account that is asked about or acted for.
    Account,
    /// The tenant.
    Tenant,
    /// The route's template: each route has a quota of its own.
    Route,
    /// The method.
    Method,
}

/// How IPv6 addresses are grouped. A customer holds at least a /64, and often a /56 or /48 (RFC 6177).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct V6 {
    pub(crate) bits: u8,
    /// Bits of a wider prefix, and how many times the quota it has.
    pub(crate) wide: Option<(u8, NonZeroU32)>,
}

const EIGHT: NonZeroU32 = NonZeroU32::MIN.saturating_add(7);

impl Default for V6 {
    fn default() -> Self {
        Self {
            bits: 64,
            wide: Some((48, EIGHT)),
        }
    }
}

/// Where in a request's way a rule can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Point {
    /// Before authentication: only the address is known.
    Edge,
    /// After it.
    Authenticated,
}

impl Rule {
    /// A rule for every request, counted by address. The name is part of every key and of the response's fields.
    #[must_use]
    pub fn new(name: &str, quota: Quota) -> Self {
        Self {
            name: name.into(),
            quota,
            routes: Vec::new(),
            methods: Vec::new(),
            key: vec![KeyBy::Address],
            cost: NonZeroU32::MIN,
            v6: V6::default(),
            on_failure: OnFailure::Local,
            shadow: false,
            fields: true,
            settled: false,
            ban: None,
            at_once: None,
        }
    }

    /// Only these routes.
    #[must_use]
    pub fn routes(mut self, routes: impl IntoIterator<Item = RoutePattern>) -> Self {
        self.routes = routes.into_iter().collect();
        self
    }

    /// Only these methods. One for GET is for HEAD too.
    #[must_use]
    pub fn methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.methods = methods.into_iter().collect();
        self
    }

    /// Counted by all of these together. A request that lacks one of them is not counted by this rule: let a rule by address
    /// stand beside it.
    #[must_use]
    pub fn key(mut self, key: impl IntoIterator<Item = KeyBy>) -> Self {
        self.key = key.into_iter().collect();
        self
    }

    /// Each request costs so much of the quota, unless a [`Cost`](crate::Cost) in its extensions says otherwise.
    #[must_use]
    pub const fn cost(mut self, cost: NonZeroU32) -> Self {
        self.cost = cost;
        self
    }

    /// Groups IPv6 addresses by this many leading bits, 64 by default.
    #[must_use]
    pub const fn v6_prefix(mut self, bits: u8) -> Self {
        self.v6.bits = bits;
        self
    }

    /// Counts IPv6 addresses by a wider prefix too, with `times` the quota; /48 with 8 times by default. `None` counts the
    /// narrow prefix alone, which leaves 65,536 quotas to whoever holds a /48.
    #[must_use]
    pub const fn v6_wide_prefix(mut self, wide: Option<(u8, NonZeroU32)>) -> Self {
        self.v6.wide = wide;
        self
    }

    /// What it does when a shared store fails.
    #[must_use]
    pub const fn on_failure(mut self, on_failure: OnFailure) -> Self {
        self.on_failure = on_failure;
        self
    }

    /// Counts and reports, but refuses nobody.
    #[must_use]
    pub const fn shadow(mut self) -> Self {
        self.shadow = true;
        self
    }

    /// Says nothing about it in the response: for logins and codes, where what is left is how many guesses are left.
    #[must_use]
    pub const fn without_fields(mut self) -> Self {
        self.fields = false;
        self
    }

    /// Corrects the cost by the [`Spent`](crate::Spent) that the handler puts into its response's extensions. A client that goes
    /// away before the response is there is charged the cost alone.
    #[must_use]
    pub const fn settled(mut self) -> Self {
        self.settled = true;
        self
    }

    /// Bans who is refused too often by this rule.
    #[must_use]
    pub const fn ban(mut self, ban: BanPolicy) -> Self {
        self.ban = Some(ban);
        self
    }

    /// No more than so many requests of one key at once, each until its response's body has ended.
    #[must_use]
    pub const fn at_once(mut self, most: NonZeroU32) -> Self {
        self.at_once = Some(most);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it can be decided: what its key is made of must be known there.
    #[must_use]
    pub fn point(&self) -> Point {
        let late = [KeyBy::Principal, KeyBy::Account, KeyBy::Tenant];
        match self.key.iter().any(|part| late.contains(part)) {
            true => Point::Authenticated,
            false => Point::Edge,
        }
    }

    pub(crate) fn fits(&self, route: &str, method: &Method) -> bool {
        // Frameworks run the handler of GET for HEAD (RFC 9110 section 9.3.2), so it is as dear.
        let method = match *method {
            Method::HEAD if !self.methods.contains(&Method::HEAD) => &Method::GET,
            _ => method,
        };
        (self.methods.is_empty() || self.methods.contains(method))
            && (self.routes.is_empty() || self.routes.iter().any(|pattern| pattern.matches(route)))
    }
}
