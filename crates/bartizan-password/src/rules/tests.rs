use proptest::prelude::*;

use super::*;
use crate::{
    Ceilings, Policy, StoredHash, Verdict,
    pool::tests::{password, policy, pool, wait},
};

const CONTEXT: [&str; 3] = ["Bartizan", "Alice Läufer", "alice.l@mail.example.com"];

fn check(text: &str) -> Vec<Violation> {
    match Rules::default().check(&password(text), &CONTEXT) {
        Ok(()) => Vec::new(),
        Err(violations) => violations.as_slice().to_vec(),
    }
}

const fn short(chars: usize) -> Violation {
    Violation::TooShort {
        chars,
        min_chars: 15,
    }
}

#[test]
fn length_is_counted_in_characters_after_nfkc() {
    assert_eq!(check("lantern ferry"), [short(13)]);
    assert_eq!(check("lantern ferry m"), []);
    assert_eq!(check("日本語日本語日本語"), [short(9)]); // 27 bytes
    assert_eq!(check("e\u{301}lan lantern f"), [short(14)]); // typed as 15
    assert_eq!(check("ﬁﬁﬁﬁﬁﬁﬁquz"), []); // seven ligatures of two letters
}

#[test]
fn any_kind_of_characters_will_do_and_64_always_fit() {
    for text in [
        "lanternferrymossquartz",
        "840261957308417",
        "🦀🐙🦑🐡🐠🦐🐬🐳🦈🐊🐢🦎🐍🐲🦕",
    ] {
        assert_eq!(check(text), [], "{text}");
    }
    let longest = "🦀🐙".repeat(32);
    let rules = Rules::default().min_chars(64).unwrap();
    assert!(rules.check(&password(&longest), &[]).is_ok());
}

#[test]
fn the_least_length_is_8_to_64() {
    for (min_chars, fits) in [(7, false), (8, true), (64, true), (65, false)] {
        assert_eq!(Rules::default().min_chars(min_chars).is_ok(), fits);
    }
    let rules = Rules::default().min_chars(8).unwrap();
    let refused = rules.check(&password("Password1"), &[]).unwrap_err();
    assert_eq!(refused.as_slice(), [Violation::Common]);
    assert!(rules.check(&password("mossquar"), &[]).is_ok());
}

#[test]
fn only_a_password_made_of_names_as_a_whole_is_refused() {
    for text in [
        "alice-bartizan-2024",
        "BartizanBartizan",
        "alice.l@mail.example.com",
        "2024 Läufer Alice",
        "examplemailalice",
    ] {
        assert_eq!(check(text), [Violation::Context], "{text}");
    }
    for text in [
        "alice likes bartizan",
        "bartizan 82736451",
        "my bartizan tower",
        "xalicebartizanx",
    ] {
        assert_eq!(check(text), [], "{text}");
    }
}

#[test]
fn every_violation_comes_at_once_with_its_reason() {
    let rules = Rules::default();
    let refused = rules
        .check(&password("password"), &["Password"])
        .unwrap_err();
    assert_eq!(
        refused.as_slice(),
        [short(8), Violation::Common, Violation::Context]
    );
    assert_eq!(
        refused.to_string(),
        "password has 8 characters, at least 15 are needed, is among the passwords that are guessed first, is made of names \
         that others link with this account"
    );
}

#[test]
fn nfkc_is_marked_in_the_row_and_makes_two_ways_of_typing_one() {
    let pool = pool(policy(64).with_nfkc(), 8);
    let column = wait(pool.hash(password("Zoe\u{308} \u{212b}ngstr\u{f6}m"), None))
        .unwrap()
        .to_string();
    assert!(
        column.starts_with("$argon2id$v=19$m=64,t=2,p=1,norm=nfkc$"),
        "{column}"
    );
    let stored = StoredHash::parse(&column, &Ceilings::default()).unwrap();
    assert_eq!(stored.to_string(), column);
    let verify =
        |text: &str| wait(pool.verify(password(text), Some(stored.clone()), None)).unwrap();
    assert!(matches!(
        verify("Zo\u{eb} \u{c5}ngstro\u{308}m"),
        Verdict::Match { .. }
    ));
    assert!(matches!(verify("Zoe Angstrom"), Verdict::Mismatch));
}

#[test]
fn a_row_without_the_mark_is_checked_as_typed_and_its_new_hash_is_marked() {
    let old = pool(policy(64), 8);
    let verbatim = wait(old.hash(password("Zoe\u{308}"), None)).unwrap();
    let new = pool(policy(128).with_nfkc(), 8);
    let verify =
        |text: &str| wait(new.verify(password(text), Some(verbatim.clone()), None)).unwrap();
    assert!(matches!(verify("Zo\u{eb}"), Verdict::Mismatch));
    let Verdict::Match {
        rehash: Some(rehash),
    } = verify("Zoe\u{308}")
    else {
        panic!()
    };
    assert!(wait(rehash).unwrap().to_string().contains("norm=nfkc"));
    assert_eq!(
        Policy::default().with_nfkc().cost(),
        Policy::default().cost()
    );
}

proptest! {
    #[test]
    fn no_password_and_no_context_panics(text in "\\PC{1,60}", context in prop::collection::vec("\\PC{0,20}", 0..5)) {
        let words: Vec<&str> = context.iter().map(String::as_str).collect();
        let _ = Rules::default().check(&password(&text), &words);
        let normal = nfkc(&text);
        prop_assert!(normal.capacity() >= normal.len() && normal.len() <= text.len() * 11);
    }
}
