//! Limits for logins: `cargo run -p bartizan-examples --example login_limits`.
//!
//! A guesser, a victim with a device that is known and one without, and a hundred guesses at once. Time is virtual: it ends
//! at once.

use std::{
    error::Error,
    net::IpAddr,
    time::{Duration, Instant, SystemTime},
};

use bartizan_ratelimit::{
    Attempt, DeviceKeys, Epoch, LoginConfig, LoginLimits, LoginRefused, Memory, Secret,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (now, wall) = (Instant::now(), SystemTime::now());
    let epoch = Epoch::new(now, wall);
    let limits = LoginLimits::new(
        &LoginConfig::default(),
        &Secret::random(),
        epoch,
        Memory::new(),
    )?;
    limits.on_alarm(|alarm| println!("alarm: {} failures", alarm.failures));

    // In a service the key comes from a file that only it can read, and each nonce from the operating system.
    let devices = DeviceKeys::new([0x11; 32]);
    let home: IpAddr = "192.0.2.7".parse()?;

    // Alice mistypes once, gets in, and her browser is known from now on.
    limits.begin(b"alice", home, None, now).await?.failed();
    limits
        .begin(b"alice", home, None, now)
        .await?
        .succeeded(now);
    let cookie = devices.issue(b"alice", [0x22; 16], wall);
    println!("alice is in; her device cookie: {cookie}");

    // A guesser at one address gets five guesses at her account.
    let lair: IpAddr = "198.51.100.1".parse()?;
    let mut guesses = 0;
    let refused = loop {
        match limits.begin(b"alice", lair, None, now).await {
            Ok(attempt) => attempt.failed(),
            Err(refused) => break refused,
        }
        guesses += 1;
    };
    println!("a guesser: {guesses} guesses, then {}", told(refused));

    // With a thousand addresses he gets what is left of ten, then one each quarter of an hour.
    let mut guesses = 0;
    for host in 0..1_000_u32 {
        let address = IpAddr::V4((0xc633_6500 + host).into());
        if let Ok(attempt) = limits.begin(b"alice", address, None, now).await {
            attempt.failed();
            guesses += 1;
        }
    }
    println!("a thousand addresses: {guesses} guesses");

    // Alice on a new telephone cannot be told from them: mail her a link.
    match limits
        .begin(b"alice", "203.0.113.9".parse()?, None, now)
        .await
    {
        Ok(_) => return Err("an unknown device was let in during the attack".into()),
        Err(refused) => println!("alice, unknown device: {}", told(refused)),
    }
    // At home she does not notice any of it.
    let device = devices.verify(b"alice", &cookie, wall);
    let attempt = limits.begin(b"alice", home, device.as_ref(), now).await?;
    attempt.succeeded(now);
    println!("alice, known device: in");
    // The cookie is hers alone.
    if devices.verify(b"bob", &cookie, wall).is_some() {
        return Err("a cookie of another account was taken".into());
    }

    // A hundred guesses at once: all ask before any password is checked.
    let mut held: Vec<Attempt> = Vec::new();
    for _ in 0..100 {
        held.extend(limits.begin(b"bob", lair, None, now).await.ok());
    }
    println!("a hundred at once: {} may be checked", held.len());
    held.into_iter().for_each(Attempt::failed);

    // Five minutes later the next one is.
    let later = now + Duration::from_secs(5 * 60);
    limits.begin(b"bob", lair, None, later).await?.failed();
    println!(
        "five minutes later: one more; {} failed in all",
        limits.failures()
    );
    Ok(())
}

/// What a client is told: never which limit it was.
fn told(refused: LoginRefused) -> String {
    match refused.retry_after() {
        Some(wait) => format!(
            "429, Retry-After: {}",
            wait.as_nanos().div_ceil(1_000_000_000)
        ),
        None => "503".to_owned(),
    }
}
