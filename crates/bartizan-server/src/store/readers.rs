use std::{
    collections::VecDeque,
    num::NonZeroUsize,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use rusqlite::Connection;

use super::{StoreError, connection, job::Job};

/// Reads that may wait. At 20 us a read the last one waits 20 ms.
const CAPACITY: usize = 1024;

/// Threads with a read-only connection each, on one queue.
pub(super) struct Readers {
    queue: Arc<Queue>,
}

struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    jobs: VecDeque<Box<dyn Job>>,
    idle: usize,
    closed: bool,
}

impl Readers {
    pub(super) fn start(path: &Path, count: NonZeroUsize) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue {
            state: Mutex::new(State {
                jobs: VecDeque::with_capacity(CAPACITY),
                idle: 0,
                closed: false,
            }),
            changed: Condvar::new(),
        });
        // Made first: if a thread cannot be started, its drop ends those that were.
        let readers = Self {
            queue: Arc::clone(&queue),
        };
        for reader in 0..count.get() {
            let connection = connection::open_reader(path)?;
            let queue = Arc::clone(&queue);
            thread::Builder::new()
                .name(format!("store-reader-{reader}"))
                .spawn(move || queue.serve(&connection))
                .map_err(StoreError::Thread)?;
        }
        Ok(readers)
    }

    pub(super) fn submit(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let mut state = self.queue.lock();
        if state.jobs.len() >= CAPACITY {
            state.jobs.retain(|job| !job.is_abandoned());
        }
        if state.jobs.len() >= CAPACITY {
            return Err(StoreError::Busy);
        }
        state.jobs.push_back(job);
        // A wake-up is a system call: not worth one while every reader is at work and will look again.
        let wake = state.idle > 0;
        drop(state);
        if wake {
            self.queue.changed.notify_one();
        }
        Ok(())
    }
}

impl Queue {
    fn serve(&self, connection: &Connection) {
        while let Some(mut job) = self.pop() {
            if !job.is_abandoned() {
                job.run(connection);
                job.finish(Ok(()));
            }
        }
    }

    fn pop(&self) -> Option<Box<dyn Job>> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    /// Nothing that can panic runs under the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.changed.notify_all();
    }
}
