use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::sync::oneshot;

use crate::{AccountId, AccountPool, Password, StoredHash, Unavailable, UnavailableKind, Verdict};
#[cfg(feature = "legacy")]
use crate::{LegacyHash, Wrapped};

/// Where an answer goes; closed when the caller has gone.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Unavailable>>;

/// Whose password it is; a pool without names knows neither.
#[derive(Clone, Copy, Default)]
pub(crate) struct Who {
    /// Of jobs with one turn, one at a time is worked on.
    pub(crate) turn: Option<u64>,
    /// What a peppered row is bound to.
    pub(crate) id: Option<AccountId>,
}

/// One password to hash.
pub(crate) struct Job {
    pub(crate) password: Password,
    pub(crate) who: Who,
    pub(crate) deadline: Option<Instant>,
    /// When it was asked for.
    pub(crate) since: Instant,
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

/// First in, first out but for those whose turn is taken; of fixed capacity.
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
}

struct State {
    jobs: VecDeque<Job>,
    /// Turns that are worked on: at most one a worker.
    taken: Vec<u64>,
    closed: bool,
}

/// A turn that is worked on. Its drop, by a panic too, gives it to the next job.
pub(crate) struct Turn<'a> {
    queue: &'a Queue,
    turn: Option<u64>,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                taken: Vec::new(),
                closed: false,
            }),
            changed: Condvar::new(),
            capacity,
        }
    }

    /// Takes the job, or answers it at once and says how. Jobs of callers that have gone make room first.
    #[must_use]
    pub(crate) fn push(&self, job: Job) -> Option<UnavailableKind> {
        let mut state = self.lock();
        if self.is_full_for(&state, job.who.turn) {
            state.jobs.retain(|job| !job.is_abandoned());
        }
        let kind = if state.closed {
            UnavailableKind::ShutDown
        } else if self.is_full_for(&state, job.who.turn) {
            UnavailableKind::QueueFull
        } else {
            state.jobs.push_back(job);
            drop(state);
            self.changed.notify_one();
            return None;
        };
        drop(state);
        job.refuse(kind);
        Some(kind)
    }

    /// One account may not take all places.
    fn is_full_for(&self, state: &State, turn: Option<u64>) -> bool {
        if state.jobs.len() >= self.capacity {
            return true;
        }
        let Some(turn) = turn else { return false };
        let waiting = state.jobs.iter().filter(|job| job.who.turn == Some(turn));
        // One has its turn, or gets it as soon as a worker looks: it does not count among those that wait.
        waiting.count() + usize::from(state.taken.contains(&turn)) > AccountPool::MAX_WAITING
    }

    /// The next job if there is one now whose turn is free.
    pub(crate) fn try_pop(&self) -> Option<(Job, Turn<'_>)> {
        self.take(&mut self.lock())
    }

    /// Waits for a job; `None` when the queue is closed.
    pub(crate) fn pop(&self) -> Option<(Job, Turn<'_>)> {
        let mut state = self.lock();
        loop {
            if let Some(taken) = self.take(&mut state) {
                return Some(taken);
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

    /// A job can be taken from when it is pushed or from when its turn is free: both wake a worker, so none is slept over.
    fn take(&self, state: &mut State) -> Option<(Job, Turn<'_>)> {
        let State { jobs, taken, .. } = state;
        let free = |job: &Job| job.who.turn.is_none_or(|turn| !taken.contains(&turn));
        let at = jobs.iter().position(free)?;
        let job = jobs.remove(at)?;
        let turn = job.who.turn;
        taken.extend(turn);
        Some((job, Turn { queue: self, turn }))
    }

    /// Takes no more jobs and answers those that wait; the answer is how many.
    pub(crate) fn close(&self) -> usize {
        let mut state = self.lock();
        state.closed = true;
        let waiting = std::mem::take(&mut state.jobs);
        drop(state);
        self.changed.notify_all();
        let count = waiting.len();
        for job in waiting {
            job.refuse(UnavailableKind::ShutDown);
        }
        count
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Whose turns wait.
    #[cfg(test)]
    pub(crate) fn turns(&self) -> Vec<Option<u64>> {
        self.lock().jobs.iter().map(|job| job.who.turn).collect()
    }

    /// No code that can panic runs under the lock, so a poisoned one is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let Some(turn) = self.turn else { return };
        let mut state = self.queue.lock();
        if let Some(at) = state.taken.iter().position(|taken| *taken == turn) {
            state.taken.swap_remove(at);
        }
        let waits = state.jobs.iter().any(|job| job.who.turn == Some(turn));
        drop(state);
        if waits {
            self.queue.changed.notify_one();
        }
    }
}
