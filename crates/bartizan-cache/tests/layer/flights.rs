//! Many requests at once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use bartizan_cache::{Policy, Purge};
use tokio::{
    sync::{Barrier, Semaphore},
    task::JoinHandle,
};

use crate::service::{App, Read, response};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

/// A handler that waits until the test lets it go on.
fn gated(fields: &'static [(&'static str, &'static str)]) -> (App, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let theirs = gate.clone();
    let app = App::with_future(Policy::builder(), move |request, call| {
        let gate = theirs.clone();
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            let language = request
                .headers()
                .get("accept-language")
                .map_or("", |value| value.to_str().unwrap());
            Ok(response(200, fields, &format!("{call}{language}")))
        })
    });
    (app, gate)
}

fn ask(app: &App) -> JoinHandle<Read> {
    let app = app.clone();
    tokio::spawn(async move { app.get("/a", &[]).await })
}

async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn ten_thousand_misses_run_the_handler_once() {
    let (app, gate) = gated(&[FRESH]);
    let asking: Vec<_> = (0..10_000).map(|_| ask(&app)).collect();
    settle().await;
    gate.add_permits(10_000);
    for (number, asked) in asking.into_iter().enumerate() {
        let answer = asked.await.unwrap();
        assert_eq!(answer.body, "1");
        assert_eq!(
            answer.field("cache-status").ends_with("; collapsed"),
            number > 0
        );
    }
    assert_eq!(app.calls(), 1);
}

#[tokio::test]
async fn aborted_leaders_are_followed_one_by_one() {
    let (app, gate) = gated(&[FRESH]);
    let mut asking: std::collections::VecDeque<_> = (0..1001).map(|_| ask(&app)).collect();
    settle().await;
    for number in 1..=1000 {
        assert_eq!(app.calls(), number, "never two at once");
        asking.pop_front().unwrap().abort();
        settle().await;
    }
    gate.add_permits(1);
    assert_eq!(asking.pop_front().unwrap().await.unwrap().body, "1001");
}

#[tokio::test]
async fn what_is_not_storable_runs_in_parallel() {
    let (barrier, at_once) = (Arc::new(Barrier::new(20)), Arc::new(AtomicUsize::new(0)));
    let theirs = (barrier.clone(), at_once.clone());
    let app = App::with_future(Policy::builder(), move |_, call| {
        let (barrier, at_once) = theirs.clone();
        Box::pin(async move {
            if call > 1 {
                at_once.fetch_add(1, SeqCst);
                // never opens unless twenty are here together
                barrier.wait().await;
            }
            Ok(response(
                200,
                &[("cache-control", "no-store")],
                &call.to_string(),
            ))
        })
    });
    app.get("/a", &[]).await;
    let asking: Vec<_> = (0..20).map(|_| ask(&app)).collect();
    for asked in asking {
        asked.await.unwrap();
    }
    assert_eq!(at_once.load(SeqCst), 20);
}

#[tokio::test]
async fn a_request_after_a_purge_does_not_get_what_began_before_it() {
    let (app, gate) = gated(&[FRESH, ("surrogate-key", "x")]);
    let before = ask(&app);
    settle().await;
    app.flights.store().purge_tag("x", Purge::Hard);
    let after = ask(&app);
    settle().await;
    assert_eq!(app.calls(), 2);
    gate.add_permits(2);
    assert_eq!(before.await.unwrap().body, "1");
    assert_eq!(after.await.unwrap().body, "2");
    assert_eq!(app.get("/a", &[]).await.body, "2");
    assert_eq!(app.flights.store().counters().refused_as_purged, 1);
}

#[tokio::test]
async fn those_whom_the_landed_answer_does_not_fit_wait_at_most_twice() {
    let (app, gate) = gated(&[FRESH, ("vary", "accept-language")]);
    let asking: Vec<_> = (0..8)
        .map(|number| {
            let app = app.clone();
            tokio::spawn(async move {
                let language = format!("l{number}");
                let answer = app.get("/a", &[("accept-language", &language)]).await;
                assert!(answer.body.ends_with(&language));
            })
        })
        .collect();
    settle().await;
    for running in [1, 2, 8] {
        assert_eq!(app.calls(), running);
        gate.add_permits(1);
        settle().await;
    }
    gate.add_permits(8);
    for asked in asking {
        asked.await.unwrap();
    }
}
