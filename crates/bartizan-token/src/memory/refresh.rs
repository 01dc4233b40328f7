use super::{Memory, State};
use crate::{
    Digest,
    refresh::{Family, FamilyId, MAX_FAMILIES, RefreshStore},
    store::{AccountId, StoreError},
};

impl State {
    fn end_sessions_of(&mut self, family: &Family) {
        self.sessions
            .retain_of(family.account, |row| row.session.family != Some(family.id));
    }
}

impl RefreshStore for Memory {
    async fn start_family(&self, family: Family) -> Result<bool, StoreError> {
        let mut state = self.lock();
        // A name that is taken would be the generator's failure: refused rather than shared.
        if !state.is_credential(family.account, family.credential_version)
            || state.families.find(&family.id).is_some()
        {
            return Ok(false);
        }
        let (account, number) = (family.account, state.next_id());
        state.families.put(account, number, family.id, family);
        for gone in state.families.shorten(account, MAX_FAMILIES) {
            state.end_sessions_of(&gone);
        }
        Ok(true)
    }

    async fn find_family(&self, id: FamilyId) -> Result<Option<Family>, StoreError> {
        Ok(self.lock().families.find(&id).cloned())
    }

    async fn swap_family(&self, expected: Digest, next: Family) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let Some(family) = state.families.find_mut(&next.id) else {
            return Ok(false);
        };
        if family.current != expected {
            return Ok(false);
        }
        family.rotated = next.rotated;
        family.current = next.current;
        family.parent = next.parent;
        Ok(true)
    }

    async fn end_family(&self, id: FamilyId) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let Some(family) = state.families.take(&id) else {
            return Ok(false);
        };
        state.end_sessions_of(&family);
        Ok(true)
    }

    async fn end_families(&self, account: AccountId) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let gone = state.families.retain_of(account, |_| false);
        state
            .sessions
            .retain_of(account, |row| row.session.family.is_none());
        Ok(gone as u64)
    }

    async fn list_families(&self, account: AccountId) -> Result<Vec<Family>, StoreError> {
        Ok(self.lock().families.of(account).rev().cloned().collect())
    }
}
