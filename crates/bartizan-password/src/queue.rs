use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::sync::oneshot;

#[cfg(feature = "legacy")]
use crate::{LegacyHash, Wrapped};
use crate::{Password, StoredHash, Unavailable, UnavailableKind, Verdict};

/// Where an answer goes; closed when the caller has gone.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Unavailable>>;

/// One password to hash.
pub(crate) struct Job {
    pub(crate) password: Password,
    pub(crate) deadline: Option<Instant>,
    pub(crate) task: Task,
}

pub(crate) enum Task {
    /// `None`: there is no such account, and the work is done all the same.
    Verify(Option<StoredHash>, Reply<Verdict>),
    Hash(Reply<StoredHash>),
    #[cfg(feature = "legacy")]
    VerifyLegacy(Box<LegacyHash>, Reply<Verdict>),
    /// Needs no password: the job's is empty.
    #[cfg(feature = "legacy")]
    Wrap(Box<LegacyHash>, Reply<Wrapped>),
}

impl Job {
    /// Nobody waits for the answer any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        match &self.task {
            Task::Verify(_, reply) => reply.is_closed(),
            Task::Hash(reply) => reply.is_closed(),
            #[cfg(feature = "legacy")]
            Task::VerifyLegacy(_, reply) => reply.is_closed(),
            #[cfg(feature = "legacy")]
            Task::Wrap(_, reply) => reply.is_closed(),
        }
    }

    pub(crate) fn refuse(self, kind: UnavailableKind) {
        let error = Unavailable::new(kind);
        // A caller that has gone needs no answer.
        match self.task {
            Task::Verify(_, reply) => drop(reply.send(Err(error))),
            Task::Hash(reply) => drop(reply.send(Err(error))),
            #[cfg(feature = "legacy")]
            Task::VerifyLegacy(_, reply) => drop(reply.send(Err(error))),
            #[cfg(feature = "legacy")]
            Task::Wrap(_, reply) => drop(reply.send(Err(error))),
        }
    }
}

/// First in, first out, of fixed capacity.
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
}

struct State {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                closed: false,
            }),
            changed: Condvar::new(),
            capacity,
        }
    }

    /// Takes the job or answers it at once. Jobs of callers that have gone make room first.
    pub(crate) fn push(&self, job: Job) {
        let mut state = self.lock();
        if state.jobs.len() >= self.capacity {
            state.jobs.retain(|job| !job.is_abandoned());
        }
        let kind = if state.closed {
            UnavailableKind::ShutDown
        } else if state.jobs.len() >= self.capacity {
            UnavailableKind::QueueFull
        } else {
            state.jobs.push_back(job);
            drop(state);
            self.changed.notify_one();
            return;
        };
        drop(state);
        job.refuse(kind);
    }

    /// The next job if there is one now.
    pub(crate) fn try_pop(&self) -> Option<Job> {
        self.lock().jobs.pop_front()
    }

    /// Waits for a job; `None` when the queue is closed.
    pub(crate) fn pop(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes no more jobs and answers those that wait.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let waiting = std::mem::take(&mut state.jobs);
        drop(state);
        self.changed.notify_all();
        for job in waiting {
            job.refuse(UnavailableKind::ShutDown);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// No code that can panic runs under the lock, so a poisoned one is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
