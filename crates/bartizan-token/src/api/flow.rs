use std::time::{Duration, SystemTime};

use super::{ApiToken, ApiTokenStore, MAX_OVERLAP, Name, NewApiToken, NewSecret, Scopes};
use crate::{
    Api, Entropy, Keys, Token,
    store::{AccountId, StoreError},
};

/// A new token and its row; `None` when the account does not exist or has too many. The text is shown to its owner now and
/// never again: the store cannot give it.
///
/// # Errors
///
/// The store gave no answer.
pub async fn create<S: ApiTokenStore>(
    store: &S,
    keys: &Keys<Api>,
    account: AccountId,
    (name, scopes, expires): (Name, Scopes, Option<SystemTime>),
    entropy: Entropy,
    now: SystemTime,
) -> Result<Option<(Token<Api>, u64)>, StoreError> {
    let token = keys.mint(entropy);
    let new = NewApiToken {
        account,
        name,
        scopes,
        expires,
        secret: secret(keys, &token),
    };
    let id = store.create_api_token(new, now).await?;
    Ok(id.map(|id| (token, id)))
}

/// Whom a token belongs to and what it may do. Writes only when its last use is worth noting or a newer key is in the ring.
///
/// # Errors
///
/// The store gave no answer. A failed note of the use is such an error too: a store that cannot write is not healthy.
pub async fn find<S: ApiTokenStore>(
    store: &S,
    keys: &Keys<Api>,
    token: &Token<Api>,
    now: SystemTime,
) -> Result<Option<ApiToken>, StoreError> {
    let lookup = keys.lookup(token);
    let Some((found, digest)) = store.find_api_token(lookup.clone(), now).await? else {
        return Ok(None);
    };
    let rekey = lookup.rekey(digest);
    if rekey.is_some() || found.needs_touch(now) {
        store
            .touch_api_token((found.account, found.id), now, rekey)
            .await?;
    }
    Ok(Some(found))
}

/// Replaces a token: the new one works at once, the old one for `overlap` more, at most [`MAX_OVERLAP`]. `None` when there is
/// no such token, or it was replaced already.
///
/// # Errors
///
/// The store gave no answer.
pub async fn roll<S: ApiTokenStore>(
    store: &S,
    keys: &Keys<Api>,
    (account, id): (AccountId, u64),
    overlap: Duration,
    entropy: Entropy,
    now: SystemTime,
) -> Result<Option<(Token<Api>, u64)>, StoreError> {
    let token = keys.mint(entropy);
    let old_ends = now.checked_add(overlap.min(MAX_OVERLAP)).unwrap_or(now);
    let secret = secret(keys, &token);
    let id = store
        .roll_api_token(account, id, secret, old_ends, now)
        .await?;
    Ok(id.map(|id| (token, id)))
}

fn secret(keys: &Keys<Api>, token: &Token<Api>) -> NewSecret {
    NewSecret {
        digest: keys.digest(token),
        shown: token.shown(),
    }
}
