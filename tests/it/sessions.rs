use std::{sync::Arc, thread};

use serde_json::json;

use crate::server::{CHEAP, PASSWORD, Server, wait_for};

#[test]
fn each_login_has_a_token_of_its_own_and_the_list_shows_none() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let first = server.log_in("ann@example.com");
    let second = server.log_in("ann@example.com");
    assert_ne!(first, second);
    let list = server.as_user(&second, "GET", "/v1/sessions", None);
    let items = list.json()["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 2);
    assert_eq!(
        (&items[0]["current"], &items[1]["current"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(items[0]["address"], "127.0.0.1");
    assert!(items[0]["device"].as_str().unwrap().contains("ureq"));
    assert!(items[0]["last_seen_at"].as_str().unwrap().ends_with('Z'));
    assert!(!list.text.contains("bz1_"));
}

#[test]
fn a_session_that_was_ended_is_refused_by_the_next_request() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    server.account("bob@example.com");
    let tokens: Vec<_> = (0..4).map(|_| server.log_in("ann@example.com")).collect();
    let bob = server.log_in("bob@example.com");
    let list = server
        .as_user(&tokens[0], "GET", "/v1/sessions", None)
        .json();
    let last = format!("/v1/sessions/{}", list["items"][0]["id"]);
    let alive = || {
        tokens
            .iter()
            .map(|token| server.as_user(token, "GET", "/v1/account", None).status == 200)
            .collect::<Vec<_>>()
    };

    assert_eq!(server.as_user(&bob, "DELETE", &last, None).status, 404); // somebody else's
    assert_eq!(alive(), [true, true, true, true]);
    assert_eq!(
        server.as_user(&tokens[0], "DELETE", &last, None).status,
        204
    );
    assert_eq!(alive(), [true, true, true, false]);
    assert_eq!(
        server
            .as_user(&tokens[1], "DELETE", "/v1/sessions", None)
            .status,
        204
    );
    assert_eq!(alive(), [false, true, false, false]);
    assert_eq!(
        server
            .as_user(&tokens[1], "DELETE", "/v1/sessions/current", None)
            .status,
        204
    );
    assert_eq!(alive(), [false; 4]);
    assert_eq!(server.as_user(&bob, "GET", "/v1/account", None).status, 200);
}

#[test]
fn unknown_unconfirmed_and_wrong_get_one_answer() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let bob = json!({"email": "bob@example.com", "password": PASSWORD});
    assert_eq!(server.post("/v1/accounts", &bob).status, 202);
    let refused = |email: &str, password: &str| {
        let reply = server.post(
            "/v1/sessions",
            &json!({"email": email, "password": password}),
        );
        assert_eq!(reply.status, 401);
        (reply.anonymous(), reply.header_names(), reply.text.len())
    };
    let wrong = refused("ann@example.com", "not her password");
    assert_eq!(refused("nobody@example.com", "not her password"), wrong);
    assert_eq!(refused("no address", "not her password"), wrong);
    assert_eq!(refused("bob@example.com", PASSWORD), wrong);
}

#[test]
fn a_browser_gets_a_cookie_and_no_other_site_can_use_it() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let login = json!({"email": "ann@example.com", "password": PASSWORD, "cookie": true});
    let reply = server.send(
        "POST",
        "/v1/sessions",
        &[("sec-fetch-site", "cross-site")],
        Some(&login),
    );
    assert_eq!(reply.status, 403);
    let reply = server.send(
        "POST",
        "/v1/sessions",
        &[("sec-fetch-site", "same-origin")],
        Some(&login),
    );
    assert_eq!(reply.status, 201);
    assert!(!reply.text.contains("bz1_"));
    let line = reply.header("set-cookie").unwrap();
    assert!(line.starts_with("__Host-session=bz1_s"));
    for attribute in [
        "; Secure",
        "; HttpOnly",
        "; SameSite=Lax",
        "; Path=/",
        "; Max-Age=",
    ] {
        assert!(line.contains(attribute), "{line}");
    }
    let cookie = line.split(';').next().unwrap();
    let send = |method: &str, site: &str, path: &str| {
        server.send(
            method,
            path,
            &[("cookie", cookie), ("sec-fetch-site", site)],
            None,
        )
    };
    assert_eq!(send("GET", "cross-site", "/v1/account").status, 200); // a link that leads here
    assert_eq!(
        send("DELETE", "cross-site", "/v1/sessions/current").status,
        403
    );
    assert_eq!(
        send("DELETE", "same-site", "/v1/sessions/current").status,
        403
    );
    let two = format!("{cookie}; __Host-session=bz1_other");
    assert_eq!(
        server
            .send("GET", "/v1/account", &[("cookie", &two)], None)
            .status,
        401
    );

    let out = send("DELETE", "same-origin", "/v1/sessions/current");
    assert_eq!(out.status, 204);
    let gone = out.header("set-cookie").unwrap();
    assert!(
        gone.starts_with("__Host-session=;")
            && gone.contains("; Secure")
            && gone.ends_with("Max-Age=0")
    );
    assert!(out.header("clear-site-data").is_some());
    assert_eq!(send("GET", "same-origin", "/v1/account").status, 401);
}

#[test]
fn a_token_that_was_not_minted_here_is_refused() {
    let server = Server::start(CHEAP);
    let other = Server::start(CHEAP);
    other.account("ann@example.com");
    let foreign = other.log_in("ann@example.com");
    for token in [foreign.as_str(), "", "x", "bz1_s001_", &"a".repeat(5000)] {
        let reply = server.as_user(token, "GET", "/v1/account", None);
        assert_eq!(reply.status, 401);
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
}

#[test]
fn a_flood_of_logins_is_told_to_come_back_and_nobody_gets_an_error() {
    // So many failures of one account that only the queue is too short.
    let limits = "[login]\nfailures_at_once = 100\nfailures_per_account_day = 1000\n";
    let server = Server::start(&format!("[password]\nworkers = 1\nqueue = 1\n{limits}"));
    let login = json!({"email": "nobody@example.com", "password": PASSWORD});
    let replies: Vec<_> = thread::scope(|scope| {
        let logins: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| server.post("/v1/sessions", &login)))
            .collect();
        logins
            .into_iter()
            .map(|login| login.join().unwrap())
            .collect()
    });
    let busy: Vec<_> = replies.iter().filter(|reply| reply.status == 503).collect();
    assert!(!busy.is_empty());
    assert!(
        busy.iter()
            .all(|reply| reply.header("retry-after").is_some())
    );
    assert!(replies.iter().any(|reply| reply.status == 401));
    assert!(
        replies
            .iter()
            .all(|reply| matches!(reply.status, 401 | 503))
    );
}

#[test]
fn a_stronger_policy_makes_hashes_anew_and_ends_no_session() {
    let mut server = Server::start(CHEAP);
    server.account("ann@example.com");
    let before = server.log_in("ann@example.com");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let dir = Arc::clone(&server.dir);
    let stronger = CHEAP.replace("memory_kib = 64", "memory_kib = 128");
    let server = Server::start_in(dir, &stronger);
    let during = server.log_in("ann@example.com"); // asks for a new hash, which is stored after the answer
    for _ in 0..3 {
        server.log_in("ann@example.com");
    }
    for token in [before, during] {
        assert_eq!(
            server.as_user(&token, "GET", "/v1/account", None).status,
            200
        );
    }
}

#[test]
fn a_session_ends_by_itself_and_leaves_the_list() {
    let short = "[token.session]\nidle = \"1500ms\"\nabsolute = \"1500ms\"\n";
    // Asked again and again.
    let limits = "[rate_limits]\nshadow = true\n";
    let server = Server::start(&format!("{CHEAP}{short}{limits}"));
    server.account("ann@example.com");
    let first = server.log_in("ann@example.com");
    // However often it is used.
    wait_for(|| {
        let account = server.as_user(&first, "GET", "/v1/account", None);
        (account.status == 401).then_some(())
    });
    // Read while the second still lives, however slow the machine.
    let list = wait_for(|| {
        let second = server.log_in("ann@example.com");
        let list = server.as_user(&second, "GET", "/v1/sessions", None);
        (list.status == 200).then(|| list.json())
    });
    let items = list["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["id"] != 1), "{list}");
}

#[test]
fn logging_out_by_token_leaves_the_browsers_cookie_alone() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let token = server.log_in("ann@example.com");
    let out = server.as_user(&token, "DELETE", "/v1/sessions/current", None);
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").is_none());
    assert_eq!(
        out.header("clear-site-data"),
        Some("\"cache\", \"storage\"")
    );
}

#[test]
fn logging_in_again_in_one_browser_ends_the_session_that_it_had() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let login = json!({"email": "ann@example.com", "password": PASSWORD, "cookie": true});
    let log_in = |fields: &[(&str, &str)]| {
        let site = [("sec-fetch-site", "same-origin")];
        let reply = server.send(
            "POST",
            "/v1/sessions",
            &[&site, fields].concat(),
            Some(&login),
        );
        assert_eq!(reply.status, 201);
        let line = reply.header("set-cookie").unwrap();
        line.split(';').next().unwrap().to_owned()
    };
    let lives = |cookie: &str| {
        server
            .send("GET", "/v1/account", &[("cookie", cookie)], None)
            .status
    };
    let (first, elsewhere) = (log_in(&[]), log_in(&[]));
    let second = log_in(&[("cookie", &first)]);
    assert_eq!(
        [lives(&first), lives(&second), lives(&elsewhere)],
        [401, 200, 200]
    );
}

#[test]
fn ending_other_sessions_asks_for_a_fresh_login() {
    let limits = "[rate_limits]\nshadow = true\n";
    let server = Server::start(&format!("{CHEAP}[token]\nfresh = \"1s\"\n{limits}"));
    server.account("ann@example.com");
    let (mine, other) = (
        server.log_in("ann@example.com"),
        server.log_in("ann@example.com"),
    );
    let refused = wait_for(|| {
        let reply = server.as_user(&mine, "DELETE", "/v1/sessions/999999", None);
        (reply.status == 401).then_some(reply)
    });
    assert_eq!(refused.json()["type"], "/problems/login-again");
    assert_eq!(
        server.as_user(&mine, "DELETE", "/v1/sessions", None).status,
        401
    );
    assert_eq!(
        server.as_user(&other, "GET", "/v1/account", None).status,
        200
    );
    // One's own ends without it.
    assert_eq!(
        server
            .as_user(&mine, "DELETE", "/v1/sessions/current", None)
            .status,
        204
    );
}
