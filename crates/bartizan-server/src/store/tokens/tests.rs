use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, SystemTime},
};

use bartizan_token::{
    Digest, Entropy, KeyId, KeyRing, Keys, Lifetime, Lookup, Refresh, Reset, conformance, one_time,
    refresh::{self, RefreshPolicy, RefreshStore, Refreshed},
    session::{NewSession, SessionStore},
    store::{AccountId, AccountStore, Change, Versions},
};

use super::Tokens;
use crate::new_hash::NewHash;
use crate::store::audit::Origin;
use crate::store::{Store, accounts::SignUp};

struct Database {
    store: Store,
    made: AtomicUsize,
    _dir: tempfile::TempDir,
}

impl Database {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let readers = NonZeroUsize::new(2).unwrap();
        Self {
            store: Store::open(&dir.path().join("test.db"), readers).unwrap(),
            made: AtomicUsize::new(0),
            _dir: dir,
        }
    }

    async fn account(&self) -> AccountId {
        let name = self.made.fetch_add(1, Ordering::Relaxed);
        let email = format!("{name}@example.com");
        let origin = Origin {
            at: t(0),
            address: String::new(),
        };
        let made = self.store.sign_up(email, NewHash::cheap(), None, origin);
        match made.await.unwrap() {
            SignUp::Made(id) => AccountId::new(id as u128),
            SignUp::Taken => panic!("a new address is taken"),
        }
    }
}

fn t(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
}

fn ring() -> KeyRing {
    KeyRing::new([(KeyId::new(1), [7; 32])]).unwrap()
}

fn policy() -> RefreshPolicy {
    let hour = Duration::from_secs(3600);
    RefreshPolicy::new(Lifetime::new(hour, hour).unwrap())
}

fn entropy(number: usize) -> Entropy {
    let mut bytes = [5; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes[24..].copy_from_slice(&number.to_be_bytes());
    Entropy::new(bytes)
}

#[tokio::test]
async fn it_passes_what_every_store_must() {
    let database = Database::new();
    conformance::all(&database.store.tokens(), async || database.account().await).await;
}

async fn refreshed(
    tokens: &Tokens,
    keys: &Keys<Refresh>,
    text: &str,
    n: usize,
    now: u64,
) -> Refreshed {
    let token = keys.parse(text).unwrap();
    let refreshed = refresh::refresh(tokens, keys, &token, entropy(n), policy(), t(now));
    refreshed.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_refreshes_at_once_make_one_successor_and_a_replay_ends_the_family() {
    let database = Database::new();
    let tokens = database.store.tokens();
    let keys = ring().keys::<Refresh>();
    let owner = (database.account().await, 1);
    let started = refresh::start(&tokens, &keys, owner, entropy(1), policy(), t(0));
    let (first, family) = started.await.unwrap().unwrap();
    let mut text = first.expose().to_string();
    let mut used = Vec::new();
    for round in 0..3u64 {
        let now = 100 * round;
        let calls: Vec<_> = (0..1000)
            .map(|n| {
                let (tokens, keys, text) = (tokens.clone(), keys.clone(), text.clone());
                tokio::spawn(async move {
                    match refreshed(&tokens, &keys, &text, 1000 + n, now + n as u64 % 9).await {
                        Refreshed::Token { token, .. } => token.expose().to_string(),
                        other => panic!("lost inside the grace: {other:?}"),
                    }
                })
            })
            .collect();
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.unwrap());
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "one successor");
        used.push(std::mem::replace(&mut text, answers.remove(0)));
    }
    assert!(tokens.find_family(family.id).await.unwrap().is_some());
    let replay = refreshed(&tokens, &keys, &used[0], 1, 201).await;
    assert!(matches!(replay, Refreshed::Replayed { .. }));
    used.push(text);
    for text in &used {
        let late = refreshed(&tokens, &keys, text, 1, 201).await;
        assert!(matches!(late, Refreshed::Refused));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_resets_at_once_one_succeeds() {
    let database = Database::new();
    let tokens = database.store.tokens();
    let keys = ring().keys::<Reset>();
    let owner = (database.account().await, Versions::FIRST);
    let (data, hour) = (String::new(), Duration::from_secs(3600));
    let issued = one_time::issue(&tokens, &keys, owner, data, hour, entropy(1), t(0));
    let text = issued.await.unwrap().unwrap().expose().to_string();
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let (tokens, keys, text) = (tokens.clone(), keys.clone(), text.clone());
            tokio::spawn(async move {
                let token = keys.parse(&text).unwrap();
                let change = Some(Change::Password);
                let consumed = one_time::consume(&tokens, &keys, &token, change, t(1));
                consumed.await.unwrap().is_some()
            })
        })
        .collect();
    let mut won = 0;
    for call in calls {
        won += u32::from(call.await.unwrap());
    }
    assert_eq!(won, 1);
    let versions = tokens.versions(owner.0).await.unwrap();
    assert_eq!(versions, Some(Versions::new(2, 2)));
}

#[tokio::test]
async fn a_rehash_ends_no_session_and_no_family() {
    let database = Database::new();
    let tokens = database.store.tokens();
    let account = database.account().await;
    let keys = ring().keys::<Refresh>();
    let started = refresh::start(&tokens, &keys, (account, 1), entropy(1), policy(), t(0));
    let (_, family) = started.await.unwrap().unwrap();
    let digest = Digest::from_bytes([1; 32]);
    let session = NewSession {
        digest,
        account,
        credential_version: 1,
        family: Some(family.id),
        device: String::new(),
        expires: t(100),
    };
    assert!(tokens.open_session(session, t(0)).await.unwrap().is_some());
    let login = database.store.find_for_login("0@example.com".to_owned());
    let old = login.await.unwrap().unwrap();
    assert!(
        database
            .store
            .rehash(old, "stronger".to_owned())
            .await
            .unwrap()
    );
    assert_eq!(
        tokens.versions(account).await.unwrap(),
        Some(Versions::FIRST)
    );
    let found = tokens.find_session(Lookup::from(digest), t(1)).await;
    assert!(found.unwrap().is_some());
    assert!(tokens.find_family(family.id).await.unwrap().is_some());
}

/// Sessions of the routes and of the trait are rows of one table: what either ends is refused by both.
#[tokio::test]
async fn the_routes_and_the_trait_see_the_same_sessions() {
    let database = Database::new();
    let (store, tokens) = (&database.store, database.store.tokens());
    let account = database.account().await;
    let new = crate::store::sessions::NewSession {
        digest: Digest::from_bytes([1; 32]),
        account: 1,
        credential_version: 1,
        device: "a browser".to_owned(),
        address: "192.0.2.1".to_owned(),
        family: None,
        expires: None,
        authenticated: None,
    };
    store.insert_session(new, t(0)).await.unwrap();
    let lookup = || Lookup::from(Digest::from_bytes([1; 32]));
    let (found, _) = tokens.find_session(lookup(), t(1)).await.unwrap().unwrap();
    assert_eq!(
        (found.account, found.expires),
        (account, t(0) + Lifetime::MAX)
    );
    assert!(tokens.end_session(account, found.id).await.unwrap());
    let gone = store.find_session(lookup()).await;
    assert!(gone.unwrap().is_none());
}
