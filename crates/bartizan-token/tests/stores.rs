//! Promises of tokens in a store, with threads: the store in memory works inside `poll`, so futures alone would not race.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    future::Future,
    num::NonZeroUsize,
    pin::pin,
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, SystemTime},
};

use bartizan_token::{
    Entropy, KeyId, KeyRing, Keys, Lifetime, MagicLink, Refresh, Reset, Session,
    code::{self, Checked, Code, SlowHash},
    memory::Memory,
    one_time,
    refresh::{self, RefreshPolicy, RefreshStore, Refreshed},
    session::{self, NewSession, SessionStore},
    store::{AccountId, AccountStore, Change, StoreError, StoreErrorKind, Versions},
};

const ANN: AccountId = AccountId::new(1);

/// The store in memory never waits.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a store in memory that waits"),
    }
}

/// `calls` calls from 8 threads.
fn in_parallel<T: Send>(calls: usize, call: impl Fn(usize) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let call = &call;
        let threads: Vec<_> = (0..8)
            .map(|at| scope.spawn(move || (at..calls).step_by(8).map(call).collect::<Vec<_>>()))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    })
}

fn store() -> Memory {
    let store = Memory::new(NonZeroUsize::new(2).unwrap());
    store.add_account(ANN).unwrap();
    store
}

fn ring() -> KeyRing {
    KeyRing::new([(KeyId::new(1), [7; 32])]).unwrap()
}

fn policy() -> RefreshPolicy {
    RefreshPolicy::new(lifetime())
}

fn lifetime() -> Lifetime {
    Lifetime::new(Duration::from_secs(1000), Duration::from_secs(5000)).unwrap()
}

fn t(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
}

fn entropy(number: usize) -> Entropy {
    let mut bytes = [5; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes[24..].copy_from_slice(&number.to_be_bytes());
    Entropy::new(bytes)
}

fn refreshed(store: &Memory, keys: &Keys<Refresh>, text: &str, n: usize, now: u64) -> Refreshed {
    let token = keys.parse(text).unwrap();
    let refreshed = refresh::refresh(store, keys, &token, entropy(n), policy(), t(now));
    ready(refreshed).unwrap()
}

#[test]
fn a_thousand_refreshes_at_once_make_one_successor_and_a_replay_ends_the_family() {
    let (store, keys) = (store(), ring().keys::<Refresh>());
    let started = refresh::start(&store, &keys, (ANN, 1), entropy(1), policy(), t(0));
    let (first, family) = ready(started).unwrap().unwrap();
    let mut chain = vec![first.expose().to_string()];
    for round in 0..5 {
        let text = chain.last().unwrap();
        let answers = in_parallel(1000, |n| {
            let now = 100 * round + n as u64 % 9;
            match refreshed(&store, &keys, text, 1000 + n, now) {
                Refreshed::Token { token, .. } => token.expose().to_string(),
                other => panic!("lost inside the grace: {other:?}"),
            }
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        let answer = answers[0].clone();
        chain.push(answer);
    }
    assert!(ready(store.find_family(family.id)).unwrap().is_some());
    // Of many replays at once one is told, so that the owner is told once.
    let told = in_parallel(1000, |n| refreshed(&store, &keys, &chain[n % 4], n, 401));
    let told = told
        .iter()
        .filter(|answer| matches!(answer, Refreshed::Replayed { account } if *account == ANN));
    assert_eq!(told.count(), 1);
    for text in &chain {
        let late = refreshed(&store, &keys, text, 1, 401);
        assert!(matches!(late, Refreshed::Refused));
    }
}

#[test]
fn rotations_and_a_replay_at_once_leave_no_family() {
    for round in 0..50 {
        let (store, keys) = (store(), ring().keys::<Refresh>());
        let started = refresh::start(&store, &keys, (ANN, 1), entropy(1), policy(), t(0));
        let (first, family) = ready(started).unwrap().unwrap();
        let mut chain = vec![first.expose().to_string()];
        for n in 0..2 {
            match refreshed(&store, &keys, &chain[n], n, 1) {
                Refreshed::Token { token, .. } => chain.push(token.expose().to_string()),
                other => panic!("{other:?}"),
            }
        }
        in_parallel(64, |n| {
            let replay = (n + round) % 8 == 0;
            let text = if replay { &chain[0] } else { &chain[2] };
            refreshed(&store, &keys, text, n, 2)
        });
        assert!(ready(store.find_family(family.id)).unwrap().is_none());
    }
}

#[test]
fn of_a_hundred_resets_at_once_one_succeeds() {
    let (store, keys) = (store(), ring().keys::<Reset>());
    let owner = (ANN, Versions::FIRST);
    let hour = Duration::from_secs(3600);
    let issued = one_time::issue(&store, &keys, owner, String::new(), hour, entropy(1), t(0));
    let text = ready(issued).unwrap().unwrap().expose().to_string();
    let won = in_parallel(100, |_| {
        let token = keys.parse(&text).unwrap();
        let consumed = one_time::consume(&store, &keys, &token, Some(Change::Password), t(1));
        ready(consumed).unwrap().is_some()
    });
    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    let versions = ready(store.versions(ANN)).unwrap();
    assert_eq!(versions, Some(Versions::new(2, 2)));
}

#[test]
fn a_revoked_session_is_refused_by_the_very_next_look_up() {
    let (store, keys) = (store(), ring().keys::<Session>());
    let token = keys.mint(entropy(1));
    let new = NewSession {
        digest: keys.digest(&token),
        account: ANN,
        credential_version: 1,
        family: None,
        device: String::new(),
        expires: t(5000),
    };
    let id = ready(store.open_session(new, t(0))).unwrap().unwrap();
    let found = |now| ready(session::find(&store, &keys, &token, lifetime(), t(now))).unwrap();
    assert_eq!(found(999).unwrap().id, id);
    // Used at 999, so the idle end has moved, but not the absolute one.
    assert!(found(1998).is_some() && found(1998 + 1000).is_none());
    assert!(ready(store.end_session(ANN, id)).unwrap());
    assert!(found(999).is_none());
}

/// Not slow: what is tested is what is done with it.
struct Reversed;

impl SlowHash for Reversed {
    async fn hash(&self, code: &Code) -> Result<String, StoreError> {
        Ok(code.expose().chars().rev().collect())
    }

    async fn verify(&self, code: &Code, stored: &str) -> Result<bool, StoreError> {
        Ok(code.expose().chars().rev().eq(stored.chars()))
    }
}

#[test]
fn guesses_at_once_at_a_code_are_bounded_and_the_right_one_is_taken_once() {
    let store = store();
    let right = Code::new(6, entropy(7)).unwrap();
    let owner = (ANN, Versions::FIRST);
    let keep = || {
        let day = Duration::from_secs(86_400);
        let kept = code::keep::<MagicLink, _>((&store, &Reversed), owner, &right, day, t(0));
        assert!(ready(kept).unwrap());
    };
    let check = |text: &str, now| {
        let code = Code::parse(text).unwrap();
        ready(code::check::<MagicLink, _>(
            (&store, &Reversed),
            ANN,
            &code,
            None,
            t(now),
        ))
        .unwrap()
    };
    keep();
    let wrong = in_parallel(100, |n| check(&format!("{:06}", 900_000 + n), 1));
    let looked = wrong
        .iter()
        .filter(|wrong| matches!(wrong, Checked::Wrong { .. }));
    assert_eq!(looked.count(), usize::from(code::MAX_ATTEMPTS));
    assert_eq!(
        check(right.expose(), 1),
        Checked::None,
        "no attempt is left"
    );
    keep();
    let won = in_parallel(100, |_| check(right.expose(), 1));
    let won = won.iter().filter(|won| **won == Checked::Right);
    assert_eq!(won.count(), 1);
    keep();
    assert_eq!(
        check(right.expose(), 600),
        Checked::None,
        "ten minutes at most"
    );
    assert_eq!(check("999999", 599), Checked::Wrong { left: 4 });
    assert_eq!(check(right.expose(), 599), Checked::Right);
}

#[test]
fn the_store_in_memory_takes_no_more_accounts_than_it_was_made_for() {
    let store = store();
    store.add_account(AccountId::new(2)).unwrap();
    store.add_account(ANN).unwrap();
    let full = store.add_account(AccountId::new(3)).unwrap_err();
    assert_eq!(full.kind(), StoreErrorKind::Full);
    assert!(store.remove_account(ANN) && !store.remove_account(ANN));
    store.add_account(AccountId::new(3)).unwrap();
}
