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

/// The most reads that are answered together: at 20 us each, the first of them waits 0.3 ms for the last.
const GROUP: usize = 16;

/// Threads with a read-only connection each, on one queue.
pub(super) struct Readers {
    queue: Arc<Queue>,
}

struct Queue {
    readers: usize,
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
            readers: count.get(),
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
    /// Takes what waits in small groups and answers each group together: the locks and wake-ups of one read serve many.
    fn serve(&self, connection: &Connection) {
        let mut group = Vec::with_capacity(GROUP);
        while self.pop(&mut group) {
            // One read transaction takes and gives back SQLite's file locks once for the whole group. It begins after every
            // job of the group was handed in, so each still sees the newest commit of its own moment.
            let together = group.len() > 1 && run(connection, "BEGIN");
            for job in &mut group {
                job.run(connection);
            }
            if together && !run(connection, "COMMIT") {
                // A transaction that stayed open would show old rows for ever.
                run(connection, "ROLLBACK");
            }
            for job in group.drain(..) {
                job.finish(Ok(()));
            }
        }
    }

    /// Waits for jobs and takes a share of them; `false` when the queue is closed and empty.
    fn pop(&self, group: &mut Vec<Box<dyn Job>>) -> bool {
        let mut state = self.lock();
        loop {
            // A share, so that the other readers find work too.
            let share = state.jobs.len().div_ceil(self.readers).min(GROUP);
            group.extend(state.jobs.drain(..share).filter(|job| !job.is_abandoned()));
            if !group.is_empty() {
                return true;
            }
            if !state.jobs.is_empty() {
                continue;
            }
            if state.closed {
                return false;
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

fn run(connection: &Connection, statement: &str) -> bool {
    let done = connection.prepare_cached(statement);
    done.and_then(|mut statement| statement.execute([])).is_ok()
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.changed.notify_all();
    }
}
