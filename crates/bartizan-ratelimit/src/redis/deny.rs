//! Refusals that need no store: a key that was refused stays refused until its time has come.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Instant,
};

use crate::{
    decision::{Decision, Verdict},
    key::Key,
    quota::Quota,
};

use super::pace::{Pace, stored};

/// Cells of a bucket: as many as fit a cache line.
const WAYS: usize = 4;

/// A calendar's word: the end of the window in units of 2^16 ns (65 us) in the upper 44 bits, and the count in the lower 20.
const COUNT_BITS: u32 = 20;
const UNIT_BITS: u32 = 16;

/// Where time begins here, in nanoseconds: 18 years, so that a moment before the epoch has a number too, and as many years
/// are left of what 44 bits of units reach.
const EPOCH_NS: u64 = 1 << 59;

/// A fixed number of refusals, 16 bytes each.
///
/// What a cell holds is a lower bound of what the store holds: of a rate the moment at which the burst is just used up, of a
/// calendar quota the count and the end of its window. Nothing but a refund or a clearing makes the store hold less, and this
/// process forgets the key then. So a refusal from here is one that the store would give too, for any cost; a cell that was
/// lost costs one call.
#[derive(Debug)]
pub(crate) struct DenyCache {
    buckets: Box<[Bucket]>,
    epoch: Instant,
}

#[derive(Debug, Default)]
#[repr(align(64))]
struct Bucket([Cell; WAYS]);

/// Two words that are read and written apart. The tag is stored XOR the word, so halves of two writes do not match any key,
/// but with a probability of 2^-64.
#[derive(Debug, Default)]
struct Cell {
    sealed_tag: AtomicU64,
    word: AtomicU64,
}

impl DenyCache {
    pub(crate) fn new(cells: usize, now: Instant) -> Self {
        Self {
            buckets: (0..cells.div_ceil(WAYS))
                .map(|_| Bucket::default())
                .collect(),
            epoch: now,
        }
    }

    /// Remembers a refusal by the store, which was asked at `now`.
    pub(crate) fn remember(&self, key: Key, quota: Quota, refusal: &Decision, now: Instant) {
        let key = stored(key, quota);
        let (Verdict::Refused { wait_ns }, Some(bucket)) = (refusal.verdict, self.bucket(key))
        else {
            return;
        };
        let pace = Pace::of(quota);
        // The store's clock had moved on when it decided: from `now` on the wait is at least this long.
        let ends = self.time_ns(now).saturating_add(wait_ns);
        let word = match pace {
            Pace::Rate { interval_us, .. } => {
                ends.saturating_sub(price_ns(interval_us, refusal.cost()))
            }
            Pace::Calendar(_) => pack(ends, refusal.spent),
        };
        bucket.write(tag(key, pace), word);
    }

    /// The refusal of so much, if it is certain.
    pub(crate) fn refusal(
        &self,
        key: Key,
        quota: Quota,
        cost: u32,
        now: Instant,
    ) -> Option<Decision> {
        let (key, pace) = (stored(key, quota), Pace::of(quota));
        let word = self.bucket(key)?.find(tag(key, pace))?;
        let now_ns = self.time_ns(now);
        let burst = quota.burst().get();
        if cost > burst {
            return None;
        }
        let (wait_ns, spent, left_ns) = match pace {
            Pace::Rate {
                interval_ns,
                interval_us,
            } => {
                let allowed_at = word.saturating_add(price_ns(interval_us, cost));
                let wait_ns = allowed_at.checked_sub(now_ns).filter(|wait| *wait > 0)?;
                // The debt is what the wait says: it and the cost are beyond the burst by so much.
                let debt_us = (wait_ns / 1000) + interval_us * u64::from(burst - cost);
                let spent = Pace::debt_ns(interval_ns, interval_us, debt_us);
                (wait_ns, spent, 0)
            }
            Pace::Calendar(_) => {
                let (ends, count) = unpack(word);
                let left_ns = ends.checked_sub(now_ns).filter(|left| *left > 0)?;
                if count + u64::from(cost) <= u64::from(burst) {
                    return None;
                }
                (left_ns, count, left_ns)
            }
        };
        Some(Decision {
            quota,
            verdict: Verdict::Refused { wait_ns },
            spent,
            left_ns,
            cost,
            word: 0,
        })
    }

    /// Forgets a key that may owe less than it did.
    pub(crate) fn forget(&self, key: Key, quota: Quota) {
        let key = stored(key, quota);
        if let Some(bucket) = self.bucket(key) {
            bucket.forget(tag(key, Pace::of(quota)));
        }
    }

    fn bucket(&self, key: Key) -> Option<&Bucket> {
        // there may be none
        self.buckets.get(key.scaled(self.buckets.len()))
    }

    fn time_ns(&self, now: Instant) -> u64 {
        let elapsed = now.saturating_duration_since(self.epoch);
        u64::try_from(elapsed.as_nanos()).map_or(u64::MAX, |ns| ns.saturating_add(EPOCH_NS))
    }
}

impl Bucket {
    fn find(&self, tag: u64) -> Option<u64> {
        self.0.iter().find_map(|cell| {
            let (held, word) = cell.read();
            (held == tag && word != 0).then_some(word)
        })
    }

    /// Into the key's cell, else into the one that ends first: an empty one ends before any.
    fn write(&self, tag: u64, word: u64) {
        let ends = |cell: &Cell| match cell.read() {
            (held, _) if held == tag => 0,
            (_, 0) => 1,
            (held, word) if held & 1 == 1 => unpack(word).0.max(2),
            (_, word) => word.max(2),
        };
        if let Some(cell) = self.0.iter().min_by_key(|cell| ends(cell)) {
            cell.store(tag, word);
        }
    }

    fn forget(&self, tag: u64) {
        for cell in &self.0 {
            if cell.read().0 == tag {
                cell.store(0, 0);
            }
        }
    }
}

impl Cell {
    fn read(&self) -> (u64, u64) {
        let word = self.word.load(Relaxed);
        (self.sealed_tag.load(Relaxed) ^ word, word)
    }

    fn store(&self, tag: u64, word: u64) {
        self.word.store(word, Relaxed);
        self.sealed_tag.store(tag ^ word, Relaxed);
    }
}

/// The lower half of the key, of which one bit tells the kinds of words apart.
const fn tag(key: Key, pace: Pace) -> u64 {
    let kind = matches!(pace, Pace::Calendar(_)) as u64;
    key.as_u128() as u64 & !1 | kind
}

const fn price_ns(interval_us: u64, cost: u32) -> u64 {
    interval_us.saturating_mul(1000).saturating_mul(cost as u64)
}

fn pack(ends_ns: u64, count: u64) -> u64 {
    let most = (1 << COUNT_BITS) - 1;
    (ends_ns >> UNIT_BITS) << COUNT_BITS | count.min(most)
}

const fn unpack(word: u64) -> (u64, u64) {
    (
        (word >> COUNT_BITS) << UNIT_BITS,
        word & ((1 << COUNT_BITS) - 1),
    )
}

#[cfg(test)]
mod tests;
