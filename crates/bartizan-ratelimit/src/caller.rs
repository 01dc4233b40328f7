//! Who asks for what: how a limiter learns it without knowing who found it out.

use std::net::IpAddr;

use http::{Extensions, Uri};

use crate::key::KeyPart;

/// Tells of a request what its keys are made of. This is how a composition hands over what other layers have put into the
/// extensions.
///
/// Every method has a default, which is for a service without other layers.
pub trait Caller: Clone + Send + Sync + 'static {
    /// The client's address, and only one that can be trusted: a forwarded address that anybody can write gives anybody a
    /// quota for each address that he thinks of. By default an [`IpAddr`] in the extensions.
    fn address(&self, extensions: &Extensions) -> Option<IpAddr> {
        extensions.get::<IpAddr>().copied()
    }

    /// The route's template, so that `/users/1` and `/users/2` are one route. By default the path as it is.
    fn route<'a>(&self, uri: &'a Uri, _extensions: &'a Extensions) -> &'a str {
        uri.path()
    }

    /// Who asks, as authentication has found.
    fn identity<'a>(&self, _what: Identity, _extensions: &'a Extensions) -> Option<KeyPart<'a>> {
        None
    }
}

/// Which identity is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// Who asks: a user, a service, a token.
    Principal,
    /// The account that is acted for.
    Account,
    /// The customer that it belongs to.
    Tenant,
}

/// A service without other layers: the address is an [`IpAddr`] in the extensions, the route is the path, nobody is known.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct FromExtensions;

impl FromExtensions {
    /// The caller.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Caller for FromExtensions {}

/// What this one request costs, in the request's extensions, in place of its rules' own cost. Zero is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost(pub u32);

impl Cost {
    /// So much.
    #[must_use]
    pub const fn new(cost: u32) -> Self {
        Self(cost)
    }
}

/// What the request has really cost, in the response's extensions. Rules that are
/// [`settled`](crate::Rule::settled) give back the difference, or take it, into debt if need be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spent(pub u32);

impl Spent {
    /// So much.
    #[must_use]
    pub const fn new(cost: u32) -> Self {
        Self(cost)
    }
}
