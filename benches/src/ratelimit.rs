//! Rate limits: one check, many keys, two threads, memory under a flood, and what a layer adds.

use std::{
    convert::Infallible,
    fs,
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    process::Command,
    sync::Arc,
    thread,
    time::{Duration, Instant, SystemTime},
};

use axum::body::Body;
use bartizan_ratelimit::{
    Clock, Epoch, FromExtensions, Keyer, Limiter, Quota, RateLimitLayer, Rule, Rules, Secret, Table,
};
use governor::{
    RateLimiter,
    clock::{DefaultClock, QuantaInstant},
    middleware::NoOpMiddleware,
    state::keyed::{DashMapStateStore, HashMapStateStore},
};
use http::{Request, Response};
use tower::{Layer, Service, service_fn};
use tower_governor::{GovernorLayer, governor::GovernorConfigBuilder, key_extractor::KeyExtractor};

use crate::harness::{
    LOCK, Outcome, Pair, added_cost, alternate, locked, nanoseconds, ready, rounds,
};
use crate::row::{Row, Target};

/// The hidden first argument of a process that measures how its memory grows under a flood.
pub(crate) const CHILD: &str = "--growth-under-flood-of";

/// New keys of a flood.
const FLOOD: u32 = 10_000_000;

/// Checks of one round, over all threads.
const CHECKS: u32 = 1 << 20;

/// Wide enough that nothing is refused: a refusal is cheaper on both sides.
const PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(999_999);

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for case in CASES {
        rows.push(check(case)?);
    }
    rows.push(bytes()?);
    rows.push(flood()?);
    rows.push(layer()?);
    rows.extend(crate::ratelimit_redis::rows()?);
    Ok(rows)
}

#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    keys: u32,
    threads: u32,
    rival: Rival,
    target: f64,
}

#[derive(Clone, Copy)]
enum Rival {
    DashMap,
    HashMap,
}

const fn case(name: &'static str, keys: u32, threads: u32, rival: Rival, target: f64) -> Case {
    Case {
        name,
        keys,
        threads,
        rival,
        target,
    }
}

const CASES: [Case; 14] = [
    case("check, 1 k keys, 1 thread", 1_000, 1, Rival::DashMap, 1.0),
    case("check, 1 k keys, 2 threads", 1_000, 2, Rival::DashMap, 1.0),
    case(
        "check, 100 k keys, 1 thread",
        100_000,
        1,
        Rival::DashMap,
        1.0,
    ),
    case(
        "check, 100 k keys, 2 threads",
        100_000,
        2,
        Rival::DashMap,
        1.0,
    ),
    case(
        "check, 1 M keys, 1 thread",
        1_000_000,
        1,
        Rival::DashMap,
        0.7,
    ),
    case(
        "check, 1 M keys, 2 threads",
        1_000_000,
        2,
        Rival::DashMap,
        0.7,
    ),
    case("check, one key, 2 threads", 1, 2, Rival::DashMap, 0.6),
    case("check, 1 k keys, 1 thread", 1_000, 1, Rival::HashMap, 1.0),
    case("check, 1 k keys, 2 threads", 1_000, 2, Rival::HashMap, 1.0),
    case(
        "check, 100 k keys, 1 thread",
        100_000,
        1,
        Rival::HashMap,
        1.0,
    ),
    case(
        "check, 100 k keys, 2 threads",
        100_000,
        2,
        Rival::HashMap,
        1.0,
    ),
    case(
        "check, 1 M keys, 1 thread",
        1_000_000,
        1,
        Rival::HashMap,
        0.7,
    ),
    case(
        "check, 1 M keys, 2 threads",
        1_000_000,
        2,
        Rival::HashMap,
        0.7,
    ),
    case("check, one key, 2 threads", 1, 2, Rival::HashMap, 0.6),
];

fn epoch() -> Epoch {
    Epoch::new(Instant::now(), SystemTime::now())
}

/// 1.5 cells a key: 24 bytes.
fn table(keys: u32) -> Table {
    Table::with_cells((keys as usize * 3).div_ceil(2), epoch())
}

type Direct<Map> = RateLimiter<IpAddr, Map, DefaultClock, NoOpMiddleware<QuantaInstant>>;

fn rival_quota() -> governor::Quota {
    governor::Quota::per_second(PER_SECOND)
}

fn address(number: u32) -> IpAddr {
    // Spread over the space, as callers are.
    Ipv4Addr::from(number.wrapping_mul(0x9e37_79b1)).into()
}

fn check(case: Case) -> Outcome<Row> {
    let (table, quota) = (table(case.keys), Quota::per_second(PER_SECOND)?);
    let (keyer, clock) = (Keyer::new(&Secret::random(), "bench"), Clock::new());
    let ours = |address: IpAddr| {
        // As in a layer: the key is hashed and the clock read for each request.
        table
            .decide(keyer.address(address), quota, 1, clock.now())
            .is_allowed()
    };
    let ours = || timed(case, &ours);
    let (pair, map) = match case.rival {
        Rival::DashMap => {
            let store: DashMapStateStore<IpAddr> = DashMapStateStore::default();
            let rival = Direct::new(rival_quota(), store, DefaultClock::default());
            let rival = |address: IpAddr| rival.check_key(&address).is_ok();
            (alternate(ours, || timed(case, &rival))?, "dashmap")
        }
        Rival::HashMap => {
            let store: HashMapStateStore<IpAddr> = HashMapStateStore::default();
            let rival = Direct::new(rival_quota(), store, DefaultClock::default());
            let rival = |address: IpAddr| rival.check_key(&address).is_ok();
            (alternate(ours, || timed(case, &rival))?, "hashmap")
        }
    };
    Ok(Row {
        area: "ratelimit",
        name: case.name,
        pair,
        rival: format!("{map}, {}", locked(LOCK, "governor")),
        unit: "ns",
        target: Target::AtMost(case.target),
    })
}

/// Nanoseconds of one check, while all threads check keys in an order of their own.
fn timed(case: Case, check: &(impl Fn(IpAddr) -> bool + Sync)) -> Outcome<f64> {
    let each = CHECKS / case.threads;
    let start = Instant::now();
    thread::scope(|scope| {
        for thread in 0..case.threads {
            scope.spawn(move || {
                let mut random = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(u64::from(thread) + 1);
                for _ in 0..each {
                    // xorshift64 (Marsaglia 2003)
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    let number = ((random >> 32) * u64::from(case.keys)) >> 32;
                    black_box(check(address(number as u32)));
                }
            });
        }
    });
    Ok(start.elapsed().as_secs_f64() * 1e9 / f64::from(each * case.threads))
}

/// Not a race: ours is fixed when the table is made, and the limit is the target.
fn bytes() -> Outcome<Row> {
    const KEYS: u32 = 1_000_000;
    let ours = table(KEYS).bytes() as f64 / f64::from(KEYS);
    let rival = grown("rival", KEYS)? * 1024.0 * 1024.0 / f64::from(KEYS);
    let pair = Pair {
        ours,
        rival,
        ratio: ours / rival,
    };
    Ok(Row {
        area: "ratelimit",
        name: "memory of a key, 1 M keys (ours fixed, at most 24)",
        pair,
        rival: format!("dashmap, {}", locked(LOCK, "governor")),
        unit: "bytes",
        target: Target::AtMost(24.01 / rival),
    })
}

fn flood() -> Outcome<Row> {
    let pair = rounds(|| Ok((grown("ours", FLOOD)?, grown("rival", FLOOD)?)))?;
    Ok(Row {
        area: "ratelimit",
        name: "memory grown by 10 M new keys (ours below 1 MiB)",
        pair,
        rival: format!("dashmap, {}", locked(LOCK, "governor")),
        unit: "MiB",
        target: Target::AtMost(1.0 / pair.rival),
    })
}

/// MiB by which a process grows that checks so many new keys.
fn grown(side: &str, keys: u32) -> Outcome<f64> {
    let output = Command::new(std::env::current_exe()?)
        .args([CHILD, side, &keys.to_string()])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// What such a process does: prints how far its resident memory grew after the limiter was made, in MiB.
pub(crate) fn child(side: &str, keys: &str) -> Outcome<()> {
    let keys: u32 = keys.parse()?;
    let grown = match side {
        "ours" => {
            let table = Table::with_cells(65_536, epoch());
            let keyer = Keyer::new(&Secret::random(), "bench");
            let quota = Quota::per_minute(NonZeroU32::MIN)?;
            growth(keys, |address| {
                black_box(table.decide(keyer.address(address), quota, 1, Instant::now()));
            })?
        }
        "rival" => {
            let quota = governor::Quota::per_minute(NonZeroU32::MIN);
            let store: DashMapStateStore<IpAddr> = DashMapStateStore::default();
            let limiter = Direct::new(quota, store, DefaultClock::default());
            growth(keys, |address| {
                drop(black_box(limiter.check_key(&address)));
            })?
        }
        _ => return Err("expected ours or rival".into()),
    };
    println!("{grown}");
    Ok(())
}

fn growth(keys: u32, mut check: impl FnMut(IpAddr)) -> Outcome<f64> {
    check(address(0));
    let before = resident_kib()?;
    for number in 0..keys {
        check(address(number));
    }
    Ok((resident_kib()? - before) / 1024.0)
}

fn resident_kib() -> Outcome<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let value = line.and_then(|line| line.split_whitespace().next());
    Ok(value.ok_or("no VmRSS in /proc/self/status")?.parse()?)
}

/// The rival's key, taken from where ours comes from: what is compared is the layer, not the look for an address.
#[derive(Clone)]
struct FromAddress;

impl KeyExtractor for FromAddress {
    type Key = IpAddr;

    fn name(&self) -> &'static str {
        "address"
    }

    fn extract<T>(&self, request: &Request<T>) -> Result<IpAddr, tower_governor::GovernorError> {
        let address = request.extensions().get::<IpAddr>();
        address
            .copied()
            .ok_or(tower_governor::GovernorError::UnableToExtractKey)
    }
}

fn layer() -> Outcome<Row> {
    let quota = Quota::per_second(PER_SECOND)?;
    let limiter = Limiter::new(Rules::new([Rule::new("edge", quota)]))?;
    let mut ours = RateLimitLayer::edge(limiter, FromExtensions::new()).layer(service_fn(answer));
    let config = GovernorConfigBuilder::default()
        .period(Duration::from_micros(1))
        .burst_size(PER_SECOND.get())
        .key_extractor(FromAddress)
        .use_headers()
        .finish()
        .ok_or("no configuration")?;
    let mut rival = GovernorLayer::new(Arc::new(config)).layer(service_fn(answer));
    let mut bare = service_fn(answer);
    for fields in [field_count(&mut ours)?, field_count(&mut rival)?] {
        if fields != 2 {
            return Err(format!("expected two fields a side, found {fields}").into());
        }
    }
    let pair = added_cost(|| cost(&mut bare), || cost(&mut ours), || cost(&mut rival))?;
    Ok(Row {
        area: "ratelimit",
        name: "added by a layer with one limit and two fields",
        pair,
        rival: format!("GovernorLayer, {}", locked(LOCK, "tower_governor")),
        unit: "ns",
        target: Target::AtMost(0.6),
    })
}

async fn answer(_: Request<()>) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body::empty()))
}

fn request() -> Request<()> {
    let mut request = Request::new(());
    request.extensions_mut().insert(address(7));
    request
}

fn field_count<S, B>(service: &mut S) -> Outcome<usize>
where
    S: Service<Request<()>, Response = Response<B>, Error = Infallible>,
{
    Ok(ready(service.call(request()))??.headers().len())
}

fn cost<S, B>(service: &mut S) -> Outcome<f64>
where
    S: Service<Request<()>, Response = Response<B>, Error = Infallible>,
{
    nanoseconds(50_000, || {
        black_box(ready(service.call(black_box(request())))??);
        Ok(())
    })
}
