//! A request that waits for another one's answer.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::sync::oneshot;

use super::Lead;
use crate::{Entry, Key, Store};

/// What a leader tells one that waits.
pub(super) enum Signal {
    Landed(Arc<Entry>),
    Lead(Lead),
    Look,
    Alone,
}

/// What became of the wait.
#[allow(clippy::exhaustive_enums, reason = "an answer that callers must match")]
#[derive(Debug)]
pub enum Woken {
    /// The answer, which was not purged since. Whether it fits the request's fields is to be seen
    /// ([`VaryValues::fits`](crate::VaryValues::fits)).
    Landed(Arc<Entry>),
    /// This request leads now. It must look at the store first.
    Lead(Lead),
    /// It must look at the store, and join again if nothing is there.
    Look,
    /// It asks the handler by itself.
    Alone,
}

/// Waits for a flight. It has no deadline: drop it when the request's own is over.
pub struct Wait {
    signal: oneshot::Receiver<Signal>,
    store: Arc<Store>,
    key: Key,
}

impl Wait {
    pub(super) fn new(signal: oneshot::Receiver<Signal>, store: Arc<Store>, key: Key) -> Self {
        Self { signal, store, key }
    }
}

impl Future for Wait {
    type Output = Woken;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Woken> {
        let woken = match ready!(Pin::new(&mut self.signal).poll(cx)) {
            Ok(Signal::Landed(entry)) if self.store.vouches_for(&self.key, &entry) => {
                Woken::Landed(entry)
            }
            Ok(Signal::Lead(lead)) => Woken::Lead(lead),
            Ok(Signal::Alone) => Woken::Alone,
            // purged between landing and waking, or nothing to get
            Ok(Signal::Landed(_) | Signal::Look) | Err(_) => Woken::Look,
        };
        Poll::Ready(woken)
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wait(..)")
    }
}
