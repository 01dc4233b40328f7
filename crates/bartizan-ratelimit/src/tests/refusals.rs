use std::time::Duration;

use http::Method;
use http_body::Body as _;

use super::*;
use crate::{BanPolicy, Dialect, Networks, Rejection, RoutePattern};

const HERE: &str = "192.0.2.1";

fn networks(list: &[&str]) -> Networks {
    list.iter()
        .map(|net| net.parse::<ipnet::IpNet>().unwrap())
        .collect()
}

#[tokio::test]
async fn a_refusal_is_an_empty_body_and_a_reason_in_the_extensions() {
    let fixture = fixture(rules([Rule::new("edge", per_minute(1))]));
    fixture.ask(from(HERE)).await;
    let refused = fixture.ask(from(HERE)).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "60");
    assert_eq!(refused.headers()["ratelimit"], "\"edge\";r=0;t=60");
    let Some(Rejection::QuotaExceeded { rules, retry_after }) = refused.extensions().get() else {
        panic!("no reason");
    };
    assert_eq!(&*rules[0], "edge");
    assert_eq!(*retry_after, Some(Duration::from_secs(60)));
    assert!(refused.body().is_end_stream());
}

#[tokio::test]
async fn networks_that_are_allowed_are_not_counted_and_denied_ones_never_pass() {
    let mut rules = rules([Rule::new("edge", per_minute(1))]);
    rules.allow = networks(&["10.0.0.0/8", "192.0.2.9/32"]);
    rules.deny = networks(&["192.0.2.8/29"]);
    let fixture = fixture(rules.clone());
    for _ in 0..5 {
        let passed = fixture.ask(from("10.1.2.3")).await;
        assert_eq!(passed.status(), 200);
        assert!(!passed.headers().contains_key("ratelimit"));
        // In both lists: refused.
        let denied = fixture.ask(from("::ffff:192.0.2.9")).await;
        assert_eq!(denied.status(), 403);
        assert_eq!(denied.extensions().get(), Some(&Rejection::Denied));
    }
    // Changed while serving.
    rules.deny = Networks::default();
    let now = fixture.clock.now();
    fixture
        .limiter
        .replace(rules, now, SystemTime::UNIX_EPOCH)
        .unwrap();
    assert_eq!(fixture.status(from("192.0.2.9")).await, 200);
}

#[tokio::test]
async fn a_rule_in_shadow_refuses_nobody_and_is_counted() {
    let shadow = Rule::new("new", per_minute(1)).shadow();
    let fixture = fixture(rules([shadow, Rule::new("edge", per_minute(3))]));
    for status in [200, 200, 200, 429] {
        let response = fixture.ask(from(HERE)).await;
        assert_eq!(response.status(), status);
        assert!(
            !response.headers()["ratelimit"]
                .to_str()
                .unwrap()
                .contains("new")
        );
    }
    let report = fixture.limiter.report();
    assert_eq!((report[0].refused, report[0].shadow_refused), (0, 3));
    assert_eq!(report[1].refused, 1);
    let mut all = rules([Rule::new("edge", per_minute(1))]);
    all.shadow = true;
    let fixture = super::fixture(all);
    for _ in 0..5 {
        assert_eq!(fixture.status(from(HERE)).await, 200);
    }
}

#[tokio::test]
async fn who_is_refused_too_often_is_banned() {
    let minute = Duration::from_secs(60);
    let ban = BanPolicy::new(n(3), minute, minute, 10 * minute).unwrap();
    let fixture = fixture(rules([Rule::new("edge", per_minute(60)).ban(ban)]));
    for _ in 0..60 {
        assert_eq!(fixture.status(from(HERE)).await, 200);
    }
    for _ in 0..4 {
        assert_eq!(fixture.status(from(HERE)).await, 429);
    }
    fixture.clock.pass(20);
    let banned = fixture.ask(from(HERE)).await;
    assert_eq!(banned.status(), 403);
    assert_eq!(banned.headers()["retry-after"], "40");
    assert_eq!(fixture.status(from("192.0.2.2")).await, 200);
    fixture.clock.pass(40);
    assert_eq!(fixture.status(from(HERE)).await, 200);
    assert_eq!(fixture.limiter.report()[0].banned, 1);
}

#[tokio::test]
async fn what_neighbours_have_used_up_is_no_strike() {
    let hour = Duration::from_secs(60 * 60);
    let ban = BanPolicy::new(n(2), hour, hour, hour).unwrap();
    let fixture = fixture(rules([Rule::new("edge", per_minute(2)).ban(ban)]));
    for subnet in 0..8 {
        for _ in 0..2 {
            let address = format!("2001:db8:7:{subnet:x}::1");
            assert_eq!(fixture.status(from(&address)).await, 200);
        }
    }
    for _ in 0..6 {
        assert_eq!(fixture.status(from("2001:db8:7:9::1")).await, 429);
    }
    assert_eq!(fixture.limiter.report()[0].banned, 0);
}

#[tokio::test]
async fn a_rule_for_get_is_for_head_too() {
    let rule = Rule::new("edge", per_minute(1)).methods([Method::GET]);
    let fixture = fixture(rules([rule]));
    let head = || {
        let mut request = from(HERE);
        *request.method_mut() = Method::HEAD;
        request
    };
    assert_eq!(fixture.status(head()).await, 200);
    assert_eq!(fixture.status(head()).await, 429);
    assert_eq!(fixture.status(from(HERE)).await, 429);
}

#[tokio::test]
async fn a_rule_without_fields_says_nothing_of_what_is_left() {
    let mut rules = rules([Rule::new("login", per_minute(1)).without_fields()]);
    rules.dialect = Dialect::Draft11AndLegacy;
    let fixture = fixture(rules);
    let passed = fixture.ask(from(HERE)).await;
    assert!(passed.headers().is_empty());
    let refused = fixture.ask(from(HERE)).await;
    assert_eq!(refused.headers().len(), 1, "only Retry-After");
    let Some(Rejection::QuotaExceeded { rules, .. }) = refused.extensions().get() else {
        panic!("no reason");
    };
    assert!(rules.is_empty());
}

#[tokio::test]
async fn other_spellings_of_a_path_have_no_quota_of_their_own() {
    // One rule for all, one for a route: a spelling that the router does not know falls under the first alone.
    let pattern = RoutePattern::parse("/x").unwrap();
    let route = Rule::new("x", per_minute(1))
        .routes([pattern])
        .methods([Method::GET]);
    let fixture = fixture(rules([Rule::new("all", per_minute(6)), route]));
    assert_eq!(fixture.status(at(HERE, "/x")).await, 200);
    assert_eq!(fixture.status(at(HERE, "/x")).await, 429);
    assert_eq!(fixture.status(at(HERE, "/x?a=1")).await, 429);
    for path in ["/x/", "//x", "/X", "/./x", "/x/../x"] {
        assert_eq!(fixture.status(at(HERE, path)).await, 200, "{path}");
    }
    assert_eq!(fixture.status(at(HERE, "//x")).await, 429);
}
