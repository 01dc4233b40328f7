use std::collections::BTreeSet;

use crate::{
    Verdict,
    legacy::tests::{golden, parse},
    pool::tests::{password, policy, pool, wait},
};

#[test]
fn every_weak_row_can_be_wrapped_without_its_password_and_goes_on_to_match() {
    let pool = pool(policy(64), 8);
    let mut wrapped_schemes = BTreeSet::new();
    for [_, right, text, _] in golden() {
        let Some(weak) = parse(text).unwrap().wrappable() else {
            assert!(parse(text).unwrap().scheme().is_memory_hard());
            continue;
        };
        let column = wait(pool.wrap(weak, None)).unwrap().to_string();
        let stored = parse(&column).unwrap();
        assert!(stored.is_wrapped() && stored.scheme() == parse(text).unwrap().scheme());
        wrapped_schemes.insert(stored.scheme().name());
        let verify =
            |word: &str| wait(pool.verify_legacy(password(word), stored.clone(), None)).unwrap();
        assert!(
            matches!(verify(right), Verdict::Match { rehash: Some(_) }),
            "{column}"
        );
        assert!(matches!(verify(&format!("y{right}")), Verdict::Mismatch));
        assert!(stored.wrappable().is_none()); // not twice
        // The inner digest is not in the text any more.
        let tail = &text[text.len().saturating_sub(12)..text.len() - 2];
        assert!(!column.contains(tail), "{column} of {text}");
    }
    assert!(wrapped_schemes.len() >= 17, "{wrapped_schemes:?}");
}

#[test]
fn a_wrapped_row_matches_no_other_setting() {
    let pool = pool(policy(64), 8);
    let [_, right, text, _] = golden().find(|row| row[0] == "Phpass").unwrap();
    let weak = parse(text).unwrap().wrappable().unwrap();
    let column = wait(pool.wrap(weak, None)).unwrap().to_string();
    assert!(column.contains("$phpass$256$16$"), "{column}");
    for other in ["$phpass$257$16$", "$md5-crypt$256$16$"] {
        let stored = parse(&column.replace("$phpass$256$16$", other)).unwrap();
        let verdict = wait(pool.verify_legacy(password(right), stored, None)).unwrap();
        assert!(matches!(verdict, Verdict::Mismatch));
    }
    for broken in [
        "$scrypt$256$16$",
        "$phpass$0$16$",
        "$phpass$256$15$",
        "$phpass$256$",
    ] {
        assert!(parse(&column.replace("$phpass$256$16$", broken)).is_err());
    }
}
