use std::thread;

use serde_json::{Value, json};

use crate::server::{CHEAP, PASSWORD, Reply, Server, wait_for};

fn pair(reply: &Reply) -> (String, String) {
    assert_eq!(reply.status, 201, "{}", reply.text);
    let body = reply.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("token"), text("refresh_token"))
}

fn log_in(server: &Server) -> (String, String) {
    pair(&server.try_log_in("ann@example.com", PASSWORD))
}

fn refresh(server: &Server, token: &str) -> Reply {
    server.post("/v1/sessions/refresh", &json!({"refresh_token": token}))
}

fn lives(server: &Server, token: &str) -> bool {
    server.as_user(token, "GET", "/v1/account", None).status == 200
}

fn events(server: &Server, token: &str) -> Vec<Value> {
    let list = server
        .as_user(token, "GET", "/v1/account/events", None)
        .json();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["event"].clone()).collect()
}

#[test]
fn a_refresh_gives_a_session_and_the_next_token_and_is_one_login_in_the_list() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let (first, token) = log_in(&server);
    let (second, next) = pair(&refresh(&server, &token));
    assert!(first != second && token != next);
    assert!(lives(&server, &first) && lives(&server, &second));
    let list = server.as_user(&first, "GET", "/v1/sessions", None).json();
    let items = list["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["current"]), (1, &json!(true)));
    // Logging out of one is logging out of the login.
    let out = server.as_user(&second, "DELETE", "/v1/sessions/current", None);
    assert_eq!(out.status, 204);
    assert!(!lives(&server, &first) && !lives(&server, &second));
    assert_eq!(refresh(&server, &next).status, 401);
}

#[test]
fn uses_at_once_get_the_same_successor_and_log_nobody_out() {
    let server = Server::start(&format!("{CHEAP}[rate_limits]\nshadow = true\n"));
    server.account("ann@example.com");
    let (_, token) = log_in(&server);
    let pairs: Vec<_> = thread::scope(|scope| {
        let uses: Vec<_> = (0..32)
            .map(|_| scope.spawn(|| pair(&refresh(&server, &token))))
            .collect();
        uses.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(pairs.iter().all(|(_, next)| *next == pairs[0].1));
    // The newest four sessions of one login live: as many tabs.
    let alive = pairs.iter().filter(|(session, _)| lives(&server, session));
    assert_eq!(alive.count(), 4);
    pair(&refresh(&server, &pairs[0].1));
}

#[test]
fn a_token_that_comes_back_late_ends_the_login_and_its_owner_is_told() {
    let config = format!("{CHEAP}[token.refresh]\ngrace = \"1s\"\n[rate_limits]\nshadow = true\n");
    let server = Server::start(&config);
    server.account("ann@example.com");
    let (session, stolen) = log_in(&server);
    let (_, next) = pair(&refresh(&server, &stolen));
    // Within the grace it is answered again; after it, the login has ended.
    wait_for(|| (refresh(&server, &stolen).status == 401).then_some(()));
    assert_eq!(refresh(&server, &next).status, 401);
    assert!(!lives(&server, &session));
    let told = |mail: &String| mail.contains("used a second time");
    wait_for(|| {
        server
            .mails("ann@example.com")
            .iter()
            .any(told)
            .then_some(())
    });
    let (again, _) = log_in(&server);
    assert!(events(&server, &again).contains(&json!("refresh-replayed")));
    let mails = server.mails("ann@example.com");
    assert_eq!(mails.iter().filter(|mail| told(mail)).count(), 1);
}

#[test]
fn a_cookie_comes_without_a_refresh_token_and_no_other_kind_is_taken_for_one() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let login = json!({"email": "ann@example.com", "password": PASSWORD, "cookie": true});
    let site = [("sec-fetch-site", "same-origin")];
    let reply = server.send("POST", "/v1/sessions", &site, Some(&login));
    assert!(reply.json().get("refresh_token").is_none());
    let (session, token) = log_in(&server);
    assert_eq!(refresh(&server, &session).status, 401);
    assert!(!lives(&server, &token));
}
