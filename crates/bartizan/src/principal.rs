use std::{fmt, sync::Arc};

use bartizan_ratelimit::{Identity, KeyPart};

/// Who asks, put into the request's extensions by authentication: quotas by principal, account and tenant are counted by it.
///
/// ```
/// use bartizan::Principal;
/// # let mut request = http::Request::new(());
/// request.extensions_mut().insert(Principal::new(4711).with_tenant("example"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Principal {
    id: PrincipalId,
    account: Option<PrincipalId>,
    tenant: Option<PrincipalId>,
}

/// The id of a principal, an account or a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrincipalId {
    /// A number, as of a row.
    Number(u64),
    /// A text.
    Text(Arc<str>),
}

impl From<u64> for PrincipalId {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for PrincipalId {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl Principal {
    /// The one who asks. It is his own account too, unless another is named.
    pub fn new(id: impl Into<PrincipalId>) -> Self {
        Self {
            id: id.into(),
            account: None,
            tenant: None,
        }
    }

    /// Acts for this account.
    #[must_use]
    pub fn with_account(mut self, account: impl Into<PrincipalId>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Belongs to this tenant.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<PrincipalId>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// The one who asks.
    pub const fn id(&self) -> &PrincipalId {
        &self.id
    }

    pub(crate) fn part(&self, what: Identity) -> Option<KeyPart<'_>> {
        let id = match what {
            Identity::Principal => &self.id,
            Identity::Account => self.account.as_ref().unwrap_or(&self.id),
            Identity::Tenant => self.tenant.as_ref()?,
            _ => return None,
        };
        Some(match id {
            PrincipalId::Number(number) => KeyPart::Number(*number),
            PrincipalId::Text(text) => KeyPart::Bytes(text.as_bytes()),
        })
    }
}

/// An id can be a name: it is not shown.
impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Principal(..)")
    }
}
