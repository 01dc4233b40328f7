//! What the targets of all families of foreign hashes check.

use std::{
    future::Future,
    pin::pin,
    sync::OnceLock,
    task::{Context, Poll, Waker},
};

use bartizan_password::{
    Cost, LegacyCeilings, LegacyHash, Password, Policy, Pool, PoolConfig, UnavailableKind,
};

/// Small enough that what is let through can be computed.
pub fn ceilings() -> LegacyCeilings {
    let cost = Cost::new(256, 2, 4).expect("possible");
    LegacyCeilings::default()
        .argon2(cost)
        .scrypt_kib(256)
        .bcrypt_log(4)
        .iterations(2_000)
}

/// Nothing panics, memory stays below the ceiling, and each hash that was let through can be computed.
#[allow(dead_code)]
pub fn check(marks: &[&str], data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let Ok(rest) = std::str::from_utf8(rest) else {
        return;
    };
    let text = format!("{}{rest}", marks[usize::from(*choice) % marks.len()]);
    if let Ok(stored) = LegacyHash::parse(&text, &ceilings()) {
        check_hash(stored);
    }
}

pub fn check_hash(stored: LegacyHash) {
    static POOL: OnceLock<Pool> = OnceLock::new();
    assert!(stored.memory_kib() <= 256);
    let pool = POOL.get_or_init(|| {
        let cost = Cost::new(8, 1, 1).expect("possible");
        let config = PoolConfig::default().policy(Policy::with_insecure_cost(cost));
        Pool::start(config).expect("threads")
    });
    let password = Password::new("p\u{e4}ss\0word".into()).expect("short");
    match wait(pool.verify_legacy(password, stored, None)) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), UnavailableKind::QueueFull),
    }
}

fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        match future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::yield_now(),
        }
    }
}
