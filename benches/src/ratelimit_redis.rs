//! Shared quotas: our store against the usual `INCR` and `EXPIRE` in a pipeline, on the same server.

use std::net::TcpListener;
use std::num::NonZeroU32;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bartizan_ratelimit::{
    Answer, Claim, Epoch, Key, Limit, OnFailure, Quota, Redis, RedisConfig, Secret, Store, Table,
};
use redis::aio::MultiplexedConnection;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::harness::{LOCK, Outcome, alternate, locked, per_second, rounds};
use crate::machine::cores;
use crate::row::{Row, Target};

const DECISIONS: u32 = 32_000;
/// As many as connections would be kept by a limiter that has one request on each.
const TASKS: u32 = 32;
/// Requests of one key after its quota is used up.
const REFUSED: u32 = 10_000;

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let server = Server::start()?;
    let runtime = Builder::new_multi_thread()
        .worker_threads(cores())
        .enable_all()
        .build()?;
    let shared = runtime.block_on(Shared::connect(&server))?;
    let rival = format!("INCR + EXPIRE, {}", locked(LOCK, "redis"));
    let speed = alternate(
        || per_second(DECISIONS, || shared.decisions(&runtime)),
        || per_second(DECISIONS, || shared.increments(&runtime)),
    )?;
    let mut key = 0;
    let calls = rounds(|| {
        key += 1;
        runtime.block_on(shared.calls_of_refused(&server, key))
    })?;
    Ok(vec![
        Row {
            area: "ratelimit",
            name: "Redis decisions/s, 32 connections' worth of tasks, three quotas each",
            pair: speed,
            rival: rival.clone(),
            unit: "decisions/s",
            // Counting without a script admits what it then refuses, and from windows that turn: exact answers, taken from
            // all three or none, may cost the server's one thread twice as much.
            target: Target::AtLeast(0.5),
        },
        Row {
            area: "ratelimit",
            name: "store calls per refused key and retry interval, 10,000 requests",
            pair: calls,
            rival,
            unit: "calls",
            target: Target::AtMost(0.001),
        },
    ])
}

/// Both sides, on one connection each.
struct Shared {
    ours: Redis,
    limits: Arc<[Limit; 3]>,
    scarce: Limit,
    rival: MultiplexedConnection,
}

impl Shared {
    async fn connect(server: &Server) -> Outcome<Self> {
        let config = RedisConfig::new(&server.url()).with_time_limit(Duration::from_secs(5));
        let ours = Redis::connect(config)?;
        while ours.stats().is_down {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let client = redis::Client::open(server.url())?;
        let many = NonZeroU32::new(100_000).ok_or("zero")?;
        let limit = |name, count| -> Outcome<Limit> {
            let table = Table::with_cells(4096, Epoch::new(Instant::now(), SystemTime::now()));
            let quota = Quota::per_hour(count)?;
            let limit = Limit::new(name, quota, Arc::new(table), &Secret::random());
            Ok(limit.on_failure(OnFailure::Local))
        };
        Ok(Self {
            ours,
            limits: Arc::new([limit("a", many)?, limit("b", many)?, limit("c", many)?]),
            scarce: limit("scarce", NonZeroU32::MIN)?,
            rival: client.get_multiplexed_async_connection().await?,
        })
    }

    fn decisions(&self, runtime: &Runtime) -> Outcome<()> {
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for task in 0..TASKS {
                let (store, limits) = (self.ours.clone(), Arc::clone(&self.limits));
                tasks.spawn(async move {
                    for _ in 0..DECISIONS / TASKS {
                        let claims = limits.each_ref().map(|l| Claim::new(l, key(l, task), 1));
                        if !is_allowed(&store, &claims).await? {
                            return Err("a quota is used up".into());
                        }
                    }
                    Ok(())
                });
            }
            tasks.join_all().await.into_iter().collect()
        })
    }

    fn increments(&self, runtime: &Runtime) -> Outcome<()> {
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for task in 0..TASKS {
                let mut rival = self.rival.clone();
                tasks.spawn(async move {
                    for _ in 0..DECISIONS / TASKS {
                        let names = ["a", "b", "c"].map(|name| format!("incr:{name}:{task}"));
                        if count(&mut rival, &names).await? > u64::from(u32::MAX) {
                            return Err("a quota is used up".into());
                        }
                    }
                    Ok(())
                });
            }
            tasks.join_all().await.into_iter().collect()
        })
    }

    /// Calls of both sides for a key whose quota is used up.
    async fn calls_of_refused(&self, server: &Server, number: u32) -> Outcome<(f64, f64)> {
        let claims = [Claim::new(&self.scarce, key(&self.scarce, number), 1)];
        if !is_allowed(&self.ours, &claims).await? {
            return Err("the key is not new".into());
        }
        let before = server.calls("evalsha")?;
        for _ in 0..REFUSED {
            if is_allowed(&self.ours, &claims).await? {
                return Err("admitted above the quota".into());
            }
        }
        let ours = server.calls("evalsha")? - before;
        let name = [format!("refused:{number}")];
        let before = server.calls("incr")?;
        for _ in 0..REFUSED {
            count(&mut self.rival.clone(), &name).await?;
        }
        Ok((ours, server.calls("incr")? - before))
    }
}

fn key(limit: &Limit, number: u32) -> Key {
    limit.keyer().address(number.to_be_bytes().into())
}

async fn is_allowed(store: &Redis, claims: &[Claim<'_>]) -> Outcome<bool> {
    let decisions = match store.decide(claims, Instant::now()) {
        Answer::Now(outcome) => outcome?,
        Answer::Later(wait) => wait.await?,
    };
    Ok(decisions.are_allowed())
}

/// What limiters without a script do: counts the request in each window, and takes the highest count.
async fn count(connection: &mut MultiplexedConnection, names: &[String]) -> Outcome<u64> {
    let mut pipeline = redis::pipe();
    for name in names {
        pipeline.cmd("INCR").arg(name);
        pipeline.cmd("EXPIRE").arg(name).arg(3600).ignore();
    }
    let counts: Vec<u64> = pipeline.query_async(connection).await?;
    Ok(counts.into_iter().max().unwrap_or(0))
}

/// `redis-server` on a port of its own.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start() -> Outcome<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("install redis-server to measure shared quotas: {error}"))?;
        let server = Self { child, port };
        let start = Instant::now();
        while let Err(error) = server.calls("ping") {
            if start.elapsed() > Duration::from_secs(10) {
                return Err(error);
            }
            pause();
        }
        Ok(server)
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// How often a command was called.
    fn calls(&self, command: &str) -> Outcome<f64> {
        let mut connection = redis::Client::open(self.url())?.get_connection()?;
        let info: String = redis::cmd("INFO")
            .arg("commandstats")
            .query(&mut connection)?;
        let head = format!("cmdstat_{command}:calls=");
        let count = info.lines().find_map(|line| {
            let (count, _) = line.strip_prefix(&head)?.split_once(',')?;
            count.parse().ok()
        });
        Ok(count.unwrap_or(0.0))
    }
}

#[expect(clippy::disallowed_methods, reason = "waits for another process")]
fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}

impl Drop for Server {
    fn drop(&mut self) {
        // A failed kill means that it has ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
