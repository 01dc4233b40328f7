//! One hash in flight for each account.

use super::*;

fn worker_pool(workers: usize, queue: usize) -> Pool {
    let config = PoolConfig::default()
        .policy(policy(64))
        .workers(NonZeroUsize::new(workers).unwrap())
        .queue(NonZeroUsize::new(queue).unwrap());
    Pool::start(config).unwrap()
}

#[test]
fn two_logins_of_one_name_are_served_one_after_another_and_another_name_overtakes() {
    let pool = worker_pool(2, 8);
    // Both workers stand before their arenas, each with a job in its hands.
    let (first, second) = (pool.handle.shared.arena(0), pool.handle.shared.arena(1));
    let guess = |name: &str| pool.account(name).verify(password("p"), None, None);
    let one = guess("ada");
    until_taken(&pool);
    let two = guess("ada");
    let other = guess("bob");
    // The free worker goes past ada's second and takes bob's.
    while pool.queued() > 1 {
        thread::yield_now();
    }
    let shared = &pool.handle.shared;
    assert_eq!(shared.queue.turns(), [Some(shared.turn("ada"))]);
    drop((first, second));
    assert!(matches!(wait(other), Ok(Verdict::Mismatch)));
    assert!(matches!(wait(one), Ok(Verdict::Mismatch)));
    assert!(matches!(wait(two), Ok(Verdict::Mismatch)));
    assert_eq!(pool.started(), 3);
}

#[test]
fn one_name_cannot_fill_the_queue_whether_there_is_such_an_account_or_not() {
    let row = wait(pool(policy(64), 8).hash(password("p"), None)).unwrap();
    for stored in [Some(row), None] {
        let pool = worker_pool(1, 64);
        let busy = pool.handle.shared.arena(0);
        let guess = |name: &str| {
            pool.account(name)
                .verify(password("q"), stored.clone(), None)
        };
        let begun = guess("ada");
        until_taken(&pool);
        let waiting: Vec<_> = (0..AccountPool::MAX_WAITING)
            .map(|_| guess("ada"))
            .collect();
        assert_eq!(kind(wait(guess("ada"))), UnavailableKind::QueueFull);
        let other = guess("bob");
        drop(busy);
        for answer in waiting.into_iter().chain([begun, other]) {
            assert!(matches!(wait(answer), Ok(Verdict::Mismatch)));
        }
    }
}

#[test]
fn a_caller_who_has_gone_leaves_the_place_in_his_accounts_line() {
    let pool = worker_pool(1, 64);
    let busy = pool.handle.shared.arena(0);
    let guess = || pool.account("ada").verify(password("q"), None, None);
    let begun = guess();
    until_taken(&pool);
    let mut waiting: Vec<_> = (0..AccountPool::MAX_WAITING).map(|_| guess()).collect();
    waiting.pop();
    let next = guess();
    drop(busy);
    for answer in waiting.into_iter().chain([begun, next]) {
        assert!(matches!(wait(answer), Ok(Verdict::Mismatch)));
    }
}

#[test]
fn a_worker_that_panics_gives_the_turn_back() {
    let pool = worker_pool(2, 8);
    let ada = pool.account("ada");
    let good = wait(ada.hash(password("p"), None)).unwrap();
    let mut broken = good.clone();
    broken.tag = Bytes::broken();
    for _ in 0..3 {
        let answer = wait(ada.verify(password("p"), Some(broken.clone()), None));
        assert_eq!(kind(answer), UnavailableKind::Failed);
        let answer = wait(ada.verify(password("p"), Some(good.clone()), None));
        assert!(matches!(answer, Ok(Verdict::Match { .. })));
    }
}

#[test]
fn a_rehash_waits_its_turn() {
    let old = wait(pool(policy(32), 8).hash(password("p"), None)).unwrap();
    let pool = worker_pool(2, 8);
    let ada = pool.account("ada");
    let Ok(Verdict::Match {
        rehash: Some(rehash),
    }) = wait(ada.verify(password("p"), Some(old), None))
    else {
        panic!("a match with a rehash")
    };
    assert!(wait(rehash).is_ok());
    // Its turn is over: the next one is not stuck behind it.
    assert!(matches!(
        wait(ada.verify(password("p"), None, None)),
        Ok(Verdict::Mismatch)
    ));
}

#[test]
fn many_threads_and_few_names_lose_no_job() {
    let pool = worker_pool(3, 4096);
    thread::scope(|scope| {
        for thread in 0..8 {
            let pool = &pool;
            scope.spawn(move || {
                for round in 0..50 {
                    let name = ["ada", "bob", "cyd"][(thread + round) % 3];
                    match wait(pool.account(name).verify(password("p"), None, None)) {
                        Ok(Verdict::Mismatch) => {}
                        // More than four of one name at that moment.
                        Err(error) => assert_eq!(error.kind(), UnavailableKind::QueueFull),
                        other => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    assert_eq!(pool.queued(), 0);
}
