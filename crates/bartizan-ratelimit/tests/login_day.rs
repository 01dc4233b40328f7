//! Two days of credential stuffing from ten thousand networks against a thousand accounts, in virtual time.
//!
//! What is proved: no account is guessed at more than a hundred times in any 24 hours, an owner on a known device is never
//! refused, and a guesser with an account of his own resets nothing. What is told, because no limit can change it: how often
//! an owner without his device is refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::{Duration, Instant, SystemTime},
};

use bartizan_ratelimit::{Device, Epoch, LoginConfig, LoginLimits, Memory, Secret};
use support::Rng;

const SEED: u64 = 0x0010_9122;
const DAYS: u64 = 2;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

const NETWORKS: u64 = 10_000;
const ACCOUNTS: u64 = 1_000;
/// The first accounts are guessed at all day, the others each get a few leaked passwords.
const TARGETED: u64 = 100;
const GUESSES_TARGETED: u64 = 1_500;
const GUESSES_STUFFED: u64 = 20;
/// Networks whose owners have an account of their own, and log in to it before each guess.
const LAIRS: u64 = 10;

#[derive(Clone, Copy)]
enum Event {
    /// A guess at an account, from one of the networks.
    Guess { account: u64, network: u64 },
    /// From a lair: into the own account, then a guess at somebody's.
    Reset { account: u64, lair: u64 },
    /// An owner logs in from his device; sometimes he mistypes first.
    Known { account: u64, mistyped: bool },
    /// An owner logs in where he has never been.
    Unknown { account: u64 },
}

/// Half of them IPv4, half /64s, of which sixteen share a /48.
fn network(number: u64) -> IpAddr {
    let number32 = u32::try_from(number).unwrap();
    if number.is_multiple_of(2) {
        return Ipv4Addr::from(0x0b00_0000 | number32).into();
    }
    let (site, net) = (u128::from(number / 32), u128::from(number % 32));
    Ipv6Addr::from(0x2001_0db8_u128 << 96 | site << 80 | net << 64 | 1).into()
}

fn home(account: u64) -> IpAddr {
    Ipv4Addr::from(0x0c00_0000 | u32::try_from(account).unwrap()).into()
}

fn events(rng: &mut Rng) -> Vec<(u64, Event)> {
    let mut events = Vec::new();
    let mut add = |rng: &mut Rng, a_day: u64, make: &dyn Fn(&mut Rng) -> Event| {
        for _ in 0..a_day * DAYS {
            let at = rng.below(DAYS * DAY_MS);
            events.push((at, make(rng)));
        }
    };
    for account in 0..ACCOUNTS {
        let guesses = match account < TARGETED {
            true => GUESSES_TARGETED,
            false => GUESSES_STUFFED,
        };
        add(rng, guesses, &|rng| Event::Guess {
            account,
            network: rng.below(NETWORKS),
        });
        add(rng, 12, &|rng| Event::Known {
            account,
            mistyped: rng.below(10) == 0,
        });
        add(rng, 6, &|_| Event::Unknown { account });
    }
    for lair in 0..LAIRS {
        // a guess every half minute: twice what the network gets back
        add(rng, 2 * 24 * 60, &|rng| Event::Reset {
            account: match rng.below(8) {
                0 => ACCOUNTS - 1 - rng.below(3),
                _ => rng.below(ACCOUNTS),
            },
            lair,
        });
    }
    events.sort_by_key(|(at, _)| *at);
    events
}

/// How often it was tried, and how often refused.
#[derive(Default)]
struct Tally {
    tried: u64,
    refused: u64,
}

impl Tally {
    fn count(&mut self, refused: bool) {
        self.tried += 1;
        self.refused += u64::from(refused);
    }

    fn percent(&self) -> f64 {
        100.0 * self.refused as f64 / self.tried as f64
    }
}

struct Simulation {
    limits: LoginLimits,
    t0: Instant,
    /// When guesses were let through, by account, by network, and by both for the lairs.
    guessed: HashMap<u64, Vec<u64>>,
    from: HashMap<u64, Vec<u64>>,
    pairs: HashMap<(u64, u64), Vec<u64>>,
    guesses: Tally,
    known: Tally,
    unknown_targeted: Tally,
    unknown_stuffed: Tally,
}

impl Simulation {
    fn new() -> Self {
        let t0 = Instant::now();
        let epoch = Epoch::new(t0, SystemTime::UNIX_EPOCH);
        let (config, secret) = (LoginConfig::default(), Secret::from_bytes([7; 16]));
        Self {
            limits: LoginLimits::new(&config, &secret, epoch, Memory::new()).unwrap(),
            t0,
            guessed: HashMap::new(),
            from: HashMap::new(),
            pairs: HashMap::new(),
            guesses: Tally::default(),
            known: Tally::default(),
            unknown_targeted: Tally::default(),
            unknown_stuffed: Tally::default(),
        }
    }

    async fn guess(&mut self, at: u64, account: u64, network_number: u64) {
        let now = self.t0 + Duration::from_millis(at);
        let name = account.to_le_bytes();
        let address = network(network_number);
        let attempt = self.limits.begin(&name, address, None, now).await;
        self.guesses.count(attempt.is_err());
        let Ok(attempt) = attempt else { return };
        attempt.failed();
        self.guessed.entry(account).or_default().push(at);
        self.from.entry(network_number).or_default().push(at);
        if network_number < LAIRS {
            let pair = (account, network_number);
            self.pairs.entry(pair).or_default().push(at);
        }
    }

    async fn run(&mut self, at: u64, event: Event) {
        let now = self.t0 + Duration::from_millis(at);
        match event {
            Event::Guess { account, network } => self.guess(at, account, network).await,
            Event::Reset { account, lair } => {
                let own = (ACCOUNTS + lair).to_le_bytes();
                if let Ok(attempt) = self.limits.begin(&own, network(lair), None, now).await {
                    attempt.succeeded(now);
                }
                self.guess(at, account, lair).await;
            }
            Event::Known { account, mistyped } => {
                let name = account.to_le_bytes();
                let device = Device::recognised(&name, [1; 16]);
                for right in [!mistyped, true] {
                    let attempt = self.limits.begin(&name, home(account), Some(&device), now);
                    let attempt = attempt.await;
                    self.known.count(attempt.is_err());
                    match attempt {
                        Ok(attempt) if right => attempt.succeeded(now),
                        _ => {}
                    }
                }
            }
            Event::Unknown { account } => {
                let name = account.to_le_bytes();
                let attempt = self.limits.begin(&name, home(account), None, now).await;
                let tally = match (TARGETED..ACCOUNTS - 3).contains(&account) {
                    true => &mut self.unknown_stuffed,
                    false => &mut self.unknown_targeted,
                };
                tally.count(attempt.is_err());
                if let Ok(attempt) = attempt {
                    attempt.succeeded(now);
                }
            }
        }
    }
}

/// The most in any window of this length.
fn worst(times: &[u64], length: u64) -> usize {
    let last = |first: u64| times.partition_point(|time| *time <= first + length);
    let counts = times
        .iter()
        .enumerate()
        .map(|(at, first)| last(*first) - at);
    counts.max().unwrap_or(0)
}

#[tokio::test]
async fn two_days_of_stuffing_get_no_further_than_promised() {
    println!("seed {SEED:#x}");
    let events = events(&mut Rng::new(SEED));
    let mut simulation = Simulation::new();
    for (at, event) in &events {
        simulation.run(*at, *event).await;
    }
    let Simulation {
        limits,
        guessed,
        from,
        pairs,
        guesses,
        known,
        unknown_targeted,
        unknown_stuffed,
        ..
    } = simulation;

    let most = guessed.values().map(|times| worst(times, DAY_MS)).max();
    println!(
        "{} guesses, {:.1} % refused; at most {} at one account in 24 hours",
        guesses.tried,
        guesses.percent(),
        most.unwrap()
    );
    println!(
        "known devices: {} logins, {} refused",
        known.tried, known.refused
    );
    for (what, tally) in [
        ("all day", &unknown_targeted),
        ("now and then", &unknown_stuffed),
    ] {
        println!(
            "unknown devices, account attacked {what}: {} logins, {:.2} % refused",
            tally.tried,
            tally.percent()
        );
    }

    assert!(most <= Some(100));
    // The attack is strong enough to be worth something: it uses up what it gets.
    assert!(most >= Some(95));
    assert_eq!(
        known.refused, 0,
        "an owner was locked out of his own device"
    );
    assert!(unknown_stuffed.percent() < 1.0);

    // Logging in to an account of one's own resets neither the network's nor the pair's limit.
    let hours = (DAYS * DAY_MS / 3_600_000) as usize;
    for (network, times) in &from {
        assert!(times.len() <= 20 + 60 * hours, "network {network}");
    }
    assert!(from[&0].len() > 50 * hours, "the lairs did not try enough");
    for ((account, lair), times) in &pairs {
        assert!(times.len() <= 5 + 12 * hours);
        assert!(worst(times, 3_600_000) <= 5 + 12, "{account} from {lair}");
    }
    // The tables were large enough that no owner paid for others.
    for limit in limits.limits() {
        let table = limit.table();
        println!(
            "{}: {} inherited, {} expired",
            limit.name(),
            table.inherited(),
            table.expired()
        );
    }
}
