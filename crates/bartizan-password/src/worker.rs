use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use subtle::ConstantTimeEq;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::{
    Policy, Rehash, StoredHash, Unavailable, UnavailableKind, Verdict,
    arena::{Arena, Input},
    queue::{Job, Queue, Reply, Task},
    stored_hash::Bytes,
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
    /// Held while memory of its own is allocated for a foreign hash: one at a time, whatever the number of workers.
    #[cfg(feature = "legacy")]
    pub(crate) large: Mutex<()>,
}

impl Shared {
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
        loop {
            let job = match self.queue.try_pop() {
                Some(job) => job,
                None => {
                    self.arena(worker).wipe();
                    match self.queue.pop() {
                        Some(job) => job,
                        None => return,
                    }
                }
            };
            let mut arena = self.arena(worker);
            if job.is_abandoned() {
                continue;
            }
            if is_past(job.deadline) {
                job.refuse(UnavailableKind::Deadline);
                continue;
            }
            self.started.fetch_add(1, Ordering::Relaxed);
            let Job {
                password,
                deadline,
                task,
            } = job;
            match task {
                Task::Hash(reply) => {
                    let hash = self.hash(&mut arena, &password.form(self.policy.nfkc));
                    // A hash that comes late is of no use to its caller, who has answered 503 by now.
                    drop(reply.send(in_time(deadline, hash)));
                }
                Task::Verify(stored, reply) => {
                    let target = stored.as_ref().unwrap_or(&self.dummy);
                    let same = verify(&mut arena, &password.form(target.nfkc), target);
                    let same = same.map(|same| same && stored.is_some());
                    match in_time(deadline, same) {
                        Ok(true) if target.is_outdated(&self.policy) => {
                            self.answer_and_rehash(reply, password)
                        }
                        Ok(true) => drop(reply.send(Ok(Verdict::Match { rehash: None }))),
                        Ok(false) => drop(reply.send(Ok(Verdict::Mismatch))),
                        Err(error) => drop(reply.send(Err(error))),
                    }
                }
                #[cfg(feature = "legacy")]
                Task::VerifyLegacy(stored, reply) => {
                    let same = self.verify_legacy(&mut arena, password.as_bytes(), &stored);
                    match in_time(deadline, same) {
                        Ok(true) => self.answer_and_rehash(reply, password),
                        Ok(false) => drop(reply.send(Ok(Verdict::Mismatch))),
                        Err(error) => drop(reply.send(Err(error))),
                    }
                }
                #[cfg(feature = "legacy")]
                Task::Wrap(stored, reply) => {
                    let wrapped = self.wrap(&mut arena, &stored);
                    drop(reply.send(in_time(deadline, wrapped)));
                }
            }
        }
    }

    fn answer_and_rehash(&self, reply: Reply<Verdict>, password: crate::Password) {
        let (rehash_reply, rehash) = oneshot::channel();
        let verdict = Verdict::Match {
            rehash: Some(Rehash::new(rehash)),
        };
        if reply.send(Ok(verdict)).is_ok() {
            self.queue.push(Job {
                password,
                deadline: None,
                task: Task::Hash(rehash_reply),
            });
        }
    }

    fn hash(&self, arena: &mut Arena, password: &[u8]) -> Result<StoredHash, Unavailable> {
        let mut salt = [0; Policy::SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|_| Unavailable::new(UnavailableKind::Random))?;
        let cost = self.policy.cost();
        let input = Input {
            password,
            salt: &salt,
            secret: &[],
            associated_data: &[],
        };
        let mut tag = [0; Policy::TAG_BYTES];
        arena.hash(cost, &input, &mut tag).map_err(|_| FAILED)?;
        match (Bytes::new(&salt), Bytes::new(&tag)) {
            (Some(salt), Some(tag)) => Ok(StoredHash {
                cost,
                salt,
                tag,
                nfkc: self.policy.nfkc,
            }),
            _ => Err(FAILED), // both are shorter than what `Bytes` holds
        }
    }
}

pub(crate) const FAILED: Unavailable = Unavailable::new(UnavailableKind::Failed);

pub(crate) fn verify(
    arena: &mut Arena,
    password: &[u8],
    stored: &StoredHash,
) -> Result<bool, Unavailable> {
    let input = Input {
        password,
        salt: stored.salt.as_slice(),
        secret: &[],
        associated_data: &[],
    };
    let wanted = stored.tag.as_slice();
    let mut tag = Zeroizing::new([0; 64]);
    let tag = &mut tag[..wanted.len()];
    arena.hash(stored.cost, &input, tag).map_err(|_| FAILED)?;
    Ok(wanted.ct_eq(tag).into())
}

fn in_time<T>(deadline: Option<Instant>, answer: Result<T, Unavailable>) -> Result<T, Unavailable> {
    match is_past(deadline) {
        true => Err(Unavailable::new(UnavailableKind::Deadline)),
        false => answer,
    }
}

fn is_past(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| deadline <= Instant::now())
}
