//! Where the slots stand: two operations over the evictor, so that it can be another one.

use std::sync::Arc;

use super::entry::Slot;
use crate::Key;

/// What becomes of a slot.
pub(super) enum Change {
    Keep,
    Put(Arc<Slot>),
    Remove,
}

#[cfg(not(loom))]
pub(super) use self::evicting::Shelf;
#[cfg(loom)]
pub(super) use self::modelled::Shelf;

#[cfg(not(loom))]
mod evicting {
    use std::time::{Duration, Instant};

    use moka::{Expiry, ops::compute::Op, sync::Cache};

    use super::{Arc, Change, Key, Slot};

    /// moka chooses what goes, by how often it was asked for (TinyLFU), so keys that come once do not push out those in use. It
    /// decides nothing else: not what is fresh, not what is purged, not what a flight may do.
    pub(crate) struct Shelf(Cache<Key, Arc<Slot>>);

    impl Shelf {
        pub(crate) fn new(capacity: u64) -> Self {
            let cache = Cache::builder()
                .max_capacity(capacity)
                .weigher(|_: &Key, slot: &Arc<Slot>| {
                    u32::try_from(slot.bytes()).unwrap_or(u32::MAX)
                })
                .expire_after(Useful)
                .build();
            Self(cache)
        }

        pub(crate) fn get(&self, key: &Key) -> Option<Arc<Slot>> {
            self.0.get(key)
        }

        /// Changes one slot; two changes of one key never overlap.
        pub(crate) fn update(&self, key: &Key, change: impl FnOnce(Option<&Slot>) -> Change) {
            self.0.entry_by_ref(key).and_compute_with(|entry| {
                match change(entry.as_ref().map(|entry| &**entry.value())) {
                    Change::Keep => Op::Nop,
                    Change::Put(slot) => Op::Put(slot),
                    Change::Remove => Op::Remove,
                }
            });
        }

        pub(crate) fn clear(&self) {
            self.0.invalidate_all();
        }

        /// Lets go of what is over the bound, now.
        pub(crate) fn settle(&self) {
            self.0.run_pending_tasks();
        }

        pub(crate) fn each(&self, mut visit: impl FnMut(&Key, &Slot) -> bool) {
            for (key, slot) in &self.0 {
                if !visit(&key, &slot) {
                    return;
                }
            }
        }
    }

    /// Garbage collection by moka's own clock. Whether an answer serves is decided elsewhere.
    struct Useful;

    impl Expiry<Key, Arc<Slot>> for Useful {
        fn expire_after_create(&self, _: &Key, slot: &Arc<Slot>, _: Instant) -> Option<Duration> {
            Some(slot.keep_for)
        }

        fn expire_after_update(
            &self,
            _: &Key,
            slot: &Arc<Slot>,
            _: Instant,
            _: Option<Duration>,
        ) -> Option<Duration> {
            Some(slot.keep_for)
        }
    }
}

/// A map, for the model checker, which cannot see into moka.
#[cfg(loom)]
mod modelled {
    use std::collections::HashMap;

    use super::{Arc, Change, Key, Slot};
    use crate::sync::{Mutex, lock};

    pub(crate) struct Shelf(Mutex<HashMap<Key, Arc<Slot>>>);

    impl Shelf {
        pub(crate) fn new(_: u64) -> Self {
            Self(Mutex::new(HashMap::new()))
        }

        pub(crate) fn get(&self, key: &Key) -> Option<Arc<Slot>> {
            lock(&self.0).get(key).cloned()
        }

        pub(crate) fn update(&self, key: &Key, change: impl FnOnce(Option<&Slot>) -> Change) {
            let mut slots = lock(&self.0);
            match change(slots.get(key).map(|slot| &**slot)) {
                Change::Keep => {}
                Change::Put(slot) => drop(slots.insert(key.clone(), slot)),
                Change::Remove => drop(slots.remove(key)),
            }
        }

        pub(crate) fn clear(&self) {
            lock(&self.0).clear();
        }

        pub(crate) fn settle(&self) {}

        pub(crate) fn each(&self, mut visit: impl FnMut(&Key, &Slot) -> bool) {
            for (key, slot) in lock(&self.0).iter() {
                if !visit(key, slot) {
                    return;
                }
            }
        }
    }
}
