//! Every order in which a purge, a handler and a reader can meet, by the model checker:
//! `RUSTFLAGS="--cfg loom" cargo test -p bartizan-cache --no-default-features --release --test loom`.
#![cfg(loom)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use bartizan_cache::{NotStored, Purge, Purged, Store};
use http::HeaderMap;
use loom::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::support::{answer, body, key, t0};

/// What a handler does: reads the data, and its answer is stored.
fn handle(store: &Store, data: &AtomicU64, tag: &str) -> Result<(), NotStored> {
    let born = store.begin();
    let value = data.load(Ordering::Relaxed);
    let request = HeaderMap::new();
    let answer = answer(&request, &value.to_string(), &[tag], born);
    store.put(&key("/a"), answer, t0()).map(drop)
}

/// A handler runs while another thread writes, purges and reads.
fn purge_meets_handler(purge: fn(&Store) -> Purged) {
    loom::model(move || {
        let store = Arc::new(Store::with_capacity_and_names(1 << 20, 4));
        let data = Arc::new(AtomicU64::new(0));
        let (their_store, their_data) = (store.clone(), data.clone());
        let handler = thread::spawn(move || handle(&their_store, &their_data, "x"));
        data.store(1, Ordering::Relaxed);
        purge(&store);
        // whatever is found after the purge was read after the write
        assert_ne!(body(&store, &key("/a")).as_deref(), Some("0"));
        let stored = handler.join().unwrap();
        let found = body(&store, &key("/a"));
        assert_ne!(found.as_deref(), Some("0"));
        // and an answer that was stored as new is not lost
        assert!(stored.is_err() || found.is_none() || found.as_deref() == Some("1"));
    });
}

#[test]
fn a_purge_by_tag_beats_every_older_handler() {
    purge_meets_handler(|store| store.purge_tag("x", Purge::Hard));
}

#[test]
fn a_purge_by_key_beats_every_older_handler() {
    purge_meets_handler(|store| store.purge_key(&key("/a"), Purge::Hard));
}

#[test]
fn a_purge_of_everything_beats_every_older_handler() {
    purge_meets_handler(|store| store.purge_all(Purge::Hard));
}

#[test]
fn a_handler_that_began_after_the_purge_is_stored() {
    loom::model(|| {
        let store = Arc::new(Store::with_capacity_and_names(1 << 20, 4));
        let data = Arc::new(AtomicU64::new(0));
        let (their_store, their_data) = (store.clone(), data.clone());
        let purger = thread::spawn(move || {
            their_data.store(1, Ordering::Relaxed);
            their_store.purge_tag("x", Purge::Hard);
        });
        let before = handle(&store, &data, "x");
        purger.join().unwrap();
        assert_ne!(body(&store, &key("/a")).as_deref(), Some("0"), "{before:?}");
        handle(&store, &data, "x").unwrap();
        assert_eq!(body(&store, &key("/a")).as_deref(), Some("1"));
    });
}

#[test]
fn a_tag_that_is_forgotten_between_is_purged_all_the_same() {
    loom::model(|| {
        // one place: each new tag makes the table forget the last
        let store = Arc::new(Store::with_capacity_and_names(1 << 20, 1));
        let data = Arc::new(AtomicU64::new(0));
        let (their_store, their_data) = (store.clone(), data.clone());
        let handler = thread::spawn(move || handle(&their_store, &their_data, "x"));
        data.store(1, Ordering::Relaxed);
        store.purge_tag("x", Purge::Hard);
        store.purge_tag("y", Purge::Hard);
        assert_ne!(body(&store, &key("/a")).as_deref(), Some("0"));
        let _ = handler.join().unwrap();
        assert_ne!(body(&store, &key("/a")).as_deref(), Some("0"));
    });
}
