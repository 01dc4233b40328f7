//! Why a request was refused.

use std::{sync::Arc, time::Duration};

use http::{Response, StatusCode};

use crate::fields::{Fields, write_retry_after};

/// Until the next try when a store cannot be asked: it is looked for again within two seconds.
const STORE_RETRY: Duration = Duration::from_secs(2);

/// Why a request was refused. It lies in the response's extensions, beside an empty body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// 429: more than its quotas allow.
    QuotaExceeded {
        /// The rules that refused, but for those that say nothing about themselves.
        rules: Arc<[Arc<str>]>,
        /// When the same request is allowed again; `None`: never, it costs more than the quota ever holds.
        retry_after: Option<Duration>,
    },
    /// 429: too many requests of this key are under way.
    TooManyAtOnce {
        /// The rule, unless it says nothing about itself.
        rule: Option<Arc<str>>,
    },
    /// 403: refused too often, and so not listened to for a while.
    Banned {
        /// Until the ban ends.
        retry_after: Duration,
    },
    /// 403: an address of the list of those that are always refused.
    Denied,
    /// 503: the store cannot be asked, and a rule does not pass requests that it cannot count. The caller did nothing wrong.
    Unavailable,
}

impl Rejection {
    /// The status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::QuotaExceeded { .. } | Self::TooManyAtOnce { .. } => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Banned { .. } | Self::Denied => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// How long to wait before the next try, if that helps.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::QuotaExceeded { retry_after, .. } => *retry_after,
            Self::TooManyAtOnce { .. } => Some(Duration::from_secs(1)),
            Self::Banned { retry_after } => Some(*retry_after),
            Self::Denied => None,
            Self::Unavailable => Some(STORE_RETRY),
        }
    }

    pub(crate) fn into_response<B: Default>(self, fields: Fields) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status();
        if let Some(wait) = self.retry_after() {
            write_retry_after(response.headers_mut(), wait);
        }
        fields.write(response.headers_mut());
        response.extensions_mut().insert(self);
        response
    }
}
