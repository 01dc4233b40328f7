//! Rows of other programs, wrapped and not, under a pepper.

use super::{
    pooled::{of, pool_with},
    *,
};
use crate::{
    LegacyCeilings, LegacyHash, UnavailableKind, Verdict,
    pool::tests::{password, wait},
};

/// md5-crypt of `password`, by `openssl passwd -1 -salt saltsalt password`.
const WEAK: &str = "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/";

fn legacy(text: &str) -> LegacyHash {
    LegacyHash::parse(text, &LegacyCeilings::default()).unwrap()
}

fn check(peppers: Peppers, name: &str, word: &str, row: &str) -> Result<bool, UnavailableKind> {
    let pool = pool_with(peppers);
    let answer = wait(of(&pool, name).verify_legacy(password(word), legacy(row), None));
    answer
        .map(|verdict| matches!(verdict, Verdict::Match { .. }))
        .map_err(|error| error.kind())
}

#[test]
fn a_wrapped_row_is_masked_rotated_and_bound_like_one_of_ours() {
    let pool = pool_with(ring("k1", 1));
    let weak = || legacy(WEAK).wrappable().unwrap();
    let row = wait(of(&pool, "ada").wrap(weak(), None))
        .unwrap()
        .to_string();
    assert!(row.starts_with("$argon2id-wrap$v=19$m=64,t=2,p=1,keyid=k1$"));
    assert!(row.contains("$md5-crypt$"), "{row}");
    assert_eq!(check(ring("k1", 1), "ada", "password", &row), Ok(true));
    assert_eq!(check(ring("k1", 1), "ada", "Password", &row), Ok(false));
    assert_eq!(check(ring("k1", 1), "eve", "password", &row), Ok(false));

    let two = ring("k2", 2).with_live(id("k1"), key(1)).unwrap();
    let moved = rotated(&two, &row, "ada");
    assert_eq!(check(ring("k2", 2), "ada", "password", &moved), Ok(true));
    let unknown = UnavailableKind::UnknownPepperKey(id("k1"));
    assert_eq!(check(ring("k2", 2), "ada", "password", &row), Err(unknown));
    let Ok(Rotation::Changed(bare)) = two.remove(&moved, &account("ada"), &Ceilings::default())
    else {
        panic!("a changed row")
    };
    assert_eq!(
        check(two.clone(), "ada", "password", &bare),
        Err(UnavailableKind::Unpeppered)
    );
    assert_eq!(
        check(two.accept_unpeppered(), "ada", "password", &bare),
        Ok(true)
    );
    assert_eq!(
        rotated(&ring("k1", 1).accept_unpeppered(), &bare, "ada"),
        row
    );

    let unbound = wait(pool.wrap(weak(), None)).unwrap_err();
    assert_eq!(unbound.kind(), UnavailableKind::Unbound);
}

#[test]
fn a_foreign_row_is_taken_during_a_migration_only() {
    let refused = check(ring("k1", 1), "ada", "password", WEAK);
    assert_eq!(refused, Err(UnavailableKind::Unpeppered));
    let open = || ring("k1", 1).accept_unpeppered();
    assert_eq!(check(open(), "ada", "password", WEAK), Ok(true));
    let pool = pool_with(open());
    let answer = wait(of(&pool, "ada").verify_legacy(password("password"), legacy(WEAK), None));
    let Ok(Verdict::Match {
        rehash: Some(rehash),
    }) = answer
    else {
        panic!("a match with a rehash")
    };
    assert_eq!(wait(rehash).unwrap().pepper_key_id(), Some(id("k1")));
}
