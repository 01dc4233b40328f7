use std::time::SystemTime;

use super::*;
use crate::{Cost, KeyBy, RoutePattern, Spent};

const HERE: &str = "192.0.2.1";

#[tokio::test]
async fn a_limit_holds_over_services_that_are_made_anew() {
    let fixture = fixture(rules([Rule::new("edge", per_minute(5))]));
    for _ in 0..5 {
        assert_eq!(fixture.status(from(HERE)).await, 200);
    }
    assert_eq!(fixture.status(from(HERE)).await, 429);
    assert_eq!(fixture.status(from("::ffff:192.0.2.1")).await, 429);
    assert_eq!(fixture.status(from("192.0.2.2")).await, 200);
    fixture.clock.pass(12);
    assert_eq!(fixture.status(from(HERE)).await, 200);
    assert_eq!(fixture.status(from(HERE)).await, 429);
}

#[tokio::test]
async fn a_request_that_one_rule_refuses_takes_nothing_from_the_others() {
    let wide = Rule::new("wide", per_minute(100));
    let narrow = Rule::new("narrow", per_minute(2)).routes([RoutePattern::parse("/b").unwrap()]);
    let fixture = fixture(rules([wide, narrow]));
    for _ in 0..2 {
        assert_eq!(fixture.status(at(HERE, "/b")).await, 200);
    }
    for _ in 0..50 {
        let refused = fixture.ask(at(HERE, "/b")).await;
        assert_eq!(refused.status(), 429);
        assert_eq!(
            refused.headers()["ratelimit"],
            "\"wide\";r=98;t=1, \"narrow\";r=0;t=30"
        );
        assert_eq!(refused.headers()["retry-after"], "30");
    }
    let other = fixture.ask(at(HERE, "/a")).await;
    assert_eq!(other.headers()["ratelimit"], "\"wide\";r=97;t=1");
    assert_eq!(other.headers()["ratelimit-policy"], "\"wide\";q=100;w=60");
}

#[tokio::test]
async fn two_windows_are_two_rules_and_the_longest_wait_is_told() {
    let second = Rule::new("second", Quota::per_second(n(2)).unwrap());
    let hour = Rule::new("hour", Quota::per_hour(n(3)).unwrap());
    let fixture = fixture(rules([second, hour]));
    for wait in [0, 0, 1] {
        fixture.clock.pass(wait);
        assert_eq!(fixture.status(from(HERE)).await, 200);
    }
    let refused = fixture.ask(from(HERE)).await;
    assert_eq!(refused.headers()["retry-after"], "1199");
}

#[tokio::test]
async fn an_owner_of_a_48_gets_eight_quotas_however_many_addresses_he_uses() {
    let fixture = fixture(rules([Rule::new("edge", per_minute(5))]));
    let mut passed = 0;
    for subnet in 0..200 {
        for host in 0..3 {
            let address = format!("2001:db8:7:{subnet:x}::{host}");
            passed += u32::from(fixture.status(from(&address)).await == 200);
        }
    }
    assert_eq!(passed, 40);
    let one_subnet = "2001:db8:8:1";
    let mut passed = 0;
    for host in 0..50 {
        let address = format!("{one_subnet}::{host:x}");
        passed += u32::from(fixture.status(from(&address)).await == 200);
    }
    assert_eq!(passed, 5);
}

#[tokio::test]
async fn a_rule_by_principal_is_decided_after_authentication() {
    let principal = Rule::new("user", per_minute(2)).key([KeyBy::Principal]);
    let address = Rule::new("edge", per_minute(1));
    let fixture = fixture_at(rules([principal, address]), Point::Authenticated);
    let as_user = |user| {
        let mut request = from(HERE);
        request.extensions_mut().insert(User(user));
        request
    };
    for status in [200, 200, 429] {
        assert_eq!(fixture.status(as_user(1)).await, status);
    }
    assert_eq!(fixture.status(as_user(2)).await, 200);
    // Nobody is known: the rule does not count, and says so.
    for _ in 0..5 {
        assert_eq!(fixture.status(from(HERE)).await, 200);
    }
    let report = fixture.limiter.report();
    assert_eq!((report[0].refused, report[0].without_key), (1, 5));
}

#[tokio::test]
async fn costs_are_of_the_request_or_the_rule_and_are_corrected_afterwards() {
    let rule = Rule::new("edge", per_minute(10)).cost(n(4)).settled();
    let fixture = fixture(rules([rule]));
    let costing = |cost, spent| {
        let mut request = from(HERE);
        if let Some(cost) = cost {
            request.extensions_mut().insert(Cost::new(cost));
        }
        if let Some(spent) = spent {
            request.extensions_mut().insert(Spent::new(spent));
        }
        request
    };
    let left = async |request| {
        let response = fixture.ask(request).await;
        assert_eq!(response.status(), 200);
        response.headers()["ratelimit"].to_str().unwrap().to_owned()
    };
    assert!(left(costing(None, Some(1))).await.contains("r=6;"));
    // Three of the four came back.
    assert!(left(costing(Some(0), None)).await.contains("r=9;"));
    assert!(left(costing(Some(2), Some(30))).await.contains("r=7;"));
    // 28 more than was taken: into debt.
    let refused = fixture.ask(costing(Some(1), None)).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "132");
    let never = fixture.ask(costing(Some(11), None)).await;
    assert!(!never.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn other_rules_come_into_force_and_what_is_owed_stays_owed() {
    let fixture = fixture(rules([
        Rule::new("edge", per_minute(10)),
        Rule::new("gone", per_minute(9)),
    ]));
    for _ in 0..10 {
        fixture.ask(from(HERE)).await;
    }
    let replace = |rules| {
        let now = fixture.clock.now();
        fixture.limiter.replace(rules, now, SystemTime::UNIX_EPOCH)
    };
    // Sixty seconds are owed; a quota of two seconds is owed no more than its own.
    let quota = Quota::per_second(n(2)).unwrap().with_burst(n(4)).unwrap();
    replace(rules([Rule::new("edge", quota)])).unwrap();
    assert_eq!(fixture.status(from(HERE)).await, 429);
    fixture.clock.pass(1);
    for status in [200, 200, 429] {
        assert_eq!(fixture.status(from(HERE)).await, status);
    }
    // What is wrong changes nothing.
    let wrong = [
        Rule::new("Edge", quota),
        Rule::new("a", quota),
        Rule::new("a", quota).key([]),
    ];
    let errors = replace(rules(wrong)).unwrap_err();
    assert_eq!(errors.as_slice().len(), 3, "{errors}");
    assert_eq!(fixture.status(from(HERE)).await, 429);
}

#[tokio::test]
async fn calendar_quotas_turn_with_the_clock_and_their_waits_are_spread() {
    let day = Quota::calendar(n(1), crate::Calendar::Day);
    let fixture = fixture(rules([Rule::new("edge", day)]));
    let mut waits = std::collections::HashSet::new();
    for host in 1..50 {
        let address = format!("192.0.2.{host}");
        assert_eq!(fixture.status(from(&address)).await, 200);
        let refused = fixture.ask(from(&address)).await;
        let wait: u64 = refused.headers()["retry-after"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((86_400..=86_410).contains(&wait), "{wait}");
        waits.insert(wait);
    }
    assert!(waits.len() > 5);
    fixture.clock.pass(86_400);
    assert_eq!(fixture.status(from(HERE)).await, 200);
}
