//! A fixed table of keys and the moment up to which something holds for each.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::key::Key;

const WAYS: usize = 4;

/// Keys with an end and a count, in fixed memory. A full bucket forgets what ends first.
pub(crate) struct Until {
    buckets: Box<[Mutex<[Entry; WAYS]>]>,
    epoch: Instant,
}

#[derive(Clone, Copy, Default)]
struct Entry {
    tag: u64,
    /// Nanoseconds since the epoch; zero is empty.
    end_ns: u64,
    count: u32,
}

impl Until {
    pub(crate) fn with_cells(cells: usize, now: Instant) -> Self {
        let count = cells.div_ceil(WAYS).max(1);
        Self {
            buckets: (0..count).map(|_| Mutex::default()).collect(),
            epoch: now,
        }
    }

    /// The end of this key, past or not, and its count.
    pub(crate) fn find(&self, key: Key) -> Option<(Instant, u32)> {
        let bucket = self.bucket(key)?;
        let bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let tag = key.lower();
        let entry = bucket
            .iter()
            .find(|entry| entry.end_ns != 0 && entry.tag == tag)?;
        Some((self.epoch + Duration::from_nanos(entry.end_ns), entry.count))
    }

    /// Remembers this key up to `end`, in place of what was known of it.
    pub(crate) fn put(&self, key: Key, end: Instant, count: u32) {
        let Some(bucket) = self.bucket(key) else {
            return;
        };
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let tag = key.lower();
        let own = bucket
            .iter()
            .position(|entry| entry.end_ns != 0 && entry.tag == tag);
        let entry = match own {
            Some(at) => bucket.get_mut(at),
            None => bucket.iter_mut().min_by_key(|entry| entry.end_ns),
        };
        if let Some(entry) = entry {
            let end = end.saturating_duration_since(self.epoch).as_nanos();
            *entry = Entry {
                tag,
                end_ns: u64::try_from(end).unwrap_or(u64::MAX).max(1),
                count,
            };
        }
    }

    fn bucket(&self, key: Key) -> Option<&Mutex<[Entry; WAYS]>> {
        self.buckets.get(key.scaled(self.buckets.len()))
    }
}

impl fmt::Debug for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Until({} cells)", self.buckets.len() * WAYS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_bucket_forgets_what_ends_first() {
        let now = Instant::now();
        let table = Until::with_cells(4, now);
        let end = |secs| now + Duration::from_secs(secs);
        for number in 1..=5 {
            table.put(Key::from_u128(number), end(10 * number as u64), 1);
        }
        assert_eq!(table.find(Key::from_u128(1)), None);
        for number in 2..=5 {
            assert_eq!(
                table.find(Key::from_u128(number)),
                Some((end(10 * number as u64), 1))
            );
        }
        table.put(Key::from_u128(5), end(99), 2);
        assert_eq!(table.find(Key::from_u128(5)), Some((end(99), 2)));
    }
}
