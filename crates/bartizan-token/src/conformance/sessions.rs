use super::{Case, answered, at, some};
use crate::{
    Digest, Lookup, Session,
    session::{MAX_SESSIONS, NewSession},
    store::{Change, TokenStore},
};

async fn open<S: TokenStore>(case: &Case<'_, S>, now: u64) -> (u64, Digest) {
    let keys = case.keys::<Session>();
    let digest = keys.digest(&keys.mint(case.entropy()));
    let new = new(case, digest).await;
    let id = answered(case.store.open_session(new, at(now)).await);
    (some(id, "the new session"), digest)
}

async fn new<S: TokenStore>(case: &Case<'_, S>, digest: Digest) -> NewSession {
    let versions = answered(case.store.versions(case.account).await);
    NewSession {
        digest,
        account: case.account,
        credential_version: some(versions, "the account").credential,
        family: None,
        device: "a browser".to_owned(),
        expires: at(1000),
    }
}

async fn found<S: TokenStore>(case: &Case<'_, S>, digest: Digest, now: u64) -> bool {
    let found = case.store.find_session(Lookup::from(digest), at(now)).await;
    answered(found).is_some()
}

pub(super) async fn an_ended_session_is_refused_by_the_next_look_up<S: TokenStore>(
    case: &Case<'_, S>,
) {
    let (store, account) = (case.store, case.account);
    let (id, digest) = open(case, 0).await;
    let (other, other_digest) = open(case, 1).await;
    let listed = answered(store.list_sessions(account, at(1)).await);
    let ids: Vec<_> = listed.iter().map(|session| session.id).collect();
    assert_eq!(ids, [other, id], "newest first");
    assert_eq!(listed[0].device, "a browser");
    assert_eq!(listed[0].created, at(1));
    assert!(found(case, digest, 1).await);
    assert!(answered(store.end_session(account, id).await));
    assert!(!found(case, digest, 1).await, "found after its end");
    assert!(!answered(store.end_session(account, id).await));
    let (_, third) = open(case, 2).await;
    assert_eq!(answered(store.end_sessions(account, Some(other)).await), 1);
    assert!(found(case, other_digest, 2).await && !found(case, third, 2).await);
    assert_eq!(answered(store.end_sessions(account, None).await), 1);
    assert!(!found(case, other_digest, 2).await);
}

pub(super) async fn a_password_change_ends_sessions_and_a_login_does_not<S: TokenStore>(
    case: &Case<'_, S>,
) {
    let (store, account) = (case.store, case.account);
    let (_, digest) = open(case, 0).await;
    let before = new(case, Digest::from_bytes(*digest.as_bytes())).await;
    for change in [Change::Login, Change::Email] {
        answered(store.change(account, change).await);
        assert!(found(case, digest, 1).await, "{change:?}");
    }
    let versions = some(answered(store.versions(account).await), "the account");
    assert_eq!((versions.credential, versions.link), (1, 3));
    let raised = answered(store.change(account, Change::Password).await);
    assert_eq!(raised, Some(versions.after(Change::Password)));
    assert!(!found(case, digest, 1).await, "it outlived the password");
    assert_eq!(answered(store.list_sessions(account, at(1)).await), []);
    // The password was checked before the change, the session is opened after it.
    let digest = Digest::from_bytes([digest.as_bytes()[0]; 32]);
    let late = NewSession { digest, ..before };
    assert_eq!(answered(store.open_session(late, at(1)).await), None);
    assert!(!found(case, digest, 1).await);
}

pub(super) async fn sessions_expire_and_are_bounded<S: TokenStore>(case: &Case<'_, S>) {
    let (store, account) = (case.store, case.account);
    let (_, oldest) = open(case, 0).await;
    assert!(found(case, oldest, 999).await);
    assert!(!found(case, oldest, 1000).await, "found at its end");
    assert_eq!(answered(store.list_sessions(account, at(1000)).await), []);
    answered(store.sweep(at(999)).await);
    assert!(found(case, oldest, 999).await, "swept before its end");
    let (mut last, _) = open(case, 1).await;
    for now in 2..=MAX_SESSIONS as u64 {
        last = open(case, now).await.0;
    }
    let listed = answered(store.list_sessions(account, at(500)).await);
    assert_eq!((listed.len(), listed[0].id), (MAX_SESSIONS, last));
    assert!(!found(case, oldest, 500).await, "the oldest lives on");
    answered(store.sweep(at(1000)).await);
    assert_eq!(answered(store.list_sessions(account, at(500)).await), []);
}

pub(super) async fn a_row_moves_to_the_newest_key_when_it_is_used<S: TokenStore>(
    case: &Case<'_, S>,
) {
    let (store, account) = (case.store, case.account);
    let (old, both) = (
        super::keys::<Session>(&[1]),
        super::keys::<Session>(&[2, 1]),
    );
    let token = old.mint(case.entropy());
    let stored = new(case, old.digest(&token)).await;
    let id = answered(store.open_session(stored, at(0)).await);
    let lookup = both.lookup(&token);
    let found = answered(store.find_session(lookup.clone(), at(60)).await);
    let (session, digest) = some(found, "a row under the old key");
    assert!(Some(session.id) == id && digest == old.digest(&token));
    assert!(session.needs_touch(at(60)) && !session.needs_touch(at(59)));
    let rekey = lookup.rekey(digest);
    assert!(rekey == Some(lookup.newest()));
    answered(
        store
            .touch_session((account, session.id), at(60), rekey)
            .await,
    );
    let found = answered(store.find_session(lookup.clone(), at(60)).await);
    let (session, digest) = some(found, "the row under the new key");
    assert!(digest == lookup.newest() && lookup.rekey(digest).is_none());
    assert_eq!(session.last_used, at(60));
    assert!(!self::found(case, old.digest(&token), 60).await);
    // A request that was slow to note its use does not take back a later one.
    answered(
        store
            .touch_session((account, session.id), at(30), None)
            .await,
    );
    let found = answered(store.find_session(lookup, at(60)).await);
    assert_eq!(some(found, "the session").0.last_used, at(60));
}
