//! A bucket of the table: four cells under one lock.

use crate::{
    cell::{self, Moment},
    decision::Decision,
    key::Key,
    quota::Quota,
    sync::{AtomicU64, Ordering, spin_loop, yield_now},
};

/// Cells of a bucket: as many as fit a cache line.
pub(crate) const WAYS: usize = 4;

/// The flag in the first tag that says "locked". Tags have 63 bits.
const LOCKED: u64 = 1 << 63;

/// One cache line, so that a look-up waits for memory once.
#[derive(Default)]
#[repr(align(64))]
pub(crate) struct Bucket {
    cells: [Cell; WAYS],
}

#[derive(Default)]
struct Cell {
    tag: AtomicU64,
    word: AtomicU64,
}

pub(crate) const fn tag(key: Key) -> u64 {
    key.lower() & !LOCKED
}

impl Bucket {
    /// A spin lock in the line that is needed anyway. It is held for some ten instructions; who meets a holder that the
    /// system has put aside yields to it.
    pub(crate) fn lock(&self) -> Locked<'_> {
        let first = &self.cells[0].tag;
        let mut tries = 0_u32;
        loop {
            // Compared and not only set: who fails writes nothing, so the holder keeps its line and its unlocking store
            // races with nobody's.
            let seen = first.load(Ordering::Relaxed);
            if seen & LOCKED == 0
                && first
                    .compare_exchange_weak(
                        seen,
                        seen | LOCKED,
                        Ordering::Acquire,
                        Ordering::Relaxed,
                    )
                    .is_ok()
            {
                return Locked { bucket: self };
            }
            tries = tries.wrapping_add(1);
            match tries % 64 {
                0 => yield_now(),
                _ => spin_loop(),
            }
        }
    }
}

/// A bucket that nobody else reads or writes until this is dropped.
pub(crate) struct Locked<'a> {
    bucket: &'a Bucket,
}

/// What a cell held before it was written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Before {
    way: usize,
    tag: u64,
    word: u64,
    /// Whose it was, when it was another key's.
    pub(crate) former: Option<Former>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Former {
    InDebt,
    Expired,
}

impl<'a> Locked<'a> {
    /// Decides, and writes the cell if allowed. What it held comes back with the decision.
    #[inline]
    pub(crate) fn take(
        &self,
        tag: u64,
        quota: Quota,
        cost: u32,
        now: Moment,
    ) -> (Decision, Before) {
        let (cell, before) = self.cell_for(tag, quota, now);
        let decision = cell::decide(quota, before.word, cost, now);
        // A refusal leaves the cell to its owner.
        if decision.is_allowed() && cost > 0 {
            self.write(cell, tag, decision.word);
        }
        (decision, before)
    }

    pub(crate) fn peek(&self, tag: u64, quota: Quota, cost: u32, now: Moment) -> Decision {
        let (cell, _) = self.choose(tag);
        cell::decide(quota, cell.word.load(Ordering::Relaxed), cost, now)
    }

    /// Puts back what [`take`](Self::take) has overwritten.
    pub(crate) fn put_back(&self, before: Before) {
        if let Some(cell) = self.bucket.cells.get(before.way) {
            self.write(cell, before.tag, before.word);
        }
    }

    /// Takes without asking.
    pub(crate) fn penalize(&self, tag: u64, quota: Quota, cost: u32, now: Moment) -> Before {
        let (cell, before) = self.cell_for(tag, quota, now);
        self.write(cell, tag, cell::penalize(quota, before.word, cost, now));
        before
    }

    /// Changes the word of a key that has a cell.
    pub(crate) fn change(&self, tag: u64, change: impl FnOnce(u64) -> u64) {
        let cells = &self.bucket.cells;
        if let Some(cell) = cells.iter().find(|cell| self.tag_of(cell) == tag) {
            let word = change(cell.word.load(Ordering::Relaxed));
            cell.word.store(word, Ordering::Relaxed);
        }
    }

    /// Changes every word.
    pub(crate) fn change_all(&self, change: impl Fn(u64) -> u64) {
        for cell in &self.bucket.cells {
            let word = change(cell.word.load(Ordering::Relaxed));
            cell.word.store(word, Ordering::Relaxed);
        }
    }

    /// Each cell that is not empty: its way, tag and word.
    pub(crate) fn in_use(&self) -> impl Iterator<Item = (usize, (u64, u64))> {
        let cells = self.bucket.cells.iter().enumerate();
        cells.filter_map(|(way, cell)| {
            let word = cell.word.load(Ordering::Relaxed);
            (word != 0).then(|| (way, (self.tag_of(cell), word)))
        })
    }

    /// Writes what [`in_use`](Self::in_use) has told.
    pub(crate) fn restore(&self, way: usize, tag: u64, word: u64) {
        if let Some(cell) = self.bucket.cells.get(way) {
            self.write(cell, tag & !LOCKED, word);
        }
    }

    fn cell_for(&self, tag: u64, quota: Quota, now: Moment) -> (&'a Cell, Before) {
        let (cell, way) = self.choose(tag);
        let (owner, word) = (self.tag_of(cell), cell.word.load(Ordering::Relaxed));
        let former = match owner == tag || word == 0 {
            true => None,
            false if cell::is_expired(quota, word, now) => Some(Former::Expired),
            false => Some(Former::InDebt),
        };
        let before = Before {
            way,
            tag: owner,
            word,
            former,
        };
        (cell, before)
    }

    /// The key's cell, else the least indebted: an empty or expired one is less indebted than any in debt.
    #[inline]
    fn choose(&self, tag: u64) -> (&'a Cell, usize) {
        let cells = &self.bucket.cells;
        let own = (0..WAYS).find(|way| self.tag_of(&cells[*way]) == tag);
        let way = own.unwrap_or_else(|| {
            let word = |way: &usize| cells[*way].word.load(Ordering::Relaxed);
            (0..WAYS).min_by_key(word).unwrap_or(0)
        });
        (&cells[way], way)
    }

    fn tag_of(&self, cell: &Cell) -> u64 {
        cell.tag.load(Ordering::Relaxed) & !LOCKED
    }

    fn write(&self, cell: &Cell, tag: u64, word: u64) {
        // The first tag keeps its flag: the lock is still held.
        let flag = cell.tag.load(Ordering::Relaxed) & LOCKED;
        cell.tag.store(tag | flag, Ordering::Relaxed);
        cell.word.store(word, Ordering::Relaxed);
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let first = &self.bucket.cells[0].tag;
        let tag = first.load(Ordering::Relaxed) & !LOCKED;
        first.store(tag, Ordering::Release);
    }
}
