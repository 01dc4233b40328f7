//! Other origins at the real server: what its configuration lets them read and do, and what browsers report.

use serde_json::{Value, json};

use crate::server::{CHEAP, PASSWORD, Reply, Server, wait_for};

const APP: &str = "https://app.example";

const CORS: &str = "[[cors]]\nroutes = [\"/v1/**\"]\norigins = [\"https://app.example\"]\ncredentials = true\n\
    methods = [\"PUT\", \"DELETE\"]\nrequest_headers = [\"content-type\"]\n\n\
    [[cors]]\nroutes = [\"/v1/articles\"]\nany_origin = true\n";

fn server(more: &str) -> Server {
    Server::start(&format!("{CHEAP}{CORS}{more}"))
}

#[test]
fn origins_of_the_file_read_every_answer_and_others_none() {
    let limit = "[[rate_limit]]\nname = \"account\"\nroutes = [\"/v1/account\"]\nlimit = 1\nperiod = \"1d\"\n";
    let server = server(limit);
    let ask = |method: &str, path: &str, origin: &str| {
        server.send(method, path, &[("origin", origin)], None)
    };
    for (method, path, status) in [
        ("GET", "/v1/account", 401),
        ("GET", "/v1/account", 429),
        ("GET", "/v1/nowhere", 404),
        ("GET", "/v1/accounts", 405),
    ] {
        let reply = ask(method, path, APP);
        assert_eq!(reply.status, status, "{method} {path}");
        assert_eq!(reply.header("access-control-allow-origin"), Some(APP));
        assert_eq!(
            reply.header("access-control-allow-credentials"),
            Some("true")
        );
        let exposed = reply.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("retry-after"), "{exposed}");
        let evil = ask(method, path, "https://evil.example");
        assert_eq!(evil.header("access-control-allow-origin"), None);
    }
    let public = ask("GET", "/v1/articles", "https://evil.example");
    assert_eq!(public.header("access-control-allow-origin"), Some("*"));
    let elsewhere = ask("GET", "/elsewhere", APP);
    assert_eq!(elsewhere.header("access-control-allow-origin"), None);
}

#[test]
fn a_preflight_is_answered_without_a_session() {
    let server = server("");
    let ask = |origin: &str, method: &str| {
        let fields = [
            ("origin", origin),
            ("access-control-request-method", method),
            ("access-control-request-headers", "content-type"),
        ];
        server.send("OPTIONS", "/v1/articles/1", &fields, None)
    };
    let allowed = ask(APP, "PUT");
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-methods"), Some("PUT"));
    assert_eq!(allowed.header("access-control-max-age"), Some("600"));
    for (origin, method) in [(APP, "PATCH"), ("https://evil.example", "PUT")] {
        let refused = ask(origin, method);
        assert_eq!(refused.status, 403, "{origin} {method}");
        assert_eq!(refused.header("access-control-allow-methods"), None);
    }
}

/// With the session's cookie: from the site, from an origin that CORS trusts, from elsewhere, and from nobody says where.
#[test]
fn a_cookie_alone_changes_nothing() {
    let server = server("");
    server.account("ann@example.com");
    let body = json!({"email": "ann@example.com", "password": PASSWORD, "cookie": true});
    let log_in = |fields: &[(&str, &str)]| server.send("POST", "/v1/sessions", fields, Some(&body));
    let reply = log_in(&[("sec-fetch-site", "same-origin")]);
    assert_eq!(reply.status, 201, "{}", reply.text);
    let cookies = reply.headers.get_all("set-cookie").iter();
    let cookies = cookies.map(|value| value.to_str().unwrap().split(';').next().unwrap());
    let cookies: Vec<_> = cookies.collect();
    let cookie = cookies
        .iter()
        .find(|text| text.starts_with("__Host-session="))
        .unwrap();
    let own = server.url.clone();
    let article = json!({"title": "a", "body": "b"});
    for (fields, status, reason) in [
        (&[("sec-fetch-site", "same-origin")][..], 201, ""),
        (&[("origin", own.as_str())], 201, ""),
        (
            &[("sec-fetch-site", "cross-site"), ("origin", APP)],
            201,
            "",
        ),
        (&[], 403, "unproven_cookie"),
        (
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://evil.example"),
            ],
            403,
            "cross_site",
        ),
        (&[("sec-fetch-site", "same-site")], 403, "same_site"),
        (&[("origin", "null")], 403, "opaque_origin"),
    ] {
        let fields: Vec<_> = fields
            .iter()
            .copied()
            .chain([("cookie", *cookie)])
            .collect();
        let reply = server.send("POST", "/v1/articles", &fields, Some(&article));
        assert_eq!(reply.status, status, "{fields:?} {}", reply.text);
        if status == 403 {
            assert_eq!(reply.json()["reason"], reason, "{fields:?}");
        }
    }
    // Nobody is logged in to an account of somebody else's choice.
    assert_eq!(log_in(&[("sec-fetch-site", "cross-site")]).status, 403);
    // A program with a token says nothing and passes.
    let token = server.log_in("ann@example.com");
    let reply = server.as_user(&token, "POST", "/v1/articles", Some(&article));
    assert_eq!(reply.status, 201);
}

fn report(server: &Server, kind: &str, body: &str) {
    let fields = [("content-type", kind), ("sec-fetch-site", "cross-site")];
    let reply = server.send_text("POST", "/v1/reports", &fields, body);
    assert_eq!(reply.status, 204, "{}", reply.text);
    assert_eq!(reply.text, "");
}

fn reports(server: &Server) -> Value {
    server
        .get(&format!("{}/reports", server.management_url))
        .json()
}

#[test]
fn reports_of_both_kinds_are_counted_told_once_and_always_answered_alike() {
    let server = server("");
    let old = |blocked: &str| {
        let report = json!({"csp-report": {
            "document-uri": "https://a.example/page?token=4711", "effective-directive": "img-src", "blocked-uri": blocked,
        }});
        report.to_string()
    };
    let new = json!([{"type": "csp-violation", "url": "https://a.example/", "body": {
        "documentURL": "https://a.example/", "effectiveDirective": "script-src-elem", "blockedURL": "inline",
    }}]);
    for _ in 0..3 {
        report(
            &server,
            "application/csp-report",
            &old("https://b.example/x"),
        );
    }
    report(&server, "application/reports+json", &new.to_string());
    report(
        &server,
        "application/csp-report",
        &old("moz-extension://abc/x.js"),
    );
    report(&server, "application/json", "{}");
    report(&server, "application/csp-report", "{\"csp-report\": ");
    report(&server, "application/csp-report", &"x".repeat(70_000));
    let kept = reports(&server);
    for (outcome, count) in [
        ("new", 2),
        ("repeated", 2),
        ("noise", 1),
        ("malformed", 2),
        ("unread", 1),
        ("too_many", 0),
    ] {
        assert_eq!(kept["counts"][outcome], count, "{outcome}: {kept}");
    }
    assert_eq!(kept["reports"][1]["document"], "https://a.example/page");
    assert!(
        server
            .log()
            .contains("a browser reports what the policy stops")
    );
    assert!(!server.log().contains("4711"));
    for _ in 0..40 {
        report(
            &server,
            "application/csp-report",
            &old("https://c.example/x"),
        );
    }
    let kept = reports(&server);
    let read =
        kept["counts"]["new"].as_u64().unwrap() + kept["counts"]["repeated"].as_u64().unwrap();
    assert!(read <= 4 + 30, "{kept}");
    assert!(kept["counts"]["too_many"].as_u64().unwrap() >= 10, "{kept}");
    // On the public listener nobody reads what strangers' browsers saw.
    assert_eq!(server.get("/reports").status, 404);
}

/// Each policy has a referrer policy, an opener policy and an exposed field of its own: an answer with two of them would be torn.
#[test]
fn a_thousand_reloads_under_load_lose_no_request_and_tear_no_policy() {
    const RELOADS: usize = 1000;
    let policy = |referrer: &str, opener: &str, field: &str| {
        format!(
            "[rate_limits]\nshadow = true\n[headers]\nreferrer_policy = \"{referrer}\"\nopener_policy = \"{opener}\"\n\
            [[cors]]\norigins = [\"{APP}\"]\nexpose = [\"{field}\"]\n{}",
            match field {
                "x-a" => "",
                _ => "credentials = true\n",
            }
        )
    };
    let policies = [
        policy("same-origin", "same-origin-allow-popups", "x-a"),
        policy("origin", "noopener-allow-popups", "x-b"),
    ];
    let server = Server::start(&format!("{CHEAP}{}", policies[0]));
    let file = server.dir.path().join("bartizan.toml");
    let start = std::fs::read_to_string(&file).unwrap();
    let configure = |number: usize, extra: &str| {
        let text = start.replace(&policies[0], &policies[number % 2]) + extra;
        let beside = file.with_extension("new");
        std::fs::write(&beside, text).unwrap();
        std::fs::rename(&beside, &file).unwrap();
        server.signal("HUP");
    };
    // Which policy an answer has, by all that it says.
    let which = |reply: &Reply| {
        let exposed = reply.header("access-control-expose-headers").unwrap();
        let headers = (
            reply.header("referrer-policy").unwrap(),
            reply.header("cross-origin-opener-policy").unwrap(),
        );
        let cors = (
            exposed.ends_with("x-a"),
            exposed.ends_with("x-b"),
            reply.header("access-control-allow-credentials"),
        );
        let headers = match headers {
            ("same-origin", "same-origin-allow-popups") => 0,
            ("origin", "noopener-allow-popups") => 1,
            torn => panic!("{torn:?}"),
        };
        let cors = match cors {
            (true, false, None) => 0,
            (false, true, Some("true")) => 1,
            torn => panic!("{torn:?}"),
        };
        (headers, cors)
    };
    let ask = || {
        let reply = server.send("GET", "/v1/articles", &[("origin", APP)], None);
        assert_eq!(reply.status, 200, "{}", reply.text);
        which(&reply)
    };
    let done = std::sync::atomic::AtomicBool::new(false);
    let asked = std::thread::scope(|scope| {
        let load = || {
            let mut asked = 0_usize;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                ask();
                asked += 1;
            }
            asked
        };
        let thread = scope.spawn(load);
        for number in 1..=RELOADS {
            configure(number, "");
            wait_for(|| (ask() == (number % 2, number % 2)).then_some(()));
        }
        // With an error in it, everything stays.
        configure(
            RELOADS + 1,
            "[[cors]]\norigins = [\"https://a.example/\"]\n",
        );
        wait_for(|| server.log().contains("the old one stays").then_some(()));
        assert_eq!(ask(), (RELOADS % 2, RELOADS % 2));
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        thread.join().unwrap()
    });
    assert!(asked > RELOADS, "{asked}");
    assert!(
        server.log().contains("cors[1].origins[0]"),
        "the log says why"
    );
}
