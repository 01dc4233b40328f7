use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};

use super::*;
use crate::{Answer, Asked, Entry, KeyParts, Policy, Purge, Times};

fn t0() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn key(path: &str) -> Key {
    let uri: Uri = path.parse().unwrap();
    Key::new(&Method::GET, &KeyParts::new("https", "example.com", &uri)).unwrap()
}

fn flights() -> Arc<Flights> {
    Arc::new(Flights::new(Arc::new(Store::with_capacity(1 << 20))))
}

fn stored(flights: &Flights, lead: &Lead) -> Arc<Entry> {
    let (request, mut headers) = (HeaderMap::new(), HeaderMap::new());
    headers.insert("cache-control", "max-age=60".parse().unwrap());
    let asked = Asked::new(&Method::GET, &request);
    let times = Times::new(t0(), t0());
    let storable = Policy::default()
        .storable(&asked, StatusCode::OK, &headers, times)
        .unwrap();
    let body = Bytes::from_static(b"x");
    let answer = Answer::new(StatusCode::OK, storable, body, &request, lead.born());
    flights.store.put(lead.key(), answer, t0()).unwrap()
}

fn lead(flights: &Arc<Flights>) -> Lead {
    match flights.join(&key("/a"), t0()) {
        Join::Lead(lead) => lead,
        other => panic!("{other:?}"),
    }
}

fn wait(flights: &Arc<Flights>) -> Wait {
    match flights.join(&key("/a"), t0()) {
        Join::Wait(wait) => wait,
        other => panic!("{other:?}"),
    }
}

fn poll(wait: &mut Wait) -> Option<Woken> {
    let mut cx = Context::from_waker(Waker::noop());
    match Pin::new(wait).poll(&mut cx) {
        Poll::Ready(woken) => Some(woken),
        Poll::Pending => None,
    }
}

#[test]
fn ten_thousand_misses_have_one_leader_and_all_get_its_answer() {
    let flights = flights();
    let first = lead(&flights);
    let mut waits: Vec<Wait> = (1..10_000).map(|_| wait(&flights)).collect();
    assert!(waits.iter_mut().all(|wait| poll(wait).is_none()));
    let entry = stored(&flights, &first);
    first.landed(&entry);
    for wait in &mut waits {
        let Some(Woken::Landed(landed)) = poll(wait) else {
            panic!("all get it");
        };
        assert!(Arc::ptr_eq(&landed, &entry));
    }
    assert!(flights.is_empty());
}

#[test]
fn a_leader_that_goes_away_hands_over_to_one_waiter_at_once() {
    let flights = flights();
    let first = lead(&flights);
    let mut waits: Vec<Wait> = (0..3).map(|_| wait(&flights)).collect();
    drop(first);
    let woken: Vec<Option<Woken>> = waits.iter_mut().map(poll).collect();
    assert!(matches!(
        woken.as_slice(),
        [Some(Woken::Lead(_)), None, None]
    ));
    assert_eq!(
        flights.len(),
        1,
        "those that come now wait for the new leader"
    );
    let _joined = wait(&flights);
    drop(woken);
    assert!(matches!(poll(&mut waits[1]), Some(Woken::Lead(_))));
}

#[test]
fn one_that_was_chosen_and_gave_up_is_passed_over() {
    let flights = flights();
    let first = lead(&flights);
    let mut waits: Vec<Wait> = (0..4).map(|_| wait(&flights)).collect();
    // gave up before the leader did
    drop(waits.remove(0));
    drop(first);
    // gave up after it was told
    drop(waits.remove(0));
    assert!(matches!(poll(&mut waits[0]), Some(Woken::Lead(_))));
    drop(waits);
    assert!(flights.is_empty());
}

#[test]
fn a_panic_hands_over_too() {
    let flights = flights();
    let first = lead(&flights);
    let mut next = wait(&flights);
    let result = std::thread::spawn(move || {
        let _first = first;
        std::panic::resume_unwind(Box::new("handler"));
    })
    .join();
    assert!(result.is_err());
    assert!(matches!(poll(&mut next), Some(Woken::Lead(_))));
}

#[test]
fn who_arrives_after_a_purge_never_joins_an_older_flight() {
    let purges: [fn(&Store); 3] = [
        |store| assert_eq!(store.purge_tag("x", Purge::Hard).number, 1),
        |store| assert_eq!(store.purge_key(&key("/a"), Purge::Soft).number, 1),
        |store| assert_eq!(store.purge_all(Purge::Hard).number, 1),
    ];
    for purge in purges {
        let flights = flights();
        let old = lead(&flights);
        let mut old_wait = wait(&flights);
        purge(&flights.store);
        let new = lead(&flights);
        assert!(new.born() > old.born());
        let mut new_wait = wait(&flights);
        // those of the old flight come over to the new one
        drop(old);
        assert!(matches!(poll(&mut old_wait), Some(Woken::Look)));
        assert!(poll(&mut new_wait).is_none());
        let entry = stored(&flights, &new);
        new.landed(&entry);
        assert!(matches!(poll(&mut new_wait), Some(Woken::Landed(_))));
    }
}

#[test]
fn an_answer_that_is_purged_between_landing_and_waking_is_not_given() {
    let purges: [fn(&Store); 2] = [
        |store| assert_eq!(store.purge_key(&key("/a"), Purge::Hard).count, 1),
        |store| assert_eq!(store.purge_all(Purge::Hard).count, 1),
    ];
    for purge in purges {
        let flights = flights();
        let first = lead(&flights);
        let mut next = wait(&flights);
        let entry = stored(&flights, &first);
        first.landed(&entry);
        purge(&flights.store);
        assert!(matches!(poll(&mut next), Some(Woken::Look)));
    }
}

#[test]
fn a_new_leader_is_as_young_as_its_handler() {
    let flights = flights();
    let first = lead(&flights);
    let mut next = wait(&flights);
    drop(first);
    flights.store.purge_tag("x", Purge::Hard);
    let Some(Woken::Lead(late)) = poll(&mut next) else {
        panic!("it leads");
    };
    // it was told before the purge, so who comes now does not wait for it
    let newest = lead(&flights);
    assert!(newest.born() > late.born());
}

#[test]
fn keys_that_are_not_storable_run_in_parallel_for_a_while() {
    let flights = flights();
    let first = lead(&flights);
    let mut waits: Vec<Wait> = (0..3).map(|_| wait(&flights)).collect();
    let until = t0() + Duration::from_secs(10);
    first.not_storable(until);
    assert!(
        waits
            .iter_mut()
            .all(|wait| matches!(poll(wait), Some(Woken::Alone)))
    );
    assert!(matches!(flights.join(&key("/a"), t0()), Join::Alone));
    assert!(matches!(flights.join(&key("/b"), t0()), Join::Lead(_)));
    assert!(matches!(flights.join(&key("/a"), until), Join::Lead(_)));
    lead(&flights).not_storable(until);
    flights.is_storable(&key("/a"));
    assert!(matches!(flights.join(&key("/a"), t0()), Join::Lead(_)));
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut passing = Passing::new(100);
    let until = t0() + Duration::from_secs(10);
    for number in 0..10_000 {
        let key = key(&format!("/{number}"));
        passing.remember(key.clone(), until);
        if number % 2 == 0 {
            passing.forget(&key);
        }
        let (keys, order) = passing.sizes();
        assert!(keys <= 100 && order <= 200);
    }
    assert!(passing.has(&key("/9999"), t0()));
    assert!(!passing.has(&key("/1"), t0()));
}

#[test]
fn waiters_that_gave_up_take_no_room_and_too_many_go_alone() {
    let mut flights = Flights::new(Arc::new(Store::with_capacity(1 << 20)));
    flights.most_waiters = 100;
    let flights = Arc::new(flights);
    let _first = lead(&flights);
    for _ in 0..10_000 {
        drop(wait(&flights));
    }
    let mut waits = Vec::new();
    let alone = (0..200)
        .filter(|_| match flights.join(&key("/a"), t0()) {
            Join::Wait(wait) => {
                waits.push(wait);
                false
            }
            Join::Alone => true,
            Join::Lead(_) => panic!("one leads"),
        })
        .count();
    assert!((100..=164).contains(&alone), "{alone}");
}

/// Eight threads, leaders that give up by chance, waiters that give up by chance: no two at work at once, and nobody is left
/// waiting.
#[test]
fn a_thousand_aborted_leaders_leave_nobody_waiting_and_are_never_two() {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    let flights = flights();
    let (at_work, led) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for thread in 0..8_usize {
            let (flights, at_work, led) = (&flights, &at_work, &led);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                for round in 0..400_usize {
                    let work = |lead: Lead| {
                        assert_eq!(at_work.fetch_add(1, SeqCst), 0, "two at once");
                        led.fetch_add(1, SeqCst);
                        if (thread + round) % 5 == 0 {
                            std::thread::yield_now();
                        }
                        at_work.fetch_sub(1, SeqCst);
                        match round % 3 {
                            0 => lead.look_again(),
                            _ => drop(lead),
                        }
                    };
                    match flights.join(&key("/a"), t0()) {
                        Join::Lead(lead) => work(lead),
                        Join::Wait(mut wait) if (thread ^ round) % 7 == 0 => drop(poll(&mut wait)),
                        Join::Wait(wait) => match runtime.block_on(async { pin!(wait).await }) {
                            Woken::Lead(lead) => work(lead),
                            Woken::Look => {}
                            Woken::Landed(_) | Woken::Alone => panic!("nobody said so"),
                        },
                        Join::Alone => panic!("nobody said so"),
                    }
                }
            });
        }
    });
    assert!(flights.is_empty());
    assert!(led.into_inner() >= 1000);
}
