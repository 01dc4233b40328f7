use crate::{
    UnavailableKind,
    pool::tests::{password, policy, pool, wait},
};

#[test]
fn the_counts_say_what_was_asked_and_answered() {
    let old = wait(pool(policy(32), 8).hash(password("p"), None)).unwrap();
    let pool = pool(policy(64), 8);
    let rehash = wait(pool.verify(password("p"), Some(old.clone()), None)).unwrap();
    let crate::Verdict::Match {
        rehash: Some(rehash),
    } = rehash
    else {
        panic!("a match with a rehash")
    };
    wait(rehash).unwrap();
    wait(pool.verify(password("q"), Some(old), None)).unwrap();
    wait(pool.verify(password("q"), None, None)).unwrap();
    let past = Some(std::time::Instant::now());
    wait(pool.verify(password("q"), None, past)).unwrap_err();
    pool.shut_down();
    wait(pool.hash(password("q"), None)).unwrap_err();
    while pool.metrics().working > 0 {
        std::thread::yield_now();
    }
    let metrics = pool.metrics();
    assert_eq!(
        (metrics.started, metrics.finished, metrics.queued),
        (4, 4, 0)
    );
    assert_eq!((metrics.matched, metrics.mismatched), (1, 2));
    assert_eq!((metrics.rehashes, metrics.abandoned), (1, 0));
    assert_eq!(metrics.refused(UnavailableKind::Deadline), 1);
    assert_eq!(metrics.refused(UnavailableKind::ShutDown), 1);
    let refusals: Vec<_> = metrics.refusals().filter(|(_, count)| *count > 0).collect();
    assert_eq!(refusals, [("deadline", 1), ("shut_down", 1)]);
    let checks: Vec<_> = metrics.checks().take(2).collect();
    assert_eq!(checks, [("none", 1), ("ours", 2)]);
    assert_eq!((metrics.wait.count(), metrics.work.count()), (4, 4));
}

#[test]
fn every_kind_of_refusal_has_a_place_of_its_own() {
    let kinds = [
        UnavailableKind::QueueFull,
        UnavailableKind::Deadline,
        UnavailableKind::ShutDown,
        UnavailableKind::Random,
        UnavailableKind::Failed,
        UnavailableKind::Unbound,
        UnavailableKind::UnknownPepperKey(crate::PepperKeyId::new("k").unwrap()),
        UnavailableKind::Unpeppered,
    ];
    assert_eq!(kinds.map(UnavailableKind::place), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(kinds.len(), UnavailableKind::NAMES.len());
}
