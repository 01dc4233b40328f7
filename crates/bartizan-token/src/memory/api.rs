use std::time::SystemTime;

use super::{Memory, State};
use crate::{
    Digest, Lookup,
    api::{ApiToken, ApiTokenStore, MAX_TOKENS, NewApiToken, NewSecret},
    store::{AccountId, StoreError},
};

impl State {
    /// The account's live tokens; those that have ended make room.
    fn live_tokens(&mut self, account: AccountId, now: SystemTime) -> usize {
        self.api.retain_of(account, |token| token.is_live(now));
        self.api.of(account).count()
    }

    fn put_token(&mut self, mut token: ApiToken, secret: NewSecret, now: SystemTime) -> u64 {
        token.id = self.next_id();
        token.created = now;
        token.shown = secret.shown;
        let (account, id) = (token.account, token.id);
        self.api.put(account, id, *secret.digest.as_bytes(), token);
        id
    }
}

impl ApiTokenStore for Memory {
    async fn create_api_token(
        &self,
        new: NewApiToken,
        now: SystemTime,
    ) -> Result<Option<u64>, StoreError> {
        let mut state = self.lock();
        if !state.accounts.contains_key(&new.account)
            || state.live_tokens(new.account, now) >= MAX_TOKENS
        {
            return Ok(None);
        }
        let token = ApiToken {
            id: 0,
            account: new.account,
            name: new.name,
            scopes: new.scopes,
            shown: String::new(),
            created: now,
            expires: new.expires,
            last_used: None,
            rolled: false,
        };
        Ok(Some(state.put_token(token, new.secret, now)))
    }

    async fn find_api_token(
        &self,
        lookup: Lookup,
        now: SystemTime,
    ) -> Result<Option<(ApiToken, Digest)>, StoreError> {
        let state = self.lock();
        let mut digests = lookup.digests();
        Ok(digests.find_map(|digest| {
            let token = state.api.find(digest.as_bytes())?;
            token.is_live(now).then(|| (token.clone(), digest))
        }))
    }

    async fn touch_api_token(
        &self,
        (account, id): (AccountId, u64),
        now: SystemTime,
        rekey: Option<Digest>,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        if let Some(token) = state.api.at_mut(account, id) {
            token.last_used = Some(token.last_used.map_or(now, |last| last.max(now)));
        }
        if let Some(digest) = rekey {
            state.api.rekey(account, id, *digest.as_bytes());
        }
        Ok(())
    }

    async fn list_api_tokens(
        &self,
        account: AccountId,
        now: SystemTime,
    ) -> Result<Vec<ApiToken>, StoreError> {
        let state = self.lock();
        let tokens = state.api.of(account).rev();
        Ok(tokens.filter(|token| token.is_live(now)).cloned().collect())
    }

    async fn end_api_token(&self, account: AccountId, id: u64) -> Result<bool, StoreError> {
        Ok(self.lock().api.remove(account, id).is_some())
    }

    async fn end_api_tokens(&self, account: AccountId) -> Result<u64, StoreError> {
        Ok(self.lock().api.retain_of(account, |_| false) as u64)
    }

    async fn roll_api_token(
        &self,
        account: AccountId,
        id: u64,
        secret: NewSecret,
        old_ends: SystemTime,
        now: SystemTime,
    ) -> Result<Option<u64>, StoreError> {
        let mut state = self.lock();
        if state.live_tokens(account, now) >= 2 * MAX_TOKENS {
            return Ok(None);
        }
        let Some(old) = state.api.at_mut(account, id).filter(|old| !old.rolled) else {
            return Ok(None);
        };
        let next = ApiToken {
            last_used: None,
            ..old.clone()
        };
        old.rolled = true;
        old.expires = Some(old.expires.map_or(old_ends, |end| end.min(old_ends)));
        Ok(Some(state.put_token(next, secret, now)))
    }
}
