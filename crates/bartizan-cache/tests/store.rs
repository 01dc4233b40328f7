//! What the store promises of one thread: variants, purges, bounds, counts.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use bartizan_cache::{Found, NotStored, Purge, Purged, Store};
use http::HeaderMap;

use crate::support::{answer, body, key, t0, with_fields};

fn put(store: &Store, path: &str, text: &str, tags: &[&str]) {
    let request = HeaderMap::new();
    let answer = answer(&request, text, tags, store.begin());
    store.put(&key(path), answer, t0()).unwrap();
}

fn language(value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("accept-language", value.parse().unwrap());
    headers
}

fn put_variant(store: &Store, request: &HeaderMap, text: &str) {
    let fields = [
        ("cache-control", "max-age=3600"),
        ("vary", "accept-language"),
    ];
    let answer = with_fields(request, text, &[], store.begin(), &fields);
    store.put(&key("/a"), answer, t0()).unwrap();
}

#[test]
fn each_variant_serves_its_own_requests_and_the_oldest_of_seventeen_goes() {
    let store = Store::with_capacity(1 << 20);
    for number in 0..17 {
        put_variant(
            &store,
            &language(&format!("l{number}")),
            &format!("text {number}"),
        );
    }
    for number in 0..17 {
        let found = store.find(&key("/a"), &language(&format!("l{number}")));
        match found {
            Found::Entry { entry, .. } => assert_eq!(*entry.body(), format!("text {number}")),
            Found::OtherVariant => assert_eq!(number, 0),
            Found::Nothing => panic!("{number}"),
        }
    }
    put_variant(&store, &language("l5"), "again");
    let Found::Entry { entry, .. } = store.find(&key("/a"), &language("l5")) else {
        panic!("replaced, not lost");
    };
    assert_eq!(entry.body(), "again");
    assert_eq!(store.list(100, t0()).len(), 16);
}

#[test]
fn a_purge_reaches_what_it_names_and_nothing_else() {
    let filled = || {
        let store = Store::with_capacity(1 << 20);
        put(&store, "/a", "a", &["x", "y"]);
        put(&store, "/b", "b", &["y"]);
        put(&store, "/c", "c", &[]);
        store
    };
    type Case = (fn(&Store) -> u64, u64, [bool; 3]);
    let purges: [Case; 6] = [
        (
            |store| store.purge_tag("x", Purge::Hard).count,
            1,
            [false, true, true],
        ),
        (
            |store| store.purge_tag("y", Purge::Hard).count,
            2,
            [false, false, true],
        ),
        (
            |store| store.purge_tag("z", Purge::Hard).count,
            0,
            [true, true, true],
        ),
        (
            |store| store.purge_key(&key("/c"), Purge::Hard).count,
            1,
            [true, true, false],
        ),
        (
            |store| store.purge_key(&key("/d"), Purge::Hard).count,
            0,
            [true, true, true],
        ),
        (
            |store| store.purge_all(Purge::Hard).count,
            3,
            [false, false, false],
        ),
    ];
    for (purge, count, left) in purges {
        let store = filled();
        assert_eq!(purge(&store), count);
        let found = || ["/a", "/b", "/c"].map(|path| body(&store, &key(path)).is_some());
        assert_eq!(found(), left);
        put(&store, "/a", "a", &["x", "y"]);
        assert!(found()[0], "stored anew");
    }
}

#[test]
fn a_route_is_purged_by_its_template_and_is_no_tag() {
    let store = Store::with_capacity(1 << 20);
    let request = HeaderMap::new();
    let mut routed = answer(&request, "a", &[], store.begin());
    routed.route = Some("/{id}");
    store.put(&key("/7"), routed, t0()).unwrap();
    store.purge_tag("/{id}", Purge::Hard);
    assert!(body(&store, &key("/7")).is_some());
    assert_eq!(store.purge_route("/{id}", Purge::Hard).count, 1);
    assert!(body(&store, &key("/7")).is_none());
}

#[test]
fn an_answer_whose_handler_began_before_a_purge_is_not_stored_after_it() {
    let request = HeaderMap::new();
    let purges: [fn(&Store) -> u64; 6] = [
        |store| store.purge_key(&key("/a"), Purge::Hard).number,
        |store| store.purge_key(&key("/a"), Purge::Soft).number,
        |store| store.purge_tag("x", Purge::Hard).number,
        |store| store.purge_route("/r", Purge::Hard).number,
        |store| store.purge_all(Purge::Hard).number,
        |store| {
            store.purge_tag("unknown", Purge::Hard);
            store.purge_tag("x", Purge::Hard).number
        },
    ];
    for (place, purge) in purges.iter().enumerate() {
        let store = Store::with_capacity(1 << 20);
        let mut old = answer(&request, "old", &["x"], store.begin());
        old.route = Some("/r");
        purge(&store);
        assert_eq!(
            store.put(&key("/a"), old, t0()).unwrap_err(),
            NotStored::Purged,
            "{place}"
        );
        let mut new = answer(&request, "new", &["x"], store.begin());
        new.route = Some("/r");
        store.put(&key("/a"), new, t0()).unwrap();
        assert_eq!(body(&store, &key("/a")).unwrap(), "new", "{place}");
    }
}

#[test]
fn a_soft_purge_leaves_the_answer_and_says_so() {
    let purges: [fn(&Store) -> Purged; 3] = [
        |store| store.purge_key(&key("/a"), Purge::Soft),
        |store| store.purge_tag("x", Purge::Soft),
        |store| store.purge_all(Purge::Soft),
    ];
    for purge in purges {
        let store = Store::with_capacity(1 << 20);
        put(&store, "/a", "old", &["x"]);
        purge(&store);
        let softly = || match store.find(&key("/a"), &HeaderMap::new()) {
            Found::Entry {
                is_purged_softly, ..
            } => is_purged_softly,
            _ => panic!("it is still there"),
        };
        assert!(softly());
        assert!(store.list(1, t0())[0].is_purged_softly);
        put(&store, "/a", "new", &["x"]);
        assert!(!softly());
    }
}

#[test]
fn tags_beyond_the_table_are_purged_together_and_never_missed() {
    let store = Store::with_capacity_and_names(1 << 22, 4);
    for number in 0..40 {
        put(&store, &format!("/{number}"), "x", &[&format!("t{number}")]);
    }
    for number in 0..40 {
        store.purge_tag(&format!("t{number}"), Purge::Hard);
        assert_eq!(body(&store, &key(&format!("/{number}"))), None);
    }
    assert!(store.counters().tags <= 4);
}

#[test]
fn what_cannot_be_purged_or_compared_is_not_stored() {
    let store = Store::with_capacity(1 << 20);
    let request = HeaderMap::new();
    let long = "x".repeat(257);
    let tagged = answer(&request, "a", &[&long], store.begin());
    assert_eq!(
        store.put(&key("/a"), tagged, t0()).unwrap_err(),
        NotStored::Tags
    );
    let wide = language(&"x".repeat(5000));
    let fields = [("cache-control", "max-age=9"), ("vary", "accept-language")];
    let varied = with_fields(&wide, "a", &[], store.begin(), &fields);
    assert_eq!(
        store.put(&key("/a"), varied, t0()).unwrap_err(),
        NotStored::Vary
    );
    let large = answer(&request, &"x".repeat(1 << 20), &[], store.begin());
    assert_eq!(
        store.put(&key("/a"), large, t0()).unwrap_err(),
        NotStored::Full
    );
    assert_eq!(store.counters().refused, 3);
}

#[test]
fn the_counters_tell_what_happened() {
    let store = Store::with_capacity(1 << 20);
    assert!(body(&store, &key("/a")).is_none());
    put_variant(&store, &language("de"), "x");
    assert!(body(&store, &key("/a")).is_none());
    let _ = store.find(&key("/a"), &language("de"));
    store.count_age(Duration::from_secs(7));
    let listed = store.list(10, t0() + Duration::from_secs(5));
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].host_and_path, "example.com/a");
    assert_eq!((listed[0].hits, listed[0].age), (1, Duration::from_secs(5)));
    assert_eq!(listed[0].fresh_for, Duration::from_secs(3595));
    store.purge_key(&key("/a"), Purge::Hard);
    let counters = store.counters();
    assert_eq!(
        (counters.hits, counters.misses, counters.vary_misses),
        (1, 1, 1)
    );
    assert_eq!(
        (counters.stored, counters.purges, counters.age_seconds),
        (1, 1, 7)
    );
    assert!(counters.bytes < 2048);
}
