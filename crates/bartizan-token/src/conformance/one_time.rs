use super::{CALLERS, Case, answered, at, at_once, seconds, some};
use crate::{
    Confirmation, Digest, Lookup, OneTime, Purpose, Reset, Session, Token,
    code::{MAX_ATTEMPTS, NewCode},
    one_time::{consume, issue},
    refresh::{Family, FamilyId},
    session::NewSession,
    store::{AccountId, Change, TokenStore, Versions},
};

async fn versions<S: TokenStore>(case: &Case<'_, S>) -> Versions {
    some(
        answered(case.store.versions(case.account).await),
        "the account",
    )
}

async fn link<P: OneTime, S: TokenStore>(case: &Case<'_, S>) -> Token<P> {
    let owner = (case.account, versions(case).await);
    let data = "ann@example.com".to_owned();
    let keys = case.keys();
    let issued = issue(
        case.store,
        &keys,
        owner,
        data,
        seconds(100),
        case.entropy(),
        at(0),
    );
    some(answered(issued.await), "the new token")
}

async fn used<P: OneTime, S: TokenStore>(
    case: &Case<'_, S>,
    token: &Token<P>,
    change: Option<Change>,
    now: u64,
) -> bool {
    let used = answered(consume(case.store, &case.keys(), token, change, at(now)).await);
    if let Some(used) = &used {
        assert_eq!(used.account, case.account);
        assert_eq!(used.data, "ann@example.com");
    }
    used.is_some()
}

pub(super) async fn many_callers_at_once_consume_once<S: TokenStore>(case: &Case<'_, S>) {
    let token = link::<Reset, _>(case).await;
    let before = versions(case).await;
    let change = Some(Change::Password);
    let answers = at_once((0..CALLERS).map(|_| used(case, &token, change, 1))).await;
    let won = answers.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1, "callers that consumed one token");
    assert_eq!(versions(case).await, before.after(Change::Password));
}

pub(super) async fn a_newer_token_kills_the_older_of_its_purpose_alone<S: TokenStore>(
    case: &Case<'_, S>,
) {
    let (older, newer) = (link::<Reset, _>(case).await, link::<Reset, _>(case).await);
    let other = link::<Confirmation, _>(case).await;
    assert!(!used(case, &older, None, 1).await, "the older one lives on");
    // The right digest under another kind is no token of that kind.
    let digest = case.keys::<Reset>().digest(&newer);
    let wrong = case
        .store
        .consume(Confirmation::KIND, digest, None, at(1))
        .await;
    assert_eq!(answered(wrong), None);
    assert!(used(case, &newer, None, 99).await);
    assert!(!used(case, &other, None, 100).await, "used at its end");
    assert!(used(case, &other, None, 99).await, "killed by a reset link");
    let owner = (AccountId::new(u128::MAX), Versions::FIRST);
    let keys = case.keys::<Reset>();
    let nobody = issue(
        case.store,
        &keys,
        owner,
        String::new(),
        seconds(1),
        case.entropy(),
        at(0),
    );
    assert!(answered(nobody.await).is_none(), "a token of no account");
}

pub(super) async fn a_reset_link_dies_by_password_address_and_login<S: TokenStore>(
    case: &Case<'_, S>,
) {
    for change in [Change::Password, Change::Email, Change::Login] {
        let reset = link::<Reset, _>(case).await;
        let confirmation = link::<Confirmation, _>(case).await;
        answered(case.store.change(case.account, change).await);
        assert!(!used(case, &reset, None, 1).await, "it outlived {change:?}");
        assert!(used(case, &confirmation, None, 1).await, "{change:?}");
    }
}

pub(super) async fn a_used_reset_ends_sessions_and_families_with_it<S: TokenStore>(
    case: &Case<'_, S>,
) {
    let (store, account) = (case.store, case.account);
    let credential_version = versions(case).await.credential;
    let sessions = case.keys::<Session>();
    let digest = sessions.digest(&sessions.mint(case.entropy()));
    let mut id = [0; 16];
    id.copy_from_slice(&digest.as_bytes()[..16]);
    let family = Family {
        id: FamilyId::from_bytes(id),
        account,
        credential_version,
        created: at(0),
        expires: at(1000),
        rotated: at(0),
        current: Digest::from_bytes(*digest.as_bytes()),
        parent: None,
    };
    assert!(answered(store.start_family(family.clone()).await));
    let session = NewSession {
        digest,
        account,
        credential_version,
        family: None,
        device: String::new(),
        expires: at(1000),
    };
    some(
        answered(store.open_session(session, at(0)).await),
        "the session",
    );
    let reset = link::<Reset, _>(case).await;
    assert!(used(case, &reset, Some(Change::Password), 1).await);
    let found = answered(store.find_session(Lookup::from(digest), at(1)).await);
    assert_eq!(found, None, "a session outlived the reset");
    let found = answered(store.find_family(family.id).await);
    assert_eq!(found, None, "a family outlived the reset");
}

pub(super) async fn a_code_has_its_attempts_and_is_used_once<S: TokenStore>(case: &Case<'_, S>) {
    let (store, account, kind) = (case.store, case.account, Reset::KIND);
    let link_version = Some(versions(case).await.link);
    let code = || NewCode {
        account,
        kind,
        hash: "$argon2id$..".to_owned(),
        attempts: MAX_ATTEMPTS,
        link_version,
        expires: at(100),
    };
    assert!(answered(store.put_code(code()).await));
    let tries = at_once((0..CALLERS).map(|_| store.take_attempt(account, kind, at(1)))).await;
    let tries: Vec<_> = tries.into_iter().filter_map(answered).collect();
    assert_eq!(tries.len(), usize::from(MAX_ATTEMPTS), "looks at one code");
    assert!(tries.iter().all(|look| look.hash == "$argon2id$.."));
    // The last look may still be the right one.
    let row = (account, tries[0].id);
    let uses = at_once((0..CALLERS).map(|_| store.consume_code(row, None, at(1)))).await;
    let won = uses.into_iter().map(answered).filter(|won| *won).count();
    assert_eq!(won, 1, "callers that used one code");
    assert!(answered(store.put_code(code()).await));
    let old = some(
        answered(store.take_attempt(account, kind, at(1)).await),
        "a new code",
    );
    assert!(answered(store.put_code(code()).await));
    let row = (account, old.id);
    assert!(
        !answered(store.consume_code(row, None, at(1)).await),
        "an older code"
    );
    let late = answered(store.take_attempt(account, kind, at(100)).await);
    assert!(late.is_none(), "a look at its end");
    answered(store.change(account, Change::Login).await);
    let late = answered(store.take_attempt(account, kind, at(1)).await);
    assert!(late.is_none(), "it outlived a login");
    assert!(!answered(store.put_code(code()).await), "of an old version");
}
