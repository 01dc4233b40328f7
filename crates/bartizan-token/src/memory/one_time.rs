use std::time::SystemTime;

use super::Memory;
use crate::{
    Digest,
    one_time::{Consumed, NewOneTime, OneTimeStore},
    store::{Change, StoreError},
};

impl OneTimeStore for Memory {
    async fn issue(&self, new: NewOneTime) -> Result<bool, StoreError> {
        let mut state = self.lock();
        if !state.is_link(new.account, new.link_version) {
            return Ok(false);
        }
        let (account, number, key) = (new.account, u64::from(new.kind), *new.digest.as_bytes());
        state.one_time.put(account, number, key, new);
        Ok(true)
    }

    async fn consume(
        &self,
        kind: u8,
        digest: Digest,
        change: Option<Change>,
        now: SystemTime,
    ) -> Result<Option<Consumed>, StoreError> {
        let mut state = self.lock();
        let Some(row) = state.one_time.find(digest.as_bytes()) else {
            return Ok(None);
        };
        if row.kind != kind || now >= row.expires || !state.is_link(row.account, row.link_version) {
            return Ok(None);
        }
        let Some(row) = state.one_time.take(digest.as_bytes()) else {
            return Ok(None);
        };
        if let Some(change) = change {
            state.change(row.account, change);
        }
        Ok(Some(Consumed {
            account: row.account,
            data: row.data,
        }))
    }
}
