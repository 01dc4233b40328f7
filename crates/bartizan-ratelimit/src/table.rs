//! The table: a fixed number of cells, four to a bucket.

use std::{
    fmt,
    sync::atomic::{AtomicU64 as Counter, Ordering::Relaxed},
    time::{Instant, SystemTime},
};

use crate::{
    bucket::{Before, Bucket, Former, Locked, WAYS, tag},
    cell::{self, Moment},
    decision::Decision,
    epoch::{Epoch, nanoseconds},
    key::Key,
    quota::Quota,
};

/// A fixed number of counters for keys of one quota, 16 bytes each.
///
/// It never allocates after it is made, and has no janitor: a cell whose debt is paid off is the same as an empty one. When
/// all four cells of a bucket are in use, a newcomer takes over the least indebted one *and its debt* (as in Space-Saving,
/// Metwally et al. 2005): it can be counted too high, never too low, so no flood of new keys gives anybody fresh credit.
/// [`Table::inherited`] counts how often that happened; a table of twice as many cells as there are callers at once keeps it
/// below one newcomer in a hundred.
///
/// One table is for one quota, since only debts of one kind compare. A quota may change while its keys are counted: what is
/// owed in time stays owed.
///
/// ```
/// use bartizan_ratelimit::{Epoch, Keyer, Quota, Secret, Table};
/// use std::{num::NonZeroU32, time::{Duration, Instant, SystemTime}};
///
/// let now = Instant::now();
/// let table = Table::with_cells(1024, Epoch::new(now, SystemTime::now()));
/// let quota = Quota::per_minute(NonZeroU32::new(2).unwrap())?;
/// let key = Keyer::new(&Secret::random(), "example").address([192, 0, 2, 7].into());
///
/// assert!(table.decide(key, quota, 1, now).is_allowed());
/// assert!(table.decide(key, quota, 1, now).is_allowed());
/// let third = table.decide(key, quota, 1, now);
/// assert!(!third.is_allowed());
/// assert_eq!(third.retry_after(), Some(Duration::from_secs(30)));
/// # Ok::<(), bartizan_ratelimit::QuotaError>(())
/// ```
pub struct Table {
    buckets: Box<[Bucket]>,
    epoch: Instant,
    /// Nanoseconds since 1970 at the epoch.
    unix_ns: Counter,
    /// Tables are locked in the order of their ids.
    id: u64,
    inherited: Counter,
    expired: Counter,
}

impl Table {
    /// A table of at least so many cells, 16 bytes each; a multiple of four.
    #[must_use]
    pub fn with_cells(cells: usize, epoch: Epoch) -> Self {
        static NEXT: Counter = Counter::new(0);
        let count = cells.div_ceil(WAYS).max(1);
        Self {
            buckets: (0..count).map(|_| Bucket::default()).collect(),
            epoch: epoch.now,
            unix_ns: Counter::new(epoch.unix_ns),
            id: NEXT.fetch_add(1, Relaxed),
            inherited: Counter::new(0),
            expired: Counter::new(0),
        }
    }

    /// A table of at most so many bytes, at least one bucket of 64.
    #[must_use]
    pub fn with_bytes(bytes: usize, epoch: Epoch) -> Self {
        Self::with_cells(bytes / size_of::<Bucket>() * WAYS, epoch)
    }

    /// How many keys it can tell apart.
    #[must_use]
    pub const fn cells(&self) -> usize {
        self.buckets.len() * WAYS
    }

    /// Its memory, fixed when it was made.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        size_of::<Self>() + self.buckets.len() * size_of::<Bucket>()
    }

    /// How many newcomers took over a cell that was in debt, and the debt with it. When this grows, the table is too small
    /// for a flood that is under way.
    #[must_use]
    pub fn inherited(&self) -> u64 {
        self.inherited.load(Relaxed)
    }

    /// How many newcomers took over a cell whose debt was paid off.
    #[must_use]
    pub fn expired(&self) -> u64 {
        self.expired.load(Relaxed)
    }

    /// Tells the calendar what time it is. Between two calls its windows turn by the monotonic clock, so a step of the
    /// system's clock moves them at a call, never between.
    pub fn set_wall(&self, now: Instant, wall: SystemTime) {
        let Epoch { unix_ns, .. } = Epoch::new(now, wall);
        let elapsed = nanoseconds(now.saturating_duration_since(self.epoch));
        self.unix_ns.store(unix_ns.saturating_sub(elapsed), Relaxed);
    }

    /// Takes `cost` from the key's quota if it is there. A cost of zero takes nothing.
    #[inline]
    pub fn decide(&self, key: Key, quota: Quota, cost: u32, now: Instant) -> Decision {
        let moment = self.moment(now);
        let bucket = self.lock(self.place(key));
        let (decision, before) = bucket.take(tag(key), quota, cost, moment);
        if decision.is_allowed() && cost > 0 {
            self.count_taken_over(before);
        }
        decision
    }

    /// What [`decide`](Table::decide) would say; takes nothing.
    pub fn peek(&self, key: Key, quota: Quota, cost: u32, now: Instant) -> Decision {
        let moment = self.moment(now);
        let bucket = self.lock(self.place(key));
        bucket.peek(tag(key), quota, cost, moment)
    }

    /// Gives back what an allowed decision took from this key, as far as time has not given it back already. A key that has
    /// lost its cell since gets nothing; one that has another cell by now gets it back from there, which in an overfull
    /// bucket can be debt that it has inherited. The bucket as a whole never gives more than was taken.
    pub fn refund(&self, key: Key, decision: &Decision, now: Instant) {
        if !decision.is_allowed() {
            return;
        }
        let moment = self.moment(now);
        let bucket = self.lock(self.place(key));
        bucket.change(tag(key), |word| cell::refund(word, decision, moment));
    }

    /// Takes so much off a key's debt, as far as there is any.
    #[cfg(feature = "redis")]
    pub(crate) fn give_back(&self, key: Key, quota: Quota, cost: u32) {
        let bucket = self.lock(self.place(key));
        bucket.change(tag(key), |word| cell::give_back(quota, word, cost));
    }

    /// Takes `cost` without asking, into debt if need be: until it is paid off nothing is allowed.
    pub fn penalize(&self, key: Key, quota: Quota, cost: u32, now: Instant) {
        let moment = self.moment(now);
        let bucket = self.lock(self.place(key));
        let before = bucket.penalize(tag(key), quota, cost, moment);
        self.count_taken_over(before);
    }

    /// Forgets what this key owes, and what it has inherited: for a caller who has proved something, not for everyone.
    pub fn clear(&self, key: Key) {
        let bucket = self.lock(self.place(key));
        bucket.change(tag(key), |_| 0);
    }

    /// Counts a cell that has become another key's.
    pub(crate) fn count_taken_over(&self, before: Before) {
        match before.former {
            None => {}
            Some(Former::InDebt) => _ = self.inherited.fetch_add(1, Relaxed),
            Some(Former::Expired) => _ = self.expired.fetch_add(1, Relaxed),
        }
    }

    /// For a new quota of the same kind: what is owed in time stays owed, up to what the new quota's full burst owes.
    pub(crate) fn cap(&self, quota: Quota, now: Instant) {
        let moment = self.moment(now);
        for bucket in &self.buckets {
            bucket
                .lock()
                .change_all(|word| cell::cap(quota, word, moment));
        }
    }

    pub(crate) fn moment(&self, now: Instant) -> Moment {
        let elapsed_ns = nanoseconds(now.saturating_duration_since(self.epoch));
        Moment {
            elapsed_ns,
            unix_ns: self.unix_ns.load(Relaxed).saturating_add(elapsed_ns),
        }
    }

    pub(crate) const fn place(&self, key: Key) -> usize {
        key.scaled(self.buckets.len())
    }

    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn lock(&self, place: usize) -> Locked<'_> {
        // a place is a key scaled to less than the number of buckets
        self.buckets[place].lock()
    }

    /// Each cell that is in use: its number, tag and word.
    pub(crate) fn for_each_cell(&self, mut visit: impl FnMut(usize, u64, u64)) {
        for (place, bucket) in self.buckets.iter().enumerate() {
            for (way, (tag, word)) in bucket.lock().in_use() {
                visit(place * WAYS + way, tag, word);
            }
        }
    }

    /// Puts a cell back where [`for_each_cell`](Self::for_each_cell) has found it; one that is not there is left out.
    pub(crate) fn restore_cell(&self, number: usize, tag: u64, word: u64) {
        if number < self.cells() {
            let bucket = self.lock(number / WAYS);
            bucket.restore(number % WAYS, tag, word);
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("cells", &self.cells())
            .field("inherited", &self.inherited())
            .field("expired", &self.expired())
            .finish_non_exhaustive()
    }
}
