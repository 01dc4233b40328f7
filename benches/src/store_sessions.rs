//! A session's whole check from SQLite: the text that a client sent, the row, the lifetime; against tower-sessions' SQLite store.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use bartizan_server::store::Store;
use bartizan_server::store::accounts::SignUp;
use bartizan_server::store::sessions::{MAX_PER_ACCOUNT, NewSession};
use bartizan_token::{Entropy, KeyId, KeyRing, Keys, Lifetime, Session, Validity};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::harness::{Outcome, Pair, alternate, locked, median, per_second};
use crate::machine::cores;
use crate::row::{Row, Target};
use crate::store::Rival;
use crate::store::{origin, unused};

/// Where `cargo xtask compare` put the rival's program.
const PROGRAM: &str = "BARTIZAN_TOWER_SESSIONS_RIVAL";
const LOCK: &str = include_str!("../tower-sessions-rival/Cargo.lock");

const ACCOUNTS: u32 = 100;
const SESSIONS: u32 = ACCOUNTS * MAX_PER_ACCOUNT;
/// Of one task, whose times are looked at one by one.
const CHECKS: u32 = 2_000;
const READS: u32 = 16_000;
const TASKS: u32 = 32;
/// The server's own.
const HOUR: Duration = Duration::from_secs(60 * 60);
/// The median of one check from SQLite.
const LIMIT_US: f64 = 25.0;

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let program = std::env::var_os(PROGRAM)
        .ok_or("a rival's program is missing: start me by `cargo xtask compare store`")?;
    let folder = tempfile::tempdir()?;
    let ours = Ours::start(&folder.path().join("ours.db"))?;
    let theirs = folder.path().join("rival.db");
    let (threads, sessions) = (cores().to_string(), SESSIONS.to_string());
    let mut rival = Rival::start(
        Path::new(&program),
        &[theirs.as_os_str(), threads.as_ref(), sessions.as_ref()],
    )?;
    let one = alternate(
        || ours.p50(),
        || Ok(rival.ask(&format!("p50 {CHECKS}"))? / 1e3),
    )?;
    let many = alternate(
        || per_second(READS, || ours.many()),
        || Ok(f64::from(READS) / (rival.ask(&format!("run {READS} {TASKS}"))? / 1e9)),
    )?;
    let limit = Pair {
        ours: one.ours,
        rival: LIMIT_US,
        ratio: one.ours / LIMIT_US,
    };
    let row = |name, pair, unit, target| Row {
        area: "store",
        name,
        pair,
        rival: format!("SqliteStore, {}", locked(LOCK, "tower-sessions-sqlx-store")),
        unit,
        target,
    };
    let alone = "session check, p50, one at a time";
    Ok(vec![
        row(alone, one, "us", Target::AtMost(1.0)),
        Row {
            rival: "a limit of 25 us, medians of 9".to_owned(),
            ..row(alone, limit, "us", Target::AtMost(1.0))
        },
        row(
            "session checks, 32 tasks",
            many,
            "checks/s",
            Target::AtLeast(1.0),
        ),
    ])
}

struct Ours {
    runtime: Runtime,
    store: Store,
    keys: Keys<Session>,
    lifetime: Lifetime,
    /// What clients send.
    texts: Vec<String>,
}

impl Ours {
    fn start(path: &Path) -> Outcome<Self> {
        let readers = NonZeroUsize::new(cores()).ok_or("no cores")?;
        let mut ours = Self {
            runtime: Builder::new_multi_thread()
                .worker_threads(cores())
                .build()?,
            store: Store::open(path, readers)?,
            keys: KeyRing::new([(KeyId::new(1), [7; 32])])?.keys(),
            lifetime: Lifetime::new(12 * HOUR, 30 * 24 * HOUR)?,
            texts: Vec::new(),
        };
        ours.texts = ours.runtime.block_on(ours.fill())?;
        Ok(ours)
    }

    async fn fill(&self) -> Outcome<Vec<String>> {
        let now = SystemTime::now();
        let mut texts = Vec::new();
        for number in 0..ACCOUNTS {
            let email = format!("reader-{number}@example.com");
            let made = self.store.sign_up(email, unused()?, None, origin(now));
            let SignUp::Made(account) = made.await? else {
                return Err("the account exists".into());
            };
            let mut inserts = JoinSet::new();
            for _ in 0..MAX_PER_ACCOUNT {
                let token = self.keys.mint(Entropy::from_os()?);
                texts.push(token.expose().to_string());
                let new = NewSession {
                    digest: self.keys.digest(&token),
                    account,
                    credential_version: 1,
                    device: "compare".to_owned(),
                    address: "192.0.2.1".to_owned(),
                    family: None,
                    expires: None,
                    authenticated: Some(now),
                };
                let store = self.store.clone();
                inserts.spawn(async move { store.insert_session(new, now).await });
            }
            for inserted in inserts.join_all().await {
                inserted?;
            }
        }
        Ok(texts)
    }

    fn p50(&self) -> Outcome<f64> {
        // In a task, as a handler is, and not on the thread that blocks on it.
        let (store, keys, lifetime) = (self.store.clone(), self.keys.clone(), self.lifetime);
        let texts: Vec<String> = (0..CHECKS).map(|read| self.text(read).to_owned()).collect();
        self.runtime.block_on(self.runtime.spawn(async move {
            let mut times = Vec::new();
            for text in &texts {
                let start = Instant::now();
                check(&store, &keys, lifetime, text).await?;
                times.push(start.elapsed().as_secs_f64() * 1e6);
            }
            Ok(median(times))
        }))?
    }

    fn many(&self) -> Outcome<()> {
        self.runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for task in 0..TASKS {
                let (store, keys, lifetime) =
                    (self.store.clone(), self.keys.clone(), self.lifetime);
                let reads = task * (READS / TASKS)..(task + 1) * (READS / TASKS);
                let texts: Vec<String> = reads.map(|read| self.text(read).to_owned()).collect();
                tasks.spawn(async move {
                    for text in &texts {
                        check(&store, &keys, lifetime, text).await?;
                    }
                    Outcome::Ok(())
                });
            }
            tasks.join_all().await.into_iter().collect()
        })
    }

    /// A prime step, as the rival's: neighbours in time are not neighbours in the file.
    fn text(&self, read: u32) -> &str {
        &self.texts[(read * 7919 % SESSIONS) as usize]
    }
}

/// As the server's middleware does for each request.
async fn check(store: &Store, keys: &Keys<Session>, lifetime: Lifetime, text: &str) -> Outcome<()> {
    let lookup = keys.lookup(&keys.parse(text)?);
    let found = store.find_session(lookup).await?;
    let (session, _) = found.ok_or("a session is missing")?;
    match lifetime.check(session.created, session.last_used, SystemTime::now()) {
        Validity::Live { .. } => Ok(()),
        _ => Err("a session is not alive".into()),
    }
}
