//! What the login preset promises, one by one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use bartizan_ratelimit::{
    Attempt, Device, Epoch, Limit, LoginConfig, LoginLimits, LoginRefused, Memory, OnFailure,
    Quota, Secret, Snapshot, prefix, snapshot,
};
use tokio::{sync::Barrier, task::JoinSet};

const MINUTE: Duration = Duration::from_secs(60);

fn limits(now: Instant) -> LoginLimits {
    let epoch = Epoch::new(now, SystemTime::UNIX_EPOCH);
    let config = LoginConfig::default();
    LoginLimits::new(&config, &Secret::random(), epoch, Memory::new()).unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// An IPv6 address: a /48, a /64 in it, a host in that.
fn v6(site: u16, net: u16, host: u32) -> IpAddr {
    let address = 0x2001_0db8_u128 << 96 | u128::from(site) << 80 | u128::from(net) << 64;
    IpAddr::V6((address | u128::from(host)).into())
}

fn limit<'a>(limits: &'a LoginLimits, name: &str) -> &'a Limit {
    let mut found = limits.limits().iter().filter(|limit| limit.name() == name);
    found.next().unwrap()
}

/// How many failures of this network are left.
fn left_of_prefix(limits: &LoginLimits, address: IpAddr, now: Instant) -> u32 {
    let limit = limit(limits, "login-prefix");
    let key = limit.keyer().address(prefix(address, 64));
    limit.table().peek(key, limit.quota(), 0, now).remaining()
}

/// Fails until refused.
async fn exhaust(
    limits: &LoginLimits,
    account: &str,
    address: IpAddr,
    now: Instant,
) -> (u32, LoginRefused) {
    let mut failed = 0;
    loop {
        match limits.begin(account.as_bytes(), address, None, now).await {
            Ok(attempt) => attempt.failed(),
            Err(refused) => return (failed, refused),
        }
        failed += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_guesses_at_once_get_no_further_than_one_after_the_other() {
    let now = Instant::now();
    // From one network the pair's limit binds, from a hundred the account's.
    for (networks, expected) in [(1, 5), (100, 10)] {
        let limits = limits(now);
        let start = Arc::new(Barrier::new(100));
        let mut guesses = JoinSet::new();
        for guess in 0..100_u16 {
            let (limits, start) = (limits.clone(), Arc::clone(&start));
            let address = v6(guess % networks, 0, 1);
            guesses.spawn(async move {
                start.wait().await;
                limits.begin(b"victim", address, None, now).await
            });
        }
        // All are held, as while their passwords are checked.
        let begun: Vec<_> = guesses.join_all().await.into_iter().flatten().collect();
        assert_eq!(begun.len(), expected);
        begun.into_iter().for_each(Attempt::failed);
        assert_eq!(limits.failures(), expected as u64);
    }
}

#[tokio::test]
async fn a_success_clears_the_pair() {
    let now = Instant::now();
    let (limits, home) = (limits(now), ip("192.0.2.7"));
    for _ in 0..2 {
        for _ in 0..4 {
            limits
                .begin(b"alice", home, None, now)
                .await
                .unwrap()
                .failed();
        }
        let attempt = limits.begin(b"alice", home, None, now).await.unwrap();
        attempt.succeeded(now);
    }
    // The account's and the network's failures stayed, and only those.
    assert_eq!(left_of_prefix(&limits, home, now), 20 - 8);
    assert_eq!(exhaust(&limits, "alice", home, now).await.0, 2);
}

#[tokio::test]
async fn an_account_of_his_own_resets_nothing_for_a_guesser() {
    let now = Instant::now();
    let (limits, lair) = (limits(now), ip("198.51.100.1"));
    let mut guesses = [0; 10];
    for round in 0..100 {
        let own = limits.begin(b"mallory", lair, None, now).await;
        if let Ok(attempt) = own {
            attempt.succeeded(now);
        }
        let victim = round % guesses.len();
        let account = format!("victim{victim}");
        if let Ok(attempt) = limits.begin(account.as_bytes(), lair, None, now).await {
            attempt.failed();
            guesses[victim] += 1;
        }
    }
    // What the network holds, though he logged in after each.
    assert_eq!(guesses.iter().sum::<u32>(), 20);
    let elsewhere = ip("198.51.100.2");
    for guess in 0..100 {
        let address = v6(guess, 0, 1);
        let own = limits.begin(b"mallory", address, None, now).await;
        own.unwrap().succeeded(now);
        let _ = limits.begin(b"other", address, None, now).await;
    }
    assert_eq!(exhaust(&limits, "other", elsewhere, now).await.0, 0);
}

#[tokio::test]
async fn a_refusal_takes_nothing() {
    let now = Instant::now();
    let (limits, home) = (limits(now), ip("192.0.2.7"));
    let (failed, refused) = exhaust(&limits, "alice", home, now).await;
    assert_eq!((failed, refused.retry_after()), (5, Some(5 * MINUTE)));
    for _ in 0..1_000 {
        let again = limits.begin(b"alice", home, None, now).await;
        assert_eq!(again.unwrap_err(), refused);
    }
    assert_eq!(left_of_prefix(&limits, home, now), 15);
    // He gets in when the time has come, and the account had all its other failures left.
    let later = now + 5 * MINUTE;
    let attempt = limits.begin(b"alice", home, None, later).await.unwrap();
    attempt.succeeded(later);
    let elsewhere = ip("192.0.2.8");
    assert_eq!(exhaust(&limits, "alice", elsewhere, later).await.0, 5);
}

#[tokio::test]
async fn who_hangs_up_has_guessed() {
    let now = Instant::now();
    let (limits, home) = (limits(now), ip("192.0.2.7"));
    for _ in 0..5 {
        drop(limits.begin(b"alice", home, None, now).await.unwrap());
    }
    assert!(limits.begin(b"alice", home, None, now).await.is_err());
    assert_eq!(limits.failures(), 5);
}

#[tokio::test]
async fn what_was_not_checked_is_given_back_and_forgets_nothing() {
    let now = Instant::now();
    let (limits, home) = (limits(now), ip("192.0.2.7"));
    let begin = || limits.begin(b"alice", home, None, now);
    for _ in 0..4 {
        begin().await.unwrap().failed();
    }
    for _ in 0..100 {
        begin().await.unwrap().not_checked(now);
    }
    assert_eq!(left_of_prefix(&limits, home, now), 16);
    assert_eq!(exhaust(&limits, "alice", home, now).await.0, 1);
    assert_eq!(limits.failures(), 5);
}

#[tokio::test]
async fn a_success_leaves_no_trace_anywhere() {
    let now = Instant::now();
    let (limits, home) = (limits(now), v6(1, 1, 1));
    for _ in 0..1_000 {
        let attempt = limits.begin(b"alice", home, None, now).await.unwrap();
        attempt.succeeded(now);
    }
    assert_eq!(limits.failures(), 0);
    let bytes = snapshot(
        limits.limits(),
        &Secret::random(),
        now,
        SystemTime::UNIX_EPOCH,
    );
    let shown = format!("{:?}", Snapshot::parse(&bytes).unwrap());
    assert!(
        !shown.contains(|digit: char| ('1'..='9').contains(&digit)),
        "{shown}"
    );
}

#[tokio::test]
async fn the_owner_of_a_48_gets_eight_times_what_a_64_gets() {
    let now = Instant::now();
    let limits = limits(now);
    let mut through = 0;
    for net in 0..=u16::MAX {
        // another account each time, so that only networks bind
        let account = net.to_le_bytes();
        through += u32::from(
            limits
                .begin(&account, v6(1, net, 1), None, now)
                .await
                .is_ok(),
        );
    }
    assert_eq!(through, 8 * 20);
    let mut through = 0;
    for host in 0..1_000_u32 {
        let account = host.to_le_bytes();
        through += u32::from(
            limits
                .begin(&account, v6(2, 0, host), None, now)
                .await
                .is_ok(),
        );
    }
    assert_eq!(through, 20);
}

#[tokio::test]
async fn ipv4_in_ipv6_is_ipv4() {
    let now = Instant::now();
    let limits = limits(now);
    assert_eq!(exhaust(&limits, "a", ip("192.0.2.7"), now).await.0, 5);
    assert_eq!(
        exhaust(&limits, "a", ip("::ffff:192.0.2.7"), now).await.0,
        0
    );
    // IPv4 networks are not under one /48.
    for host in 0..=255 {
        let account = [host];
        let address = ip(&format!("::ffff:198.51.100.{host}"));
        assert!(limits.begin(&account, address, None, now).await.is_ok());
    }
}

#[tokio::test]
async fn nobody_locks_a_known_device_out() {
    let now = Instant::now();
    let limits = limits(now);
    let device = Device::recognised(b"victim", [7; 16]);
    for site in 0..1_000 {
        let _ = limits.begin(b"victim", v6(site, 0, 1), None, now).await;
    }
    let home = v6(0, 0, 2);
    assert!(limits.begin(b"victim", home, None, now).await.is_err());
    let attempt = limits.begin(b"victim", home, Some(&device), now).await;
    attempt.unwrap().succeeded(now);

    // Its own failures are bounded, and forgotten when the password was right.
    for _ in 0..9 {
        let attempt = limits.begin(b"victim", home, Some(&device), now).await;
        attempt.unwrap().failed();
    }
    let attempt = limits.begin(b"victim", home, Some(&device), now).await;
    attempt.unwrap().succeeded(now);
    let mut failed = 0;
    while let Ok(attempt) = limits.begin(b"victim", home, Some(&device), now).await {
        attempt.failed();
        failed += 1;
    }
    assert_eq!(failed, 10);
    // Another device of the same account is not concerned.
    let second = Device::recognised(b"victim", [8; 16]);
    assert!(
        limits
            .begin(b"victim", home, Some(&second), now)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_device_of_another_account_is_no_device() {
    let now = Instant::now();
    let (limits, lair) = (limits(now), ip("198.51.100.1"));
    let own = Device::recognised(b"mallory", [7; 16]);
    let mut guesses = 0;
    while let Ok(attempt) = limits.begin(b"victim", lair, Some(&own), now).await {
        attempt.failed();
        guesses += 1;
    }
    assert_eq!(guesses, 5);
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_counted_like_any() {
    // There is nothing that could tell them apart: a name is a name.
    let now = Instant::now();
    let limits = limits(now);
    let alice = exhaust(&limits, "alice", ip("192.0.2.7"), now).await;
    assert_eq!(
        alice,
        exhaust(&limits, "nobody", ip("192.0.2.8"), now).await
    );
}

#[tokio::test]
async fn an_alarm_is_raised_and_refuses_nobody() {
    let now = Instant::now();
    let mut config = LoginConfig::default();
    config.alarm = Quota::per_minute(std::num::NonZeroU32::new(50).unwrap()).unwrap();
    let epoch = Epoch::new(now, SystemTime::UNIX_EPOCH);
    let limits = LoginLimits::new(&config, &Secret::random(), epoch, Memory::new()).unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    assert!(limits.on_alarm(move |alarm| ear.lock().unwrap().push(alarm.failures)));
    for guess in 0..200_u8 {
        let address = ip(&format!("198.51.100.{guess}"));
        let attempt = limits.begin(&[guess], address, None, now).await;
        attempt.unwrap().failed();
    }
    assert_eq!(*heard.lock().unwrap(), [51]);
}

#[tokio::test]
async fn what_was_guessed_is_remembered_by_the_next_process() {
    let (now, wall) = (Instant::now(), SystemTime::now());
    let (secret, home) = (Secret::random(), ip("192.0.2.7"));
    let config = LoginConfig::default();
    let new = |secret: &Secret, now, wall| {
        LoginLimits::new(&config, secret, Epoch::new(now, wall), Memory::new()).unwrap()
    };
    let old = new(&secret, now, wall);
    exhaust(&old, "alice", home, now).await;
    let bytes = snapshot(old.limits(), &secret, now, wall);

    let saved = Snapshot::parse(&bytes).unwrap();
    let wall = wall + MINUTE;
    let next = new(&saved.secret(), now, wall);
    saved.restore(next.limits(), now, wall).unwrap();
    let refused = next.begin(b"alice", home, None, now).await.unwrap_err();
    assert_eq!(refused.retry_after(), Some(4 * MINUTE));
}

#[test]
fn limits_that_open_when_the_store_fails_are_refused() {
    let mut config = LoginConfig::default();
    config.on_failure = OnFailure::Open;
    let epoch = Epoch::new(Instant::now(), SystemTime::UNIX_EPOCH);
    assert!(LoginLimits::new(&config, &Secret::random(), epoch, Memory::new()).is_err());
    config.on_failure = OnFailure::Closed;
    let limits = LoginLimits::new(&config, &Secret::random(), epoch, Memory::new()).unwrap();
    assert!(
        limits
            .limits()
            .iter()
            .all(|limit| limit.failure() == OnFailure::Closed)
    );
}
