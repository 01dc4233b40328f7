//! Our answers against those of the reference implementation of Argon2: its published tags, and its own tags of random inputs.

#![cfg(feature = "legacy")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    num::NonZeroUsize,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use bartizan_password::{Cost, LegacyHash, Password, Policy, Pool, PoolConfig, Verdict};

#[path = "argon2/argon2_cffi.rs"]
mod argon2_cffi;
#[path = "argon2/reference.rs"]
mod reference;

/// Its own hashes cost nearly nothing: those of the rows are what is tried.
fn pool() -> Pool {
    let cheap = Policy::with_insecure_cost(Cost::new(8, 1, 1).unwrap());
    let config = PoolConfig::default()
        .policy(cheap)
        .workers(NonZeroUsize::MIN);
    Pool::start(config).unwrap()
}

fn matches(pool: &Pool, password: &str, stored: LegacyHash) -> bool {
    let password = Password::new(password.into()).unwrap();
    let verdict = wait(pool.verify_legacy(password, stored, None)).unwrap();
    matches!(verdict, Verdict::Match { .. })
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn wait<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
