//! How long a code lives and how often it can be tried, whatever its maker asks for.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    future::Future,
    num::NonZeroUsize,
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime},
};

use bartizan_token::{
    Entropy, Reset,
    code::{self, Checked, Code, SlowHash},
    memory::Memory,
    store::{AccountId, AccountStore, StoreError},
};

/// Nothing here is about the hash.
struct Plain;

impl SlowHash for Plain {
    async fn hash(&self, code: &Code) -> Result<String, StoreError> {
        Ok(code.expose().to_owned())
    }

    async fn verify(&self, code: &Code, stored: &str) -> Result<bool, StoreError> {
        Ok(code.expose() == stored)
    }
}

/// The store in memory never waits.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the store waits"),
    }
}

#[test]
fn no_code_can_be_used_after_ten_minutes_whatever_life_was_asked_for() {
    let store = Memory::new(NonZeroUsize::MIN);
    let (ann, made) = (AccountId::new(1), SystemTime::UNIX_EPOCH);
    store.add_account(ann).unwrap();
    let second = Duration::from_secs(1);
    let used_at = |later: Duration| {
        let code = Code::new(6, Entropy::new([7; 32])).unwrap();
        let versions = ready(store.versions(ann)).unwrap().unwrap();
        let with = (&store, &Plain);
        let year = 365 * 24 * 3600 * second;
        let kept = code::keep::<Reset, _>(with, (ann, versions), &code, year, made);
        assert!(ready(kept).unwrap());
        ready(code::check::<Reset, _>(
            with,
            ann,
            &code,
            None,
            made + later,
        ))
        .unwrap()
    };
    assert_eq!(used_at(599 * second), Checked::Right);
    assert_eq!(used_at(600 * second), Checked::None);
}
