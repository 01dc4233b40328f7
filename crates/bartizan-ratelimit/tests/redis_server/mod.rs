//! What all these tests share. The name of this module is how `cargo xtask test --core` leaves them out.

mod decisions;
mod deny;
mod keys;
mod outage;
mod processes;
mod server;

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bartizan_ratelimit::{
    Answer, Claim, Epoch, Key, Limit, Outcome, Quota, Redis, RedisConfig, Secret, Store, Table,
};

use self::server::Server;

/// Far longer than any call takes, so that a busy machine does not turn a test of decisions into one of outages.
const PATIENT: Duration = Duration::from_secs(5);

/// Nothing here should take as long.
const DEADLINE: Duration = Duration::from_secs(20);

fn n(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

fn limit(name: &str, quota: Quota) -> Limit {
    let table = Table::with_cells(1024, Epoch::new(Instant::now(), SystemTime::now()));
    Limit::new(
        name,
        quota,
        Arc::new(table),
        &Secret::from_bytes(*b"all know the one"),
    )
}

fn key(limit: &Limit, last: u8) -> Key {
    limit.keyer().address([192, 0, 2, last].into())
}

/// A store that is up, as configured but for the time limit.
async fn connected(server: &Server, configure: impl FnOnce(RedisConfig) -> RedisConfig) -> Redis {
    let config = RedisConfig::new(&server.url()).with_time_limit(PATIENT);
    let store = Redis::connect(configure(config)).unwrap();
    until("the store is up", || !store.stats().is_down).await;
    store
}

async fn decide(store: &Redis, claims: &[Claim<'_>]) -> Outcome {
    match store.decide(claims, Instant::now()) {
        Answer::Now(outcome) => outcome,
        Answer::Later(wait) => wait.await,
    }
}

async fn is_allowed(store: &Redis, limit: &Limit, key: Key) -> bool {
    let decisions = decide(store, &[Claim::new(limit, key, 1)]).await;
    decisions.unwrap().are_allowed()
}

/// How many are left, without taking any.
async fn left(store: &Redis, limit: &Limit, key: Key) -> u32 {
    let decisions = decide(store, &[Claim::new(limit, key, 0)]).await.unwrap();
    decisions.as_slice()[0].remaining()
}

/// Waits for what happens in the background.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < DEADLINE, "it never came: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
