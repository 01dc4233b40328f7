use std::{
    fmt,
    hash::RandomState,
    io,
    num::NonZeroUsize,
    pin::Pin,
    sync::{Arc, Mutex, atomic::Ordering::Relaxed},
    task::{Context, Poll},
    thread,
    time::Instant,
};

use tokio::sync::oneshot;

#[cfg(feature = "pepper")]
use crate::Peppers;
use crate::{
    Ceilings, Cost, Password, PepperKeyId, Policy, PoolMetrics, StoredHash, Unavailable,
    UnavailableKind,
    arena::Arena,
    metrics::Metrics,
    queue::{Job, Queue, Reply, Task, Who},
    stored_hash::Bytes,
    worker::Shared,
};

/// How large a [`Pool`] is and what its hashes cost.
#[derive(Debug, Clone)]
pub struct PoolConfig {
    policy: Policy,
    workers: NonZeroUsize,
    queue: NonZeroUsize,
    pad_to: Option<Cost>,
    #[cfg(feature = "pepper")]
    peppers: Option<Peppers>,
}

impl PoolConfig {
    /// Jobs that may wait by default.
    const QUEUE: NonZeroUsize = NonZeroUsize::new(64).unwrap();

    /// The policy for new hashes.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Threads that hash. Memory is `workers` × the policy's. With as many as there are cores, a flood of logins slows
    /// everything else.
    #[must_use]
    pub fn workers(mut self, workers: NonZeroUsize) -> Self {
        self.workers = workers;
        self
    }

    /// Jobs that may wait. The last one in line waits `queue / workers` hashes.
    #[must_use]
    pub fn queue(mut self, queue: NonZeroUsize) -> Self {
        self.queue = queue;
        self
    }

    /// Every check is filled up to this cost, be it right, wrong or for no account: for tables with many rows that are dearer
    /// than the policy. By default the policy's own. Each worker has memory for the larger of both.
    ///
    /// A row that costs more than this is answered later, so whoever can measure that learns that its account exists:
    /// [`Census`](crate::Census) counts such rows.
    #[must_use]
    pub fn pad_to(mut self, cost: Cost) -> Self {
        self.pad_to = Some(cost);
        self
    }

    /// A secret key over every row: new rows are masked under the current one, and all rows must be under one of them, unless
    /// [`Peppers::accept_unpeppered`] says otherwise. Every hash and check then goes through [`Pool::account`] and
    /// [`bound_to`](crate::AccountPool::bound_to). A match whose key is not the current one comes with a [`Rehash`].
    #[cfg(feature = "pepper")]
    #[must_use]
    pub fn peppers(mut self, peppers: Peppers) -> Self {
        self.peppers = Some(peppers);
        self
    }
}

impl Default for PoolConfig {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            policy: Policy::default(),
            workers: NonZeroUsize::new(cores.saturating_sub(1)).unwrap_or(NonZeroUsize::MIN),
            queue: Self::QUEUE,
            pad_to: None,
            #[cfg(feature = "pepper")]
            peppers: None,
        }
    }
}

/// Threads that hash passwords, each in its own memory. A clone is one `Arc`; when the last one goes, the threads end.
#[derive(Clone)]
pub struct Pool {
    pub(crate) handle: Arc<Handle>,
}

/// Closes the queue when the last pool goes.
pub(crate) struct Handle {
    pub(crate) shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl Pool {
    /// Starts the threads and gives each its memory.
    ///
    /// # Errors
    ///
    /// No thread could be started, no random bytes for the stand-in hash, or a policy that is above the default
    /// [`Ceilings`], so that its own hashes could not be read back (`InvalidInput`).
    pub fn start(config: PoolConfig) -> io::Result<Self> {
        let PoolConfig {
            policy,
            workers,
            queue,
            pad_to,
            #[cfg(feature = "pepper")]
            peppers,
        } = config;
        // Its tag is random, masked or not: the stand-in only does what a row of today does.
        #[cfg(feature = "pepper")]
        let keyid = peppers.as_ref().map(Peppers::current_id);
        #[cfg(not(feature = "pepper"))]
        let keyid = None;
        let dummy = dummy(&policy, keyid)?;
        if StoredHash::parse(&dummy.to_string(), &Ceilings::default()).is_err() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "password policy is above the ceilings for stored hashes: lower memory, passes or lanes",
            ));
        }
        let pad_to = pad_to.unwrap_or(policy.cost());
        if pad_to.work() < policy.cost().work() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "checks cannot be filled up to less than the policy costs: raise `pad_to`, or leave it away",
            ));
        }
        let largest = match pad_to.memory_kib > policy.cost().memory_kib {
            true => pad_to,
            false => policy.cost(),
        };
        let arena = || Mutex::new(Arena::new(largest));
        let shared = Arc::new(Shared {
            queue: Queue::new(queue.get()),
            policy,
            arenas: (0..workers.get()).map(|_| arena()).collect(),
            metrics: Metrics::default(),
            pad_to,
            typical: Mutex::default(),
            dummy,
            turns: RandomState::new(),
            #[cfg(feature = "pepper")]
            peppers,
            #[cfg(feature = "legacy")]
            large: Mutex::new(()),
        });
        // Made first: if a thread cannot be started, its drop ends those that were.
        let handle = Arc::new(Handle {
            shared: Arc::clone(&shared),
        });
        for worker in 0..workers.get() {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name(format!("password-{worker}"))
                .spawn(move || shared.run(worker))?;
        }
        Ok(Self { handle })
    }

    /// Hashes a new password under the policy. The job is queued by this call; dropping the future takes it back unless it
    /// has begun.
    ///
    /// # Errors
    ///
    /// [`Unavailable`], never anything about the password.
    pub fn hash(
        &self,
        password: Password,
        deadline: Option<Instant>,
    ) -> impl Future<Output = Result<StoredHash, Unavailable>> + Send + 'static + use<> {
        self.anyone().hash(password, deadline)
    }

    /// Checks a password. `None` stands for an account that does not exist: it takes the same queue, the same work and the
    /// same answer as a wrong password, so that time does not tell which accounts exist.
    ///
    /// [`account`](Self::account) gives each account its turn; a pool with peppers needs it for every row.
    ///
    /// The job is queued by this call; dropping the future takes it back unless it has begun. With a `deadline`, no answer
    /// but [`UnavailableKind::Deadline`] is given after it.
    ///
    /// # Errors
    ///
    /// [`Unavailable`]: the password could not be checked. A wrong one is [`Verdict::Mismatch`].
    pub fn verify(
        &self,
        password: Password,
        stored: Option<StoredHash>,
        deadline: Option<Instant>,
    ) -> impl Future<Output = Result<Verdict, Unavailable>> + Send + 'static + use<> {
        self.anyone().verify(password, stored, deadline)
    }

    pub(crate) fn submit<T, F>(
        &self,
        password: Password,
        who: Who,
        deadline: Option<Instant>,
        task: F,
    ) -> impl Future<Output = Result<T, Unavailable>> + Send + 'static + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(Reply<T>) -> Task + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = task(reply);
        self.handle.shared.push(Job {
            password,
            who,
            deadline,
            since: Instant::now(),
            task,
        });
        // Held until the answer is there: a pool that goes meanwhile still serves those who wait.
        let handle = Arc::clone(&self.handle);
        async move {
            let answer = answer.await;
            drop(handle);
            // The sender goes without an answer only when the worker panics.
            answer.unwrap_or(Err(Unavailable::new(UnavailableKind::Failed)))
        }
    }

    /// Takes no more jobs and answers those that wait with [`UnavailableKind::ShutDown`]; a hash that has begun is finished.
    pub fn shut_down(&self) {
        self.handle.shared.close();
    }

    /// Jobs that wait now.
    pub fn queued(&self) -> usize {
        self.handle.shared.queue.len()
    }

    /// Hashes begun since the start, those for accounts that do not exist and rehashes included.
    pub fn started(&self) -> u64 {
        self.handle.shared.metrics.started.load(Relaxed)
    }
}

impl Pool {
    /// What the pool has done since its start.
    pub fn metrics(&self) -> PoolMetrics {
        self.handle.shared.metrics.snapshot(self.queued())
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("policy", &self.handle.shared.policy)
            .field("workers", &self.handle.shared.arenas.len())
            .field("queued", &self.queued())
            .finish()
    }
}

/// A hash of the policy's cost with a random tag: no password is known that matches it.
fn dummy(policy: &Policy, keyid: Option<PepperKeyId>) -> io::Result<StoredHash> {
    let mut random = [0; Policy::SALT_BYTES + Policy::TAG_BYTES];
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    let (salt, tag) = random.split_at(Policy::SALT_BYTES);
    match (Bytes::new(salt), Bytes::new(tag)) {
        (Some(salt), Some(tag)) => Ok(StoredHash {
            cost: policy.cost(),
            salt,
            tag,
            nfkc: policy.nfkc,
            keyid,
        }),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// What a check says about a password. Exhaustive: a caller must tell both apart.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "callers must match it")]
pub enum Verdict {
    /// The password is right.
    Match {
        /// A stronger hash to store, when the policy asks for one.
        rehash: Option<Rehash>,
    },
    /// The password is wrong, or there is no such account.
    Mismatch,
}

/// A new hash of the password that was just verified, made *after* the answer. Await it off the request; drop it to leave
/// it undone. Under load it may come out as [`UnavailableKind::QueueFull`]: the next login asks again.
pub struct Rehash {
    answer: oneshot::Receiver<Result<StoredHash, Unavailable>>,
}

impl Rehash {
    pub(crate) fn new(answer: oneshot::Receiver<Result<StoredHash, Unavailable>>) -> Self {
        Self { answer }
    }
}

impl Future for Rehash {
    type Output = Result<StoredHash, Unavailable>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let failed = Err(Unavailable::new(UnavailableKind::Failed));
        Pin::new(&mut self.answer)
            .poll(cx)
            .map(|answer| answer.unwrap_or(failed))
    }
}

impl fmt::Debug for Rehash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rehash(..)")
    }
}

#[cfg(test)]
pub(crate) mod tests;
