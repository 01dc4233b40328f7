//! Builds a policy, or says why it cannot be.

use std::{error, fmt, time::Duration};

use http::HeaderName;

use super::{Policy, Sharing};
use crate::control::{MOST_SECONDS, is_token};

/// The largest body that a policy may store: sixteen variants of it still have a weight.
pub(crate) const MOST_BODY: usize = 1 << 27;

/// Builds a [`Policy`]. What is not called keeps the default.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct PolicyBuilder {
    policy: Policy,
}

impl PolicyBuilder {
    /// Answers that say nothing are fresh for this long. Default: they are not stored.
    pub const fn default_ttl(mut self, ttl: Duration) -> Self {
        self.policy.default_ttl = Some(ttl);
        self
    }

    /// No answer is fresh for longer, whatever it says. Default: a day.
    pub const fn max_ttl(mut self, ttl: Duration) -> Self {
        self.policy.max_ttl = ttl;
        self
    }

    /// The same for answers that are not 2xx. Default: a minute, so that a mistake does not stay.
    pub const fn max_ttl_unless_successful(mut self, ttl: Duration) -> Self {
        self.policy.short_ttl = ttl;
        self
    }

    /// Answers with `Last-Modified` and without a lifetime are fresh for a tenth of their age, at most this long (RFC 9111,
    /// section 4.2.2). Default: they are not.
    pub const fn heuristic(mut self, ceiling: Duration) -> Self {
        self.policy.heuristic = Some(ceiling);
        self
    }

    /// Answers of any final status are stored if they say how long they are fresh. Default: see [`Policy::stores_status`].
    pub const fn any_status(mut self) -> Self {
        self.policy.any_status = true;
        self
    }

    /// Stores answers of this type, and of the others so named, and no more: a page that turns up under the address of an image
    /// stays out (OWASP ASVS 5.0, 14.2.5). Without parameters: `image/png`. Default: any type.
    pub fn content_type(mut self, name: impl Into<Box<str>>) -> Self {
        self.policy.content_types.push(name.into());
        self
    }

    /// Reads this field, such as `CDN-Cache-Control`, in the place of `Cache-Control` and `Expires` (RFC 9213). The first one named
    /// goes first. Default: none, for a field for a network in front says nothing to a cache beside the handler.
    pub fn target(mut self, name: HeaderName) -> Self {
        self.policy.targets.push(name);
        self
    }

    /// Lets clients ask for a fresh answer by `Cache-Control` and `Pragma` (RFC 9111, sections 5.2.1 and 5.4). Default: they
    /// cannot, or anybody could send any number of requests past the cache.
    pub const fn honour_requests(mut self) -> Self {
        self.policy.honours_requests = true;
        self
    }

    /// Whom a stored answer may serve. Default: callers without credentials.
    pub const fn sharing(mut self, sharing: Sharing) -> Self {
        self.policy.sharing = sharing;
        self
    }

    /// The cookies that make a caller somebody. Default: any cookie does.
    pub fn session_cookies<N: Into<Box<str>>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.policy.session_cookies = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// For this long a stale answer may serve while one request refreshes it (RFC 5861, section 3), unless the answer names its
    /// own time or forbids it. Default: zero.
    pub const fn stale_while_revalidate(mut self, window: Duration) -> Self {
        self.policy.while_revalidate = window;
        self
    }

    /// For this long a stale answer may serve where the handler fails (RFC 5861, section 4), unless the answer names its own
    /// time or forbids it. Default: zero.
    pub const fn stale_if_error(mut self, window: Duration) -> Self {
        self.policy.if_error = window;
        self
    }

    /// No answer serves longer when stale, whatever it says. Default: an hour.
    pub const fn max_stale(mut self, window: Duration) -> Self {
        self.policy.max_stale = window;
        self
    }

    /// The largest body that is stored, in bytes: 1 to 2^27. Default: 1 MiB.
    pub const fn max_body(mut self, bytes: usize) -> Self {
        self.policy.max_body = bytes;
        self
    }

    /// By how many percent a time to live is cut at most, by chance: 0 to 50. Default: 10.
    pub const fn jitter_percent(mut self, percent: u8) -> Self {
        self.policy.jitter_percent = percent;
        self
    }

    /// The policy.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] names the first value that is out of its range.
    pub fn build(self) -> Result<Policy, PolicyError> {
        let policy = self.policy;
        let most = Duration::from_secs(MOST_SECONDS.into());
        let times = [
            policy.default_ttl.unwrap_or_default(),
            policy.max_ttl,
            policy.short_ttl,
            policy.heuristic.unwrap_or_default(),
            policy.while_revalidate,
            policy.if_error,
            policy.max_stale,
        ];
        if let Some(time) = times.into_iter().find(|time| *time > most) {
            return Err(PolicyError::Time { found: time });
        }
        if !(1..=MOST_BODY).contains(&policy.max_body) {
            return Err(PolicyError::MaxBody {
                found: policy.max_body,
            });
        }
        if policy.jitter_percent > 50 {
            return Err(PolicyError::Jitter {
                found: policy.jitter_percent,
            });
        }
        if let Some(name) = policy
            .content_types
            .iter()
            .find(|name| !is_media_type(name))
        {
            return Err(PolicyError::ContentType {
                found: name.clone(),
            });
        }
        let cookies = policy.session_cookies.as_deref().unwrap_or_default();
        if let Some(name) = cookies.iter().find(|name| !is_name(name)) {
            return Err(PolicyError::Cookie {
                found: name.clone(),
            });
        }
        Ok(policy)
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token)
}

fn is_media_type(text: &str) -> bool {
    text.split_once('/')
        .is_some_and(|(kind, subtype)| is_name(kind) && is_name(subtype))
}

/// A value that no policy can have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// A time of more than [`MOST_SECONDS`].
    Time {
        /// The time.
        found: Duration,
    },
    /// A body of no bytes, or of more than 2^27.
    MaxBody {
        /// The number of bytes.
        found: usize,
    },
    /// More than 50 percent.
    Jitter {
        /// The number of percent.
        found: u8,
    },
    /// No type without parameters.
    ContentType {
        /// The text.
        found: Box<str>,
    },
    /// No name of a cookie.
    Cookie {
        /// The text.
        found: Box<str>,
    },
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time { found } => {
                write!(
                    f,
                    "expected a time of at most {MOST_SECONDS} s, found {} s",
                    found.as_secs()
                )
            }
            Self::MaxBody { found } => {
                write!(
                    f,
                    "expected a largest body of 1 to {MOST_BODY} bytes, found {found}"
                )
            }
            Self::Jitter { found } => {
                write!(f, "expected a jitter of 0 to 50 percent, found {found}")
            }
            Self::ContentType { found } => {
                write!(
                    f,
                    "expected a media type such as `text/html`, found `{found}`"
                )
            }
            Self::Cookie { found } => write!(f, "expected the name of a cookie, found `{found}`"),
        }
    }
}

impl error::Error for PolicyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_out_of_range_is_refused_when_built() {
        let builder = Policy::builder;
        assert!(builder().max_body(0).build().is_err());
        assert!(builder().max_body(MOST_BODY + 1).build().is_err());
        assert!(builder().max_body(MOST_BODY).build().is_ok());
        assert!(builder().jitter_percent(51).build().is_err());
        assert!(builder().max_ttl(Duration::MAX).build().is_err());
        assert!(builder().session_cookies(["a b"]).build().is_err());
        assert!(builder().content_type("text").build().is_err());
        let text = builder()
            .jitter_percent(51)
            .build()
            .unwrap_err()
            .to_string();
        assert_eq!(text, "expected a jitter of 0 to 50 percent, found 51");
    }
}
