//! What the store is made with.

use std::{error::Error, fmt, num::NonZeroU32, time::Duration};

/// How to reach the shared store, and how far to trust it. Its `Debug` shows no password.
///
/// | what | default | why |
/// |---|---|---|
/// | namespace | `bartizan` | one hash tag: all keys of a decision are on one shard |
/// | time limit | 5 ms | a decision on the same network takes less than 1 ms; a limit must not be what makes a request slow |
/// | failures until open | 20 in a row, or nothing but failures for 100 ms | at most 20 x 5 ms of waiting, all told |
/// | asked again after | 100 ms, doubling to 2 s | a restart is noticed at once, an outage costs one connection in 2 s |
/// | deny cache | 65,536 cells of 16 bytes | 1 MiB |
/// | queue of changes | 4,096 | refunds of some seconds |
#[derive(Clone)]
pub struct RedisConfig {
    pub(crate) url: String,
    pub(crate) namespace: String,
    pub(crate) time_limit: Duration,
    pub(crate) instances: NonZeroU32,
    pub(crate) breaker: BreakerConfig,
    pub(crate) deny_cells: usize,
    pub(crate) queue: usize,
}

/// When the store is given up, and when it is asked again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BreakerConfig {
    pub(crate) failures: NonZeroU32,
    pub(crate) window: Duration,
    pub(crate) first_wait: Duration,
    pub(crate) longest_wait: Duration,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            failures: NonZeroU32::MIN.saturating_add(19),
            window: Duration::from_millis(100),
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(2),
        }
    }
}

impl RedisConfig {
    /// The store at this URL, `redis://[user:password@]host[:port][/database]`, with the defaults above.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            namespace: "bartizan".to_owned(),
            time_limit: Duration::from_millis(5),
            instances: NonZeroU32::MIN,
            breaker: BreakerConfig::default(),
            deny_cells: 1 << 16,
            queue: 1 << 12,
        }
    }

    /// What every key begins with, as the hash tag of a cluster: 1 to 64 bytes, without braces, spaces and controls.
    ///
    /// One decision may name an address, an account and a tenant, and takes from all or none: they must be on one shard. To
    /// use several shards give each group of limits a store of its own, with a namespace of its own.
    #[must_use]
    pub fn with_namespace(mut self, namespace: &str) -> Self {
        namespace.clone_into(&mut self.namespace);
        self
    }

    /// How long a decision may take before the limits' [`OnFailure`](crate::OnFailure) decides: 1 ms to 10 s.
    #[must_use]
    pub const fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// How many processes share the quotas. While the store is down each of them grants its share.
    #[must_use]
    pub const fn with_expected_instances(mut self, instances: NonZeroU32) -> Self {
        self.instances = instances;
        self
    }

    /// Gives the store up after so many failures in a row, or when for so long there was nothing else (at least two).
    #[must_use]
    pub const fn with_failures(mut self, failures: NonZeroU32, window: Duration) -> Self {
        self.breaker.failures = failures;
        self.breaker.window = window;
        self
    }

    /// How long a store that was given up is left alone: at first, and at most, doubling between. 1 ms or more.
    #[must_use]
    pub const fn with_waits(mut self, first: Duration, longest: Duration) -> Self {
        self.breaker.first_wait = first;
        self.breaker.longest_wait = longest;
        self
    }

    /// How many refused keys are remembered, 16 bytes each, so that the store is not asked again before their time: rounded
    /// up to a multiple of four. Zero asks the store each time.
    #[must_use]
    pub const fn with_deny_cells(mut self, cells: usize) -> Self {
        self.deny_cells = cells;
        self
    }

    /// How many [changes](crate::Change) may wait to be sent, at least one.
    #[must_use]
    pub const fn with_queue(mut self, changes: usize) -> Self {
        self.queue = changes;
        self
    }

    pub(crate) fn validate(&self) -> Result<(), RedisConfigError> {
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'{' && byte != b'}';
        if !(1..=64).contains(&self.namespace.len()) || !self.namespace.bytes().all(plain) {
            return Err(RedisConfigError::Namespace {
                namespace: self.namespace.clone(),
            });
        }
        let millisecond = Duration::from_millis(1);
        if !(millisecond..=Duration::from_secs(10)).contains(&self.time_limit) {
            return Err(RedisConfigError::TimeLimit {
                limit: self.time_limit,
            });
        }
        let BreakerConfig {
            first_wait,
            longest_wait,
            ..
        } = self.breaker;
        if first_wait < millisecond || longest_wait < first_wait {
            return Err(RedisConfigError::Waits {
                first: first_wait,
                longest: longest_wait,
            });
        }
        Ok(())
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("namespace", &self.namespace)
            .field("time_limit", &self.time_limit)
            .field("instances", &self.instances)
            .field("breaker", &self.breaker)
            .field("deny_cells", &self.deny_cells)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

/// A configuration no store can be made with. It repeats nothing of the URL, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedisConfigError {
    /// The URL is not one of a Redis server.
    Url,
    /// The namespace cannot be a hash tag.
    Namespace {
        /// What was asked for.
        namespace: String,
    },
    /// The time limit is out of its range.
    TimeLimit {
        /// What was asked for.
        limit: Duration,
    },
    /// The waits are too short, or the first is longer than the longest.
    Waits {
        /// The first.
        first: Duration,
        /// The longest.
        longest: Duration,
    },
    /// There is no tokio runtime here to keep the connection.
    NoRuntime,
}

impl fmt::Display for RedisConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str(
                "the URL of the store is not redis://[user:password@]host[:port][/database]",
            ),
            Self::Namespace { namespace } => write!(
                f,
                "expected a namespace of 1 to 64 visible characters without braces, found {namespace:?}"
            ),
            Self::TimeLimit { limit } => {
                write!(f, "expected a time limit of 1 ms to 10 s, found {limit:?}")
            }
            Self::Waits { first, longest } => write!(
                f,
                "expected a first wait of 1 ms to the longest, found {first:?} and {longest:?}"
            ),
            Self::NoRuntime => f.write_str("the store has to be made inside a tokio runtime"),
        }
    }
}

impl Error for RedisConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let config = RedisConfig::new("redis://user:hunter2@localhost");
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn what_cannot_work_is_refused() {
        let config = RedisConfig::new("redis://localhost");
        assert_eq!(config.validate(), Ok(()));
        for namespace in ["", "a{b", "a}b", "a b", "a\n", &"x".repeat(65)] {
            let config = config.clone().with_namespace(namespace);
            assert!(matches!(
                config.validate(),
                Err(RedisConfigError::Namespace { .. })
            ));
        }
        let limit = Duration::from_micros(999);
        assert_eq!(
            config.clone().with_time_limit(limit).validate(),
            Err(RedisConfigError::TimeLimit { limit })
        );
        let (first, longest) = (Duration::from_secs(2), Duration::from_secs(1));
        assert_eq!(
            config.with_waits(first, longest).validate(),
            Err(RedisConfigError::Waits { first, longest })
        );
    }
}
