//! What a flood of logins does to everybody else, and to itself. An open loop: requests are due at their times, whatever became of
//! those before them, and an answer's time counts from then.

#![expect(
    clippy::disallowed_methods,
    reason = "an open loop sends at its own times"
)]

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::cases::{LOG_IN, PASSWORD};
use super::server::{Folder, HashCost};
use super::statistics::percentile;
use super::wire::{Answer, Connection};
use crate::harness::{Outcome, Pair};
use crate::row::{Row, Target};

/// Times the logins that the server can check.
const OVERLOAD: f64 = 10.0;
const SECONDS: f64 = 8.0;
/// Requests a second to another route.
const PROBES: f64 = 100.0;
/// A public page of a list, read from the database.
const PROBE: &str = "/v1/articles";
/// More than the 64 that wait: the rest are answered at once.
const FLOOD_CONNECTIONS: u32 = 192;
/// Callers who leave at once.
const LEAVERS: u32 = 50;
/// More than the ten seconds' worth of hashes on one worker.
const LATE: u32 = 1_200;
/// The server's deadline for a login, which begins when it has read the request, and a quarter of a second on the way.
const DEADLINE_SECONDS: f64 = 10.25;

/// One answer, and the seconds since it was due.
#[derive(Debug)]
struct Told {
    seconds: f64,
    answer: Answer,
}

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let folder = Folder::new(HashCost::Default, "")?;
    let server = folder.start()?;
    let (address, mut rows) = (server.address, Vec::new());
    let capacity = capacity(address)?;
    eprintln!("flood: {capacity:.0} logins a second can be checked");
    let quiet = open_loop(address, PROBES, SECONDS, 4, &probe)?;
    let (flood, beside) = thread::scope(|scope| {
        let probes = scope.spawn(|| open_loop(address, PROBES, SECONDS, 16, &probe));
        let rate = OVERLOAD * capacity;
        let flood = open_loop(address, rate, SECONDS, FLOOD_CONNECTIONS, &log_in);
        (flood, probes.join())
    });
    let (flood, beside) = (flood?, beside.map_err(|_| "a thread panicked")??);
    let (quiet, beside) = (p99(quiet.iter()), p99(beside.iter()));
    rows.push(row(
        "another route's p99, logins at 10 times capacity",
        Pair {
            ours: beside,
            rival: quiet,
            ratio: beside / quiet,
        },
        "the same without the flood",
        "ms",
        2.0,
    ));
    let refused = |told: &&Told| matches!(told.answer.shape.status, 503 | 429);
    let refusals: Vec<&Told> = flood.iter().filter(refused).collect();
    if refusals.is_empty()
        || refusals
            .iter()
            .any(|told| told.answer.retry_after.is_none_or(|s| s == 0))
    {
        return Err("no login was refused, or one was without a Retry-After".into());
    }
    eprintln!(
        "flood: {} of {} logins refused",
        refusals.len(),
        flood.len()
    );
    let refusal = p99(refusals.into_iter());
    rows.push(limit(
        "a refusal's p99, with Retry-After",
        refusal,
        10.0,
        "ms",
    ));
    let begun = begun_for_nobody(address)?;
    rows.push(limit(
        "hashes for 50 callers who left, before one who waits",
        begun,
        2.0,
        "hashes",
    ));
    server.stop()?;
    rows.push(limit(
        "the last login answered, of 1,200 at once",
        last_answer()?,
        DEADLINE_SECONDS,
        "s",
    ));
    Ok(rows)
}

fn row(name: &'static str, pair: Pair, rival: &str, unit: &'static str, most: f64) -> Row {
    Row {
        area: "flood",
        name,
        pair,
        rival: rival.to_owned(),
        unit,
        target: Target::AtMost(most),
    }
}

fn limit(name: &'static str, ours: f64, limit: f64, unit: &'static str) -> Row {
    let pair = Pair {
        ours,
        rival: limit,
        ratio: ours / limit,
    };
    row(name, pair, &format!("a limit of {limit} {unit}"), unit, 1.0)
}

fn p99<'a>(told: impl Iterator<Item = &'a Told>) -> f64 {
    let times: Vec<f64> = told.map(|told| told.seconds * 1e3).collect();
    percentile(&times, 0.99)
}

fn probe(connection: &mut Connection, _: u32) -> Outcome<Answer> {
    let answer = connection.ask(PROBE, 1, None)?;
    match answer.shape.status {
        200 => Ok(answer),
        status => Err(format!("{PROBE} answered {status}").into()),
    }
}

/// Each from an address and at an account of its own, which is not there: it costs what one that is there does.
fn log_in(connection: &mut Connection, number: u32) -> Outcome<Answer> {
    connection.ask(LOG_IN, number, Some(&body(number)))
}

fn body(number: u32) -> String {
    let email = format!("flood-{number}@example.com");
    serde_json::json!({ "email": email, "password": PASSWORD }).to_string()
}

/// Logins a second, when two callers at a time wait for their answers.
fn capacity(address: SocketAddr) -> Outcome<f64> {
    const LOGINS: u32 = 60;
    let start = Instant::now();
    // All due at once: each of two connections asks again when it has its answer.
    open_loop(address, f64::INFINITY, f64::from(LOGINS), 2, &log_in)?;
    Ok(f64::from(LOGINS) / start.elapsed().as_secs_f64())
}

type Ask = dyn Fn(&mut Connection, u32) -> Outcome<Answer> + Sync;

/// `rate` requests a second for `seconds`; with a rate without bound, `seconds` is their number, all due at once.
fn open_loop(
    address: SocketAddr,
    rate: f64,
    seconds: f64,
    connections: u32,
    ask: &Ask,
) -> Outcome<Vec<Told>> {
    let count = if rate.is_finite() {
        rate * seconds
    } else {
        seconds
    } as u32;
    let due = |number: u32| Duration::from_secs_f64(f64::from(number) / rate);
    let (next, told) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(address)?);
    }
    let start = Instant::now();
    let work = |mut connection: Connection| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Outcome::Ok(());
            }
            let at = start + due(number);
            thread::sleep(at.saturating_duration_since(Instant::now()));
            let answer = ask(&mut connection, number)?;
            let seconds = at.elapsed().as_secs_f64();
            let mut told = told.lock().map_err(|error| error.to_string())?;
            told.push(Told { seconds, answer });
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = open
            .into_iter()
            .map(|connection| {
                let small = thread::Builder::new().stack_size(256 * 1024);
                small.spawn_scoped(scope, move || work(connection))
            })
            .collect();
        threads.into_iter().try_for_each(|thread| {
            let ended = thread?.join();
            ended.map_err(|_| "a thread panicked")?
        })
    })?;
    told.into_inner().map_err(|error| error.to_string().into())
}

/// Hashes that somebody waited for, of those whose callers had gone: the wait beyond a login's own, in logins.
fn begun_for_nobody(address: SocketAddr) -> Outcome<f64> {
    let mut connection = Connection::open(address)?;
    let mut time = |number| -> Outcome<f64> {
        let answer = connection.ask(LOG_IN, number, Some(&body(number)))?;
        Ok(answer.took.as_secs_f64())
    };
    let alone: Vec<f64> = (0..20).map(&mut time).collect::<Outcome<_>>()?;
    let alone = percentile(&alone, 0.5);
    let mut behind = Vec::new();
    for round in 1..10 {
        let mut leavers = Vec::new();
        for number in 0..LEAVERS {
            let mut leaver = Connection::open(address)?;
            leaver.send(LOG_IN, number, &body(number))?;
            leavers.push(leaver);
        }
        // Time for them to stand in the queue; one or two are hashed meanwhile.
        thread::sleep(Duration::from_millis(20));
        drop(leavers);
        behind.push(time(1_000 * round)?);
    }
    Ok((percentile(&behind, 0.5) - alone) / alone)
}

/// The latest answer to a login that was checked, where the queue has room for more than can be checked in time.
fn last_answer() -> Outcome<f64> {
    let folder = Folder::new(HashCost::Default, "queue = 10000\nworkers = 1\n")?;
    let server = folder.start()?;
    let told = open_loop(
        server.address,
        f64::INFINITY,
        f64::from(LATE),
        LATE,
        &log_in,
    )?;
    server.stop()?;
    let checked = |told: &&Told| told.answer.shape.status == 401;
    let late = told.len() - told.iter().filter(checked).count();
    eprintln!("flood: {late} of {LATE} logins refused at their deadline");
    if late == 0 {
        return Err("all logins were checked before the deadline: it was not met".into());
    }
    let times = told.iter().filter(checked);
    let times = times.map(|told| told.answer.took.as_secs_f64());
    Ok(times.fold(0.0, f64::max))
}
