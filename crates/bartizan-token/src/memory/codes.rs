use std::time::SystemTime;

use super::Memory;
use crate::{
    code::{Attempt, CodeStore, NewCode},
    store::{AccountId, Change, StoreError},
};

impl CodeStore for Memory {
    async fn put_code(&self, new: NewCode) -> Result<bool, StoreError> {
        let mut state = self.lock();
        if !state.is_link(new.account, new.link_version) {
            return Ok(false);
        }
        let id = state.next_id();
        state.codes.insert((new.account, new.kind), (id, new));
        Ok(true)
    }

    async fn take_attempt(
        &self,
        account: AccountId,
        kind: u8,
        now: SystemTime,
    ) -> Result<Option<Attempt>, StoreError> {
        let mut state = self.lock();
        let Some((_, code)) = state.codes.get(&(account, kind)) else {
            return Ok(None);
        };
        if now >= code.expires || !state.is_link(account, code.link_version) {
            return Ok(None);
        }
        let Some((id, code)) = state.codes.get_mut(&(account, kind)) else {
            return Ok(None);
        };
        let Some(left) = code.attempts.checked_sub(1) else {
            return Ok(None);
        };
        code.attempts = left;
        Ok(Some(Attempt {
            id: *id,
            hash: code.hash.clone(),
            left,
        }))
    }

    async fn consume_code(
        &self,
        (account, id): (AccountId, u64),
        change: Option<Change>,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let codes = state.codes.range((account, 0)..=(account, u8::MAX));
        let found = codes.map(|(key, row)| (*key, row)).find(|(_, row)| {
            row.0 == id && now < row.1.expires && state.is_link(account, row.1.link_version)
        });
        let Some((key, _)) = found else {
            return Ok(false);
        };
        state.codes.remove(&key);
        if let Some(change) = change {
            state.change(account, change);
        }
        Ok(true)
    }
}
