use std::{
    hash::{BuildHasher, RandomState},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use tokio::sync::oneshot;

#[cfg(feature = "pepper")]
use crate::Peppers;
use crate::{
    Password, Policy, Rehash, StoredHash, Unavailable, UnavailableKind, Verdict,
    arena::Arena,
    queue::{Job, Queue, Reply, Task, Who},
};

/// What the pool and its workers share.
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) policy: Policy,
    /// One a worker. The lock is never contended: only tests look at a worker's arena.
    pub(crate) arenas: Vec<Mutex<Arena>>,
    /// Hashes begun, rehashes included.
    pub(crate) started: AtomicU64,
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
                Err(payload) => std::mem::forget(payload),
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
            return;
        }
        if is_past(job.deadline) {
            job.refuse(UnavailableKind::Deadline);
            return;
        }
        self.started.fetch_add(1, Ordering::Relaxed);
        let Job {
            password,
            who,
            deadline,
            task,
        } = job;
        match task {
            Task::Hash(reply) => {
                let hash = self.hash(&mut arena, &password.form(self.policy.nfkc), &who);
                // A hash that comes late is of no use to its caller, who has answered 503 by now.
                drop(reply.send(in_time(deadline, hash)));
            }
            Task::Verify(stored, reply) => {
                let target = stored.as_ref().unwrap_or(&self.dummy);
                let same = self.verify(
                    &mut arena,
                    &password.form(target.nfkc),
                    stored.as_ref(),
                    &who,
                );
                let outdated = target.is_outdated(&self.policy) || !self.is_current(target.keyid);
                match in_time(deadline, same) {
                    Ok(true) if outdated => self.answer_and_rehash(reply, password, who),
                    Ok(true) => drop(reply.send(Ok(Verdict::Match { rehash: None }))),
                    Ok(false) => drop(reply.send(Ok(Verdict::Mismatch))),
                    Err(error) => drop(reply.send(Err(error))),
                }
            }
            #[cfg(feature = "legacy")]
            Task::VerifyLegacy(stored, reply) => {
                let same = self.verify_legacy(&mut arena, password.as_bytes(), &stored, &who);
                match in_time(deadline, same) {
                    Ok(true) => self.answer_and_rehash(reply, password, who),
                    Ok(false) => drop(reply.send(Ok(Verdict::Mismatch))),
                    Err(error) => drop(reply.send(Err(error))),
                }
            }
            #[cfg(feature = "legacy")]
            Task::Wrap(stored, reply) => {
                let wrapped = self.wrap(&mut arena, &stored, &who);
                drop(reply.send(in_time(deadline, wrapped)));
            }
        }
    }

    /// The new hash is bound as the old one was, and waits its turn.
    fn answer_and_rehash(&self, reply: Reply<Verdict>, password: Password, who: Who) {
        let (rehash_reply, rehash) = oneshot::channel();
        let verdict = Verdict::Match {
            rehash: Some(Rehash::new(rehash)),
        };
        if reply.send(Ok(verdict)).is_ok() {
            self.queue.push(Job {
                password,
                who,
                deadline: None,
                task: Task::Hash(rehash_reply),
            });
        }
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
