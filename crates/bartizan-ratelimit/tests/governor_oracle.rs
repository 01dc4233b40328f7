//! The same decisions as governor's, and the same waits to the nanosecond, over a million random requests.
//!
//! governor rounds an interval down and we round it up, so both are built from one interval.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    num::NonZeroU32,
    time::{Duration, Instant, SystemTime},
};

use bartizan_ratelimit::{Decision, Epoch, Key, Quota, Table};
use governor::{
    Quota as OracleQuota, RateLimiter,
    clock::{Clock, FakeRelativeClock},
};
use support::Rng;

const SEED: u64 = 0x6261_7274_697a_616e;
const SCHEDULES: u64 = 1_000;
const STEPS: u64 = 1_000;

/// The longest time in which a burst comes back. A thousand gaps of three times this fit 64 bits of nanoseconds.
const MAX_HORIZON_NS: u64 = 1 << 50;

fn n(count: u64) -> NonZeroU32 {
    NonZeroU32::new(u32::try_from(count).unwrap()).unwrap()
}

/// One random quota for a few keys.
struct Schedule {
    interval_ns: u64,
    burst: u64,
    keys: u64,
}

impl Schedule {
    fn random(rng: &mut Rng) -> Self {
        let burst = match rng.below(4) {
            0 => 1,
            1 => 1 + rng.below(5),
            2 => 1 + rng.below(100),
            _ => 1 + rng.below(100_000),
        };
        // From a nanosecond to days, each power of two as likely as the next.
        let most = MAX_HORIZON_NS / burst;
        let scale = 1_u64 << rng.below(u64::from(most.ilog2()) + 1);
        Self {
            interval_ns: (scale + rng.below(scale)).min(most),
            burst,
            keys: 1 + rng.below(5),
        }
    }

    fn cost(&self, rng: &mut Rng) -> u64 {
        match rng.below(4) {
            // what costs more than the burst is refused for ever
            0 => 1 + rng.below(self.burst + 1),
            1 => 1 + rng.below(self.burst.min(8)),
            _ => 1,
        }
    }

    fn gap_ns(&self, rng: &mut Rng) -> u64 {
        match rng.below(8) {
            0..4 => 0,
            4 => self.interval_ns,
            5 => rng.below(3 * self.interval_ns),
            6 => 1,
            _ => rng.below(3 * self.interval_ns * self.burst),
        }
    }
}

/// `None` when refused for ever, else the wait, which is zero when allowed.
fn ours(decision: &Decision) -> Option<Duration> {
    assert_eq!(
        decision.is_allowed(),
        decision.retry_after() == Some(Duration::ZERO)
    );
    decision.retry_after()
}

fn run(schedule: &Schedule, rng: &mut Rng) -> [u64; 3] {
    let interval = Duration::from_nanos(schedule.interval_ns);
    let quota = Quota::new(n(1), interval)
        .unwrap()
        .with_burst(n(schedule.burst))
        .unwrap();
    assert_eq!(quota.interval(), Some(interval));
    let t0 = Instant::now();
    let table = Table::with_cells(1 << 8, Epoch::new(t0, SystemTime::UNIX_EPOCH));

    let clock = FakeRelativeClock::default();
    let oracle_quota = OracleQuota::with_period(interval)
        .unwrap()
        .allow_burst(n(schedule.burst));
    let oracles: Vec<_> = (0..schedule.keys)
        .map(|_| RateLimiter::direct_with_clock(oracle_quota, clock.clone()))
        .collect();

    let mut seen = [0; 3];
    let mut elapsed = Duration::ZERO;
    for _ in 0..STEPS {
        let gap = Duration::from_nanos(schedule.gap_ns(rng));
        clock.advance(gap);
        elapsed += gap;
        let (at, cost) = (rng.below(schedule.keys), n(schedule.cost(rng)));
        // each key in a bucket of its own
        let key = Key::from_u128(u128::from(at) << 120 | u128::from(at + 1));
        let expected = match oracles[at as usize].check_n(cost) {
            Ok(Ok(())) => Some(Duration::ZERO),
            Ok(Err(until)) => Some(until.wait_time_from(clock.now())),
            Err(_) => None,
        };
        let foretold = table.peek(key, quota, cost.get(), t0 + elapsed);
        let decision = table.decide(key, quota, cost.get(), t0 + elapsed);
        assert_eq!(foretold, decision);
        assert_eq!(
            ours(&decision),
            expected,
            "cost {cost} after {elapsed:?} of {quota:?}"
        );
        seen[match expected {
            Some(Duration::ZERO) => 0,
            Some(_) => 1,
            None => 2,
        }] += 1;
    }
    assert_eq!(table.inherited(), 0, "keys shared a cell");
    seen
}

#[test]
fn decides_and_waits_as_governor_does() {
    let mut seen = [0_u64; 3];
    for number in 0..SCHEDULES {
        let seed = SEED.wrapping_add(number);
        // shown only when the test fails
        println!("seed {seed:#x}");
        let mut rng = Rng::new(seed);
        let schedule = Schedule::random(&mut rng);
        for (total, part) in seen.iter_mut().zip(run(&schedule, &mut rng)) {
            *total += part;
        }
    }
    let [allowed, refused, never] = seen;
    println!("{allowed} allowed, {refused} refused, {never} refused for ever: no difference");
    // The schedules are worth something only if they meet every answer often.
    assert!(seen.iter().all(|count| *count > SCHEDULES * STEPS / 50));
}
