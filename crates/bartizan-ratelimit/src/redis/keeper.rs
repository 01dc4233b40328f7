//! The two tasks of a store: one keeps the connection, one sends changes.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ::redis::{AsyncConnectionConfig, Client, RedisError, aio::MultiplexedConnection};
use tokio::{
    sync::mpsc::Receiver,
    time::{sleep, timeout},
};

use crate::store::Change;

use super::{
    events::Trouble,
    link::{Link, run},
    pace::share,
    script::{self, Pending},
};

/// How long a connection may take to come about, names and password included. It is in the background; no request waits.
const CONNECT: Duration = Duration::from_millis(500);

/// How many changes go in one call.
const BATCH: usize = 64;

/// Watches the breaker and probes a store that was given up, until it is ended with the last clone of the store.
pub(crate) async fn keep(link: Arc<Link>, client: Client) {
    loop {
        let now = Instant::now();
        match link.probe_at() {
            None => match link.announce_back(now) {
                None => link.wake.notified().await,
                Some(at) => {
                    let until = at.saturating_duration_since(now);
                    // Either way the breaker is looked at again.
                    drop(timeout(until, link.wake.notified()).await);
                }
            },
            Some(at) => {
                sleep(at.saturating_duration_since(now)).await;
                let began = Instant::now();
                if link.begin_probe(began) {
                    link.probed(probe(&link, &client).await, began);
                }
            }
        }
    }
}

/// A new connection that knows the scripts and has carried one out in time. The script writes a key of its own, so a server
/// that may only be read is not taken for one that is back.
async fn probe(link: &Link, client: &Client) -> Result<MultiplexedConnection, Trouble> {
    let mut connection = match timeout(CONNECT, connect(link, client)).await {
        Ok(connected) => connected.map_err(|error| Trouble::of(&error))?,
        Err(_) => return Err(Trouble::Silent),
    };
    let call = run::<i64>(&mut connection, |call| {
        script::probe(&link.settle, call, &link.namespace)
    });
    match timeout(link.time_limit, call).await {
        Ok(Ok(_)) => Ok(connection),
        Ok(Err(error)) => Err(Trouble::of(&error)),
        Err(_) => Err(Trouble::Silent),
    }
}

async fn connect(link: &Link, client: &Client) -> Result<MultiplexedConnection, RedisError> {
    // Each call has its own time limit; a second timer would only cost.
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None);
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    for script in [&link.decide, &link.settle] {
        script.load().exec_async(&mut connection).await?;
    }
    Ok(connection)
}

/// Sends changes in batches, until the last clone of the store is gone and the queue empty.
pub(crate) async fn send_changes(link: Arc<Link>, mut queue: Receiver<Pending>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let sent = match link.is_open() {
            true => false,
            false => link
                .call::<i64>(|call| script::settle(&link.settle, call, &link.namespace, &batch))
                .await
                .is_ok(),
        };
        for pending in batch.drain(..) {
            if !sent {
                keep_here(&link, &pending, Instant::now());
            }
        }
    }
}

/// What becomes of a change that the store cannot be told: a penalty counts in this process, so that it is not lost. A refund
/// that is lost counts its caller too high, which time corrects.
pub(crate) fn keep_here(link: &Link, pending: &Pending, now: Instant) {
    match pending.change {
        Change::Penalty(cost) => {
            let limit = &pending.limit;
            let quota = share(limit.quota(), link.instances).unwrap_or(limit.quota());
            limit.table().penalize(pending.key, quota, cost, now);
        }
        Change::Refund(_) | Change::Clear => link.counters.drop_change(),
    }
}
