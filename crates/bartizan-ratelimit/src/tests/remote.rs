//! A store whose answers come later.

use std::{pin::Pin, time::Instant};

use super::*;
use crate::{Answer, Change, Claim, Key, Limit, Outcome, Rejection, Unavailable, decide_all};

#[derive(Clone, Copy)]
struct Slow {
    fails: bool,
}

impl Store for Slow {
    type Wait = Pin<Box<dyn Future<Output = Outcome> + Send>>;

    fn decide(&self, claims: &[Claim<'_>], now: Instant) -> Answer<Self::Wait> {
        let outcome = match self.fails {
            true => Err(Unavailable::new()),
            false => Ok(decide_all(claims, now)),
        };
        Answer::Later(Box::pin(async {
            tokio::task::yield_now().await;
            outcome
        }))
    }

    fn settle(&self, _: &Limit, _: Key, _: Change, _: Instant) {}
}

fn slow(fails: bool) -> Fixture<Slow> {
    let now = Instant::now();
    let rules = rules([Rule::new("edge", per_minute(2))]);
    let limiter = Limiter::builder()
        .store(Slow { fails })
        .cells(64)
        .build(rules, now, SystemTime::UNIX_EPOCH)
        .unwrap();
    Fixture::new(limiter, Point::Edge, now)
}

#[tokio::test]
async fn a_later_answer_is_the_same_answer() {
    let fixture = slow(false);
    for (status, left) in [
        (200, "\"edge\";r=1;t=30"),
        (200, "\"edge\";r=0;t=30"),
        (429, "\"edge\";r=0;t=30"),
    ] {
        let response = fixture.ask(from("192.0.2.1")).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["ratelimit"], left);
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_asked_is_no_refusal_of_the_caller() {
    let fixture = slow(true);
    let response = fixture.ask(from("192.0.2.1")).await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.extensions().get(), Some(&Rejection::Unavailable));
    assert!(!response.headers().contains_key("ratelimit"));
}
