//! How many requests of one key are under way.

use std::{
    fmt,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use crate::key::Key;

const WAYS: usize = 4;

/// Counts of requests under way, in fixed memory. When all cells of a bucket are in use, newcomers share one count, and go on
/// sharing it until it is zero: they can be counted too high, never too low.
pub(crate) struct Inflight {
    buckets: Box<[Mutex<Bucket>]>,
    shared: AtomicU64,
}

#[derive(Default)]
struct Bucket {
    cells: [Entry; WAYS],
    /// Of all keys without a cell. While it is not zero nobody gets a new cell, so no key is counted in two places.
    overflow: u32,
}

#[derive(Clone, Copy, Default)]
struct Entry {
    tag: u64,
    count: u32,
}

impl Inflight {
    pub(crate) fn with_cells(cells: usize) -> Self {
        let count = cells.div_ceil(WAYS).max(1);
        Self {
            buckets: (0..count).map(|_| Mutex::default()).collect(),
            shared: AtomicU64::new(0),
        }
    }

    /// A permit for one more request of this key, unless `most` are under way.
    pub(crate) fn acquire(self: &Arc<Self>, key: Key, most: NonZeroU32) -> Option<Permit> {
        let place = key.scaled(self.buckets.len());
        let tag = key.lower();
        let mut bucket = self
            .buckets
            .get(place)?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut cells = bucket.cells.iter();
        let own = cells.position(|entry| entry.count > 0 && entry.tag == tag);
        let free = || bucket.cells.iter().position(|entry| entry.count == 0);
        let way = own.or_else(|| free().filter(|_| bucket.overflow == 0));
        let bucket = &mut *bucket;
        let count = match way.and_then(|way| bucket.cells.get_mut(way)) {
            Some(entry) => {
                entry.tag = tag;
                &mut entry.count
            }
            None => {
                self.shared.fetch_add(1, Relaxed);
                &mut bucket.overflow
            }
        };
        if *count >= most.get() {
            return None;
        }
        *count += 1;
        Some(Permit {
            table: Arc::clone(self),
            place,
            way,
        })
    }

    /// How often a newcomer shared a cell with another key.
    pub(crate) fn shared(&self) -> u64 {
        self.shared.load(Relaxed)
    }
}

impl fmt::Debug for Inflight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inflight({} cells)", self.buckets.len() * WAYS)
    }
}

/// One request under way, until this is dropped.
pub(crate) struct Permit {
    table: Arc<Inflight>,
    place: usize,
    /// Its cell; `None` is the shared count.
    way: Option<usize>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(bucket) = self.table.buckets.get(self.place) {
            let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
            let bucket = &mut *bucket;
            let count = match self.way.and_then(|way| bucket.cells.get_mut(way)) {
                Some(entry) => &mut entry.count,
                None => &mut bucket.overflow,
            };
            *count = count.saturating_sub(1);
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn most(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).unwrap()
    }

    #[test]
    fn a_permit_comes_back_when_it_is_dropped() {
        let table = Arc::new(Inflight::with_cells(64));
        let key = Key::from_u128(7);
        let first = table.acquire(key, most(2)).unwrap();
        let second = table.acquire(key, most(2)).unwrap();
        assert!(table.acquire(key, most(2)).is_none());
        assert!(table.acquire(Key::from_u128(8), most(2)).is_some());
        drop(first);
        assert!(table.acquire(key, most(2)).is_some());
        drop(second);
    }

    #[test]
    fn in_a_full_bucket_newcomers_share_one_count() {
        let table = Arc::new(Inflight::with_cells(4));
        let permits: Vec<_> = (0..100)
            .filter_map(|number| table.acquire(Key::from_u128(number), most(3)))
            .collect();
        assert_eq!(permits.len(), 4 + 3);
        drop(permits);
        assert!(table.acquire(Key::from_u128(200), most(1)).is_some());
    }

    #[test]
    fn no_key_gets_more_than_the_limit_by_being_counted_in_two_places() {
        let table = Arc::new(Inflight::with_cells(4));
        let key = Key::from_u128(100);
        let others: Vec<_> = (0..4)
            .map(|number| table.acquire(Key::from_u128(number), most(2)).unwrap())
            .collect();
        let shared: Vec<_> = (0..9).filter_map(|_| table.acquire(key, most(2))).collect();
        assert_eq!(shared.len(), 2);
        drop(others);
        assert!(table.acquire(key, most(2)).is_none());
        drop(shared);
        assert!(table.acquire(key, most(2)).is_some());
    }
}
