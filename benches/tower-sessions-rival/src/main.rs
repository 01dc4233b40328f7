//! Loads sessions through tower-sessions' SQLite store: `tower-sessions-rival DATABASE THREADS SESSIONS`.
//!
//! It fills the database first. Each line on stdin is answered by one line of nanoseconds on stdout: `p50 READS` by the median
//! of reads one after another, `run READS TASKS` by the time that they took together.

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

use time::{Duration, OffsetDateTime};
use tower_sessions_core::SessionStore;
use tower_sessions_core::session::{Id, Record};
use tower_sessions_sqlx_store::SqliteStore;
use tower_sessions_sqlx_store::sqlx::SqlitePool;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, database, threads, sessions] = arguments.as_slice() else {
        return Err("expected DATABASE THREADS SESSIONS".into());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.parse()?)
        .enable_all()
        .build()?;
    let (store, cookies) = runtime.block_on(fill(database, sessions.parse()?))?;
    let cookies: &'static [String] = cookies.leak();
    for line in stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let nanoseconds = match words.as_slice() {
            ["p50", reads] => {
                let task = p50(store.clone(), cookies, reads.parse()?);
                runtime.block_on(runtime.spawn(task))??
            }
            ["run", reads, tasks] => {
                let start = Instant::now();
                runtime.block_on(run(&store, cookies, reads.parse()?, tasks.parse()?))?;
                start.elapsed().as_nanos()
            }
            _ => return Err(format!("expected p50 or run, found `{line}`").into()),
        };
        println!("{nanoseconds}");
        stdout().flush()?;
    }
    Ok(())
}

/// As the store's documentation opens it, in write-ahead mode, in which readers do not wait for the writer.
async fn fill(database: &str, sessions: usize) -> Outcome<(SqliteStore, Vec<String>)> {
    let pool = SqlitePool::connect(&format!("sqlite://{database}?mode=rwc")).await?;
    tower_sessions_sqlx_store::sqlx::query("PRAGMA journal_mode = WAL")
        .execute(&pool)
        .await?;
    let store = SqliteStore::new(pool.clone());
    store.migrate().await?;
    let mut cookies = Vec::new();
    for number in 0..sessions {
        // What a service keeps of who has logged in, at the least.
        let data = HashMap::from([
            ("account".to_owned(), serde_json::json!(number / 100)),
            ("email".to_owned(), serde_json::json!("reader@example.com")),
        ]);
        let mut record = Record {
            id: Id::default(),
            data,
            expiry_date: OffsetDateTime::now_utc() + Duration::days(30),
        };
        store.create(&mut record).await?;
        cookies.push(record.id.to_string());
    }
    Ok((store, cookies))
}

async fn load(store: &SqliteStore, cookie: &str) -> Outcome<()> {
    let id: Id = cookie.parse().map_err(|error| format!("{error}"))?;
    store.load(&id).await?.ok_or("a session is missing")?;
    Ok(())
}

async fn p50(store: SqliteStore, cookies: &[String], reads: usize) -> Outcome<u128> {
    let mut times = Vec::new();
    for read in 0..reads {
        let start = Instant::now();
        load(&store, &cookies[read * 7919 % cookies.len()]).await?;
        times.push(start.elapsed().as_nanos());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

async fn run(
    store: &SqliteStore,
    cookies: &'static [String],
    reads: usize,
    tasks: usize,
) -> Outcome<()> {
    let mut handles = Vec::new();
    for task in 0..tasks {
        let store = store.clone();
        handles.push(tokio::spawn(async move {
            for read in 0..reads / tasks {
                let place = (task * (reads / tasks) + read) * 7919 % cookies.len();
                load(&store, &cookies[place]).await?;
            }
            Outcome::Ok(())
        }));
    }
    for handle in handles {
        handle.await??;
    }
    Ok(())
}
