use std::time::{Duration, SystemTime};

use super::*;

fn fields(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, value.parse().unwrap());
    }
    headers
}

fn judge(
    policy: &Policy,
    asked: &Asked<'_>,
    status: u16,
    answer: &[(&'static str, &str)],
) -> Option<NotStored> {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let status = StatusCode::from_u16(status).unwrap();
    policy
        .storable(asked, status, &fields(answer), Times::new(now, now))
        .err()
}

fn anonymous(status: u16, answer: &[(&'static str, &str)]) -> Option<NotStored> {
    judge(
        &Policy::default(),
        &Asked::new(&Method::GET, &HeaderMap::new()),
        status,
        answer,
    )
}

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

#[test]
fn what_says_how_long_it_is_fresh_is_stored_and_nothing_else() {
    assert_eq!(anonymous(200, &[FRESH]), None);
    assert_eq!(anonymous(404, &[FRESH]), None);
    assert_eq!(anonymous(206, &[FRESH]), Some(NotStored::Partial));
    assert_eq!(anonymous(200, &[]), Some(NotStored::NoLifetime));
    assert_eq!(
        anonymous(200, &[("cache-control", "public")]),
        Some(NotStored::NoLifetime)
    );
}

#[test]
fn each_rule_that_forbids_forbids_alone() {
    let over = |field| [FRESH, field];
    for (field, why) in [
        (("set-cookie", "a=b"), NotStored::SetCookie),
        (("cache-control", "no-store"), NotStored::NoStore),
        (("cache-control", "private"), NotStored::Private),
        (("cache-control", "private=\"\""), NotStored::Private),
        (("cache-control", "x=\""), NotStored::Broken),
        (("cache-control", "max-age=0"), NotStored::Useless),
        (("cache-control", "max-age=x"), NotStored::Useless),
        (("cache-control", "no-cache"), NotStored::Useless),
        (("age", "60"), NotStored::Useless),
        (("vary", "*"), NotStored::Vary),
    ] {
        assert_eq!(anonymous(200, &over(field)), Some(why), "{field:?}");
    }
    for status in [201, 304, 400, 403, 418, 429, 500, 503] {
        assert_eq!(
            anonymous(status, &[FRESH]),
            Some(NotStored::Status),
            "{status}"
        );
    }
}

#[test]
fn what_can_be_confirmed_is_stored_though_stale() {
    for tag in [
        ("etag", "\"a\""),
        ("last-modified", "Tue, 14 Nov 2023 22:13:20 GMT"),
    ] {
        assert_eq!(anonymous(200, &[("cache-control", "no-cache"), tag]), None);
        assert_eq!(anonymous(200, &[("cache-control", "max-age=0"), tag]), None);
    }
    assert_eq!(
        anonymous(200, &[("cache-control", "max-age=0, stale-if-error=9")]),
        None
    );
}

#[test]
fn what_must_be_understood_and_is_overrides_no_store() {
    let control = ("cache-control", "max-age=60, no-store, must-understand");
    assert_eq!(anonymous(200, &[control]), None);
    let policy = Policy::builder().any_status().build().unwrap();
    let none = HeaderMap::new();
    let asked = Asked::new(&Method::GET, &none);
    assert_eq!(
        judge(&policy, &asked, 599, &[control]),
        Some(NotStored::Status)
    );
    assert_eq!(judge(&policy, &asked, 599, &[FRESH]), None);
}

#[test]
fn a_targeted_field_stands_in_for_the_general_ones() {
    let name = HeaderName::from_static("cdn-cache-control");
    let policy = Policy::builder().target(name).build().unwrap();
    let none = HeaderMap::new();
    let asked = Asked::new(&Method::GET, &none);
    let general = ("cache-control", "no-store");
    let judge = |field| {
        judge(
            &policy,
            &asked,
            200,
            &[general, ("cdn-cache-control", field)],
        )
    };
    assert_eq!(judge("max-age=60"), None);
    assert_eq!(judge("max-age=60, no-store"), Some(NotStored::NoStore));
    assert_eq!(judge("&"), Some(NotStored::NoStore));
    assert_eq!(judge(""), Some(NotStored::NoStore));
    assert_eq!(
        anonymous(200, &[general, ("cdn-cache-control", "max-age=60")]),
        Some(NotStored::NoStore)
    );
}

#[test]
fn credentials_neither_read_nor_write_unless_the_route_shares() {
    let sharing = |sharing| Policy::builder().sharing(sharing).build().unwrap();
    let token = fields(&[("authorization", "x")]);
    let cookie = fields(&[("cookie", "a=b")]);
    let none = HeaderMap::new();
    let askers = [
        Asked::new(&Method::GET, &token),
        Asked::new(&Method::GET, &cookie),
        Asked::new(&Method::GET, &none).authenticated(),
    ];
    for asked in askers {
        let stored = |policy: &Policy, control| {
            judge(policy, &asked, 200, &[("cache-control", control)]).is_none()
        };
        let closed = Policy::default();
        assert_eq!(closed.admits(&asked), Err(Bypass::Credentials));
        assert!(!stored(&closed, "public, max-age=60, s-maxage=60"));

        let public = sharing(Sharing::Public);
        assert_eq!(public.admits(&asked), Ok(()));
        assert!(stored(&public, "max-age=60"));
        assert!(!stored(&public, "private, max-age=60"));

        let partitioned = sharing(Sharing::Partitioned);
        assert_eq!(partitioned.admits(&asked), Err(Bypass::Credentials));
        assert_eq!(partitioned.admits(&asked.partitioned()), Ok(()));
        assert!(!stored(&partitioned, "max-age=60"));

        let answered = sharing(Sharing::AsAnswered);
        assert_eq!(answered.admits(&asked), Ok(()));
        assert!(!stored(&answered, "max-age=60"));
        for control in [
            "max-age=60, public",
            "max-age=60, must-revalidate",
            "s-maxage=60",
        ] {
            assert!(stored(&answered, control), "{control}");
        }
    }
}

#[test]
fn requests_that_no_key_can_hold_pass_by() {
    let none = HeaderMap::new();
    let policy = Policy::default();
    for method in [
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
        Method::PATCH,
    ] {
        assert_eq!(
            policy.admits(&Asked::new(&method, &none)),
            Err(Bypass::Method)
        );
    }
    assert_eq!(policy.admits(&Asked::new(&Method::HEAD, &none)), Ok(()));
    for (field, why) in [
        (("content-length", "1"), Err(Bypass::Body)),
        (("content-length", "x"), Err(Bypass::Body)),
        (("content-length", "0"), Ok(())),
        (("transfer-encoding", "chunked"), Err(Bypass::Body)),
        (("upgrade", "websocket"), Err(Bypass::Upgrade)),
        (("if-match", "\"a\""), Err(Bypass::Precondition)),
        (("cache-control", "no-store"), Ok(())),
    ] {
        let headers = fields(&[field]);
        assert_eq!(
            policy.admits(&Asked::new(&Method::GET, &headers)),
            why,
            "{field:?}"
        );
    }
    let honours = Policy::builder().honour_requests().build().unwrap();
    let headers = fields(&[("cache-control", "no-store")]);
    assert_eq!(
        honours.admits(&Asked::new(&Method::GET, &headers)),
        Err(Bypass::NoStore)
    );
}
