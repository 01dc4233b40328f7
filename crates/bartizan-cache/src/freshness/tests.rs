use super::*;

fn t0() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn date(time: SystemTime) -> String {
    httpdate::fmt_http_date(time)
}

fn fields(pairs: &[(&'static str, String)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, value.parse().unwrap());
    }
    headers
}

fn fresh(policy: &Policy, headers: &HeaderMap) -> Option<Freshness> {
    let control = CacheControl::of(headers);
    let times = Times::new(t0(), t0());
    Freshness::of(policy, StatusCode::OK, headers, &control, false, times)
}

fn lifetime(pairs: &[(&'static str, String)]) -> Option<u64> {
    fresh(&Policy::default(), &fields(pairs)).map(|freshness| freshness.lifetime().as_secs())
}

#[test]
fn the_most_specific_lifetime_counts() {
    let control = |text: &str| ("cache-control", text.to_owned());
    let expires = ("expires", date(t0() + secs(300)));
    for (pairs, expected) in [
        (
            vec![control("max-age=60, s-maxage=30"), expires.clone()],
            Some(30),
        ),
        (vec![control("max-age=60"), expires.clone()], Some(60)),
        (vec![expires.clone()], Some(300)),
        (
            vec![expires.clone(), ("expires", date(t0() + secs(5)))],
            Some(5),
        ),
        (vec![expires.clone(), ("expires", "0".to_owned())], Some(0)),
        (vec![("date", date(t0() + secs(100))), expires], Some(200)),
        (
            vec![("expires", "Thu, 01 Dec 2094 16:00:00 CET".to_owned())],
            Some(0),
        ),
        (vec![control("public")], None),
        (vec![control("no-cache")], Some(0)),
        (vec![], None),
    ] {
        assert_eq!(lifetime(&pairs), expected, "{pairs:?}");
    }
}

#[test]
fn a_lifetime_stays_under_the_ceilings() {
    let headers = fields(&[("cache-control", "max-age=9999999999".to_owned())]);
    assert_eq!(
        fresh(&Policy::default(), &headers).unwrap().lifetime(),
        secs(86_400)
    );
    let control = CacheControl::of(&headers);
    let times = Times::new(t0(), t0());
    let missing = StatusCode::NOT_FOUND;
    let short = Freshness::of(
        &Policy::default(),
        missing,
        &headers,
        &control,
        false,
        times,
    );
    assert_eq!(short.unwrap().lifetime(), secs(60));
}

#[test]
fn an_age_counts_from_the_worst_of_its_clues() {
    let asked = t0() - secs(4);
    for (pairs, age) in [
        (vec![], 4),
        (vec![("age", "10".to_owned())], 14),
        (vec![("age", "10, 90".to_owned())], (1 << 31) + 4),
        (
            vec![("age", "10".to_owned()), ("age", "10".to_owned())],
            (1 << 31) + 4,
        ),
        (vec![("age", "x".to_owned())], (1 << 31) + 4),
        (vec![("age", "-3".to_owned())], (1 << 31) + 4),
        (
            vec![("age", "10".to_owned()), ("date", date(t0() - secs(50)))],
            50,
        ),
        (vec![("date", date(t0() + secs(50)))], 4),
        (
            vec![("age", "99999999999999999999".to_owned())],
            (1 << 31) + 4,
        ),
    ] {
        let headers = fields(&pairs);
        let control = CacheControl::default();
        let policy = Policy::builder().default_ttl(secs(60)).build().unwrap();
        let times = Times::new(asked, t0());
        let freshness =
            Freshness::of(&policy, StatusCode::OK, &headers, &control, false, times).unwrap();
        assert_eq!(freshness.age(t0()), secs(age), "{pairs:?}");
        assert_eq!(freshness.age(t0() + secs(3)), secs(age + 3), "{pairs:?}");
    }
}

#[test]
fn fresh_ends_when_the_age_reaches_the_lifetime() {
    let headers = fields(&[("cache-control", "max-age=10, stale-if-error=5".to_owned())]);
    let freshness = fresh(&Policy::default(), &headers).unwrap();
    assert_eq!(freshness.fresh_for(t0() + secs(9)), secs(1));
    assert_eq!(freshness.stale_for(t0() + secs(9)), None);
    assert_eq!(freshness.stale_for(t0() + secs(10)), Some(Duration::ZERO));
    assert_eq!(freshness.usable_for(t0() + secs(9)), secs(6));
    assert_eq!(freshness.usable_for(t0() + secs(99)), Duration::ZERO);
}

#[test]
fn a_clock_that_went_back_makes_nothing_live_longer() {
    let headers = fields(&[("cache-control", "max-age=3600".to_owned())]);
    let freshness = fresh(&Policy::default(), &headers).unwrap();
    assert_eq!(
        freshness.stale_for(t0() - secs(59)),
        None,
        "threads read clocks in any order"
    );
    assert_eq!(freshness.stale_for(t0() - secs(61)), Some(Duration::MAX));
    assert_eq!(freshness.fresh_for(t0() - secs(61)), Duration::ZERO);
}

#[test]
fn windows_are_cut_by_the_policy_and_closed_by_the_answer() {
    let policy = Policy::builder()
        .stale_if_error(secs(7))
        .max_stale(secs(20))
        .build()
        .unwrap();
    for (control, while_revalidate, if_error) in [
        ("max-age=1", 0, 7),
        (
            "max-age=1, stale-if-error=3, stale-while-revalidate=30",
            20,
            3,
        ),
        ("max-age=1, must-revalidate, stale-if-error=3", 0, 0),
        (
            "max-age=1, proxy-revalidate, stale-while-revalidate=3",
            0,
            0,
        ),
        ("s-maxage=1, stale-while-revalidate=3", 0, 0),
        ("max-age=1, no-cache, stale-while-revalidate=3", 0, 0),
        ("max-age=1, stale-if-error=x", 0, 0),
    ] {
        let freshness = fresh(&policy, &fields(&[("cache-control", control.to_owned())])).unwrap();
        assert_eq!(
            freshness.while_revalidate(),
            secs(while_revalidate),
            "{control}"
        );
        assert_eq!(freshness.if_error(), secs(if_error), "{control}");
    }
}

#[test]
fn a_guess_needs_a_policy_a_status_and_a_date_of_change() {
    let headers = fields(&[("last-modified", date(t0() - secs(1000)))]);
    let policy = Policy::builder().heuristic(secs(60)).build().unwrap();
    assert_eq!(fresh(&Policy::default(), &headers), None);
    assert_eq!(fresh(&policy, &headers).unwrap().lifetime(), secs(60));
    let younger = fields(&[("last-modified", date(t0() - secs(100)))]);
    assert_eq!(fresh(&policy, &younger).unwrap().lifetime(), secs(10));
    let times = Times::new(t0(), t0());
    let control = CacheControl::default();
    let found = Freshness::of(&policy, StatusCode::FOUND, &headers, &control, false, times);
    assert_eq!(found, None);
    let control = CacheControl::of_lines([&"public".parse().unwrap()]);
    let found = Freshness::of(&policy, StatusCode::FOUND, &headers, &control, false, times);
    assert!(found.is_some());
}

#[test]
fn jitter_only_cuts() {
    for chance in [0, 1, u32::MAX / 2, u32::MAX] {
        for percent in [0, 10, 50, 255] {
            assert!(jittered(secs(100), percent, chance) <= secs(100));
        }
    }
    assert_eq!(jittered(secs(100), 0, u32::MAX), secs(100));
    assert_eq!(jittered(secs(100), 50, u32::MAX), secs(50));
}
