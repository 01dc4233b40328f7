//! `decide_all`, peek, refund, penalty and clear against a model that keeps every key exactly and undoes by copying.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bartizan_ratelimit::{
    Calendar, Claim, Decision, Decisions, Epoch, Key, Limit, Quota, Secret, Table, decide_all,
};
use proptest::prelude::*;

const LIMITS: usize = 3;
const KEYS: u64 = 4;

/// When the epoch was, on the wall clock: not at the start of any window.
const EPOCH: Duration = Duration::from_secs(1_700_000_123);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Rate { interval: u64, burst: u32 },
    Calendar { window: u64, count: u32 },
}

impl Kind {
    fn quota(self) -> Quota {
        let n = |count| NonZeroU32::new(count).unwrap();
        match self {
            Self::Rate { interval, burst } => Quota::new(n(1), Duration::from_nanos(interval))
                .unwrap()
                .with_burst(n(burst))
                .unwrap(),
            Self::Calendar { window, count } => {
                let calendar = match window {
                    60 => Calendar::Minute,
                    _ => Calendar::Hour,
                };
                Quota::calendar(n(count), calendar)
            }
        }
    }
}

/// What one key has spent: nanoseconds of debt at a time, or a count in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Balance {
    spent: u128,
    /// Nanoseconds since the epoch, or the number of the window.
    as_of: u128,
}

impl Balance {
    /// As it is at `now`, with what time has given back.
    fn at(self, kind: Kind, now: u128) -> Self {
        match kind {
            Kind::Rate { .. } => Self {
                spent: self.spent.saturating_sub(now - self.as_of),
                as_of: now,
            },
            Kind::Calendar { window, .. } => {
                let as_of = (EPOCH.as_nanos() + now) / (u128::from(window) * 1_000_000_000);
                let spent = if self.as_of == as_of { self.spent } else { 0 };
                Self { spent, as_of }
            }
        }
    }

    fn unit(kind: Kind) -> u128 {
        match kind {
            Kind::Rate { interval, .. } => u128::from(interval),
            Kind::Calendar { .. } => 1,
        }
    }

    fn most(kind: Kind) -> u128 {
        let (Kind::Rate { burst, .. } | Kind::Calendar { count: burst, .. }) = kind;
        Self::unit(kind) * u128::from(burst)
    }

    /// Takes the cost, or says how long to wait for it; `None` is for ever.
    fn take(&mut self, kind: Kind, cost: u32, now: u128) -> Result<(), Option<u128>> {
        *self = self.at(kind, now);
        let cost = Self::unit(kind) * u128::from(cost);
        let after = self.spent + cost;
        match after.checked_sub(Self::most(kind)) {
            None | Some(0) => {
                self.spent = after;
                Ok(())
            }
            Some(_) if cost > Self::most(kind) => Err(None),
            Some(missing) => Err(Some(match kind {
                Kind::Rate { .. } => missing,
                Kind::Calendar { window, .. } => {
                    let window = u128::from(window) * 1_000_000_000;
                    window - (EPOCH.as_nanos() + now) % window
                }
            })),
        }
    }

    fn remaining(self, kind: Kind) -> u32 {
        let left = Self::most(kind).saturating_sub(self.spent) / Self::unit(kind);
        u32::try_from(left).unwrap()
    }
}

type Place = (usize, u64);

#[derive(Clone, Debug)]
enum Op {
    Decide(Vec<(usize, u64, u32)>),
    /// Of an allowed decision before, by number from the newest.
    Refund(usize),
    Penalize(Place, u32),
    Clear(Place),
    Pass(u64),
}

fn kinds() -> impl Strategy<Value = [Kind; LIMITS]> {
    let rate = (1_u64..120_000_000_000, 1_u32..8)
        .prop_map(|(interval, burst)| Kind::Rate { interval, burst });
    let calendar = (prop_oneof![Just(60_u64), Just(3_600)], 1_u32..8)
        .prop_map(|(window, count)| Kind::Calendar { window, count });
    let kind = prop_oneof![3 => rate, 1 => calendar];
    [kind.clone(), kind.clone(), kind]
}

fn op() -> impl Strategy<Value = Op> {
    let claims = prop::collection::vec((0..LIMITS, 0..KEYS, 0_u32..5), 0..6);
    prop_oneof![
        8 => claims.prop_map(Op::Decide),
        2 => (0_usize..4).prop_map(Op::Refund),
        1 => ((0..LIMITS, 0..KEYS), 0_u32..6).prop_map(|(place, cost)| Op::Penalize(place, cost)),
        1 => (0..LIMITS, 0..KEYS).prop_map(Op::Clear),
        4 => prop_oneof![0_u64..1_000_000_000, 0_u64..200_000_000_000].prop_map(Op::Pass),
    ]
}

/// The real limits and the model, side by side.
struct Both {
    kinds: [Kind; LIMITS],
    limits: [Limit; LIMITS],
    t0: Instant,
    now: u128,
    model: HashMap<Place, Balance>,
    /// What was taken, from where, and when it is paid off or in which window it was.
    taken: Vec<(Place, u32, u128, Decision)>,
}

fn key(number: u64) -> Key {
    // each in a bucket of its own
    Key::from_u128(u128::from(number) << 120 | u128::from(number + 1))
}

impl Both {
    fn new(kinds: [Kind; LIMITS]) -> Self {
        let t0 = Instant::now();
        let wall = SystemTime::UNIX_EPOCH + EPOCH;
        let limits = kinds.map(|kind| {
            let table = Arc::new(Table::with_cells(1 << 8, Epoch::new(t0, wall)));
            Limit::new("model", kind.quota(), table, &Secret::from_bytes([7; 16]))
        });
        Self {
            kinds,
            limits,
            t0,
            now: 0,
            model: HashMap::new(),
            taken: Vec::new(),
        }
    }

    fn instant(&self) -> Instant {
        self.t0 + Duration::from_nanos(u64::try_from(self.now).unwrap())
    }

    fn balance(&self, (limit, key): Place) -> Balance {
        let balance = self.model.get(&(limit, key)).copied().unwrap_or_default();
        balance.at(self.kinds[limit], self.now)
    }

    fn apply(&mut self, op: &Op) {
        match op {
            Op::Decide(list) => {
                let claims: Vec<_> = list
                    .iter()
                    .map(|(limit, at, cost)| Claim::new(&self.limits[*limit], key(*at), *cost))
                    .collect();
                let decisions = decide_all(&claims, self.instant());
                self.expect(list, &decisions);
            }
            Op::Refund(back) => {
                let Some(number) = self.taken.len().checked_sub(back + 1) else {
                    return;
                };
                let (place, cost, mark, decision) = self.taken.remove(number);
                let (limit, now) = (&self.limits[place.0], self.instant());
                limit.table().refund(key(place.1), &decision, now);
                let (kind, mut balance) = (self.kinds[place.0], self.balance(place));
                // What time has given back of it since does not come back twice.
                let left = match kind {
                    Kind::Rate { .. } => mark.saturating_sub(self.now),
                    Kind::Calendar { .. } if mark == balance.as_of => u128::MAX,
                    Kind::Calendar { .. } => 0,
                };
                let cost = Balance::unit(kind) * u128::from(cost);
                balance.spent = balance.spent.saturating_sub(cost.min(left));
                self.model.insert(place, balance);
            }
            Op::Penalize(place, cost) => {
                let limit = &self.limits[place.0];
                let now = self.instant();
                limit
                    .table()
                    .penalize(key(place.1), limit.quota(), *cost, now);
                let mut balance = self.balance(*place);
                balance.spent += Balance::unit(self.kinds[place.0]) * u128::from(*cost);
                self.model.insert(*place, balance);
            }
            Op::Clear(place) => {
                self.limits[place.0].table().clear(key(place.1));
                self.model.remove(place);
            }
            Op::Pass(ns) => self.now += u128::from(*ns),
        }
        self.balances_agree();
    }

    fn expect(&mut self, list: &[(usize, u64, u32)], decisions: &Decisions) {
        assert_eq!(decisions.as_slice().len(), list.len());
        let before = self.model.clone();
        let mut allowed = true;
        let mut taken = Vec::new();
        for ((limit, at, cost), decision) in list.iter().zip(decisions.as_slice()) {
            let (place, kind) = ((*limit, *at), self.kinds[*limit]);
            let mut balance = self.balance(place);
            let wait = match balance.take(kind, *cost, self.now) {
                Ok(()) => Some(0),
                Err(wait) => {
                    allowed = false;
                    wait
                }
            };
            assert_eq!(decision.retry_after().map(|wait| wait.as_nanos()), wait);
            let mark = match kind {
                Kind::Rate { .. } => balance.as_of + balance.spent,
                Kind::Calendar { .. } => balance.as_of,
            };
            taken.push((place, *cost, mark, *decision));
            self.model.insert(place, balance);
        }
        assert_eq!(decisions.are_allowed(), allowed);
        if allowed {
            self.taken.extend(taken);
        } else {
            self.model = before;
        }
    }

    fn balances_agree(&self) {
        for (number, limit) in self.limits.iter().enumerate() {
            for at in 0..KEYS {
                let now = self.instant();
                let seen = limit.table().peek(key(at), limit.quota(), 0, now);
                let balance = self.balance((number, at));
                assert_eq!(seen.remaining(), balance.remaining(self.kinds[number]));
                if let Kind::Rate { .. } = self.kinds[number] {
                    assert_eq!(seen.full_after().as_nanos(), balance.spent);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn balances_are_those_of_the_exact_model(
        kinds in kinds(),
        ops in prop::collection::vec(op(), 1..60),
    ) {
        let mut both = Both::new(kinds);
        for op in &ops {
            both.apply(op);
        }
        for limit in &both.limits {
            prop_assert_eq!(limit.table().inherited(), 0);
        }
    }
}
