mod cost;
mod turns;

use super::*;
use crate::{AccountPool, Cost};
use std::{
    pin::pin,
    task::{Wake, Waker},
    time::Duration,
};

/// No async runtime: the pool needs none, and this shows it.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

pub(crate) fn policy(memory_kib: u32) -> Policy {
    Policy::with_insecure_cost(Cost::new(memory_kib, 2, 1).unwrap())
}

pub(crate) fn pool(policy: Policy, queue: usize) -> Pool {
    let config = PoolConfig::default()
        .policy(policy)
        .workers(NonZeroUsize::MIN);
    Pool::start(config.queue(NonZeroUsize::new(queue).unwrap())).unwrap()
}

pub(crate) fn password(text: &str) -> Password {
    Password::new(text.into()).unwrap()
}

/// Returns when the worker has taken the job that waits; it then waits for its arena, if the test holds it.
fn until_taken(pool: &Pool) {
    while pool.queued() > 0 {
        thread::yield_now();
    }
}

fn kind<T>(answer: Result<T, Unavailable>) -> UnavailableKind {
    answer.map(|_| ()).unwrap_err().kind()
}

#[test]
fn the_right_password_matches_and_a_wrong_or_unknown_one_does_not() {
    let pool = pool(policy(64), 8);
    let hash = wait(pool.hash(password("right"), None)).unwrap();
    let verify = |text, stored| wait(pool.verify(password(text), stored, None)).unwrap();
    assert!(matches!(
        verify("right", Some(hash.clone())),
        Verdict::Match { rehash: None }
    ));
    assert!(matches!(verify("Right", Some(hash)), Verdict::Mismatch));
    assert!(matches!(verify("right", None), Verdict::Mismatch));
    assert_eq!(pool.started(), 4); // the unknown account cost a hash too
}

#[test]
fn two_hashes_of_one_password_differ() {
    let pool = pool(policy(64), 8);
    let hash = || {
        wait(pool.hash(password("right"), None))
            .unwrap()
            .to_string()
    };
    assert_ne!(hash(), hash());
}

#[test]
fn a_full_queue_refuses_and_the_refusal_is_the_same_for_unknown_accounts() {
    let pool = pool(policy(64), 2);
    let busy = pool.handle.shared.arena(0);
    let _begun = pool.hash(password("p"), None);
    until_taken(&pool);
    let waiting = [
        pool.verify(password("p"), None, None),
        pool.verify(password("p"), None, None),
    ];
    assert_eq!(
        kind(wait(pool.verify(password("p"), None, None))),
        UnavailableKind::QueueFull
    );
    assert_eq!(
        kind(wait(pool.hash(password("p"), None))),
        UnavailableKind::QueueFull
    );
    drop(busy);
    for answer in waiting {
        assert!(matches!(wait(answer), Ok(Verdict::Mismatch)));
    }
}

#[test]
fn a_job_whose_caller_has_gone_is_not_begun_and_frees_its_place() {
    let pool = pool(policy(64), 1);
    let busy = pool.handle.shared.arena(0);
    let first = pool.hash(password("p"), None);
    until_taken(&pool);
    drop(pool.verify(password("p"), None, None));
    let next = pool.verify(password("p"), None, None); // the queue of one is not full any more
    drop(busy);
    wait(first).unwrap();
    wait(next).unwrap();
    assert_eq!(pool.started(), 2);
}

#[test]
fn a_job_past_its_deadline_is_not_begun() {
    let pool = pool(policy(64), 8);
    let past = Instant::now();
    assert_eq!(
        kind(wait(pool.verify(password("p"), None, Some(past)))),
        UnavailableKind::Deadline
    );
    assert_eq!(
        kind(wait(pool.hash(password("p"), Some(past)))),
        UnavailableKind::Deadline
    );
    assert_eq!(pool.started(), 0);
    let far = Instant::now() + Duration::from_secs(3600);
    assert!(wait(pool.hash(password("p"), Some(far))).is_ok());
}

#[test]
fn a_worker_that_panics_is_replaced_and_its_caller_told() {
    let pool = pool(policy(64), 8);
    let mut hash = wait(pool.hash(password("p"), None)).unwrap();
    let good = hash.clone();
    hash.tag = Bytes::broken();
    for _ in 0..3 {
        let answer = wait(pool.verify(password("p"), Some(hash.clone()), None));
        assert_eq!(kind(answer), UnavailableKind::Failed);
    }
    assert!(matches!(
        wait(pool.verify(password("p"), Some(good), None)),
        Ok(Verdict::Match { .. })
    ));
}

#[test]
fn a_weaker_hash_is_made_anew_after_the_answer() {
    let old = wait(pool(policy(64), 8).hash(password("p"), None)).unwrap();
    let pool = pool(policy(128), 8);
    let Ok(Verdict::Match {
        rehash: Some(rehash),
    }) = wait(pool.verify(password("p"), Some(old.clone()), None))
    else {
        panic!("a match with a rehash");
    };
    let new = wait(rehash).unwrap();
    assert_eq!(new.cost().memory_kib(), 128);
    assert!(matches!(
        wait(pool.verify(password("p"), Some(new), None)),
        Ok(Verdict::Match { rehash: None })
    ));
    // A wrong password earns no new hash.
    assert!(matches!(
        wait(pool.verify(password("q"), Some(old), None)),
        Ok(Verdict::Mismatch)
    ));
}

#[test]
fn a_rehash_that_is_dropped_is_not_begun() {
    let old = wait(pool(policy(64), 8).hash(password("p"), None)).unwrap();
    let pool = pool(policy(128), 8);
    let busy = pool.handle.shared.arena(0);
    let answer = pool.verify(password("p"), Some(old), None);
    let behind = pool.verify(password("p"), None, None);
    drop(busy);
    drop(wait(answer).unwrap()); // the rehash waits behind `behind`, which may not have begun
    wait(behind).unwrap();
    let last = wait(pool.hash(password("p"), None));
    assert!(last.is_ok());
    assert!((3..=4).contains(&pool.started()));
}

#[test]
fn shutting_down_answers_those_who_wait() {
    let pool = pool(policy(64), 8);
    let busy = pool.handle.shared.arena(0);
    let begun = pool.hash(password("p"), None);
    until_taken(&pool);
    let waiting = pool.verify(password("p"), None, None);
    pool.shut_down();
    drop(busy);
    assert!(wait(begun).is_ok());
    assert_eq!(kind(wait(waiting)), UnavailableKind::ShutDown);
    assert_eq!(
        kind(wait(pool.hash(password("p"), None))),
        UnavailableKind::ShutDown
    );
}

#[test]
fn answers_outlive_the_last_pool() {
    let pool = pool(policy(64), 8);
    let answer = pool.hash(password("p"), None);
    drop(pool);
    assert!(wait(answer).is_ok());
}

#[test]
fn a_policy_above_the_ceilings_does_not_start() {
    let config = PoolConfig::default().policy(Policy::new(65_537, 2, 1).unwrap());
    assert_eq!(
        Pool::start(config).unwrap_err().kind(),
        io::ErrorKind::InvalidInput
    );
}
