//! The suite for stores finds the mistakes that it is for: a store with one of them fails.

#![cfg(feature = "conformance")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    cell::Cell,
    collections::HashMap,
    future::Future,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
    time::SystemTime,
};

use bartizan_token::{
    Digest, Lookup,
    api::{ApiToken, ApiTokenStore, NewApiToken, NewSecret},
    code::{Attempt, CodeStore, NewCode},
    conformance,
    memory::Memory,
    one_time::{Consumed, NewOneTime, OneTimeStore},
    refresh::{Family, FamilyId, RefreshStore},
    session::{NewSession, SessionStore, StoredSession},
    store::{AccountId, AccountStore, Change, StoreError, Versions},
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// Writes without the condition.
    SwapsAlways,
    /// Forgets the sessions' end, or the row's.
    FamilyGoesOn,
    /// Read, then written: a second caller still finds it.
    ConsumesTwice,
    /// The token goes, but nothing happens to the account.
    ForgetsTheChange,
    /// Links live through a change.
    NotBound,
    /// Answers before it has ended anything.
    EndsLater,
    /// Opens a session for credentials that are gone.
    OpensAnyVersion,
    /// Keeps the row under the old key's digest.
    NeverRekeys,
    /// Replaces a token whenever asked.
    RollsTwice,
    /// Gives a code its attempts back.
    CountsNoAttempts,
}

type Result<T> = std::result::Result<T, StoreError>;

struct Faulty {
    inner: Memory,
    fault: Fault,
    consumed: Mutex<HashMap<[u8; 32], Consumed>>,
    codes: Mutex<Option<NewCode>>,
}

impl Faulty {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }
}

impl AccountStore for Faulty {
    async fn versions(&self, account: AccountId) -> Result<Option<Versions>> {
        self.inner.versions(account).await
    }

    async fn change(&self, account: AccountId, change: Change) -> Result<Option<Versions>> {
        self.inner.change(account, change).await
    }

    async fn sweep(&self, now: SystemTime) -> Result<u64> {
        self.inner.sweep(now).await
    }
}

impl SessionStore for Faulty {
    async fn open_session(&self, mut new: NewSession, now: SystemTime) -> Result<Option<u64>> {
        if self.has(Fault::OpensAnyVersion)
            && let Some(versions) = self.inner.versions(new.account).await?
        {
            new.credential_version = versions.credential;
        }
        self.inner.open_session(new, now).await
    }

    async fn find_session(
        &self,
        lookup: Lookup,
        now: SystemTime,
    ) -> Result<Option<(StoredSession, Digest)>> {
        self.inner.find_session(lookup, now).await
    }

    async fn touch_session(
        &self,
        row: (AccountId, u64),
        now: SystemTime,
        rekey: Option<Digest>,
    ) -> Result<()> {
        let rekey = rekey.filter(|_| !self.has(Fault::NeverRekeys));
        self.inner.touch_session(row, now, rekey).await
    }

    async fn list_sessions(
        &self,
        account: AccountId,
        now: SystemTime,
    ) -> Result<Vec<StoredSession>> {
        self.inner.list_sessions(account, now).await
    }

    async fn end_session(&self, account: AccountId, id: u64) -> Result<bool> {
        if self.has(Fault::EndsLater) {
            return Ok(true);
        }
        self.inner.end_session(account, id).await
    }

    async fn end_sessions(&self, account: AccountId, keep: Option<u64>) -> Result<u64> {
        self.inner.end_sessions(account, keep).await
    }
}

impl RefreshStore for Faulty {
    async fn start_family(&self, family: Family) -> Result<bool> {
        self.inner.start_family(family).await
    }

    async fn find_family(&self, id: FamilyId) -> Result<Option<Family>> {
        let found = self.inner.find_family(id).await;
        // Every caller reads before any of them writes.
        yield_once().await;
        found
    }

    async fn swap_family(&self, expected: Digest, next: Family) -> Result<bool> {
        let mut expected = expected;
        if self.has(Fault::SwapsAlways)
            && let Some(family) = self.inner.find_family(next.id).await?
        {
            expected = family.current;
        }
        self.inner.swap_family(expected, next).await
    }

    async fn end_family(&self, id: FamilyId) -> Result<bool> {
        if self.has(Fault::FamilyGoesOn) {
            return Ok(true);
        }
        self.inner.end_family(id).await
    }

    async fn end_families(&self, account: AccountId) -> Result<u64> {
        self.inner.end_families(account).await
    }

    async fn list_families(&self, account: AccountId) -> Result<Vec<Family>> {
        self.inner.list_families(account).await
    }
}

impl OneTimeStore for Faulty {
    async fn issue(&self, mut new: NewOneTime) -> Result<bool> {
        if self.has(Fault::NotBound) {
            new.link_version = None;
        }
        self.inner.issue(new).await
    }

    async fn consume(
        &self,
        kind: u8,
        digest: Digest,
        change: Option<Change>,
        now: SystemTime,
    ) -> Result<Option<Consumed>> {
        let change = change.filter(|_| !self.has(Fault::ForgetsTheChange));
        let consumed = self.inner.consume(kind, digest, change, now).await?;
        let mut seen = self.consumed.lock().unwrap();
        if let Some(consumed) = &consumed {
            seen.insert(*digest.as_bytes(), consumed.clone());
        }
        let again = seen.get(digest.as_bytes()).cloned();
        Ok(consumed.or(again.filter(|_| self.has(Fault::ConsumesTwice))))
    }
}

impl CodeStore for Faulty {
    async fn put_code(&self, new: NewCode) -> Result<bool> {
        *self.codes.lock().unwrap() = Some(new.clone());
        self.inner.put_code(new).await
    }

    async fn take_attempt(
        &self,
        account: AccountId,
        kind: u8,
        now: SystemTime,
    ) -> Result<Option<Attempt>> {
        let code = self.codes.lock().unwrap().clone();
        if self.has(Fault::CountsNoAttempts)
            && let Some(code) = code
        {
            self.inner.put_code(code).await?;
        }
        self.inner.take_attempt(account, kind, now).await
    }

    async fn consume_code(
        &self,
        row: (AccountId, u64),
        change: Option<Change>,
        now: SystemTime,
    ) -> Result<bool> {
        self.inner.consume_code(row, change, now).await
    }
}

impl ApiTokenStore for Faulty {
    async fn create_api_token(&self, new: NewApiToken, now: SystemTime) -> Result<Option<u64>> {
        self.inner.create_api_token(new, now).await
    }

    async fn find_api_token(
        &self,
        lookup: Lookup,
        now: SystemTime,
    ) -> Result<Option<(ApiToken, Digest)>> {
        self.inner.find_api_token(lookup, now).await
    }

    async fn touch_api_token(
        &self,
        row: (AccountId, u64),
        now: SystemTime,
        rekey: Option<Digest>,
    ) -> Result<()> {
        self.inner.touch_api_token(row, now, rekey).await
    }

    async fn list_api_tokens(&self, account: AccountId, now: SystemTime) -> Result<Vec<ApiToken>> {
        self.inner.list_api_tokens(account, now).await
    }

    async fn end_api_token(&self, account: AccountId, id: u64) -> Result<bool> {
        self.inner.end_api_token(account, id).await
    }

    async fn end_api_tokens(&self, account: AccountId) -> Result<u64> {
        self.inner.end_api_tokens(account).await
    }

    async fn roll_api_token(
        &self,
        account: AccountId,
        id: u64,
        secret: NewSecret,
        old_ends: SystemTime,
        now: SystemTime,
    ) -> Result<Option<u64>> {
        let rolled = self
            .inner
            .roll_api_token(account, id, secret, old_ends, now)
            .await?;
        Ok(rolled.or(self.has(Fault::RollsTwice).then_some(id)))
    }
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            return output;
        }
    }
}

/// Whether a store with this fault passes, and if not, why.
fn run(fault: Fault) -> std::result::Result<(), String> {
    let store = Faulty {
        inner: Memory::new(NonZeroUsize::new(100).unwrap()),
        fault,
        consumed: Mutex::default(),
        codes: Mutex::default(),
    };
    let made = Cell::new(0);
    let account = async || {
        made.set(made.get() + 1);
        let account = AccountId::new(made.get());
        store.inner.add_account(account).unwrap();
        account
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| wait(conformance::all(&store, account))));
    outcome.map_err(|panic| match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => (*panic.downcast::<&str>().unwrap()).to_owned(),
    })
}

#[test]
fn a_store_without_a_fault_passes() {
    assert_eq!(run(Fault::None), Ok(()));
}

#[test]
fn every_fault_fails_by_the_promise_that_it_breaks() {
    for (fault, message) in [
        (Fault::SwapsAlways, "two successors"),
        (Fault::FamilyGoesOn, "the child lived on"),
        (Fault::ConsumesTwice, "callers that consumed one token"),
        (Fault::ForgetsTheChange, "left == right"),
        (Fault::NotBound, "it outlived"),
        (Fault::EndsLater, "found after its end"),
        (Fault::OpensAnyVersion, "left == right"),
        (Fault::NeverRekeys, "digest == lookup.newest()"),
        (Fault::RollsTwice, "successors of one token"),
        (Fault::CountsNoAttempts, "looks at one code"),
    ] {
        let why = run(fault).unwrap_err();
        assert!(why.contains(message), "{fault:?}: {why}");
    }
}
