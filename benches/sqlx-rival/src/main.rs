//! Reads sessions through an sqlx pool: `sqlx-rival DATABASE QUERY THREADS`.
//!
//! Each line `run READS TASKS` on stdin is answered by one line on stdout: the nanoseconds that the reads took.

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What the server reads of a session, column for column.
type Session = (i64, i64, i64, i64, String, i64);

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, database, query, threads] = arguments.as_slice() else {
        return Err("expected DATABASE QUERY THREADS".into());
    };
    let query: &'static str = query.clone().leak();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.parse()?)
        .enable_all()
        .build()?;
    let options = SqliteConnectOptions::new()
        .filename(database)
        .read_only(true);
    // sqlx's own default number of connections: each has a thread.
    let pool = runtime.block_on(SqlitePoolOptions::new().connect_with(options))?;
    let digests: Vec<(Vec<u8>,)> = runtime
        .block_on(sqlx::query_as("SELECT digest FROM session ORDER BY id").fetch_all(&pool))?;
    let digests: &'static [(Vec<u8>,)] = digests.leak();
    for line in stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let ["run", reads, tasks] = words.as_slice() else {
            return Err(format!("expected `run READS TASKS`, found `{line}`").into());
        };
        let start = Instant::now();
        runtime.block_on(run(&pool, query, digests, reads.parse()?, tasks.parse()?))?;
        println!("{}", start.elapsed().as_nanos());
        stdout().flush()?;
    }
    Ok(())
}

async fn run(
    pool: &SqlitePool,
    query: &'static str,
    digests: &'static [(Vec<u8>,)],
    reads: usize,
    tasks: usize,
) -> Outcome<()> {
    let mut handles = Vec::new();
    for task in 0..tasks {
        let pool = pool.clone();
        handles.push(tokio::spawn(async move {
            for read in 0..reads / tasks {
                let (digest,) = &digests[(task * (reads / tasks) + read) * 7919 % digests.len()];
                let found: Option<Session> = sqlx::query_as(query)
                    .bind(digest.as_slice())
                    .fetch_optional(&pool)
                    .await?;
                found.ok_or("a session is missing")?;
            }
            Outcome::Ok(())
        }));
    }
    for handle in handles {
        handle.await??;
    }
    Ok(())
}
