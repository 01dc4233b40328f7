//! The request that asks the handler for all.

use std::{fmt, sync::Arc, time::SystemTime};

use super::{Flight, Flights, wait::Signal};
use crate::{Born, Entry, Key};

/// Leads a flight. Dropped without a word, it hands over to one of those that wait.
pub struct Lead {
    flights: Arc<Flights>,
    key: Key,
    flight: Arc<Flight>,
    born: Born,
    has_ended: bool,
}

impl Lead {
    pub(super) fn new(flights: Arc<Flights>, key: Key, flight: Arc<Flight>, born: Born) -> Self {
        Self {
            flights,
            key,
            flight,
            born,
            has_ended: false,
        }
    }

    /// When its handler begins: what [`Answer::born`](crate::Answer::born) takes.
    #[must_use]
    pub const fn born(&self) -> Born {
        self.born
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// The answer was stored. All that wait get it, even if the store had to let it go at once.
    pub fn landed(mut self, entry: &Arc<Entry>) {
        self.end(|| Signal::Landed(entry.clone()));
    }

    /// The answer is not stored. All that wait ask the handler by themselves, at once, and so do all that come until then.
    pub fn not_storable(mut self, until: SystemTime) {
        self.flights
            .lock()
            .passing
            .remember(self.key.clone(), until);
        self.end(|| Signal::Alone);
    }

    /// There is nothing to wait for, and nothing to remember: an answer was in the store already, or a purge overtook this one.
    /// All that wait look again.
    pub fn look_again(mut self) {
        self.end(|| Signal::Look);
    }

    fn end(&mut self, signal: impl Fn() -> Signal) {
        self.has_ended = true;
        // Waking runs other code, so not under the lock.
        let waiters = self.flights.lock().end(&self.key, &self.flight);
        for waiter in waiters {
            let _ = waiter.send(signal());
        }
    }

    fn hand_over(&mut self) {
        self.has_ended = true;
        loop {
            let mut inner = self.flights.lock();
            if !inner.is_joined(&self.key, &self.flight) {
                // A newer flight took its place. Two must not be at work for one key longer than need be.
                let waiters = inner.end(&self.key, &self.flight);
                drop(inner);
                for waiter in waiters {
                    let _ = waiter.send(Signal::Look);
                }
                return;
            }
            let mut state = self.flight.lock();
            let Some(waiter) = state.waiters.pop_front() else {
                drop(state);
                inner.end(&self.key, &self.flight);
                return;
            };
            // its handler begins only now
            state.born = self.flights.store.begin();
            let born = state.born;
            drop(state);
            drop(inner);
            let next = Self::new(
                self.flights.clone(),
                self.key.clone(),
                self.flight.clone(),
                born,
            );
            match waiter.send(Signal::Lead(next)) {
                // Should it go away before it wakes, the channel drops the lead, which hands over again.
                Ok(()) => return,
                Err(Signal::Lead(mut unsent)) => unsent.has_ended = true,
                Err(_) => {}
            }
        }
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        if !self.has_ended {
            self.hand_over();
        }
    }
}

impl fmt::Debug for Lead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lead")
            .field("born", &self.born)
            .finish_non_exhaustive()
    }
}
