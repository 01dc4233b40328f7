//! Peppers where passwords are checked.

use std::num::NonZeroUsize;

use super::*;
use crate::{
    AccountPool, Pool, PoolConfig, Unavailable, UnavailableKind, Verdict,
    pool::tests::{password, policy, wait},
};

pub(super) fn pool_with(peppers: Peppers) -> Pool {
    let config = PoolConfig::default()
        .policy(policy(64))
        .workers(NonZeroUsize::MIN)
        .peppers(peppers);
    Pool::start(config).unwrap()
}

pub(super) fn of(pool: &Pool, name: &str) -> AccountPool {
    pool.account(name).bound_to(&account(name))
}

fn verify(pool: &AccountPool, word: &str, row: &str) -> Result<Verdict, UnavailableKind> {
    wait(pool.verify(password(word), Some(parse(row)), None)).map_err(|error| error.kind())
}

fn kind<T>(answer: Result<T, Unavailable>) -> UnavailableKind {
    answer.map(|_| ()).unwrap_err().kind()
}

fn matches(answer: Result<Verdict, UnavailableKind>) -> bool {
    matches!(answer, Ok(Verdict::Match { .. }))
}

#[test]
fn a_row_copied_to_another_account_does_not_match() {
    let pool = pool_with(ring("k1", 1));
    let row = wait(of(&pool, "ada").hash(password("right"), None)).unwrap();
    assert_eq!(row.pepper_key_id(), Some(id("k1")));
    let row = row.to_string();
    let answer = verify(&of(&pool, "ada"), "right", &row);
    assert!(matches!(answer, Ok(Verdict::Match { rehash: None })));
    assert!(matches!(
        verify(&of(&pool, "ada"), "wrong", &row),
        Ok(Verdict::Mismatch)
    ));
    assert!(matches!(
        verify(&of(&pool, "eve"), "right", &row),
        Ok(Verdict::Mismatch)
    ));
    // The tag is masked: without its key the row is worth nothing, and neither is its text without the mark.
    let bare = row.replace(",keyid=k1", "");
    let open = pool_with(ring("k1", 1).accept_unpeppered());
    assert!(!matches(verify(&of(&open, "ada"), "right", &bare)));
}

#[test]
fn every_rotation_goes_on_to_match() {
    let keys = [("k1", 1), ("k2", 2), ("k3", 3)];
    let only = |at: usize| ring(keys[at].0, keys[at].1);
    let with = |at: usize, old: usize| {
        let (name, number) = keys[old];
        only(at).with_live(id(name), key(number)).unwrap()
    };
    let check = |peppers: Peppers, row: &str| {
        let pool = pool_with(peppers);
        assert!(matches(verify(&of(&pool, "ada"), "right", row)), "{row}");
        assert!(!matches(verify(&of(&pool, "ada"), "wrong", row)), "{row}");
        assert!(!matches(verify(&of(&pool, "eve"), "right", row)) || !row.contains("keyid"));
    };
    let first = wait(of(&pool_with(only(0)), "ada").hash(password("right"), None)).unwrap();
    let first = first.to_string();
    check(only(0), &first);
    let second = rotated(&with(1, 0), &first, "ada");
    check(only(1), &second); // the old key is destroyed
    let third = rotated(&with(2, 1), &second, "ada");
    check(only(2), &third);
    let Ok(Rotation::Changed(none)) = only(2).remove(&third, &account("ada"), &Ceilings::default())
    else {
        panic!("a changed row")
    };
    check(only(2).accept_unpeppered(), &none);
    let back = rotated(&only(0).accept_unpeppered(), &none, "ada");
    assert_eq!(back, first);
    check(only(0), &back);
}

#[test]
fn a_row_without_pepper_is_refused_after_the_work_of_a_wrong_password() {
    // Whoever can write into the table puts the hash of a password that he knows in place of another.
    let plain = Pool::start(PoolConfig::default().policy(policy(64))).unwrap();
    let planted = wait(plain.hash(password("known"), None)).unwrap();
    let pool = pool_with(ring("k1", 1));
    let row = planted.to_string();
    let work = || pool.handle.shared.arena(0).work;
    for (word, filled) in [("known", 128), ("other", 256)] {
        let answer = verify(&of(&pool, "ada"), word, &row).map(drop);
        assert_eq!(answer, Err(UnavailableKind::Unpeppered));
        assert_eq!(work(), filled);
    }
    let nobody = wait(pool.account("eve").verify(password("known"), None, None));
    assert!(matches!(nobody, Ok(Verdict::Mismatch)));
    assert_eq!(work(), 384);
    let open = pool_with(ring("k1", 1).accept_unpeppered());
    let Ok(Verdict::Match {
        rehash: Some(rehash),
    }) = verify(&of(&open, "ada"), "known", &row)
    else {
        panic!("a match with a rehash")
    };
    let new = wait(rehash).unwrap();
    assert_eq!(new.pepper_key_id(), Some(id("k1")));
    // Bound as the old one should have been.
    assert!(matches(verify(
        &of(&pool, "ada"),
        "known",
        &new.to_string()
    )));
    assert!(!matches(verify(
        &of(&pool, "eve"),
        "known",
        &new.to_string()
    )));
}

#[test]
fn a_key_that_is_not_there_is_named_and_nobody_is_wrong() {
    let old = pool_with(ring("k1", 1));
    let row = wait(of(&old, "ada").hash(password("right"), None)).unwrap();
    let pool = pool_with(ring("k2", 2));
    for word in ["right", "wrong"] {
        let answer = wait(of(&pool, "ada").verify(password(word), Some(row.clone()), None));
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), UnavailableKind::UnknownPepperKey(id("k1")));
        assert!(error.to_string().contains("key k1"));
    }
    assert_eq!(pool.started(), 2);
    // Neither does a pool without any pepper take it for a plain row.
    let none = Pool::start(PoolConfig::default().policy(policy(64))).unwrap();
    let answer = wait(none.verify(password("right"), Some(row), None));
    assert_eq!(kind(answer), UnavailableKind::UnknownPepperKey(id("k1")));
}

#[test]
fn no_row_is_made_or_checked_without_its_account() {
    let pool = pool_with(ring("k1", 1));
    let unbound = UnavailableKind::Unbound;
    assert_eq!(kind(wait(pool.hash(password("p"), None))), unbound);
    assert_eq!(
        kind(wait(pool.account("ada").hash(password("p"), None))),
        unbound
    );
    let row = wait(of(&pool, "ada").hash(password("p"), None)).unwrap();
    assert_eq!(
        kind(wait(pool.verify(password("p"), Some(row), None))),
        unbound
    );
    // An account that does not exist has no id, and is no fault.
    let nobody = wait(pool.account("eve").verify(password("p"), None, None));
    assert!(matches!(nobody, Ok(Verdict::Mismatch)));
    assert!(matches!(
        wait(pool.verify(password("p"), None, None)),
        Ok(Verdict::Mismatch)
    ));
}

#[test]
fn all_of_a_password_counts_behind_a_nul_and_behind_72_bytes() {
    let pool = pool_with(ring("k1", 1));
    let ada = of(&pool, "ada");
    let long = "x".repeat(72);
    for (typed, cut) in [
        ("right\0more".to_owned(), "right".to_owned()),
        (format!("{long}y"), long.clone()),
    ] {
        let row = wait(ada.hash(password(&typed), None)).unwrap().to_string();
        assert!(matches(verify(&ada, &typed, &row)));
        for other in [cut.clone(), format!("{cut}z")] {
            assert!(!matches(verify(&ada, &other, &row)));
        }
    }
}

#[test]
fn a_login_moves_the_row_to_the_current_key() {
    let old = wait(of(&pool_with(ring("k1", 1)), "ada").hash(password("right"), None)).unwrap();
    let pool = pool_with(ring("k2", 2).with_live(id("k1"), key(1)).unwrap());
    let answer = verify(&of(&pool, "ada"), "right", &old.to_string());
    let Ok(Verdict::Match {
        rehash: Some(rehash),
    }) = answer
    else {
        panic!("a match with a rehash")
    };
    let new = wait(rehash).unwrap();
    assert_eq!(new.pepper_key_id(), Some(id("k2")));
    let answer = verify(&of(&pool, "ada"), "right", &new.to_string());
    assert!(matches!(answer, Ok(Verdict::Match { rehash: None })));
}
