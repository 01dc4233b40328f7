//! Which keys were purged while answers for them were on their way.

use std::collections::{HashMap, VecDeque};

use super::sequence::Born;
use crate::sync::{Mutex, lock};

/// The last purges of keys, by a keyed hash of 64 bits. What is stored goes at once; this is for answers whose handlers began
/// before.
///
/// Bounded: of older purges only the highest number is kept, and an answer whose handler began before that is refused whatever its
/// key. So a handler that lasts for more purges than fit costs its answer's place, and nothing that was purged is stored.
#[derive(Debug)]
pub(super) struct KeyPurges {
    inner: Mutex<Inner>,
    most: usize,
}

#[derive(Debug, Default)]
struct Inner {
    last: HashMap<u64, u64>,
    order: VecDeque<(u64, u64)>,
    /// The highest number that was forgotten.
    floor: u64,
}

impl KeyPurges {
    pub(super) fn new(most: usize) -> Self {
        Self {
            inner: Mutex::new(Inner::default()),
            most,
        }
    }

    pub(super) fn record(&self, key: u64, number: u64) {
        let mut inner = lock(&self.inner);
        let last = inner.last.entry(key).or_default();
        *last = number.max(*last);
        inner.order.push_back((key, number));
        while inner.order.len() > self.most {
            let Some((oldest, number)) = inner.order.pop_front() else {
                return;
            };
            inner.floor = inner.floor.max(number);
            if inner.last.get(&oldest) == Some(&number) {
                inner.last.remove(&oldest);
            }
        }
    }

    /// Whether the key was purged since then, or may have been.
    pub(super) fn has_since(&self, key: u64, born: Born) -> bool {
        let inner = lock(&self.inner);
        inner.floor > born.0 || inner.last.get(&key).is_some_and(|last| *last > born.0)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_purge_concerns_its_own_key_until_it_is_forgotten() {
        let purges = KeyPurges::new(4);
        purges.record(1, 10);
        assert!(purges.has_since(1, Born(9)) && !purges.has_since(1, Born(10)));
        assert!(!purges.has_since(2, Born(0)));
        for number in 11..15 {
            purges.record(3, number);
        }
        assert!(purges.has_since(1, Born(9)), "forgotten, so nobody knows");
        assert!(purges.has_since(2, Born(9)));
        assert!(!purges.has_since(2, Born(10)));
        assert!(purges.has_since(3, Born(13)) && !purges.has_since(3, Born(14)));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let purges = KeyPurges::new(8);
        for number in 1..1000 {
            purges.record(number % 50, number);
            let inner = lock(&purges.inner);
            assert!(inner.last.len() <= 8 && inner.order.len() <= 8);
        }
    }
}
