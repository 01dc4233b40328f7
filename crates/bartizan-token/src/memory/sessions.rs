use std::time::SystemTime;

use super::{Memory, SessionRow, State};
use crate::{
    Digest, Lookup,
    session::{MAX_SESSIONS, NewSession, SessionStore, StoredSession},
    store::{AccountId, StoreError},
};

impl State {
    /// Rows of older versions and ended families are gone already: the time is all that is left to check.
    fn live_session(&self, digest: Digest, now: SystemTime) -> Option<&StoredSession> {
        let row = self.sessions.find(digest.as_bytes())?;
        (now < row.session.expires).then_some(&row.session)
    }
}

impl SessionStore for Memory {
    async fn open_session(
        &self,
        new: NewSession,
        now: SystemTime,
    ) -> Result<Option<u64>, StoreError> {
        let mut state = self.lock();
        let family_lives = new
            .family
            .is_none_or(|id| state.families.find(&id).is_some());
        if !state.is_credential(new.account, new.credential_version) || !family_lives {
            return Ok(None);
        }
        let id = state.next_id();
        let session = StoredSession {
            id,
            account: new.account,
            family: new.family,
            device: new.device,
            created: now,
            last_used: now,
            expires: new.expires,
        };
        let row = SessionRow {
            session,
            credential_version: new.credential_version,
        };
        state
            .sessions
            .put(new.account, id, *new.digest.as_bytes(), row);
        state.sessions.shorten(new.account, MAX_SESSIONS);
        Ok(Some(id))
    }

    async fn find_session(
        &self,
        lookup: Lookup,
        now: SystemTime,
    ) -> Result<Option<(StoredSession, Digest)>, StoreError> {
        let state = self.lock();
        let mut digests = lookup.digests();
        Ok(digests.find_map(|digest| Some((state.live_session(digest, now)?.clone(), digest))))
    }

    async fn touch_session(
        &self,
        (account, id): (AccountId, u64),
        now: SystemTime,
        rekey: Option<Digest>,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        if let Some(row) = state.sessions.at_mut(account, id) {
            row.session.last_used = row.session.last_used.max(now);
        }
        if let Some(digest) = rekey {
            state.sessions.rekey(account, id, *digest.as_bytes());
        }
        Ok(())
    }

    async fn list_sessions(
        &self,
        account: AccountId,
        now: SystemTime,
    ) -> Result<Vec<StoredSession>, StoreError> {
        let state = self.lock();
        let rows = state.sessions.of(account).rev().map(|row| &row.session);
        Ok(rows
            .filter(|session| now < session.expires)
            .cloned()
            .collect())
    }

    async fn end_session(&self, account: AccountId, id: u64) -> Result<bool, StoreError> {
        Ok(self.lock().sessions.remove(account, id).is_some())
    }

    async fn end_sessions(&self, account: AccountId, keep: Option<u64>) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let keep = |row: &SessionRow| Some(row.session.id) == keep;
        Ok(state.sessions.retain_of(account, keep) as u64)
    }
}
