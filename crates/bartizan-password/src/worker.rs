use std::{
    hash::{BuildHasher, RandomState},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
    time::Instant,
};

use tokio::sync::oneshot;

#[cfg(feature = "pepper")]
use crate::Peppers;
use crate::{
    Cost, Password, Policy, Rehash, StoredHash, Unavailable, UnavailableKind, Verdict,
    arena::Arena,
    gap::Typical,
    metrics::{Kind, Metrics},
    queue::{Job, Queue, Reply, Task, Who},
};

/// What the pool and its workers share.
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) policy: Policy,
    /// One a worker. The lock is never contended: only tests look at a worker's arena.
    pub(crate) arenas: Vec<Mutex<Arena>>,
    pub(crate) metrics: Metrics,
    /// What every check costs at least: the policy, or more.
    pub(crate) pad_to: Cost,
    /// How long a hash of the policy's cost takes.
    pub(crate) typical: Mutex<Typical>,
    /// Hashed against when there is no account: a hash of the policy's cost that no password matches.
    pub(crate) dummy: StoredHash,
    /// Names become turns under a key of this process: nobody can choose two that meet.
    pub(crate) turns: RandomState,
    #[cfg(feature = "pepper")]
    pub(crate) peppers: Option<Peppers>,
    /// Held while memory of its own is allocated for a foreign hash: one at a time, whatever the number of workers.
    #[cfg(feature = "legacy")]
    pub(crate) large: Mutex<()>,
}

impl Shared {
    pub(crate) fn turn(&self, name: &str) -> u64 {
        self.turns.hash_one(name)
    }

    pub(crate) fn arena(&self, worker: usize) -> MutexGuard<'_, Arena> {
        self.arenas[worker]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A worker's life: serves until the queue closes. A panic ends neither the thread nor the pool: the arena is wiped, the
    /// caller of the job learns that it failed, and a new life begins.
    pub(crate) fn run(&self, worker: usize) {
        loop {
            let life = catch_unwind(AssertUnwindSafe(|| self.serve(worker)));
            self.arena(worker).wipe();
            match life {
                Ok(()) => return,
                // The payload's own destructor may panic; leaking it is cheaper than losing the worker.
                Err(payload) => {
                    self.metrics.refused(UnavailableKind::Failed, 1);
                    std::mem::forget(payload);
                }
            }
        }
    }

    fn serve(&self, worker: usize) {
        // A life begins with a clean arena.
        let mut next = self.queue.pop();
        while let Some((job, turn)) = next {
            self.work(worker, job);
            drop(turn);
            next = self.queue.try_pop().or_else(|| {
                self.arena(worker).wipe();
                self.queue.pop()
            });
        }
    }

    fn work(&self, worker: usize, job: Job) {
        let mut arena = self.arena(worker);
        if job.is_abandoned() {
            self.metrics.abandoned.fetch_add(1, Relaxed);
            return;
        }
        if is_past(job.deadline) {
            self.metrics.refused(UnavailableKind::Deadline, 1);
            job.refuse(UnavailableKind::Deadline);
            return;
        }
        let begun = Instant::now();
        let _counted = self
            .metrics
            .begin(begun.saturating_duration_since(job.since));
        let Job {
            password,
            who,
            deadline,
            task,
            ..
        } = job;
        match task {
            Task::Hash(reply) => {
                let hash = self.hash(&mut arena, &password.form(self.policy.nfkc), &who);
                // A hash that comes late is of no use to its caller, who has answered 503 by now.
                self.answer(reply, begun, in_time(deadline, hash));
            }
            Task::Verify(stored, reply) => {
                self.metrics.checked(match stored {
                    Some(_) => Kind::OURS,
                    None => Kind::NOBODY,
                });
                let target = stored.as_ref().unwrap_or(&self.dummy);
                let form = &password.form(target.nfkc);
                let same = self.verify(&mut arena, form, stored.as_ref(), &who);
                let outdated = target.is_outdated(&self.policy) || !self.is_current(target.keyid);
                let same = in_time(deadline, same);
                self.verdict(reply, begun, same, outdated, password, who);
            }
            #[cfg(feature = "legacy")]
            Task::VerifyLegacy(stored, reply) => {
                self.metrics.checked(Kind::legacy(stored.scheme()));
                let same = self.verify_legacy(&mut arena, password.as_bytes(), &stored, &who);
                let same = in_time(deadline, same);
                self.verdict(reply, begun, same, true, password, who);
            }
            #[cfg(feature = "legacy")]
            Task::Wrap(stored, reply) => {
                let wrapped = self.wrap(&mut arena, &stored, &who);
                self.answer(reply, begun, in_time(deadline, wrapped));
            }
        }
    }

    /// Counts an answer, then gives it. Who has gone meanwhile needs none.
    fn answer<T>(&self, reply: Reply<T>, begun: Instant, answer: Result<T, Unavailable>) -> bool {
        self.metrics.work.record(begun.elapsed());
        if let Err(error) = &answer {
            self.metrics.refused(error.kind(), 1);
        }
        reply.send(answer).is_ok()
    }

    /// Answers a check. After a match with an outdated row, a new hash is made that is bound as the old one was, and waits
    /// its turn.
    fn verdict(
        &self,
        reply: Reply<Verdict>,
        begun: Instant,
        same: Result<bool, Unavailable>,
        outdated: bool,
        password: Password,
        who: Who,
    ) {
        let (rehash_reply, rehash) = oneshot::channel();
        let again = outdated && matches!(same, Ok(true));
        let verdict = same.map(|same| match same {
            true => {
                self.metrics.matched.fetch_add(1, Relaxed);
                let rehash = outdated.then(|| Rehash::new(rehash));
                Verdict::Match { rehash }
            }
            false => {
                self.metrics.mismatched.fetch_add(1, Relaxed);
                Verdict::Mismatch
            }
        });
        if self.answer(reply, begun, verdict) && again {
            self.metrics.rehashes.fetch_add(1, Relaxed);
            self.push(Job {
                password,
                who,
                deadline: None,
                since: Instant::now(),
                task: Task::Hash(rehash_reply),
            });
        }
    }

    pub(crate) fn push(&self, job: Job) {
        if let Some(kind) = self.queue.push(job) {
            self.metrics.refused(kind, 1);
        }
    }

    pub(crate) fn close(&self) {
        let waiting = self.queue.close();
        self.metrics
            .refused(UnavailableKind::ShutDown, waiting as u64);
    }
}

pub(crate) const FAILED: Unavailable = Unavailable::new(UnavailableKind::Failed);

fn in_time<T>(deadline: Option<Instant>, answer: Result<T, Unavailable>) -> Result<T, Unavailable> {
    match is_past(deadline) {
        true => Err(Unavailable::new(UnavailableKind::Deadline)),
        false => answer,
    }
}

fn is_past(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| deadline <= Instant::now())
}
