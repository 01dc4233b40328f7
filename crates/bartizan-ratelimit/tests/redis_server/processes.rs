//! Several processes share one quota.

use std::{
    env,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use bartizan_ratelimit::{Quota, Redis, RedisConfig};

use super::{PATIENT, is_allowed, key, limit, n, server::Server, until};

/// The URL, in a process that was started to be one of them.
const CHILD: &str = "BARTIZAN_TEST_REDIS_CHILD";

const PROCESSES: usize = 4;
const SECONDS: u64 = 3;

fn quota() -> Quota {
    Quota::per_second(n(100)).unwrap()
}

#[test]
fn four_processes_share_a_quota_exactly() {
    let server = Server::start();
    let start = Instant::now();
    let children: Vec<_> = (0..PROCESSES)
        .map(|_| {
            Command::new(env::current_exe().unwrap())
                .args([
                    "--exact",
                    "redis_server::processes::one_of_four",
                    "--nocapture",
                ])
                .env(CHILD, server.url())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut counts = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        // The harness writes on the same line.
        let count = text.split_once("admitted ").unwrap().1;
        let digits = count.split(|c: char| !c.is_ascii_digit()).next().unwrap();
        counts.push(digits.parse::<u64>().unwrap());
    }
    let admitted: u64 = counts.iter().sum();
    let most = 100 + 100 * start.elapsed().as_millis() as u64 / 1000;
    // Each of them alone asks all the time, so at least the burst and one run's refill are used, but for the last request.
    let least = 100 + 100 * SECONDS - 5;
    assert!(admitted <= most, "{counts:?}: {admitted} of at most {most}");
    assert!(
        admitted >= least,
        "{counts:?}: {admitted} of at least {least}"
    );
}

#[tokio::test]
async fn one_of_four() {
    let Ok(url) = env::var(CHILD) else { return };
    let store = Redis::connect(RedisConfig::new(&url).with_time_limit(PATIENT)).unwrap();
    until("the store is up", || !store.stats().is_down).await;
    let limit = limit("shared", quota());
    let key = key(&limit, 1);
    let (start, mut admitted) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_secs(SECONDS) {
        match is_allowed(&store, &limit, key).await {
            true => admitted += 1,
            false => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
    assert_eq!(store.stats().fallbacks, 0);
    println!("admitted {admitted}");
}
