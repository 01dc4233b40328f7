//! What the server holds.

use std::time::Instant;

use bartizan_ratelimit::{Calendar, Change, Claim, Limit, Quota, Redis, RedisConfig, Store as _};
use jiff::{Timestamp, ToSpan, tz::TimeZone};

use super::{PATIENT, connected, decide, is_allowed, key, left, limit, n, server::Server, until};

#[tokio::test]
async fn keys_tell_nothing_and_end_by_themselves() {
    let server = Server::start();
    let store = connected(&server, |config| config.with_namespace("shop")).await;
    let limits: Vec<Limit> = [
        Quota::per_minute(n(60)).unwrap(),
        Quota::calendar(n(9), Calendar::Minute),
        Quota::calendar(n(9), Calendar::Hour),
        Quota::calendar(n(9), Calendar::Day),
        Quota::calendar(n(9), Calendar::Week),
        Quota::calendar(n(9), Calendar::Month),
    ]
    .into_iter()
    .map(|quota| limit("login", quota))
    .collect();
    let claims: Vec<Claim<'_>> = limits.iter().map(|l| Claim::new(l, key(l, 7), 2)).collect();
    assert!(decide(&store, &claims).await.unwrap().are_allowed());

    let names: Vec<String> = redis::from_redis_value(server.ask(&["KEYS", "{shop}:?:*"])).unwrap();
    assert_eq!(names.len(), limits.len());
    for name in &names {
        let hash = name.strip_prefix("{shop}:").unwrap().get(2..).unwrap();
        assert_eq!(hash.len(), 32);
        assert!(hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        assert!(!name.contains("192") && !name.contains("login"), "{name}");

        let lifetime: i64 = redis::from_redis_value(server.ask(&["PTTL", name])).unwrap();
        let letter = name.as_bytes()["{shop}:".len()];
        let days = match letter {
            // Two of sixty a minute come back in two seconds.
            b'r' => 2.0 / 86_400.0,
            b'm' => 60.0 / 86_400.0,
            b'h' => 1.0 / 24.0,
            b'd' => 1.0,
            b'w' => 7.0,
            _ => 31.0,
        };
        let most = (days * 86_400_000.0) as i64 + 1001;
        assert!((1..=most).contains(&lifetime), "{name}: {lifetime} ms");
    }
    // The probe's key, and nothing else.
    let all: i64 = redis::from_redis_value(server.ask(&["DBSIZE"])).unwrap();
    assert!(all as usize <= names.len() + 1);
}

/// The script's calendar, asked for moments of its own: its arithmetic has to be that of the decisions that are told.
#[test]
fn windows_turn_as_those_of_a_calendar_library() {
    let server = Server::start();
    let script = concat!(
        include_str!("../../src/redis/calendar.lua"),
        "\nlocal _, _, window = calendar() local out = {} for i = 2, #ARGV do local n, l = window(ARGV[1], tonumber(ARGV[i])) out[2*i-3] = n out[2*i-2] = l end return out"
    );
    let ask = |kind: &str, moments: &[i64]| -> Vec<i64> {
        let moments: Vec<String> = moments.iter().map(i64::to_string).collect();
        let mut words = vec!["EVAL", script, "0", kind];
        words.extend(moments.iter().map(String::as_str));
        redis::from_redis_value(server.ask(&words)).unwrap()
    };
    for (kind, unit, first) in [
        ("m", 1.minute(), "1970-01-01T00:00:00Z"),
        ("h", 1.hour(), "1970-01-01T00:00:00Z"),
        ("d", 1.day(), "1970-01-01T00:00:00Z"),
        // The Monday before: window 0 began there.
        ("w", 1.week(), "1969-12-29T00:00:00Z"),
        ("M", 1.month(), "1970-01-01T00:00:00Z"),
    ] {
        let first: Timestamp = first.parse().unwrap();
        let mut start = first.to_zoned(TimeZone::UTC);
        let (mut moments, mut expected) = (Vec::new(), Vec::new());
        for number in 0..1500 {
            let next = start.checked_add(unit).unwrap();
            let (from, to) = (
                start.timestamp().as_microsecond(),
                next.timestamp().as_microsecond(),
            );
            if from >= 0 {
                moments.extend([from, to - 1]);
                expected.extend([number, to - from, number, 1]);
            }
            start = next;
        }
        assert_eq!(ask(kind, &moments), expected, "{kind}");
    }
}

/// The rights that docs/rate-limit-redis.md names.
const RIGHTS: &str = "+evalsha +eval +script|load +mget +get +psetex +del +time ~{bartizan}:*";

#[tokio::test]
async fn a_user_of_the_documented_rights_is_enough() {
    let server = Server::start();
    let mut words = vec!["ACL", "SETUSER", "limits", "on", ">hunter2", "-@all"];
    words.extend(RIGHTS.split(' '));
    server.ask(&words);
    let url = server.url().replace("//", "//limits:hunter2@");
    let store = Redis::connect(RedisConfig::new(&url).with_time_limit(PATIENT)).unwrap();
    until("the store is up", || !store.stats().is_down).await;
    assert!(!format!("{store:?}").contains("hunter2"));

    let limits = [
        limit("a", Quota::per_hour(n(9)).unwrap()),
        limit("b", Quota::calendar(n(9), Calendar::Day)),
    ];
    server.ask(&["SCRIPT", "FLUSH"]);
    for limit in &limits {
        assert!(is_allowed(&store, limit, key(limit, 1)).await);
        let calls = server.calls("del");
        store.settle(limit, key(limit, 1), Change::Clear, Instant::now());
        until("it is cleared", || server.calls("del") > calls).await;
        assert_eq!(left(&store, limit, key(limit, 1)).await, 9);
    }
    assert_eq!(store.stats().failures, 0);
}
