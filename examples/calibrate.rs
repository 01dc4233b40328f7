//! Find the cost of a hash for this machine: `cargo run --release -p bartizan-examples --example calibrate`.
//!
//! `bartizan-server calibrate` does the same and prints what to write into its configuration.

use std::{error::Error, time::Duration};

use bartizan_password::{Calibration, CalibrationLimits, Fit, Pool, PoolConfig};

fn main() -> Result<(), Box<dyn Error>> {
    // At most 32 MiB a hash; the time is what a user waits for at login, and an attacker for each guess.
    let limits = CalibrationLimits::default().max_memory_kib(32 * 1024)?;
    let found = Calibration::measure(Duration::from_millis(100), limits, |_| {})?;

    let cost = found.policy().cost();
    println!(
        "memory_kib = {}, passes = {}, lanes = {}: {:.0?} a hash",
        cost.memory_kib(),
        cost.passes(),
        cost.lanes(),
        found.time()
    );
    match found.fit() {
        Fit::Floor => println!("the least that OWASP recommends is slower than that here"),
        Fit::Ceiling => println!("this machine could do more: allow more memory"),
        _ => {}
    }
    let load = found.load();
    println!(
        "{} clients at once: {:.1} logins a second, p50 {:.0?}, p99 {:.0?}, {} MiB for good",
        load.clients(),
        load.logins_per_second(),
        load.p50(),
        load.p99(),
        found.memory_kib().div_ceil(1024)
    );

    let config = PoolConfig::default()
        .policy(found.policy())
        .workers(found.workers());
    let pool = Pool::start(config)?;
    println!("serving, with {} logins in line", pool.queued());
    Ok(())
}
