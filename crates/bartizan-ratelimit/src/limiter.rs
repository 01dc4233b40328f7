//! The state that all layers and clones share.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime},
};

use arc_swap::{ArcSwap, Guard};

use crate::{
    clock::Clock,
    epoch::Epoch,
    key::Secret,
    limit::Limit,
    rules::{Making, RuleErrors, RuleSet, Rules},
    store::{Memory, Store},
    table::Table,
};

/// Cells of each rule's table, unless told otherwise: 1 MiB.
pub const DEFAULT_CELLS: usize = 65_536;

/// How often calendars are set by the system's clock, and alarms looked at.
const TICK: Duration = Duration::from_secs(60);

/// Rules in force and all that they count. A clone shares everything; layers are made from it.
///
/// Memory is fixed when a rule comes into force: [`cells`](LimiterBuilder::cells) times 16 bytes, twice for a rule that counts
/// addresses.
pub struct Limiter<St = Memory> {
    shared: Arc<Shared<St>>,
}

struct Shared<St> {
    rules: ArcSwap<RuleSet>,
    store: St,
    secret: Secret,
    cells: usize,
    clock: Clock,
    start: Instant,
    /// Seconds from the start to the last tick.
    ticked: AtomicU64,
    /// Inheritances at the last tick.
    inherited: AtomicU64,
}

/// What a [`Limiter`] is made with, beside its rules.
#[derive(Clone, Debug)]
pub struct LimiterBuilder<St = Memory> {
    store: St,
    secret: Secret,
    cells: usize,
}

impl Limiter {
    /// A limiter that counts in this process's memory, made now.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the rules.
    pub fn new(rules: Rules) -> Result<Self, RuleErrors> {
        Self::builder().build(rules, Instant::now(), SystemTime::now())
    }

    /// A limiter step by step.
    #[must_use]
    pub fn builder() -> LimiterBuilder {
        LimiterBuilder {
            store: Memory::new(),
            secret: Secret::random(),
            cells: DEFAULT_CELLS,
        }
    }
}

impl<St: Store> LimiterBuilder<St> {
    /// Counts in this store.
    #[must_use]
    pub fn store<Other: Store>(self, store: Other) -> LimiterBuilder<Other> {
        LimiterBuilder {
            store,
            secret: self.secret,
            cells: self.cells,
        }
    }

    /// Makes keys with this secret, which all instances that share a store must share. Random by default.
    #[must_use]
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secret = secret;
        self
    }

    /// How many keys each rule can tell apart at once. Twice the number of callers that are expected at the same time is a
    /// good size. 65,536 by default.
    #[must_use]
    pub const fn cells(mut self, cells: usize) -> Self {
        self.cells = cells;
        self
    }

    /// The limiter, at this moment on both clocks.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the rules.
    pub fn build(
        self,
        rules: Rules,
        now: Instant,
        wall: SystemTime,
    ) -> Result<Limiter<St>, RuleErrors> {
        let making = Making {
            cells: self.cells,
            secret: &self.secret,
            epoch: Epoch::new(now, wall),
            now,
        };
        let set = RuleSet::build(rules, None, &making)?;
        Ok(Limiter {
            shared: Arc::new(Shared {
                rules: ArcSwap::from_pointee(set),
                store: self.store,
                secret: self.secret,
                cells: self.cells,
                clock: Clock::new(),
                start: now,
                ticked: AtomicU64::new(0),
                inherited: AtomicU64::new(0),
            }),
        })
    }
}

impl<St: Store> Limiter<St> {
    /// Puts other rules in force, all at once and between two requests.
    ///
    /// A rule that keeps its name and the kind of its quota keeps its balances: what a caller owes in *time* stays owed, at
    /// most what the new quota's full burst owes. Other rules begin with nothing owed.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them; the old rules stay in force.
    pub fn replace(&self, rules: Rules, now: Instant, wall: SystemTime) -> Result<(), RuleErrors> {
        let making = Making {
            cells: self.shared.cells,
            secret: &self.shared.secret,
            epoch: Epoch::new(now, wall),
            now,
        };
        let set = RuleSet::build(rules, Some(&self.shared.rules.load()), &making)?;
        self.shared.rules.store(Arc::new(set));
        Ok(())
    }

    /// What each rule has done so far.
    #[must_use]
    pub fn report(&self) -> Vec<RuleReport> {
        let set = self.shared.rules.load();
        let report = |rule: &crate::rules::Ready| RuleReport {
            name: Arc::clone(&rule.name),
            refused: rule.counters.refused.load(Relaxed),
            shadow_refused: rule.counters.shadow_refused.load(Relaxed),
            without_key: rule.counters.without_key.load(Relaxed),
            banned: rule.bans.as_ref().map_or(0, |bans| bans.count()),
            inherited: tables(rule).map(Table::inherited).sum(),
            shared: rule
                .inflight
                .as_ref()
                .map_or(0, |(_, table)| table.shared()),
            bytes: tables(rule).map(Table::bytes).sum(),
        };
        set.rules.iter().map(report).collect()
    }

    /// The limits of all rules, in the order of the rules: for a snapshot.
    #[must_use]
    pub fn limits(&self) -> Vec<Limit> {
        let set = self.shared.rules.load();
        let limits = |rule: &crate::rules::Ready| {
            let wide = rule.wide.as_ref().map(|(_, limit)| limit.clone());
            std::iter::once(rule.narrow.clone()).chain(wide)
        };
        set.rules.iter().flat_map(limits).collect()
    }

    pub(crate) fn rules(&self) -> Guard<Arc<RuleSet>> {
        self.shared.rules.load()
    }

    /// Now, by a clock that is cheaper to read than the system's and follows it.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.shared.clock.now()
    }

    /// Where it counts.
    #[must_use]
    pub fn store(&self) -> &St {
        &self.shared.store
    }

    /// Once a minute: sets the calendars by the system's clock, and says when tables are too small.
    pub(crate) fn tick(&self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.shared.start).as_secs();
        let last = self.shared.ticked.load(Relaxed);
        let due = elapsed.saturating_sub(last) >= TICK.as_secs();
        if due
            && self
                .shared
                .ticked
                .compare_exchange(last, elapsed, Relaxed, Relaxed)
                .is_ok()
        {
            self.shared.clock.adjust();
            let wall = SystemTime::now();
            let set = self.shared.rules.load();
            for table in set.rules.iter().flat_map(tables) {
                table.set_wall(now, wall);
            }
            let inherited = set
                .rules
                .iter()
                .flat_map(tables)
                .map(Table::inherited)
                .sum();
            let before = self.shared.inherited.swap(inherited, Relaxed);
            if inherited > before {
                alarm(inherited - before, self.shared.cells);
            }
        }
    }
}

fn tables(rule: &crate::rules::Ready) -> impl Iterator<Item = &Table> {
    let wide = rule.wide.as_ref().map(|(_, limit)| &**limit.table());
    std::iter::once(&**rule.narrow.table()).chain(wide)
}

#[cfg(feature = "tracing")]
fn alarm(count: u64, cells: usize) {
    tracing::warn!(
        target: "bartizan::ratelimit",
        count,
        cells,
        "newcomers took over cells that were in debt: a flood of addresses is under way, or the capacity is too small"
    );
}

#[cfg(not(feature = "tracing"))]
const fn alarm(_count: u64, _cells: usize) {}

/// What one rule has done since it was put in force under this name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleReport {
    /// Its name.
    pub name: Arc<str>,
    /// Requests it refused.
    pub refused: u64,
    /// Requests it would have refused if it were not in shadow.
    pub shadow_refused: u64,
    /// Requests that it could not count, because a part of its key was not known.
    pub without_key: u64,
    /// Bans.
    pub banned: u64,
    /// Newcomers that took over another's debt: they were counted too high.
    pub inherited: u64,
    /// Requests that shared a count of requests under way with another key.
    pub shared: u64,
    /// Memory of its tables.
    pub bytes: usize,
}

impl<St> Clone for Limiter<St> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<St> fmt::Debug for Limiter<St> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("rules", &self.shared.rules.load().rules.len())
            .field("cells", &self.shared.cells)
            .finish_non_exhaustive()
    }
}
