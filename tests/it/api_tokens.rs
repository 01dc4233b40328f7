use serde_json::{Value, json};

use crate::server::{CHEAP, PASSWORD, Reply, Server, wait_for};

fn make(server: &Server, session: &str, scopes: &[&str]) -> Reply {
    let body = json!({"name": "backup", "scopes": scopes, "expires_in": "30d"});
    server.as_user(session, "POST", "/v1/tokens", Some(&body))
}

fn made(reply: &Reply) -> (String, Value) {
    assert_eq!(reply.status, 201, "{}", reply.text);
    let body = reply.json();
    (
        body["token"].as_str().unwrap().to_owned(),
        body["id"].clone(),
    )
}

fn article() -> Value {
    json!({"title": "First", "body": "Hello", "tags": []})
}

#[test]
fn a_token_may_what_its_scopes_name_and_nothing_of_the_account() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let session = server.log_in("ann@example.com");
    let (token, id) = made(&make(&server, &session, &["articles:write"]));
    assert!(token.starts_with("bz1_a"));
    let written = server.as_user(&token, "POST", "/v1/articles", Some(&article()));
    assert_eq!(written.status, 201);

    let refused = server.as_user(&token, "GET", "/v1/account", None);
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.header("www-authenticate"),
        Some("Bearer error=\"insufficient_scope\", scope=\"account:read\"")
    );
    let password = json!({"current": PASSWORD, "new": "quite another long password"});
    for (method, path, body) in [
        ("GET", "/v1/sessions", None),
        ("DELETE", "/v1/sessions", None),
        ("DELETE", "/v1/sessions/current", None),
        ("GET", "/v1/account/events", None),
        ("PUT", "/v1/account/password", Some(&password)),
        ("GET", "/v1/tokens", None),
        ("DELETE", &format!("/v1/tokens/{id}"), None),
    ] {
        let reply = server.as_user(&token, method, path, body);
        assert_eq!(reply.status, 403, "{method} {path}");
    }
    assert_eq!(make(&server, &token, &["articles:write"]).status, 403);

    let list = server.as_user(&session, "GET", "/v1/tokens", None);
    assert!(!list.text.contains(&token), "{}", list.text);
    let item = &list.json()["items"][0];
    assert_eq!(item["name"], "backup");
    assert!(token.starts_with(item["shown"].as_str().unwrap()));
    assert!(item["last_used_at"].is_string() && item["expires_at"].is_string());
    let path = format!("/v1/tokens/{id}");
    assert_eq!(server.as_user(&session, "DELETE", &path, None).status, 204);
    assert_eq!(server.as_user(&session, "DELETE", &path, None).status, 404);
    let after = server.as_user(&token, "POST", "/v1/articles", Some(&article()));
    assert_eq!(after.status, 401);
}

#[test]
fn a_token_is_replaced_with_an_overlap_or_without_one() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let session = server.log_in("ann@example.com");
    let roll = |id: &Value, overlap: &str| {
        let path = format!("/v1/tokens/{id}/roll");
        server.as_user(&session, "POST", &path, Some(&json!({"overlap": overlap})))
    };
    let reads = |token: &str| server.as_user(token, "GET", "/v1/account", None).status;
    let (first, id) = made(&make(&server, &session, &["account:read"]));
    let (second, next) = made(&roll(&id, "1h"));
    assert_eq!([reads(&first), reads(&second)], [200, 200]);
    assert_eq!(roll(&id, "1h").status, 404); // once
    let (third, _) = made(&roll(&next, "0s"));
    assert_eq!([reads(&second), reads(&third)], [401, 200]);
    assert_eq!(roll(&next, "2d").status, 422);
}

#[test]
fn making_one_asks_for_the_password_again_when_it_was_shown_too_long_ago() {
    let limits = "[rate_limits]\nshadow = true\n";
    let server = Server::start(&format!("{CHEAP}[token]\nfresh = \"1s\"\n{limits}"));
    server.account("ann@example.com");
    let login = server.try_log_in("ann@example.com", PASSWORD).json();
    let session = login["token"].as_str().unwrap();
    // A body without meaning: while the session is fresh, that is what is wrong.
    let stale = |session: &str| {
        wait_for(|| {
            let reply = server.as_user(session, "POST", "/v1/tokens", Some(&json!({})));
            (reply.status == 401).then_some(reply)
        })
    };
    let refused = stale(session);
    assert_eq!(refused.json()["type"], "/problems/login-again");
    assert_eq!(
        refused.header("www-authenticate"),
        Some("Bearer error=\"insufficient_user_authentication\", max_age=\"1\"")
    );
    // A refresh shows no password.
    let token = json!({"refresh_token": login["refresh_token"]});
    let refreshed = server.post("/v1/sessions/refresh", &token).json();
    let refreshed = refreshed["token"].as_str().unwrap();
    assert_eq!(make(&server, refreshed, &["account:read"]).status, 401);
    let again = |session: &str, password: &str| {
        let body = json!({"password": password});
        server.as_user(
            session,
            "POST",
            "/v1/sessions/current/password",
            Some(&body),
        )
    };
    assert_eq!(again(session, "a wrong password").status, 401);
    let mut current = session.to_owned();
    wait_for(|| {
        let fresh = again(&current, PASSWORD);
        assert_eq!(fresh.status, 200);
        let old = std::mem::replace(
            &mut current,
            fresh.json()["token"].as_str().unwrap().to_owned(),
        );
        // Whoever has a copy of the old one is not carried along.
        assert_eq!(server.as_user(&old, "GET", "/v1/account", None).status, 401);
        (make(&server, &current, &["account:read"]).status == 201).then_some(())
    });
}

#[test]
fn scopes_names_and_lifetimes_have_bounds() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let session = server.log_in("ann@example.com");
    for body in [
        json!({"name": "n", "scopes": [], "expires_in": "1d"}),
        json!({"name": "n", "scopes": ["articles:*"], "expires_in": "1d"}),
        json!({"name": "n", "scopes": ["account:read", "account:read"], "expires_in": "1d"}),
        json!({"name": "", "scopes": ["account:read"], "expires_in": "1d"}),
        json!({"name": "a\nb", "scopes": ["account:read"], "expires_in": "1d"}),
        json!({"name": "n", "scopes": ["account:read"], "expires_in": "367d"}),
        json!({"name": "n", "scopes": ["account:read"], "expires_in": "never"}),
        json!({"name": "n", "scopes": ["account:read"]}),
    ] {
        let reply = server.as_user(&session, "POST", "/v1/tokens", Some(&body));
        assert_eq!(reply.status, 422, "{body}: {}", reply.text);
    }
}

#[test]
fn a_body_that_was_held_back_makes_no_token_after_a_new_password() {
    use std::io::{Read, Write};
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let session = server.log_in("ann@example.com");
    let (_, id) = made(&make(&server, &session, &["account:read"]));
    let body = json!({"name": "late", "scopes": ["account:read"], "expires_in": "366d"});
    let roll = json!({"overlap": "1d"});
    let late = [
        server.begin(("POST", "/v1/tokens"), &session, &body, 5),
        server.begin(
            ("POST", &format!("/v1/tokens/{id}/roll")),
            &session,
            &roll,
            5,
        ),
    ];
    // The heads are read, and the session is looked up.
    crate::server::pause(std::time::Duration::from_millis(500));
    let password = "quite another long password";
    let other = server.log_in("ann@example.com");
    let change = json!({"current": PASSWORD, "new": password});
    let changed = server.as_user(&other, "PUT", "/v1/account/password", Some(&change));
    assert_eq!(changed.status, 200, "{}", changed.text);
    for (mut stream, rest) in late {
        stream.write_all(&rest).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
    let other = changed.json()["token"].as_str().unwrap().to_owned();
    let list = server.as_user(&other, "GET", "/v1/tokens", None);
    let items = list.json()["items"].as_array().unwrap().len();
    assert_eq!(items, 1, "{}", list.text);
}
