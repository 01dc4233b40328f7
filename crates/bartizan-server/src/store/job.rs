use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::StoreError;

/// Work for a database thread, with its type erased.
pub(crate) trait Job: Send {
    /// Nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// Does the work and keeps the outcome; whether it went well.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Answers: with the outcome, or with the reason why the transaction around it failed.
    fn finish(self: Box<Self>, transaction: Result<(), StoreError>);
}

pub(crate) struct Pending<T, F> {
    work: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Pending<T, F> {
    pub(crate) fn new(work: F) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        let pending = Self {
            work: Some(work),
            outcome: None,
            reply,
        };
        (pending, answer)
    }
}

impl<T, F> Job for Pending<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let Some(work) = self.work.take() else {
            return false;
        };
        // A panic in one job must not end the thread that serves all.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(connection)));
        let outcome = outcome.map_or(Err(StoreError::Closed), |outcome| {
            outcome.map_err(StoreError::from)
        });
        self.outcome.insert(outcome).is_ok()
    }

    fn finish(self: Box<Self>, transaction: Result<(), StoreError>) {
        let outcome = self.outcome.unwrap_or(Err(StoreError::Closed));
        // A caller that has gone needs no answer.
        drop(self.reply.send(transaction.and(outcome)));
    }
}
