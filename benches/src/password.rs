//! Password verification under load: peak memory, and throughput on the same number of threads.

use std::fs;
use std::num::NonZeroUsize;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use bartizan_password::{Ceilings, Password, Pool, PoolConfig, StoredHash, Verdict};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::harness::{LOCK, Outcome, alternate, locked, per_second, rounds};
use crate::machine::cores;
use crate::row::{Row, Target};

/// The hidden first argument of a process that measures its own peak memory.
pub(crate) const CHILD: &str = "--peak-memory-of";

const TEXT: &str = "correct horse battery staple";
const LOGINS: u32 = 200;
/// Hashes of one round: some multiple of the workers, long enough that starting threads does not show.
const HASHES: u32 = 24;

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    Ok(vec![memory()?, throughput()?, ideal()?])
}

fn memory() -> Outcome<Row> {
    let hash = stored(&Pool::start(PoolConfig::default())?)?.to_string();
    // Every round is a new process, so none needs warming up.
    let pair = rounds(|| Ok((peak("ours", &hash)?, peak("rival", &hash)?)))?;
    Ok(Row {
        area: "password",
        name: "peak memory of 200 verifications at once",
        pair,
        rival: format!("spawn_blocking, {}", locked(LOCK, "password-auth")),
        unit: "MiB",
        target: Target::AtMost(0.05),
    })
}

/// Growth of the peak in a process that runs one side.
fn peak(side: &str, hash: &str) -> Outcome<f64> {
    let output = Command::new(std::env::current_exe()?)
        .args([CHILD, side, hash])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// What such a process does: prints how far its peak resident memory grew, in MiB.
pub(crate) fn child(side: &str, hash: &str) -> Outcome<()> {
    let runtime = runtime()?;
    let before = peak_kib()?;
    match side {
        "ours" => {
            let places = NonZeroUsize::new(LOGINS as usize).ok_or("no logins")?;
            let pool = Pool::start(PoolConfig::default().queue(places))?;
            runtime.block_on(verify(
                &pool,
                &StoredHash::parse(hash, &Ceilings::default())?,
                LOGINS,
            ))?;
        }
        "rival" => {
            let hash: Arc<str> = hash.into();
            runtime.block_on(async {
                let mut logins = JoinSet::new();
                for _ in 0..LOGINS {
                    let hash = Arc::clone(&hash);
                    logins.spawn_blocking(move || password_auth::verify_password(TEXT, &hash));
                }
                for result in logins.join_all().await {
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

fn throughput() -> Outcome<Row> {
    let runtime = runtime()?;
    let pool = pool()?;
    let hash = stored(&pool)?;
    let permits = Arc::new(Semaphore::new(cores()));
    let pair = alternate(
        || per_second(HASHES, || runtime.block_on(verify(&pool, &hash, HASHES))),
        || per_second(HASHES, || runtime.block_on(semaphore(&permits))),
    )?;
    Ok(Row {
        area: "password",
        name: "throughput, as many threads as cores",
        pair,
        rival: format!("semaphore + spawn_blocking, {}", locked(LOCK, "argon2")),
        unit: "hashes/s",
        target: Target::AtLeast(1.2),
    })
}

/// The usual way: a permit for each core, a blocking task for each hash, its memory allocated in the call.
async fn semaphore(permits: &Arc<Semaphore>) -> Outcome<()> {
    let mut logins = JoinSet::new();
    for _ in 0..HASHES {
        let permits = Arc::clone(permits);
        logins.spawn(async move {
            let _permit = permits.acquire_owned().await?;
            tokio::task::spawn_blocking(move || {
                argon2()?
                    .hash_password_into(TEXT.as_bytes(), &[3; 16], &mut [0; 32])
                    .map_err(|error| error.to_string().into())
            })
            .await?
        });
    }
    logins.join_all().await.into_iter().collect()
}

fn ideal() -> Outcome<Row> {
    let runtime = runtime()?;
    let pool = pool()?;
    let hash = stored(&pool)?;
    let mut arenas: Vec<Vec<Block>> = (0..cores())
        .map(|_| Ok(vec![Block::default(); argon2()?.params().block_count()]))
        .collect::<Outcome<_>>()?;
    let pair = alternate(
        || per_second(HASHES, || runtime.block_on(verify(&pool, &hash, HASHES))),
        || per_second(HASHES, || bare(&mut arenas)),
    )?;
    Ok(Row {
        area: "password",
        name: "throughput against arenas / single-hash time",
        pair,
        rival: format!("bare loops, {}", locked(LOCK, "argon2")),
        unit: "hashes/s",
        target: Target::AtLeast(0.95),
    })
}

/// The ideal: a thread for each arena, hash after hash, with no queue and nobody to answer.
fn bare(arenas: &mut [Vec<Block>]) -> Outcome<()> {
    let share = HASHES as usize / arenas.len();
    let rest = HASHES as usize % arenas.len();
    thread::scope(|scope| {
        let threads: Vec<_> = arenas
            .iter_mut()
            .enumerate()
            .map(|(number, arena)| {
                scope.spawn(move || {
                    for _ in 0..share + usize::from(number < rest) {
                        argon2()?
                            .hash_password_into_with_memory(
                                TEXT.as_bytes(),
                                &[3; 16],
                                &mut [0; 32],
                                &mut arena[..],
                            )
                            .map_err(|error| error.to_string())?;
                    }
                    Outcome::Ok(())
                })
            })
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })
}

/// `count` verifications of the right password at once.
async fn verify(pool: &Pool, hash: &StoredHash, count: u32) -> Outcome<()> {
    let mut logins = JoinSet::new();
    for _ in 0..count {
        let password = Password::new(TEXT.to_owned())?;
        logins.spawn(pool.verify(password, Some(hash.clone()), None));
    }
    for verdict in logins.join_all().await {
        if matches!(verdict?, Verdict::Mismatch) {
            return Err("the right password was refused".into());
        }
    }
    Ok(())
}

/// As many workers as the rivals of the throughput rows have threads.
fn pool() -> Outcome<Pool> {
    let workers = NonZeroUsize::new(cores()).ok_or("no cores")?;
    Ok(Pool::start(PoolConfig::default().workers(workers))?)
}

fn stored(pool: &Pool) -> Outcome<StoredHash> {
    Ok(runtime()?.block_on(pool.hash(Password::new(TEXT.to_owned())?, None))?)
}

/// The costs of the default policy: 19 MiB, two passes, one lane.
fn argon2() -> Outcome<Argon2<'static>> {
    let params = Params::new(19_456, 2, 1, Some(32)).map_err(|error| error.to_string())?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn runtime() -> Outcome<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(1).build()?)
}
