//! Password verification under load: throughput on the same number of threads, and what the wipe of arenas costs.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use bartizan_password::{Password, Pool, PoolConfig, StoredHash, Verdict};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use zeroize::Zeroize;

use crate::harness::{LOCK, Outcome, alternate, locked, nanoseconds, per_second};
use crate::machine::cores;
use crate::pepper;
use crate::row::{Row, Target};
use crate::{password_import, password_memory};

pub(crate) const TEXT: &str = "correct horse battery staple";
/// Hashes of one round: some multiple of the workers, long enough that starting threads does not show.
const HASHES: u32 = 24;

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let mut rows = password_memory::rows()?;
    rows.extend([throughput()?, ideal()?, saturated()?, wipe()?]);
    rows.push(pepper::row()?);
    rows.extend(password_import::rows()?);
    Ok(rows)
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

/// A worker whose queue never runs empty, so that it never wipes, against a loop that has no wipe.
fn saturated() -> Outcome<Row> {
    let runtime = runtime()?;
    let pool = Pool::start(PoolConfig::default().workers(NonZeroUsize::MIN))?;
    let hash = stored(&pool)?;
    let mut arena = [vec![Block::default(); argon2()?.params().block_count()]];
    let pair = alternate(
        || {
            per_second(HASHES, || {
                runtime.block_on(async {
                    // Two more wait behind those that are counted; they are dropped, and the worker skips what it has not begun.
                    let mut logins = Vec::new();
                    for _ in 0..HASHES + 2 {
                        let password = Password::new(TEXT.to_owned())?;
                        logins.push(pool.verify(password, Some(hash.clone()), None));
                    }
                    for login in logins.drain(..HASHES as usize) {
                        login.await?;
                    }
                    Ok(())
                })
            })
        },
        || per_second(HASHES, || bare(&mut arena)),
    )?;
    Ok(Row {
        area: "password",
        name: "one worker, never idle: no wipe is paid",
        pair,
        rival: format!("a bare loop without a wipe, {}", locked(LOCK, "argon2")),
        unit: "hashes/s",
        target: Target::AtLeast(0.99),
    })
}

/// What a worker that runs idle pays once, against the hash before it.
fn wipe() -> Outcome<Row> {
    let argon2 = argon2()?;
    let mut arena = vec![Block::default(); argon2.params().block_count()];
    let mut filled = arena.clone();
    let pair = alternate(
        || {
            let wiped = nanoseconds(1, || {
                // As the pool does, block by block.
                arena.iter_mut().for_each(Zeroize::zeroize);
                black_box(&mut arena);
                Ok(())
            })?;
            Ok(wiped / 1000.0)
        },
        || {
            let hashed = nanoseconds(1, || {
                argon2
                    .hash_password_into_with_memory(
                        TEXT.as_bytes(),
                        &[3; 16],
                        &mut [0; 32],
                        &mut filled[..],
                    )
                    .map_err(|error| error.to_string().into())
            })?;
            Ok(hashed / 1000.0)
        },
    )?;
    Ok(Row {
        area: "password",
        name: "the wipe of an arena, once when idle",
        pair,
        rival: format!("the hash before it, {}", locked(LOCK, "argon2")),
        unit: "us",
        target: Target::AtMost(0.1),
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
pub(crate) async fn verify(pool: &Pool, hash: &StoredHash, count: u32) -> Outcome<()> {
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

pub(crate) fn stored(pool: &Pool) -> Outcome<StoredHash> {
    Ok(runtime()?.block_on(pool.hash(Password::new(TEXT.to_owned())?, None))?)
}

/// The costs of the default policy: 19 MiB, two passes, one lane.
fn argon2() -> Outcome<Argon2<'static>> {
    let params = Params::new(19_456, 2, 1, Some(32)).map_err(|error| error.to_string())?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

pub(crate) fn runtime() -> Outcome<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(1).build()?)
}
