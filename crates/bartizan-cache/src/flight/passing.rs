//! Keys whose answers are not stored, so that nobody waits for them.

use std::{
    collections::{HashMap, VecDeque},
    time::SystemTime,
};

use crate::Key;

/// A bounded memory: the oldest goes first. To forget a key costs one queue, to remember it wrongly costs parallel handlers.
#[derive(Debug)]
pub(super) struct Passing {
    until: HashMap<Key, SystemTime>,
    order: VecDeque<Key>,
    most: usize,
}

impl Passing {
    pub(super) fn new(most: usize) -> Self {
        Self {
            until: HashMap::new(),
            order: VecDeque::new(),
            most,
        }
    }

    pub(super) fn has(&mut self, key: &Key, now: SystemTime) -> bool {
        // most requests are for keys that are not here
        if self.until.is_empty() {
            return false;
        }
        match self.until.get(key) {
            Some(until) if *until > now => true,
            Some(_) => {
                self.until.remove(key);
                false
            }
            None => false,
        }
    }

    pub(super) fn remember(&mut self, key: Key, until: SystemTime) {
        if self.until.insert(key.clone(), until).is_none() {
            self.order.push_back(key);
        }
        // the order holds forgotten keys too, so it is bounded by itself
        while self.until.len() > self.most || self.order.len() > 2 * self.most {
            let Some(oldest) = self.order.pop_front() else {
                return;
            };
            self.until.remove(&oldest);
        }
    }

    pub(super) fn forget(&mut self, key: &Key) {
        self.until.remove(key);
    }

    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.until.len(), self.order.len())
    }
}
