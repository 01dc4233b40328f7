use http_body_util::BodyExt;

use super::*;
use crate::Rejection;

const HERE: &str = "192.0.2.1";

#[tokio::test]
async fn a_request_counts_as_under_way_until_its_body_has_ended_or_is_dropped() {
    let fixture = fixture(rules([Rule::new("edge", per_minute(100)).at_once(n(2))]));
    let first = fixture.ask(from(HERE)).await;
    let second = fixture.ask(from(HERE)).await;
    let refused = fixture.ask(from(HERE)).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "1");
    let rule = Some("edge".into());
    assert_eq!(
        refused.extensions().get(),
        Some(&Rejection::TooManyAtOnce { rule })
    );
    assert_eq!(fixture.status(from("192.0.2.2")).await, 200);

    first.into_body().collect().await.unwrap();
    let third = fixture.ask(from(HERE)).await;
    assert_eq!(third.status(), 200);
    assert_eq!(fixture.status(from(HERE)).await, 429);
    drop(second);
    assert_eq!(fixture.status(from(HERE)).await, 200);
}

#[tokio::test]
async fn a_request_that_is_given_up_frees_its_place() {
    let fixture = fixture(rules([Rule::new("edge", per_minute(100)).at_once(n(1))]));
    let handler =
        service_fn(|_: Request<()>| std::future::pending::<Result<Response<Body>, Infallible>>());
    let mut stuck = Box::pin(fixture.layer.layer(handler).oneshot(from(HERE)));
    assert!(futures_poll(stuck.as_mut()).is_pending());
    assert_eq!(fixture.status(from(HERE)).await, 429);
    drop(stuck);
    assert_eq!(fixture.status(from(HERE)).await, 200);
}

fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
    future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
}

#[tokio::test]
async fn a_refused_request_holds_no_place() {
    let fixture = fixture(rules([Rule::new("edge", per_minute(1)).at_once(n(1))]));
    fixture.ask(from(HERE)).await;
    let refused = fixture.ask(from(HERE)).await;
    assert!(matches!(
        refused.extensions().get(),
        Some(Rejection::QuotaExceeded { .. })
    ));
    fixture.clock.pass(60);
    assert_eq!(fixture.status(from(HERE)).await, 200);
}

#[tokio::test]
async fn the_clock_is_read_once_for_each_request_however_many_limits_it_meets() {
    let reads = Arc::new(Mutex::new(0));
    let now = Instant::now();
    let names = ["a", "b", "c", "d"];
    let rules = rules(names.map(|name| Rule::new(name, per_minute(100))));
    let limiter = Limiter::builder()
        .build(rules, now, SystemTime::UNIX_EPOCH)
        .unwrap();
    let counted = Arc::clone(&reads);
    let layer = RateLimitLayer::with_clock(limiter, TestCaller, Point::Edge, move || {
        *counted.lock().unwrap() += 1;
        now
    });
    let handler =
        service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(Body::default())) });
    for _ in 0..5 {
        let answer = layer.layer(handler).oneshot(from(HERE)).await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(*reads.lock().unwrap(), 5);
}
