use super::{CALLERS, Case, answered, at, at_once, seconds, some};
use crate::{
    Keys, Lifetime, Lookup, Refresh, Token,
    refresh::{Family, MAX_FAMILIES, RefreshPolicy, Refreshed, refresh, start},
    session::NewSession,
    store::{Change, TokenStore},
};

fn policy() -> RefreshPolicy {
    match Lifetime::new(seconds(10_000), seconds(100_000)) {
        Ok(lifetime) => RefreshPolicy::new(lifetime),
        Err(error) => panic!("the suite's own lifetime: {error}"),
    }
}

async fn first<S: TokenStore>(case: &Case<'_, S>, now: u64) -> (Token<Refresh>, Family) {
    let versions = some(
        answered(case.store.versions(case.account).await),
        "the account",
    );
    let owner = (case.account, versions.credential);
    let keys = case.keys();
    let policy = policy();
    let started = start(case.store, &keys, owner, case.entropy(), policy, at(now));
    some(answered(started.await), "the new family")
}

async fn uses<S: TokenStore>(
    case: &Case<'_, S>,
    keys: &Keys<Refresh>,
    token: &Token<Refresh>,
    now: u64,
) -> Refreshed {
    answered(refresh(case.store, keys, token, case.entropy(), policy(), at(now)).await)
}

fn successor(refreshed: Refreshed) -> Token<Refresh> {
    match refreshed {
        Refreshed::Token { token, .. } => token,
        other => panic!("no successor: {other:?}"),
    }
}

pub(super) async fn many_callers_at_once_make_one_successor<S: TokenStore>(case: &Case<'_, S>) {
    let keys = case.keys();
    let (token, family) = first(case, 0).await;
    let answers = at_once((0..CALLERS).map(|_| uses(case, &keys, &token, 1))).await;
    assert_eq!(answers.len(), CALLERS);
    let now = some(
        answered(case.store.find_family(family.id).await),
        "the family",
    );
    for answer in answers {
        let token = successor(answer);
        assert!(keys.digest(&token) == now.current, "two successors");
    }
}

pub(super) async fn the_parent_gets_the_same_answer_inside_the_grace_and_ends_the_family_after_it<
    S: TokenStore,
>(
    case: &Case<'_, S>,
) {
    let keys = case.keys();
    let (token, family) = first(case, 0).await;
    let child = successor(uses(case, &keys, &token, 100).await);
    let again = successor(uses(case, &keys, &token, 109).await);
    assert_eq!(&*again.expose(), &*child.expose(), "another answer");
    // A newer key in the ring changes nothing about an answer that was given.
    let rotated = super::keys(&[2, 1]);
    let again = successor(uses(case, &rotated, &token, 109).await);
    assert_eq!(&*again.expose(), &*child.expose(), "another key");
    let late = uses(case, &keys, &token, 110).await;
    assert!(matches!(late, Refreshed::Replayed { account } if account == case.account));
    let gone = uses(case, &keys, &child, 110).await;
    assert!(matches!(gone, Refreshed::Refused), "the child lived on");
    assert_eq!(answered(case.store.find_family(family.id).await), None);
}

pub(super) async fn every_older_token_ends_the_family_and_its_sessions<S: TokenStore>(
    case: &Case<'_, S>,
) {
    let keys = case.keys();
    for shown in 0..4 {
        let (token, family) = first(case, 0).await;
        let mut chain = vec![token];
        for step in 0..5 {
            let next = successor(uses(case, &keys, &chain[step], 1).await);
            chain.push(next);
        }
        let sessions = case.keys::<crate::Session>();
        let digest = sessions.digest(&sessions.mint(case.entropy()));
        let open = || NewSession {
            digest,
            account: case.account,
            credential_version: family.credential_version,
            family: Some(family.id),
            device: String::new(),
            expires: at(1000),
        };
        some(
            answered(case.store.open_session(open(), at(1)).await),
            "the session",
        );
        // Inside the grace: it covers the direct parent of the newest, and nothing older.
        let answer = uses(case, &keys, &chain[shown], 2).await;
        assert!(matches!(answer, Refreshed::Replayed { .. }), "{shown}");
        let found = case.store.find_session(Lookup::from(digest), at(2)).await;
        assert_eq!(answered(found), None, "the session outlived its family");
        for token in &chain {
            let answer = uses(case, &keys, token, 2).await;
            assert!(
                matches!(answer, Refreshed::Refused),
                "a descendant lives on"
            );
        }
        let opened = answered(case.store.open_session(open(), at(3)).await);
        assert_eq!(opened, None, "a session from an ended family");
    }
}

pub(super) async fn a_swap_after_the_end_or_a_password_change_does_nothing<S: TokenStore>(
    case: &Case<'_, S>,
) {
    let (store, keys) = (case.store, case.keys());
    // As a caller that read the family just before: its write comes after the other's.
    let (_, ended) = first(case, 0).await;
    assert!(answered(store.end_family(ended.id).await));
    assert!(!answered(store.end_family(ended.id).await));
    assert!(!answered(
        store.swap_family(ended.current, ended.clone()).await
    ));
    let (token, old) = first(case, 0).await;
    answered(store.change(case.account, Change::Login).await);
    assert!(answered(store.find_family(old.id).await).is_some());
    answered(store.change(case.account, Change::Password).await);
    assert!(!answered(store.swap_family(old.current, old.clone()).await));
    assert!(!answered(store.start_family(old.clone()).await));
    let answer = uses(case, &keys, &token, 1).await;
    assert!(matches!(answer, Refreshed::Refused));
    assert_eq!(answered(store.list_families(case.account).await), []);
    // An expired family is refused as such.
    let (token, _) = first(case, 0).await;
    let answer = uses(case, &keys, &token, 10_000).await;
    assert!(
        matches!(answer, Refreshed::Refused),
        "it was unused too long"
    );
}

pub(super) async fn families_are_bounded_listed_and_ended<S: TokenStore>(case: &Case<'_, S>) {
    let store = case.store;
    let mut ids = Vec::new();
    for now in 0..=MAX_FAMILIES as u64 {
        ids.push(first(case, now).await.1.id);
    }
    let listed = answered(store.list_families(case.account).await);
    let listed: Vec<_> = listed.into_iter().map(|family| family.id).collect();
    ids.reverse();
    assert_eq!(
        listed,
        &ids[..MAX_FAMILIES],
        "newest first, the oldest ended"
    );
    let ended = answered(store.end_families(case.account).await);
    assert_eq!(ended, MAX_FAMILIES as u64);
    assert_eq!(answered(store.list_families(case.account).await), []);
    first(case, 0).await;
    answered(store.sweep(at(99_999)).await);
    let left = answered(store.list_families(case.account).await).len();
    assert_eq!(left, 1, "swept before its end");
    answered(store.sweep(at(100_000)).await);
    assert_eq!(answered(store.list_families(case.account).await), []);
}
