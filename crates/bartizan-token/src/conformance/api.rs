use std::time::SystemTime;

use super::{CALLERS, Case, answered, at, at_once, seconds, some};
use crate::{
    Api, Keys, Token,
    api::{ApiToken, MAX_TOKENS, Name, Scopes, create, find, roll},
    store::{AccountId, Change, TokenStore},
};

fn details(expires: Option<SystemTime>) -> (Name, Scopes, Option<SystemTime>) {
    let name = Name::new("Build server".to_owned());
    let scopes = Scopes::parse("articles:read articles:write");
    match (name, scopes) {
        (Ok(name), Ok(scopes)) => (name, scopes, expires),
        other => panic!("the suite's own token: {other:?}"),
    }
}

async fn made<S: TokenStore>(
    case: &Case<'_, S>,
    expires: Option<SystemTime>,
    now: u64,
) -> Option<(Token<Api>, u64)> {
    let (keys, entropy) = (case.keys(), case.entropy());
    let details = details(expires);
    answered(create(case.store, &keys, case.account, details, entropy, at(now)).await)
}

async fn found<S: TokenStore>(
    case: &Case<'_, S>,
    keys: &Keys<Api>,
    token: &Token<Api>,
    now: u64,
) -> Option<ApiToken> {
    answered(find(case.store, keys, token, at(now)).await)
}

pub(super) async fn a_token_is_found_listed_and_ended<S: TokenStore>(case: &Case<'_, S>) {
    let (store, account, keys) = (case.store, case.account, case.keys());
    let (token, id) = some(made(case, None, 0).await, "the new token");
    let (_, newer) = some(made(case, None, 1).await, "the second token");
    let (name, scopes, _) = details(None);
    let listed = answered(store.list_api_tokens(account, at(1)).await);
    let ids: Vec<_> = listed.iter().map(|token| token.id).collect();
    assert_eq!(ids, [newer, id], "newest first");
    let expected = ApiToken {
        id,
        account,
        name,
        scopes,
        shown: token.shown(),
        created: at(0),
        expires: None,
        last_used: None,
        rolled: false,
    };
    assert_eq!(listed[1], expected);
    assert_eq!(found(case, &keys, &token, 10).await, Some(expected));
    let last_used = async |now| {
        let found = found(case, &keys, &token, now).await;
        some(found, "the token").last_used
    };
    assert_eq!(last_used(309).await, Some(at(10)));
    assert_eq!(last_used(310).await, Some(at(10)), "written seldom");
    assert_eq!(last_used(311).await, Some(at(310)), "but written");
    answered(store.change(account, Change::Password).await);
    assert!(found(case, &keys, &token, 1).await.is_some());
    assert!(answered(store.end_api_token(account, id).await));
    assert!(found(case, &keys, &token, 1).await.is_none());
    assert!(!answered(store.end_api_token(account, id).await));
    assert_eq!(answered(store.end_api_tokens(account).await), 1);
    assert_eq!(answered(store.list_api_tokens(account, at(1)).await), []);
    let nobody = AccountId::new(u128::MAX);
    let made = create(store, &keys, nobody, details(None), case.entropy(), at(0)).await;
    assert!(answered(made).is_none(), "a token of no account");
}

pub(super) async fn a_token_is_replaced_once_and_overlaps<S: TokenStore>(case: &Case<'_, S>) {
    let (store, account, keys) = (case.store, case.account, case.keys());
    let (old, id) = some(made(case, Some(at(1000)), 0).await, "the new token");
    let one = async || {
        let row = (account, id);
        answered(roll(store, &keys, row, seconds(60), case.entropy(), at(100)).await)
    };
    let rolled = at_once((0..CALLERS).map(|_| one())).await;
    let mut rolled: Vec<_> = rolled.into_iter().flatten().collect();
    assert_eq!(rolled.len(), 1, "successors of one token");
    let (new, new_id) = some(rolled.pop(), "the successor");
    let of = some(found(case, &keys, &new, 100).await, "the successor");
    let (name, scopes, expires) = details(Some(at(1000)));
    assert_eq!((of.id, of.name, of.scopes), (new_id, name, scopes));
    assert_eq!((of.expires, of.rolled), (expires, false));
    assert!(found(case, &keys, &old, 159).await.is_some(), "no overlap");
    assert!(found(case, &keys, &old, 160).await.is_none(), "too long");
    assert!(found(case, &keys, &new, 160).await.is_some());
    // An overlap never lengthens a life.
    let row = (account, new_id);
    let last = answered(roll(store, &keys, row, seconds(60), case.entropy(), at(990)).await);
    some(last, "the second successor");
    assert!(found(case, &keys, &new, 1000).await.is_none());
    let (_, id) = some(made(case, None, 0).await, "a token");
    assert!(answered(store.end_api_token(account, id).await));
    let gone = roll(
        store,
        &keys,
        (account, id),
        seconds(60),
        case.entropy(),
        at(1),
    )
    .await;
    assert!(answered(gone).is_none(), "a successor of an ended token");
}

pub(super) async fn tokens_are_bounded_and_expire<S: TokenStore>(case: &Case<'_, S>) {
    let (store, account, keys) = (case.store, case.account, case.keys());
    let (token, id) = some(made(case, Some(at(1000)), 0).await, "the first token");
    for _ in 1..MAX_TOKENS {
        some(
            made(case, Some(at(2000)), 0).await,
            "a token below the bound",
        );
    }
    assert!(made(case, None, 0).await.is_none(), "one too many");
    assert!(found(case, &keys, &token, 999).await.is_some());
    assert!(
        found(case, &keys, &token, 1000).await.is_none(),
        "at its end"
    );
    assert!(made(case, None, 1000).await.is_some(), "a dead one counts");
    let mut row = (account, id);
    let listed = answered(store.list_api_tokens(account, at(1000)).await);
    assert_eq!(listed.len(), MAX_TOKENS);
    row.1 = listed[0].id;
    let mut rolls = 0;
    while let Some((_, id)) =
        answered(roll(store, &keys, row, seconds(900), case.entropy(), at(1000)).await)
    {
        row.1 = id;
        rolls += 1;
        assert!(rolls <= MAX_TOKENS, "successors without a bound");
    }
    assert_eq!(rolls, MAX_TOKENS);
    answered(store.sweep(at(2000)).await);
    let left = answered(store.list_api_tokens(account, at(1000)).await);
    assert_eq!(left.len(), 1, "what has no end");
}

pub(super) async fn a_token_under_an_old_key_moves_to_the_new_one<S: TokenStore>(
    case: &Case<'_, S>,
) {
    let (old, both) = (case.keys(), super::keys(&[2, 1]));
    let (token, _) = some(made(case, None, 0).await, "the new token");
    assert!(found(case, &both, &token, 10).await.is_some());
    assert!(found(case, &both, &token, 10).await.is_some());
    // The row stands under the new key alone now.
    assert!(found(case, &old, &token, 10).await.is_none(), "not moved");
    // So the old key can go.
    let ring = crate::KeyRing::new([(crate::KeyId::new(2), [2; 32])]);
    let gone = ring.and_then(|ring| ring.with_retired([crate::KeyId::new(1)]));
    let Ok(gone) = gone.map(|ring| ring.keys::<Api>()) else {
        panic!("the suite's own ring")
    };
    let Ok(token) = gone.parse(&token.expose()) else {
        panic!("a token of a retired key")
    };
    assert!(found(case, &gone, &token, 10).await.is_some(), "not moved");
}
