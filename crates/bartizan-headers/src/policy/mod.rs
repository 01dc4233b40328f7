//! The policy: immutable once built, cheap to clone.

mod build;
mod builder;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use http::{Uri, uri::Scheme};

pub use self::builder::PolicyBuilder;
use crate::{CookieRepair, fields::Prepared, nonce::NonceEntropy};

/// When the connection counts as HTTPS, which decides on `Strict-Transport-Security` (RFC 6797, section 7.2: never over
/// plain HTTP) and `upgrade-insecure-requests`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// When the request's URI says so: HTTP/2 and HTTP/3 carry the scheme, and a layer outside may set it.
    #[default]
    FromRequest,
    /// Always: the service has an `https` origin, wherever TLS ends.
    Https,
    /// Never.
    Plain,
}

/// Which security fields go on which answer.
///
/// [`Policy::default`] is the hardened one, as the table on [the crate's page](crate) says.
#[derive(Clone, Debug)]
pub struct Policy {
    rules: Arc<Rules>,
}

#[derive(Debug)]
pub(crate) struct Rules {
    transport: Transport,
    pub(crate) removes_disclosure: bool,
    pub(crate) prepared: Prepared,
    /// There if a policy of this one has a place for a nonce.
    pub(crate) entropy: Option<NonceEntropy>,
    pub(crate) session_cookies: Vec<String>,
    /// Whether answers for one person get `no-store`.
    pub(crate) keeps_private: bool,
    pub(crate) cookies: Option<CookieRepair>,
    pub(crate) unrepaired: AtomicU64,
}

impl Policy {
    /// A builder that starts from the default policy; each of its calls loosens or changes something in sight.
    #[must_use]
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }

    /// Whether a request with this URI counts as one over HTTPS: what the layer hands to [`apply`](Self::apply).
    #[must_use]
    pub fn is_https(&self, uri: &Uri) -> bool {
        match self.rules.transport {
            Transport::FromRequest => uri.scheme() == Some(&Scheme::HTTPS),
            Transport::Https => true,
            Transport::Plain => false,
        }
    }

    /// How many cookies [`CookieRepair`] has left as they were because no browser will keep them. Shared by clones.
    #[must_use]
    pub fn unrepaired_cookies(&self) -> u64 {
        self.rules.unrepaired.load(Ordering::Relaxed)
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }
}

impl Default for Policy {
    fn default() -> Self {
        let builder = PolicyBuilder::default();
        Self {
            rules: Arc::new(builder.assemble(builder.parts(), None)),
        }
    }
}
