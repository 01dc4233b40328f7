//! What checks cost, whatever the row and the answer.

use super::*;

fn work(pool: &Pool, word: &str, stored: Option<StoredHash>) -> u64 {
    let before = pool.handle.shared.arena(0).work;
    let verdict = wait(pool.verify(password(word), stored.clone(), None)).unwrap();
    assert_eq!(
        matches!(verdict, Verdict::Match { .. }),
        word == "right" && stored.is_some()
    );
    // No rehash begins: its receiver is gone with the verdict.
    drop(verdict);
    pool.handle.shared.arena(0).work - before
}

fn row(policy_of_row: Policy) -> StoredHash {
    wait(pool(policy_of_row, 8).hash(password("right"), None)).unwrap()
}

#[test]
fn a_row_of_the_policy_costs_what_no_account_costs() {
    let pool = pool(policy(64), 8);
    let stored = row(policy(64));
    assert_eq!(work(&pool, "right", None), 128);
    assert_eq!(work(&pool, "right", Some(stored.clone())), 128);
    assert_eq!(work(&pool, "wrong", Some(stored)), 128);
}

#[test]
fn every_check_is_filled_up_to_the_cost_that_the_operator_names() {
    let config = PoolConfig::default()
        .policy(policy(64))
        .workers(NonZeroUsize::MIN)
        .pad_to(Cost::new(256, 2, 1).unwrap());
    let pool = Pool::start(config).unwrap();
    let (policys, dear) = (row(policy(64)), row(policy(256)));
    for (word, stored) in [
        ("right", None),
        ("right", Some(policys.clone())),
        ("wrong", Some(policys)),
        ("right", Some(dear.clone())),
        ("wrong", Some(dear)),
    ] {
        assert_eq!(work(&pool, word, stored), 512);
    }
    // The arena holds all of it: nothing is allocated for a check.
    assert_eq!(pool.handle.shared.arena(0).words().len(), 256);
}

#[test]
fn a_row_cheaper_than_the_policy_is_filled_up_by_the_time_it_took() {
    let pool = pool(policy(64), 8);
    let cheap = row(Policy::with_insecure_cost(Cost::new(8, 1, 1).unwrap()));
    let hour = Duration::from_secs(3600);
    for _ in 0..15 {
        pool.handle.shared.typical().record(hour);
    }
    assert_eq!(work(&pool, "wrong", Some(cheap)), 8 + 128);
}

#[test]
fn a_cost_below_the_policy_does_not_start() {
    let config = PoolConfig::default().pad_to(Cost::new(19_455, 2, 1).unwrap());
    assert_eq!(
        Pool::start(config).unwrap_err().kind(),
        io::ErrorKind::InvalidInput
    );
}
