//! Passwords that leaked elsewhere, and those that an account had before.

use std::{fs, process::Command, sync::Arc};

use serde_json::json;

use crate::server::{CHEAP, PASSWORD, Server, binary, wait_for};

/// A folder with Ann's account, whose password is in a list of leaked ones, and the configuration that names the list.
fn leaked(more: &str) -> (Arc<tempfile::TempDir>, String) {
    let mut server = Server::start(CHEAP);
    server.account("ann@example.com");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let dir = Arc::clone(&server.dir);
    let (list, filter) = (dir.path().join("list"), dir.path().join("filter"));
    fs::write(&list, format!("{PASSWORD}\nanother leaked password\n")).unwrap();
    let built = Command::new(binary())
        .args(["breach-filter", "build", "--from"])
        .arg(&list)
        .arg("--to")
        .arg(&filter)
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let config = format!("{CHEAP}breach_file = \"{}\"\n{more}", filter.display());
    (dir, config)
}

fn told(server: &Server, text: &str) -> usize {
    let mails = server.mails("ann@example.com");
    mails.iter().filter(|mail| mail.contains(text)).count()
}

#[test]
fn a_leaked_password_is_not_taken_and_who_logs_in_with_one_is_told_once() {
    let (dir, config) = leaked("");
    let server = Server::start_in(dir, &config);
    let bob = json!({"email": "bob@example.com", "password": "another leaked password"});
    let refused = server.post("/v1/accounts", &bob);
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["violations"][0]["code"], "breached");
    server.log_in("ann@example.com");
    wait_for(|| (told(&server, "leaked from other services") == 1).then_some(()));
    let session = server.log_in("ann@example.com");
    let change = json!({"current": PASSWORD, "new": "nobody has leaked this one"});
    let changed = server.as_user(&session, "PUT", "/v1/account/password", Some(&change));
    assert_eq!(changed.status, 200);
    wait_for(|| (told(&server, "was changed") == 1).then_some(()));
    assert_eq!(told(&server, "leaked from other services"), 1);
}

#[test]
fn a_strict_service_lets_nobody_in_by_a_leaked_password_and_mails_a_link_for_a_new_one() {
    let (dir, config) = leaked("leaked_login = \"refuse\"\n");
    let server = Server::start_in(dir, &config);
    let right = server.try_log_in("ann@example.com", PASSWORD);
    let wrong = server.try_log_in("ann@example.com", "not her password");
    assert_eq!((right.status, right.anonymous()), (401, wrong.anonymous()));
    assert_eq!(right.header_names(), wrong.header_names());
    let link = server.mailed("ann@example.com", 'p');
    let new = json!({"token": link, "new": "nobody has leaked this one"});
    assert_eq!(server.post("/v1/password-resets/confirm", &new).status, 204);
    let logged_in = server.try_log_in("ann@example.com", "nobody has leaked this one");
    assert_eq!(logged_in.status, 201);
}

#[test]
fn a_password_of_before_comes_back_only_where_that_is_allowed() {
    let one = "the first other password";
    let two = "the second other password";
    let change = |server: &Server, current: &str, new: &str| {
        let login = server.try_log_in("ann@example.com", current).json();
        let body = json!({"current": current, "new": new});
        let token = login["token"].as_str().unwrap();
        server
            .as_user(token, "PUT", "/v1/account/password", Some(&body))
            .status
    };
    let free = Server::start(CHEAP);
    free.account("ann@example.com");
    assert_eq!(change(&free, PASSWORD, one), 200);
    assert_eq!(change(&free, one, PASSWORD), 200); // NIST asks for no history
    let strict = Server::start(&format!("{CHEAP}history = 2\n"));
    strict.account("ann@example.com");
    assert_eq!(change(&strict, PASSWORD, PASSWORD), 422);
    assert_eq!(change(&strict, PASSWORD, one), 200);
    assert_eq!(change(&strict, one, PASSWORD), 422);
    assert_eq!(change(&strict, one, two), 200);
    assert_eq!(change(&strict, two, one), 422);
    assert_eq!(change(&strict, two, PASSWORD), 200); // two are kept: the one in force, and the one before
}
