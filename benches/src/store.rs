//! Session look-ups: our reader threads against an sqlx pool, on the same file, by the same statement.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::SystemTime;

use bartizan_password::{Ceilings, StoredHash};
use bartizan_server::new_hash::NewHash;
use bartizan_server::store::Store;
use bartizan_server::store::accounts::SignUp;
use bartizan_server::store::audit::Origin;
use bartizan_server::store::sessions::{FIND, MAX_PER_ACCOUNT, NewSession};
use bartizan_token::Digest;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::harness::{Outcome, alternate, locked, per_second};
use crate::machine::cores;
use crate::row::{Row, Target};
use crate::store_sessions;

/// Where `cargo xtask compare` put the rival's program.
const PROGRAM: &str = "BARTIZAN_SQLX_RIVAL";
const LOCK: &str = include_str!("../sqlx-rival/Cargo.lock");

const ACCOUNTS: u32 = 100;
const SESSIONS: u32 = ACCOUNTS * MAX_PER_ACCOUNT;
const READS: u32 = 16_000;
/// Tasks that read at the same time, on both sides.
const TASKS: u32 = 32;

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let program = std::env::var_os(PROGRAM)
        .ok_or("the rival's program is missing: start me by `cargo xtask compare store`")?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("compare.db");
    let runtime = Builder::new_multi_thread()
        .worker_threads(cores())
        .build()?;
    let readers = NonZeroUsize::new(cores()).ok_or("no cores")?;
    let store = Store::open(&path, readers)?;
    runtime.block_on(fill(&store))?;
    let threads = cores().to_string();
    let mut rival = Rival::start(
        Path::new(&program),
        &[path.as_os_str(), FIND.as_ref(), threads.as_ref()],
    )?;
    let pair = alternate(
        || per_second(READS, || read(&runtime, &store)),
        || Ok(f64::from(READS) / (rival.ask(&format!("run {READS} {TASKS}"))? / 1e9)),
    )?;
    let mut rows = vec![Row {
        area: "store",
        name: "session look-ups, 32 tasks",
        pair,
        rival: format!("SqlitePool, {}", locked(LOCK, "sqlx")),
        unit: "reads/s",
        target: Target::AtLeast(2.0),
    }];
    rows.extend(store_sessions::rows()?);
    Ok(rows)
}

/// A digest for each session, spread like random ones.
fn digest(session: u32) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut state = u64::from(session) + 1;
    for chunk in bytes.chunks_exact_mut(8) {
        // SplitMix64's multiplier and shift: neighbours become far apart.
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state ^= state >> 27;
        chunk.copy_from_slice(&state.to_le_bytes());
    }
    bytes
}

/// Nobody logs in.
const UNUSED: &str = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$avuGtOU9Ea6w5zsKnaQqbQ";

pub(crate) fn unused() -> Outcome<NewHash> {
    Ok(NewHash::new(&StoredHash::parse(
        UNUSED,
        &Ceilings::default(),
    )?))
}

pub(crate) fn origin(now: SystemTime) -> Origin {
    Origin {
        at: now,
        address: String::new(),
    }
}

async fn fill(store: &Store) -> Outcome<()> {
    let now = SystemTime::now();
    for number in 0..ACCOUNTS {
        let email = format!("reader-{number}@example.com");
        let made = store.sign_up(email, unused()?, None, origin(now)).await?;
        let SignUp::Made(account) = made else {
            return Err("the account exists".into());
        };
        let mut inserts = JoinSet::new();
        for place in 0..MAX_PER_ACCOUNT {
            let store = store.clone();
            let new = NewSession {
                digest: Digest::from_bytes(digest(number * MAX_PER_ACCOUNT + place)),
                account,
                credential_version: 1,
                device: "compare".to_owned(),
                address: "192.0.2.1".to_owned(),
                family: None,
                expires: None,
                authenticated: Some(now),
            };
            inserts.spawn(async move { store.insert_session(new, now).await });
        }
        for inserted in inserts.join_all().await {
            inserted?;
        }
    }
    Ok(())
}

fn read(runtime: &Runtime, store: &Store) -> Outcome<()> {
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let store = store.clone();
            tasks.spawn(async move {
                for read in 0..READS / TASKS {
                    // The same walk as the rival's: a prime step, so that neighbours in time are not neighbours in the file.
                    let session = (task * (READS / TASKS) + read) * 7919 % SESSIONS;
                    let found = store
                        .find_session(Digest::from_bytes(digest(session)).into())
                        .await?;
                    found.ok_or("a session is missing")?;
                }
                Outcome::Ok(())
            });
        }
        tasks.join_all().await.into_iter().collect()
    })
}

/// A rival's process: a line of words on its stdin, one number on its stdout.
pub(crate) struct Rival {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Rival {
    pub(crate) fn start(program: &Path, arguments: &[&OsStr]) -> Outcome<Self> {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().ok_or("no stdin")?;
        let output = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        Ok(Self {
            child,
            input,
            output,
        })
    }

    pub(crate) fn ask(&mut self, words: &str) -> Outcome<f64> {
        writeln!(self.input, "{words}")?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().parse()?)
    }
}

impl Drop for Rival {
    fn drop(&mut self) {
        // It would end by itself at the end of its input; a failed kill means that it has ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
