//! Our rules against the crate `http-cache-semantics`, over random exchanges. Where the two differ, a row of the table says why;
//! a difference without a row fails, and so does a row without a difference.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "oracle/exchange.rs"]
mod exchange;
mod support;

use std::{collections::BTreeMap, time::Duration};

use bartizan_cache::{Asked, Policy, Reuse, Sharing, Times, request_control, reuse};
use http_cache_semantics::{BeforeRequest, CacheOptions, CachePolicy};

use self::exchange::{Exchange, T0};
use crate::support::Rng;

const EXCHANGES: usize = 60_000;

/// Why the two may differ.
struct Difference {
    name: &'static str,
    /// Ours serves what the oracle does not; else the other way.
    ours_serves: bool,
    applies: fn(&Exchange) -> bool,
}

const fn stricter(name: &'static str, applies: fn(&Exchange) -> bool) -> Difference {
    Difference {
        name,
        ours_serves: false,
        applies,
    }
}

const fn laxer(name: &'static str, applies: fn(&Exchange) -> bool) -> Difference {
    Difference {
        name,
        ours_serves: true,
        applies,
    }
}

const DIFFERENCES: &[Difference] = &[
    // Ours is stricter.
    stricter(
        "Set-Cookie is never stored; the oracle stores it with `public`",
        |e| e.answers("set-cookie"),
    ),
    stricter(
        "a lifetime ends by `Date` too (RFC 9111, 4.2.3); the oracle trusts `Age` alone",
        |e| e.date_is_past(),
    ),
    stricter(
        "`Vary` compares every line (RFC 9111, 4.1); the oracle the first",
        |e| e.varies_on_a_second_line(),
    ),
    stricter(
        "`no-store` and `private` in any case, and with an argument",
        |e| e.control_has(&["No-Store", "PRIVATE"]),
    ),
    stricter("must-revalidate in any case forbids `max-stale`", |e| {
        e.control_has(&["Must-Revalidate"]) && e.asks_for("max-stale")
    }),
    stricter("s-maxage forbids `max-stale` (RFC 9111, 5.2.2.10)", |e| {
        e.control_has(&["s-maxage"]) && e.asks_for("max-stale")
    }),
    stricter(
        "proxy-revalidate forbids `max-stale` (RFC 9111, 5.2.2.8)",
        |e| e.control_has(&["proxy-revalidate"]) && e.asks_for("max-stale"),
    ),
    stricter("`no-cache` forbids `max-stale` (RFC 9111, 4.2.4)", |e| {
        e.control_has(&["no-cache"]) && e.asks_for("max-stale")
    }),
    stricter(
        "what has no lifetime, or is useless, is not stored; the oracle serves it by `max-stale`",
        |e| {
            e.asks_for("max-stale")
                && !e.control_has(&[
                    "Must-Revalidate",
                    "s-maxage",
                    "proxy-revalidate",
                    "no-cache",
                ])
        },
    ),
    stricter("a request's no-store reads nothing either", |e| {
        e.asks_for("no-store")
    }),
    stricter("a request's max-age=0 always asks", |e| {
        e.asks_for("max-age=0")
    }),
    stricter(
        "of two lifetimes the shorter counts; the oracle takes the first",
        |e| e.repeats_a_directive(),
    ),
    stricter("a broken quoted string keeps the answer out", |e| {
        e.control_has(&["x=\""])
    }),
    stricter(
        "of two `Expires` the earlier counts; the oracle reads the first",
        |e| e.answers_twice("expires"),
    ),
    stricter(
        "an `Age` that is no number is old; the oracle counts it as none",
        |e| e.age_is_broken(),
    ),
    stricter("a directive's name counts in any case", |e| {
        e.control_has(&["Max-Age"])
    }),
    // Ours serves what RFC 9111 allows and the oracle does not.
    laxer("a directive's name counts in any case", |e| {
        e.control_has(&["Max-Age"])
    }),
    laxer(
        "proxy-revalidate forbids only stale answers (RFC 9111, 5.2.2.8)",
        |e| e.control_has(&["proxy-revalidate"]),
    ),
    laxer(
        "must-understand overrides no-store (RFC 9111, 5.2.2.3)",
        |e| e.control_has(&["must-understand"]),
    ),
    laxer(
        "`private=\"f\"` and `no-cache=\"f\"` leave out fields, not the answer",
        |e| e.control_has(&["private=\"x-f\"", "no-cache=\"x-f\""]),
    ),
    laxer("a directive inside a quoted string is none", |e| {
        e.control_has(&["y=\"a, no-store, b\""])
    }),
    laxer(
        "`Pragma` in a request counts only without Cache-Control (RFC 9111, 5.4)",
        |e| e.asks("pragma") && e.asks("cache-control"),
    ),
    laxer("`Pragma` in an answer means nothing (RFC 9111, 5.4)", |e| {
        e.answers("pragma")
    }),
    laxer("spaces about commas do not make another variant", |e| {
        e.spaces_vary()
    }),
    laxer(
        "of two lifetimes the shorter counts; the oracle takes the first and forbids `max-stale`",
        |e| e.repeats_a_directive() && e.asks_for("max-stale"),
    ),
    laxer(
        "max-stale reaches to its last second (RFC 9111, 5.2.1.2)",
        |e| e.asks_for("max-stale=20"),
    ),
    laxer("must-revalidate in any case lets others have it", |e| {
        e.control_has(&["Must-Revalidate"]) && e.asks("authorization")
    }),
];

#[test]
fn we_differ_from_the_oracle_only_where_the_table_says_so() {
    let mut rng = Rng::new(9111);
    let mut seen: BTreeMap<usize, usize> = BTreeMap::new();
    let (mut agreed, mut served) = (0, 0);
    for number in 0..EXCHANGES {
        let exchange = Exchange::any(&mut rng);
        let (ours, theirs) = (ours(&exchange), oracle(&exchange));
        if ours == theirs {
            agreed += 1;
            served += usize::from(ours);
            continue;
        }
        let rows = DIFFERENCES.iter().enumerate();
        let reasons: Vec<usize> = rows
            .filter(|(_, row)| row.ours_serves == ours && (row.applies)(&exchange))
            .map(|(place, _)| place)
            .collect();
        assert!(
            !reasons.is_empty(),
            "exchange {number}: ours serves: {ours}, the oracle: {theirs}\n{exchange:#?}"
        );
        // Only what stands alone shows that a row is needed.
        if let [only] = reasons.as_slice() {
            *seen.entry(*only).or_default() += 1;
        }
    }
    assert!(agreed > EXCHANGES / 2, "{agreed}");
    assert!(served > EXCHANGES / 50, "{served} served by both");
    let idle: Vec<&str> = DIFFERENCES
        .iter()
        .enumerate()
        .filter(|(place, _)| !seen.contains_key(place))
        .map(|(_, row)| row.name)
        .collect();
    assert!(idle.is_empty(), "rows that no exchange needs: {idle:#?}");
}

fn ours(exchange: &Exchange) -> bool {
    let policy = Policy::builder()
        .sharing(Sharing::AsAnswered)
        .session_cookies(Vec::<&str>::new())
        .honour_requests()
        .heuristic(Duration::from_secs(86_400))
        .max_ttl(Duration::from_secs(1 << 31))
        .max_ttl_unless_successful(Duration::from_secs(1 << 31))
        .build()
        .unwrap();
    let (first, answer, second) = (exchange.first(), exchange.answer(), exchange.second());
    let asked = Asked::new(first.method(), first.headers());
    if policy.admits(&asked).is_err() {
        return false;
    }
    let Ok(stored) = policy.storable(
        &asked,
        answer.status(),
        answer.headers(),
        Times::new(T0(), T0()),
    ) else {
        return false;
    };
    let again = Asked::new(second.method(), second.headers());
    if policy.admits(&again).is_err() {
        return false;
    }
    let made_for = stored.vary.values(first.headers()).unwrap();
    let control = request_control(second.headers());
    let now = T0() + exchange.later;
    let serves = matches!(
        reuse(&stored.freshness, Some(&control), false, now),
        Reuse::Fresh | Reuse::Stale
    );
    serves && made_for.fits(second.headers())
}

fn oracle(exchange: &Exchange) -> bool {
    let options = CacheOptions {
        shared: true,
        ..CacheOptions::default()
    };
    let stored = CachePolicy::new_options(&exchange.first(), &exchange.answer(), T0(), options);
    let now = T0() + exchange.later;
    stored.is_storable()
        && matches!(
            stored.before_request(&exchange.second(), now),
            BeforeRequest::Fresh(_)
        )
}
