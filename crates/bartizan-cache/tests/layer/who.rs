//! Whose answer serves whom.

use bartizan_cache::{Bypass, NotStored, Policy, Sharing};
use proptest::prelude::*;

use crate::service::{App, NonceUsed, Principal, public, read, request, response};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

fn numbered(policy: bartizan_cache::PolicyBuilder) -> App {
    App::new(policy, |_, call| response(200, &[FRESH], &call.to_string()))
}

#[tokio::test]
async fn credentials_neither_read_nor_write() {
    let app = numbered(Policy::builder());
    for (number, field) in [("authorization", "x"), ("cookie", "a=b")]
        .into_iter()
        .enumerate()
    {
        let answer = app.get("/a", &[field]).await;
        assert_eq!(answer.body, (number + 1).to_string());
        assert_eq!(
            answer.field("cache-status"),
            "c; fwd=bypass; fwd-status=200; detail=credentials"
        );
    }
    assert_eq!(app.get("/a", &[]).await.body, "3");
    let mut known = request("GET", "/a", &[]);
    known.extensions_mut().insert(Principal(7));
    assert_eq!(read(app.send(known).await).await.body, "4");
    assert_eq!(app.get("/a", &[]).await.body, "3");
}

#[tokio::test]
async fn junk_credentials_do_not_pass_by_a_public_route() {
    let app = numbered(public());
    for fields in [
        &[][..],
        &[("authorization", "junk")],
        &[("cookie", "junk=1")],
    ] {
        assert_eq!(app.get("/a", fields).await.body, "1");
    }
}

#[tokio::test]
async fn a_partition_keeps_its_answers() {
    let app = numbered(Policy::builder().sharing(Sharing::Partitioned));
    let ask = |number| {
        let mut request = request("GET", "/a", &[("authorization", "x")]);
        request.extensions_mut().insert(Principal(number));
        request
    };
    for (number, body) in [(1, "1"), (2, "2"), (1, "1"), (2, "2")] {
        assert_eq!(read(app.send(ask(number)).await).await.body, body);
    }
    assert_eq!(app.get("/a", &[]).await.body, "3");
}

#[tokio::test]
async fn cookies_and_marked_answers_are_never_stored() {
    for kind in 0..4 {
        let app = App::new(public(), move |_, call| {
            let field = [
                ("set-cookie", "s=1"),
                ("vary", "*"),
                ("x-a", "b"),
                ("cache-control", "private"),
            ][kind];
            let mut answer = response(200, &[FRESH, field], &call.to_string());
            if kind == 2 {
                answer.extensions_mut().insert(NonceUsed);
            }
            answer
        });
        let first = app.get("/a", &[]).await;
        assert!(!first.field("cache-status").contains("stored"));
        assert_eq!(app.get("/a", &[]).await.body, "2", "{kind}");
    }
}

#[tokio::test]
async fn the_layer_counts_reasons() {
    let app = App::new(Policy::builder(), |request, _| {
        let field = if request.uri() == "/s" {
            ("set-cookie", "s=1")
        } else {
            ("x-a", "b")
        };
        response(200, &[FRESH, field], "x")
    });
    app.get("/a", &[("cookie", "a=b")]).await;
    app.get("/a", &[("upgrade", "x")]).await;
    read(app.send(request("POST", "/a", &[])).await).await;
    app.get("/s", &[]).await;
    app.get("/a", &[]).await;
    let counters = app.layer.counters();
    let expected = [
        (Bypass::Method, 1),
        (Bypass::Credentials, 1),
        (Bypass::Upgrade, 1),
    ];
    assert_eq!(counters.bypassed, expected);
    assert_eq!(counters.not_stored, [(NotStored::SetCookie, 1)]);
}

/// Whoever brings credentials to a route that shares what is `public` must not keep the others from sharing.
#[tokio::test]
async fn one_with_credentials_does_not_make_a_key_unstorable() {
    let app = numbered(Policy::builder().sharing(Sharing::AsAnswered));
    assert_eq!(app.get("/a", &[("authorization", "junk")]).await.body, "1");
    let now = bartizan_cache::Facts::now(&app.clock);
    let uri = http::Uri::from_static("/a");
    let parts = bartizan_cache::KeyParts::new("https", "example.com", &uri);
    let key = bartizan_cache::Key::new(&http::Method::GET, &parts).unwrap();
    assert!(matches!(
        app.flights.join(&key, now),
        bartizan_cache::Join::Lead(_)
    ));
    assert_eq!(app.get("/a", &[]).await.body, "2");
    assert_eq!(app.get("/a", &[]).await.body, "2");
}

/// What an answer says of whom it is for, and what the fields of it are.
fn answers() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let field = prop::sample::select(vec![
        ("cache-control", "max-age=60"),
        ("cache-control", "public, s-maxage=60"),
        ("cache-control", "must-revalidate, max-age=60"),
        ("cache-control", "max-age=60, no-cache=\"x-a\""),
        ("cache-control", "private=\"x-user\", max-age=60"),
        ("cache-control", "no-store, must-understand, max-age=60"),
        ("expires", "Tue, 14 Nov 2023 23:13:20 GMT"),
        ("vary", "accept-language"),
        ("vary", "cookie"),
        ("etag", "\"a\""),
        ("connection", "x-user"),
        ("set-cookie", "s=1"),
    ]);
    prop::collection::vec(field, 0..5)
}

fn asks() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let field = prop::sample::select(vec![
        ("accept-language", "de"),
        ("if-none-match", "\"a\""),
        ("range", "bytes=0-0"),
        ("cache-control", "no-cache"),
        ("cache-control", "max-stale"),
        ("x-forwarded-host", "evil.example"),
        ("connection", "authorization, cookie"),
    ]);
    prop::collection::vec(field, 0..3)
}

const PAIRS: u32 = if cfg!(debug_assertions) {
    3000
} else {
    1_000_000
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(PAIRS))]

    /// Two users ask for one address in turn; each handler's answer names its user. No answer names the other.
    #[test]
    fn no_field_lets_one_user_read_the_others_answer(
        answer in answers(),
        first in asks(),
        second in asks(),
        how in 0_usize..4,
        partitioned: bool,
    ) {
        let sharing = if partitioned { Sharing::Partitioned } else { Sharing::Anonymous };
        let policy = Policy::builder().sharing(sharing).honour_requests();
        let app = App::new(policy, move |request, _| {
            let user = request.headers().get("x-who").unwrap().to_str().unwrap().to_owned();
            response(200, &[&answer[..], &[("x-user", &user)]].concat(), &user)
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for (user, fields) in [(1, &first), (2, &second), (1, &second)] {
                let name = format!("user-{user}");
                let credential = [("authorization", &*name), ("cookie", &*name), ("x-none", "x"), ("x-none", "x")][how];
                let mut request = request("GET", "/me", &[&fields[..], &[credential, ("x-who", &name)]].concat());
                if how > 1 || partitioned {
                    request.extensions_mut().insert(Principal(user));
                }
                let answer = read(app.send(request).await).await;
                let other = format!("user-{}", 3 - user);
                assert!(!answer.body.contains(&other) && answer.field("x-user") != other, "{answer:?}");
            }
        });
    }
}
