//! Floods of new keys: nobody's debt is forgotten, newcomers get in, and the memory stays what it was.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bartizan_ratelimit::{Claim, Epoch, Key, Limit, Quota, Secret, Table, decide_all, prefix};
use support::Rng;

/// Cells of a bucket.
const WAYS: usize = 4;
const CELLS: usize = 1 << 10;
const SEED: u64 = 0x00f1_00d5;

fn n(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

/// Ten at once, one more every minute.
fn quota() -> Quota {
    Quota::new(n(10), Duration::from_secs(600)).unwrap()
}

fn table(cells: usize, t0: Instant) -> Table {
    Table::with_cells(cells, Epoch::new(t0, SystemTime::UNIX_EPOCH))
}

/// A keyed hash of the number, as far as this test is concerned.
fn key(number: u64) -> Key {
    let mut rng = Rng::new(number);
    Key::from_u128(u128::from(rng.next()) << 64 | u128::from(rng.next()))
}

/// When each key has paid off what was admitted: GCRA with all the memory in the world.
#[derive(Default)]
struct Exact {
    paid_off: HashMap<u64, Duration>,
}

impl Exact {
    fn may(&self, key: u64, at: Duration) -> bool {
        let quota = quota();
        let debt = self.paid_off.get(&key).copied().unwrap_or_default();
        debt.saturating_sub(at) + quota.interval().unwrap() <= quota.horizon()
    }

    fn admit(&mut self, key: u64, at: Duration) {
        let debt = self.paid_off.entry(key).or_default();
        *debt = (*debt).max(at) + quota().interval().unwrap();
    }
}

/// Each request is told to both, and the table must never allow what the exact one would refuse.
struct Run {
    t0: Instant,
    table: Table,
    exact: Exact,
    at: Duration,
}

impl Run {
    fn new() -> Self {
        let t0 = Instant::now();
        Self {
            t0,
            table: table(CELLS, t0),
            exact: Exact::default(),
            at: Duration::ZERO,
        }
    }

    fn ask(&mut self, number: u64) -> bool {
        let now = self.t0 + self.at;
        let allowed = self.table.decide(key(number), quota(), 1, now).is_allowed();
        if allowed {
            assert!(self.exact.may(number, self.at), "key {number} was reset");
            self.exact.admit(number, self.at);
        }
        allowed
    }
}

#[test]
fn a_flood_of_ten_times_the_capacity_gives_no_debtor_credit() {
    const DEBTORS: u64 = 200;
    // How often each key of the flood asks, and how much time passes between two requests.
    for (repeats, gap) in [(1, 0), (10, 0), (1, 50), (2, 500)] {
        let mut run = Run::new();
        for debtor in 0..DEBTORS {
            while run.ask(debtor) {}
        }
        let (mut regained, mut turned_away) = (0_u64, 0_u64);
        for number in 0..10 * CELLS as u64 {
            for _ in 0..repeats {
                turned_away += u64::from(!run.ask(DEBTORS + number));
            }
            run.at += Duration::from_millis(gap);
            // meanwhile a debtor tries his luck
            regained += u64::from(run.ask(number % DEBTORS));
        }
        let inherited = run.table.inherited();
        println!(
            "{repeats} each, {gap} ms: debtors got {regained} in {:?}, {inherited} inherited, {turned_away} turned away",
            run.at
        );
        // By time alone: one each every minute.
        let minutes = run.at.as_secs() / 60;
        assert!(regained <= DEBTORS * minutes);
        assert!(inherited + turned_away > 0, "it was a flood");
    }
}

#[test]
fn random_floods_never_admit_what_an_exact_limiter_would_refuse() {
    for seed in SEED..SEED + 20 {
        println!("seed {seed:#x}");
        let mut rng = Rng::new(seed);
        let mut run = Run::new();
        let keys = 1 + rng.below(10 * CELLS as u64);
        for _ in 0..20_000 {
            // a few keys ask often, most of them rarely
            let wide = 1 + rng.below(keys);
            run.ask(rng.below(wide));
            if rng.below(4) == 0 {
                run.at += Duration::from_millis(rng.below(2_000));
            }
        }
    }
}

#[test]
fn a_bucket_admits_no_more_than_its_cells_times_the_quota() {
    let t0 = Instant::now();
    let table = table(WAYS, t0);
    let mut admitted = 0;
    for _ in 0..50 {
        for number in 0..1_000 {
            let decision = table.decide(key(number), quota(), 1, t0);
            admitted += usize::from(decision.is_allowed());
        }
    }
    assert_eq!(admitted, WAYS * 10);
}

#[test]
fn newcomers_up_to_the_capacity_are_admitted() {
    let t0 = Instant::now();
    for requests in [1_u64, 2, 3, 5] {
        let table = table(1 << 14, t0);
        let newcomers = table.cells() as u64;
        let mut admitted = 0;
        for _ in 0..requests {
            for number in 0..newcomers {
                let decision = table.decide(key(number), quota(), 1, t0);
                admitted += u64::from(decision.is_allowed());
            }
        }
        let share = admitted as f64 / (newcomers * requests) as f64;
        println!(
            "{requests} of 10 each: {:.2} % admitted, {} inherited",
            share * 100.0,
            table.inherited()
        );
        // Five of ten each fill half the table's credit: there a bucket with more than eight callers refuses.
        assert!(share >= if requests <= 3 { 0.99 } else { 0.95 });
    }
}

/// The takeovers of one bucket, spelled out: the least indebted cell, the first of equals.
#[test]
fn every_inheritance_is_counted() {
    let t0 = Instant::now();
    let table = table(WAYS, t0);
    let mut cells = [(u64::MAX, Duration::ZERO); WAYS];
    let (mut inherited, mut expired) = (0, 0);
    let mut rng = Rng::new(SEED);
    let mut at = Duration::from_secs(1);
    for _ in 0..20_000 {
        at += Duration::from_millis(rng.below(40_000));
        let number = rng.below(9);
        let own = cells.iter().position(|(owner, _)| *owner == number);
        let least = (0..WAYS).min_by_key(|way| cells[*way].1).unwrap();
        let (owner, paid_off) = &mut cells[own.unwrap_or(least)];
        let after = (*paid_off).max(at) + quota().interval().unwrap();
        let allowed = after - at <= quota().horizon();
        if allowed {
            if *owner != number && !paid_off.is_zero() {
                *(if *paid_off > at {
                    &mut inherited
                } else {
                    &mut expired
                }) += 1;
            }
            (*owner, *paid_off) = (number, after);
        }
        let decision = table.decide(key(number), quota(), 1, t0 + at);
        assert_eq!(decision.is_allowed(), allowed);
        assert_eq!((table.inherited(), table.expired()), (inherited, expired));
    }
    println!("{inherited} inherited, {expired} expired");
    assert!(inherited > 100 && expired > 100);
}

#[test]
fn what_a_refused_request_gave_back_was_never_inherited() {
    let t0 = Instant::now();
    let secret = Secret::random();
    let limit = |name| Limit::new(name, quota(), Arc::new(table(WAYS, t0)), &secret);
    let (full, empty) = (limit("full"), limit("empty"));
    for number in 0..WAYS as u64 {
        let _ = full.table().decide(key(number), quota(), 2, t0);
    }
    let _ = empty.table().decide(key(0), quota(), 10, t0);
    let claims = [Claim::new(&full, key(99), 1), Claim::new(&empty, key(0), 1)];
    assert!(!decide_all(&claims, t0).are_allowed());
    assert_eq!(full.table().inherited(), 0);
    let claims = [claims[0], Claim::new(&empty, key(1), 1)];
    assert!(decide_all(&claims, t0).are_allowed());
    assert_eq!(full.table().inherited(), 1);
}

#[test]
fn the_memory_is_what_it_was_before_the_flood() {
    let t0 = Instant::now();
    let table = table(CELLS, t0);
    let before = table.bytes();
    for number in 0..10 * CELLS as u64 {
        let _ = table.decide(key(number), quota(), 1, t0);
    }
    assert_eq!(table.bytes(), before);
    assert_eq!(before, size_of::<Table>() + 16 * table.cells());
}

/// A /48 holds 65,536 networks of /64, and a /64 more addresses than anyone can count.
#[test]
fn who_owns_a_network_gets_what_its_prefix_gets() {
    let t0 = Instant::now();
    let secret = Secret::random();
    let wide = Quota::new(n(80), Duration::from_secs(600)).unwrap();
    let limit = |name, quota| Limit::new(name, quota, Arc::new(table(1 << 18, t0)), &secret);
    let limits = [(limit("64", quota()), 64_u8), (limit("48", wide), 48)];
    let ask = |address: u128, at: u64| {
        let claims = limits.each_ref().map(|(limit, bits)| {
            let network = prefix(std::net::Ipv6Addr::from(address).into(), *bits);
            Claim::new(limit, limit.keyer().address(network), 1)
        });
        u64::from(decide_all(&claims, t0 + Duration::from_secs(at)).are_allowed())
    };
    let own = 0x2001_0db8_0001_u128 << 80;
    let rotating: u64 = (0..2)
        .flat_map(|round| (0..1 << 16).map(move |net| own | net << 64 | round))
        .map(|address| ask(address, 0))
        .sum();
    assert_eq!(rotating, 80);
    // Over an hour, as fast as he likes: the burst again, and eight a minute.
    let hour: u64 = (0..3_600)
        .map(|at| (0..4).map(|net| ask(own | net << 64, at)).sum::<u64>())
        .sum();
    assert!(hour <= 8 * 59, "{hour}");

    let one = 0x2001_0db8_0002_u128 << 80;
    let within: u64 = (0..1 << 16).map(|host| ask(one | host, 0)).sum();
    assert_eq!(within, 10);
}
