use std::{sync::Arc, thread};

use serde_json::json;

use crate::server::{CHEAP, PASSWORD, Reply, Server, wait_for};

const NEW: &str = "quite another long password";

fn lives(server: &Server, token: &str) -> bool {
    server.as_user(token, "GET", "/v1/account", None).status == 200
}

fn change(server: &Server, token: &str, current: &str, new: &str) -> Reply {
    let body = json!({"current": current, "new": new});
    server.as_user(token, "PUT", "/v1/account/password", Some(&body))
}

fn ask(server: &Server, email: &str) -> Reply {
    server.post("/v1/password-resets", &json!({"email": email}))
}

fn reset(server: &Server, token: &str, new: &str) -> Reply {
    let body = json!({"token": token, "new": new});
    server.post("/v1/password-resets/confirm", &body)
}

#[test]
fn a_change_needs_the_current_password_and_replaces_this_session_and_ends_the_others() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let mine = server.log_in("ann@example.com");
    let other = server.try_log_in("ann@example.com", PASSWORD).json();
    let text = |name: &str| other[name].as_str().unwrap();

    let wrong = change(&server, &mine, "not her password", NEW);
    assert_eq!(wrong.status, 401);
    assert!(lives(&server, text("token")));
    let changed = change(&server, &mine, PASSWORD, NEW);
    assert_eq!(changed.status, 200);
    // This session goes on under other tokens: whoever has a copy of its old ones does not.
    let fresh = changed.json();
    assert!(lives(&server, fresh["token"].as_str().unwrap()));
    assert!(!lives(&server, &mine) && !lives(&server, text("token")));
    let next = json!({"refresh_token": fresh["refresh_token"]});
    assert_eq!(server.post("/v1/sessions/refresh", &next).status, 201);
    let refresh = json!({"refresh_token": text("refresh_token")});
    assert_eq!(server.post("/v1/sessions/refresh", &refresh).status, 401);
    assert_eq!(server.try_log_in("ann@example.com", PASSWORD).status, 401);
    assert_eq!(server.try_log_in("ann@example.com", NEW).status, 201);
    wait_for(|| {
        let mails = server.mails("ann@example.com");
        mails
            .iter()
            .any(|mail| mail.contains("was changed"))
            .then_some(())
    });
}

#[test]
fn everything_that_is_wrong_with_a_new_password_is_told_at_once() {
    let server = Server::start(&format!("{CHEAP}context_words = [\"Bartizan\"]\n"));
    server.account("ann@example.com");
    let mine = server.log_in("ann@example.com");
    let codes = |new: &str| {
        let reply = change(&server, &mine, PASSWORD, new);
        assert_eq!(reply.status, 422, "{}", reply.text);
        assert!(!reply.text.contains(new), "{}", reply.text);
        let body = reply.json();
        let violations = body["violations"].as_array().unwrap();
        assert!(violations.iter().all(|one| one["pointer"] == "#/new"));
        let codes = violations
            .iter()
            .map(|one| one["code"].as_str().unwrap().to_owned());
        codes.collect::<Vec<_>>()
    };
    assert_eq!(codes("password1234567"), ["common"]);
    assert_eq!(codes("ann-bartizan"), ["length", "context"]);
    assert_eq!(codes("ann@example.com"), ["context"]);
    assert_eq!(codes("qwerty123456"), ["length", "common"]);
    assert!(lives(&server, &mine));
}

#[test]
fn guessing_the_current_password_with_a_stolen_session_is_limited_as_a_login_is() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let stolen = server.log_in("ann@example.com");
    let statuses: Vec<_> = (0..7)
        .map(|n| change(&server, &stolen, &format!("guess number {n}"), NEW).status)
        .collect();
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn a_reset_ends_everything_and_its_link_works_once() {
    let server = Server::start(&format!("{CHEAP}[rate_limits]\nshadow = true\n"));
    server.account("ann@example.com");
    let session = server.log_in("ann@example.com");
    let token = json!({"name": "n", "scopes": ["account:read"], "expires_in": "1d"});
    let made = server.as_user(&session, "POST", "/v1/tokens", Some(&token));
    let program = made.json()["token"].as_str().unwrap().to_owned();
    assert!(lives(&server, &session) && lives(&server, &program));

    assert_eq!(ask(&server, "Ann@Example.com").status, 202);
    let link = server.mailed("ann@example.com", 'p');
    assert!(lives(&server, &session)); // asking changes nothing
    assert_eq!(reset(&server, &link, "too short").status, 422);
    let won = thread::scope(|scope| {
        let uses: Vec<_> = (0..100)
            .map(|n| {
                let (server, link) = (&server, &link);
                scope.spawn(move || {
                    let new = format!("new password number {n}");
                    (reset(server, link, &new).status, new)
                })
            })
            .collect();
        let uses = uses.into_iter().map(|one| one.join().unwrap());
        uses.filter(|(status, _)| *status == 204)
            .collect::<Vec<_>>()
    });
    assert_eq!(won.len(), 1);
    assert!(!lives(&server, &session) && !lives(&server, &program));
    assert_eq!(server.try_log_in("ann@example.com", PASSWORD).status, 401);
    assert_eq!(server.try_log_in("ann@example.com", &won[0].1).status, 201);
    wait_for(|| {
        let mails = server.mails("ann@example.com");
        mails
            .iter()
            .any(|mail| mail.contains("set by a mailed link"))
            .then_some(())
    });
}

#[test]
fn who_has_an_account_is_not_told_by_asking_for_a_reset() {
    let server = Server::start(&format!("{CHEAP}[rate_limits]\nshadow = true\n"));
    server.account("ann@example.com");
    server.account("eve@example.com");
    let (code, _, error) = server.command(&["account", "disable", "eve@example.com"]);
    assert_eq!(code, Some(0), "{error}");
    let bob = json!({"email": "bob@example.com", "password": PASSWORD});
    assert_eq!(server.post("/v1/accounts", &bob).status, 202);
    let known = ask(&server, "ann@example.com");
    for email in [
        "nobody@example.com",
        "bob@example.com",
        "eve@example.com",
        "no address",
    ] {
        let other = ask(&server, email);
        assert_eq!((other.status, &other.text), (known.status, &known.text));
        assert_eq!(other.header_names(), known.header_names());
    }
    server.mailed("ann@example.com", 'p');
    // The queue has passed them all when a later one is out.
    server.account("zoe@example.com");
    ask(&server, "zoe@example.com");
    server.mailed("zoe@example.com", 'p');
    for email in ["nobody@example.com", "bob@example.com", "eve@example.com"] {
        let mails = server.mails(email);
        assert!(!mails.iter().any(|mail| mail.contains("bz1_p")), "{email}");
    }
}

#[test]
fn a_login_kills_the_link_and_a_second_ask_fills_no_mailbox() {
    let server = Server::start(&format!("{CHEAP}[rate_limits]\nshadow = true\n"));
    server.account("ann@example.com");
    for _ in 0..5 {
        ask(&server, "ann@example.com");
    }
    let link = server.mailed("ann@example.com", 'p');
    server.account("zoe@example.com");
    ask(&server, "zoe@example.com");
    server.mailed("zoe@example.com", 'p');
    let mails = server.mails("ann@example.com");
    assert_eq!(
        mails.iter().filter(|mail| mail.contains("bz1_p")).count(),
        1
    );
    server.log_in("ann@example.com"); // whoever knows the password needs no link
    assert_eq!(reset(&server, &link, NEW).status, 422);
    server.log_in("ann@example.com");
}

#[test]
fn links_begin_with_the_configured_origin_whatever_host_was_sent() {
    let hosts = "[hosts]\nallowed = [\"evil.example\", \"127.0.0.1\"]\n";
    let config = format!("{CHEAP}{hosts}");
    let server = Server::start(&config);
    server.account("ann@example.com");
    let body = json!({"email": "ann@example.com"});
    let host = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
    ];
    assert_eq!(
        server
            .send("POST", "/v1/password-resets", &host, Some(&body))
            .status,
        202
    );
    let link = server.mailed("ann@example.com", 'p');
    let mails = server.mails("ann@example.com");
    let mail = mails.iter().find(|mail| mail.contains(&link)).unwrap();
    assert!(mail.contains(&format!("/reset-password#{link}")), "{mail}");
    assert!(!mail.contains("evil.example"), "{mail}");
}

#[test]
fn logins_that_ask_for_a_stronger_hash_lose_no_change_of_the_password() {
    let mut server = Server::start(CHEAP);
    server.account("ann@example.com");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let dir = Arc::clone(&server.dir);
    let stronger = CHEAP.replace("memory_kib = 64", "memory_kib = 1024");
    let limits = "[rate_limits]\nshadow = true\n[login]\nfailures_at_once = 100\nfailures_per_account_day = 1000\n";
    let server = Server::start_in(dir, &format!("{stronger}{limits}"));
    let mine = server.log_in("ann@example.com"); // its new hash may still be on its way
    let changed = thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| server.try_log_in("ann@example.com", PASSWORD).status);
        }
        let change = scope.spawn(|| change(&server, &mine, PASSWORD, NEW).status);
        change.join().unwrap()
    });
    assert_eq!(changed, 200);
    // No hash of the old password comes after the change.
    for _ in 0..5 {
        assert_eq!(server.try_log_in("ann@example.com", PASSWORD).status, 401);
        assert_eq!(server.try_log_in("ann@example.com", NEW).status, 201);
    }
}
