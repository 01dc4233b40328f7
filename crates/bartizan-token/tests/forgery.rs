//! What a changed, foreign or misdirected token meets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bartizan_token::{
    Api, Entropy, KeyId, KeyRing, Keys, ParseErrorKind, Purpose, Refresh, Reset, Session,
};
use proptest::prelude::*;

fn ring() -> KeyRing {
    KeyRing::new([(KeyId::new(300), [7; 32]), (KeyId::new(2), [8; 32])]).unwrap()
}

fn sessions() -> Keys<Session> {
    ring().keys()
}

fn kind_of(keys: &Keys<Session>, text: &str) -> ParseErrorKind {
    keys.parse(text).map(|_| ()).unwrap_err().kind()
}

#[test]
fn every_one_character_change_is_detected_before_the_key_is_used() {
    let sessions = sessions();
    let text = sessions.mint(Entropy::new([0x5a; 32])).expose().to_string();
    for at in 0..text.len() {
        for char in (0..=127u8).filter(|&char| char != text.as_bytes()[at]) {
            let mut changed = text.clone().into_bytes();
            changed[at] = char;
            let changed = String::from_utf8(changed).unwrap();
            let kind = kind_of(&sessions, &changed);
            assert!(
                matches!(kind, ParseErrorKind::Malformed | ParseErrorKind::Checksum),
                "{at} {char}: {kind:?}"
            );
        }
    }
}

#[test]
fn every_neighbour_swap_is_detected() {
    let sessions = sessions();
    for seed in 0..32 {
        let text = sessions.mint(Entropy::new([seed; 32])).expose().to_string();
        for at in 0..text.len() - 1 {
            let mut swapped = text.clone().into_bytes();
            swapped.swap(at, at + 1);
            if swapped == text.as_bytes() {
                continue;
            }
            let swapped = String::from_utf8(swapped).unwrap();
            assert!(sessions.parse(&swapped).is_err(), "{at}");
        }
    }
}

#[test]
fn a_token_with_a_right_checksum_but_without_the_key_is_forged() {
    let other = KeyRing::new([(KeyId::new(300), [9; 32])]).unwrap();
    let text = other.keys::<Session>().mint(Entropy::new([1; 32])).expose();
    assert_eq!(kind_of(&sessions(), &text), ParseErrorKind::Forged);
}

#[test]
fn a_token_for_something_else_is_refused() {
    let refresh = ring()
        .keys::<Refresh>()
        .mint(Entropy::new([1; 32]))
        .expose();
    let reset = ring().keys::<Reset>().mint(Entropy::new([1; 32])).expose();
    assert_eq!(kind_of(&sessions(), &refresh), ParseErrorKind::Purpose);
    assert_eq!(kind_of(&sessions(), &reset), ParseErrorKind::Purpose);
}

#[test]
fn two_purposes_with_one_letter_do_not_verify_each_other() {
    struct Impostor;
    impl Purpose for Impostor {
        const KIND: u8 = Session::KIND;
        const NAME: &'static str = "impostor";
    }
    let text = ring()
        .keys::<Impostor>()
        .mint(Entropy::new([1; 32]))
        .expose();
    assert_eq!(kind_of(&sessions(), &text), ParseErrorKind::Forged);
}

#[test]
fn an_old_key_of_the_ring_still_verifies_and_a_dropped_one_is_named_so() {
    let old = KeyRing::new([(KeyId::new(2), [8; 32])]).unwrap();
    let token = old.keys::<Session>().mint(Entropy::new([1; 32]));
    let digest = old.keys::<Session>().digest(&token);
    let read = sessions().parse(&token.expose()).unwrap();
    assert_eq!(sessions().digest(&read), digest);
    assert!(sessions().is_outdated(&read));
    assert!(!sessions().is_outdated(&sessions().mint(Entropy::new([1; 32]))));

    let new = KeyRing::new([(KeyId::new(300), [7; 32])]).unwrap();
    let kind = kind_of(&new.keys(), &token.expose());
    assert_eq!(kind, ParseErrorKind::UnknownKey);
}

#[test]
fn an_api_token_outlives_its_key_and_no_other_token_does() {
    let old = KeyRing::new([(KeyId::new(1), [7; 32])]).unwrap();
    let both = KeyRing::new([(KeyId::new(2), [8; 32]), (KeyId::new(1), [7; 32])]).unwrap();
    let new = KeyRing::new([(KeyId::new(2), [8; 32])]).unwrap();
    let retired = new.clone().with_retired([KeyId::new(1)]).unwrap();
    let token = old.keys::<Api>().mint(Entropy::new([1; 32]));
    let text = token.expose();
    // What the row moves to while both keys are there is what it is found by when the old one is gone.
    let moved = both.keys::<Api>().lookup(&token).newest();
    assert_ne!(moved, old.keys::<Api>().digest(&token));
    let read = retired.keys::<Api>().parse(&text).unwrap();
    assert_eq!(retired.keys::<Api>().lookup(&read).newest(), moved);
    let gone = new.keys::<Api>().parse(&text).map(|_| ()).unwrap_err();
    assert_eq!(gone.kind(), ParseErrorKind::UnknownKey);
    let session = old.keys::<Session>().mint(Entropy::new([1; 32]));
    assert_eq!(
        kind_of(&retired.keys(), &session.expose()),
        ParseErrorKind::UnknownKey
    );
}

#[test]
fn a_look_up_has_a_digest_for_each_key_and_the_newest_first() {
    let keys = ring().keys::<Session>();
    let token = keys.mint(Entropy::new([1; 32]));
    let digests: Vec<_> = keys.lookup(&token).digests().collect();
    assert_eq!(digests.len(), 2);
    assert_eq!(digests[0], keys.digest(&token));
    assert_ne!(digests[1], digests[0]);
    assert_eq!(keys.lookup(&token).rekey(digests[0]), None);
    assert_eq!(keys.lookup(&token).rekey(digests[1]), Some(digests[0]));
}

#[test]
fn tokens_of_other_secrets_and_purposes_have_other_digests() {
    let sessions = sessions();
    let digest = sessions.digest(&sessions.mint(Entropy::new([1; 32])));
    assert_ne!(
        sessions.digest(&sessions.mint(Entropy::new([2; 32]))),
        digest
    );
    let refreshes = ring().keys::<Refresh>();
    let refresh = refreshes.digest(&refreshes.mint(Entropy::new([1; 32])));
    assert_ne!(refresh.as_bytes(), digest.as_bytes());
}

#[test]
fn debug_and_errors_hold_no_secret() {
    let sessions = sessions();
    let token = sessions.mint(Entropy::new([1; 32]));
    let text = token.expose();
    let mut shown = format!(
        "{token:?} {text:?} {sessions:?} {:?}",
        sessions.digest(&token)
    );
    let error = sessions.parse(&text[..68]).unwrap_err();
    shown += &format!("{error} {error:?} {:?}", Entropy::new([1; 32]));
    for from in 9..61 {
        assert!(!shown.contains(&text[from..from + 8]), "{shown}");
    }
}

proptest! {
    #[test]
    fn every_minted_token_parses_to_the_same_digest(entropy: [u8; 32], root: [u8; 32], id: u16) {
        prop_assume!(root != [0; 32]);
        let keys = KeyRing::new([(KeyId::new(id), root)]).unwrap().keys::<Session>();
        let token = keys.mint(Entropy::new(entropy));
        let text = token.expose();
        prop_assert_eq!(text.len(), 69);
        let read = keys.parse(&text).unwrap();
        prop_assert_eq!(keys.digest(&read), keys.digest(&token));
        prop_assert_eq!(read.key_id(), KeyId::new(id));
    }

    #[test]
    fn no_text_panics(text in ".*", near in "bz1_s[0-9A-Za-z]{3}_[0-9A-Za-z]{60}") {
        let sessions = sessions();
        prop_assert!(sessions.parse(&text).is_err());
        prop_assert!(sessions.parse(&near).is_err());
    }
}
