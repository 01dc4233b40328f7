//! How far the peak of a process's memory grows while many passwords are verified at once.

use std::fs;
use std::num::NonZeroUsize;
use std::process::Command;
use std::sync::Arc;

use bartizan_password::{Ceilings, Cost, Policy, Pool, PoolConfig, StoredHash};
use tokio::task::JoinSet;

use crate::harness::{LOCK, Outcome, Pair, locked, rounds};
use crate::machine::{available_mib, cores};
use crate::password::{TEXT, runtime, stored, verify};
use crate::row::{Row, Target};

/// The hidden first argument of a process that measures its own peak memory.
pub(crate) const CHILD: &str = "--peak-memory-of";

const FEW: u32 = 200;
const MANY: u32 = 1_000;
/// Tokio starts at most 512 blocking threads by default, each of which holds 19 MiB, and the allocator keeps some of what is freed:
/// 12.3 GiB were seen.
const RIVAL_MIB: f64 = 13_000.0;
/// What a process may grow by beside its arenas: tasks, threads, the queue.
const SLACK_MIB: f64 = 8.0;

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let hash = stored(&Pool::start(config()?)?)?.to_string();
    let mut rows = vec![row(
        "peak memory of 200 verifications at once",
        growth(&hash, FEW)?,
        Target::AtMost(0.05),
    )];
    if available_mib()? < 1.25 * RIVAL_MIB {
        eprintln!(
            "left out: peak memory of 1,000 verifications, for which the rival needs {RIVAL_MIB} MiB"
        );
        return Ok(rows);
    }
    let pair = growth(&hash, MANY)?;
    let many = "peak memory of 1,000 verifications at once";
    rows.push(row(many, pair, Target::AtMost(0.02)));
    let workers = cores().saturating_sub(1).max(1) as f64;
    let bound = workers * 19.0 + SLACK_MIB;
    rows.push(Row {
        rival: "a limit of workers x 19 MiB + 8 MiB".to_owned(),
        ..row(
            many,
            Pair {
                ours: pair.ours,
                rival: bound,
                ratio: pair.ours / bound,
            },
            Target::AtMost(1.0),
        )
    });
    Ok(rows)
}

fn row(name: &'static str, pair: Pair, target: Target) -> Row {
    Row {
        area: "password",
        name,
        pair,
        rival: format!("spawn_blocking, {}", locked(LOCK, "password-auth")),
        unit: "MiB",
        target,
    }
}

/// 19 MiB as by default, but one pass: memory is what is looked at, and a thousand hashes take long.
fn config() -> Outcome<PoolConfig> {
    let policy = Policy::with_insecure_cost(Cost::new(19_456, 1, 1)?);
    Ok(PoolConfig::default().policy(policy))
}

/// Every round is a new process, so none needs warming up.
fn growth(hash: &str, logins: u32) -> Outcome<Pair> {
    rounds(|| Ok((peak("ours", hash, logins)?, peak("rival", hash, logins)?)))
}

/// Growth of the peak in a process that runs one side.
fn peak(side: &str, hash: &str, logins: u32) -> Outcome<f64> {
    let output = Command::new(std::env::current_exe()?)
        .args([CHILD, side, hash, &logins.to_string()])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// What such a process does: prints how far its peak resident memory grew, in MiB.
pub(crate) fn child(side: &str, hash: &str, logins: &str) -> Outcome<()> {
    let logins: u32 = logins.parse()?;
    let runtime = runtime()?;
    let before = peak_kib()?;
    match side {
        "ours" => {
            // Room for all of them: none is refused, and none asks again.
            let places = NonZeroUsize::new(logins as usize).ok_or("no logins")?;
            let pool = Pool::start(config()?.queue(places))?;
            let stored = StoredHash::parse(hash, &Ceilings::default())?;
            runtime.block_on(verify(&pool, &stored, logins))?;
        }
        "rival" => {
            let hash: Arc<str> = hash.into();
            runtime.block_on(async {
                let mut tasks = JoinSet::new();
                for _ in 0..logins {
                    let hash = Arc::clone(&hash);
                    tasks.spawn_blocking(move || password_auth::verify_password(TEXT, &hash));
                }
                for result in tasks.join_all().await {
                    result?;
                }
                Outcome::Ok(())
            })?;
        }
        _ => return Err("expected ours or rival".into()),
    }
    println!("{}", (peak_kib()? - before) / 1024.0);
    Ok(())
}

fn peak_kib() -> Outcome<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let value = line.and_then(|line| line.split_whitespace().next());
    Ok(value.ok_or("no VmHWM in /proc/self/status")?.parse()?)
}
