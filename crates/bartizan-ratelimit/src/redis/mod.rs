//! Quotas that several processes share, through Redis or Valkey.

mod breaker;
mod config;
mod deny;
mod events;
mod fallback;
mod keeper;
mod link;
mod pace;
mod script;
mod stats;
mod wait;

use std::{fmt, sync::Arc, sync::atomic::Ordering::Relaxed, time::Instant};

use ::redis::Client;
use smallvec::SmallVec;
use tokio::{
    runtime::Handle,
    sync::mpsc::{self, Sender},
    task::AbortHandle,
};

use crate::{
    claim::{Claim, Decisions, INLINE},
    decision::Decision,
    key::Key,
    limit::Limit,
    store::{Answer, Change, Outcome, Store, Unavailable},
};

use self::{
    link::Link,
    script::{Owned, Pending},
};

pub use self::{
    config::{RedisConfig, RedisConfigError},
    pace::NotShareable,
    stats::RedisStats,
    wait::RedisWait,
};

/// Balances in Redis (6.0 or newer) or Valkey, shared by all processes that use the same namespace and
/// [`Secret`](crate::Secret). A clone is the same store.
///
/// - One call a decision, for any number of claims, all or nothing: a script that reads, decides by the server's clock and
///   writes. Refused requests write nothing.
/// - A key that was refused is refused here until its time has come: a flood costs the server one call a key and wait.
/// - A server that does not answer within the time limit is given up after some failures, probed in the background, and
///   asked again once it answers. In between no request waits: each limit decides by its
///   [`OnFailure`](crate::OnFailure).
/// - The server learns 128 bits of a keyed hash of whom it counts, nothing else.
///
/// It counts in whole microseconds: an interval is rounded up to one, which makes 1,000 requests a second up to 0.1% fewer,
/// and 100,000 up to 10%.
///
/// ```
/// use bartizan_ratelimit::{
///     Answer, Claim, Epoch, Limit, OnFailure, Quota, Redis, RedisConfig, Secret, Store, Table,
/// };
/// use std::{num::NonZeroU32, sync::Arc, time::{Instant, SystemTime}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let now = Instant::now();
/// // All instances have the same secret, from the configuration.
/// let secret = Secret::from_bytes(*b"sixteen of those");
/// let table = Arc::new(Table::with_cells(1024, Epoch::new(now, SystemTime::now())));
/// let quota = Quota::per_minute(NonZeroU32::new(2).unwrap())?;
/// let limit = Limit::new("example", quota, table, &secret).on_failure(OnFailure::Local);
///
/// // Made while there is no server: it is down until there is one, and this process counts alone.
/// let store = Redis::connect(RedisConfig::new("redis://127.0.0.1:1"))?;
/// store.check(&limit)?;
/// let key = limit.keyer().address([192, 0, 2, 7].into());
/// let mut allowed = [false; 3];
/// for allowed in &mut allowed {
///     let decisions = match store.decide(&[Claim::new(&limit, key, 1)], now) {
///         Answer::Now(outcome) => outcome?,
///         Answer::Later(wait) => wait.await?,
///         _ => unreachable!(),
///     };
///     *allowed = decisions.are_allowed();
/// }
/// assert_eq!(allowed, [true, true, false]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Redis {
    own: Arc<Own>,
}

/// What ends with the last clone.
struct Own {
    link: Arc<Link>,
    changes: Sender<Pending>,
    keeper: AbortHandle,
}

impl Drop for Own {
    fn drop(&mut self) {
        // The other task ends by itself, when it has sent what is queued.
        self.keeper.abort();
    }
}

impl Redis {
    /// The store of this configuration. It does not wait for the server: until the first answer it is as when the server is
    /// down. It belongs to the tokio runtime in which it was made, which needs I/O and time.
    ///
    /// # Errors
    ///
    /// What the configuration says cannot work, and that there is no runtime here.
    pub fn connect(config: RedisConfig) -> Result<Self, RedisConfigError> {
        config.validate()?;
        let client = Client::open(config.url.as_str()).map_err(|_| RedisConfigError::Url)?;
        // A TLS URL can be read, but without TLS never be connected to.
        if !client.get_connection_info().addr().is_supported() {
            return Err(RedisConfigError::Url);
        }
        let runtime = Handle::try_current().map_err(|_| RedisConfigError::NoRuntime)?;
        let store = client.get_connection_info().addr().to_string();
        let link = Arc::new(Link::new(store, &config, Instant::now()));
        let (changes, queue) = mpsc::channel(config.queue.max(1));
        let keeper = runtime.spawn(keeper::keep(Arc::clone(&link), client));
        runtime.spawn(keeper::send_changes(Arc::clone(&link), queue));
        Ok(Self {
            own: Arc::new(Own {
                link,
                changes,
                keeper: keeper.abort_handle(),
            }),
        })
    }

    /// Whether this store can keep the limit: to be asked once, when limits are built. Claims on one that it cannot keep are
    /// [`Unavailable`].
    ///
    /// # Errors
    ///
    /// An interval below a microsecond, or an instance's share of more than 100 years.
    pub fn check(&self, limit: &Limit) -> Result<(), NotShareable> {
        pace::check(limit, self.own.link.instances)
    }

    /// What it has done so far.
    #[must_use]
    pub fn stats(&self) -> RedisStats {
        let link = &self.own.link;
        link.counters.read(link.is_open())
    }

    fn link(&self) -> &Arc<Link> {
        &self.own.link
    }

    fn queue(&self, pending: Pending, now: Instant) {
        let link = self.link();
        let lost = match link.is_open() {
            true => Some(pending),
            false => self
                .own
                .changes
                .try_send(pending)
                .err()
                .map(|full| full.into_inner()),
        };
        if let Some(pending) = lost {
            keeper::keep_here(link, &pending, now);
        }
    }
}

impl Store for Redis {
    type Wait = RedisWait;

    fn decide(&self, claims: &[Claim<'_>], now: Instant) -> Answer<RedisWait> {
        let link = self.link();
        if claims.is_empty() {
            return Answer::Now(Ok(Decisions(SmallVec::new())));
        }
        if claims.iter().any(|claim| self.check(claim.limit).is_err()) {
            return Answer::Now(Err(Unavailable::new()));
        }
        if let Some(refusal) = refusal_from_cache(link, claims, now) {
            return Answer::Now(refusal);
        }
        if link.is_open() {
            link.counters.fallbacks.fetch_add(1, Relaxed);
            return Answer::Now(fallback::decide(claims, link.instances, now));
        }
        let owned = claims.iter().map(Owned::from).collect();
        Answer::Later(RedisWait::new(Arc::clone(link), owned, now))
    }

    fn settle(&self, limit: &Limit, key: Key, change: Change, now: Instant) {
        let deny = &self.link().deny;
        match change {
            // Nothing was taken.
            Change::Refund(decision) if !decision.is_allowed() || decision.cost() == 0 => return,
            Change::Refund(decision) if !script::is_from_store(&decision) => {
                return limit.table().refund(key, &decision, now);
            }
            Change::Refund(decision) => {
                deny.forget(key, limit.quota());
                fallback::give_back(limit, key, decision.cost(), self.link().instances);
            }
            Change::Clear => {
                deny.forget(key, limit.quota());
                limit.table().clear(key);
            }
            Change::Penalty(_) => {}
        }
        let limit = limit.clone();
        self.queue(Pending { limit, key, change }, now);
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("store", &self.link().store)
            .field("namespace", &self.link().namespace)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

/// The refusal of a request of which a claim is certain to be refused. The others were not asked: they are shown as unspent.
fn refusal_from_cache(link: &Link, claims: &[Claim<'_>], now: Instant) -> Option<Outcome> {
    let refusal = |claim: &Claim<'_>| {
        let quota = claim.limit.quota();
        link.deny.refusal(claim.key, quota, claim.cost, now)
    };
    if !claims.iter().any(|claim| refusal(claim).is_some()) {
        return None;
    }
    link.counters.denied_from_cache.fetch_add(1, Relaxed);
    let decisions: SmallVec<[Decision; INLINE]> = claims
        .iter()
        .map(|claim| refusal(claim).unwrap_or_else(|| fallback::uncounted(claim)))
        .collect();
    Some(Ok(Decisions(decisions)))
}
