//! One handler for many misses of one key.

mod lead;
mod passing;
mod wait;

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use tokio::sync::oneshot;

pub use self::{
    lead::Lead,
    wait::{Wait, Woken},
};
use self::{passing::Passing, wait::Signal};
use crate::{Born, Key, Store};

/// Requests that wait for one flight. More of them go their own way.
const MOST_WAITERS: usize = 65_536;
/// Keys that are remembered as not storable.
const MOST_PASSING: usize = 4096;

/// The requests for which a handler is at work, and those that wait for them.
///
/// - The first that misses leads; the others wait, hold nothing but their request, and may give up when they like.
/// - A leader that goes away in any manner, by failure, by panic, by its client hanging up, hands over to *one* waiter at once.
/// - A request that arrives after a purge does not wait for a handler that began before it. It leads a flight of its own.
/// - Where an answer turned out not to be storable, its waiters go their own way, all at once, and so do the requests that come
///   after: else they would queue, one handler after the other.
///
/// It needs no task and no timer.
pub struct Flights {
    store: Arc<Store>,
    inner: Mutex<Inner>,
    most_waiters: usize,
}

struct Inner {
    flights: HashMap<Key, Arc<Flight>>,
    passing: Passing,
}

struct Flight {
    state: Mutex<State>,
}

struct State {
    /// When its handler began.
    born: Born,
    waiters: VecDeque<oneshot::Sender<Signal>>,
    /// At this length those that gave up are taken out.
    tidy_at: usize,
}

/// What a request does that found nothing.
#[allow(clippy::exhaustive_enums, reason = "an answer that callers must match")]
#[derive(Debug)]
pub enum Join {
    /// It asks the handler, and others wait for it. It must look at the store once more before: an answer may have landed
    /// between its first look and this.
    Lead(Lead),
    /// It waits.
    Wait(Wait),
    /// It asks the handler, and nobody waits for it.
    Alone,
}

impl Flights {
    /// None yet, for the answers of this store.
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        let inner = Inner {
            flights: HashMap::new(),
            passing: Passing::new(MOST_PASSING),
        };
        Self {
            store,
            inner: Mutex::new(inner),
            most_waiters: MOST_WAITERS,
        }
    }

    /// The store of the answers.
    #[must_use]
    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// What a request for this key does.
    pub fn join(self: &Arc<Self>, key: &Key, now: SystemTime) -> Join {
        let mut inner = self.lock();
        if inner.passing.has(key, now) {
            return Join::Alone;
        }
        // Read under the lock: a purge from here on is later than this request.
        let arrived = self.store.begin();
        if let Some(flight) = inner.flights.get(key) {
            let mut state = flight.lock();
            if state.born >= arrived {
                return match state.wait(self.most_waiters) {
                    Some(waiter) => Join::Wait(Wait::new(waiter, self.store.clone(), key.clone())),
                    None => Join::Alone,
                };
            }
        }
        let state = State {
            born: arrived,
            waiters: VecDeque::new(),
            tidy_at: 64,
        };
        let flight = Arc::new(Flight {
            state: Mutex::new(state),
        });
        // One that was there goes on without joiners: what it was asked for is older than a purge.
        inner.flights.insert(key.clone(), flight.clone());
        Join::Lead(Lead::new(self.clone(), key.clone(), flight, arrived))
    }

    /// An answer for the key was stored by a request that went alone: the next ones wait for each other again.
    pub fn is_storable(&self, key: &Key) {
        self.lock().passing.forget(key);
    }

    /// Keys with a handler at work.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().flights.len()
    }

    /// Whether no handler is at work.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Whether this flight is the one that requests join.
    fn is_joined(&self, key: &Key, flight: &Arc<Flight>) -> bool {
        self.flights
            .get(key)
            .is_some_and(|joined| Arc::ptr_eq(joined, flight))
    }

    /// Ends a flight. Nobody can join it from here on, so those that wait are all that ever will.
    fn end(&mut self, key: &Key, flight: &Arc<Flight>) -> VecDeque<oneshot::Sender<Signal>> {
        if self.is_joined(key, flight) {
            self.flights.remove(key);
        }
        std::mem::take(&mut flight.lock().waiters)
    }
}

impl Flight {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wait(&mut self, most: usize) -> Option<oneshot::Receiver<Signal>> {
        if self.waiters.len() >= self.tidy_at {
            self.waiters.retain(|waiter| !waiter.is_closed());
            self.tidy_at = self.waiters.len().saturating_mul(2).max(64);
        }
        if self.waiters.len() >= most {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        self.waiters.push_back(sender);
        Some(receiver)
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights")
            .field("keys", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
