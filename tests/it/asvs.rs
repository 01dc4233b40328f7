//! Requirements of OWASP ASVS 5.0 that no other file shows at the server itself; docs/asvs.md lists all.

use std::process::Command;

use rusqlite::Connection;
use serde_json::json;

use crate::server::{CHEAP, PASSWORD, Server, binary};

#[test]
fn a_new_server_has_no_account_and_no_usual_name_opens_it() {
    let server = Server::start(CHEAP);
    let database = Connection::open(server.dir.path().join("data/bartizan.db")).unwrap();
    let count = |table: &str| {
        let select = format!("SELECT count(*) FROM {table}");
        database.query_row(&select, [], |row| row.get::<_, i64>(0))
    };
    for table in ["account", "session", "api_token"] {
        assert_eq!(count(table), Ok(0), "{table}");
    }
    for (email, password) in [("admin", "admin"), ("root@localhost", "root"), ("", "x")] {
        assert_eq!(server.try_log_in(email, password).status, 401);
    }
}

#[test]
fn a_password_counts_to_its_last_byte_and_as_it_was_typed() {
    let server = Server::start(&format!("{CHEAP}[accounts]\nregistration = \"open\"\n"));
    // 64 characters of four bytes each, with upper and lower case and a space at the end.
    let long = format!("{}Aa ", "\u{1f980}".repeat(61));
    let email = "ann@example.com";
    let new = json!({"email": email, "password": long});
    assert_eq!(server.post("/v1/accounts", &new).status, 201);
    assert_eq!(server.try_log_in(email, &long).status, 201);
    let last = long.len() - 1;
    for other in [
        long.trim_end(),
        &long.replace("Aa", "aa"),
        &long.replace("Aa ", "Aa!"),
        &long[..last - 2],
    ] {
        assert_eq!(server.try_log_in(email, other).status, 401);
    }
}

#[test]
fn a_session_is_over_at_its_idle_end_and_at_its_absolute_end() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let database = Connection::open(server.dir.path().join("data/bartizan.db")).unwrap();
    let hour = 3_600_000_i64;
    let lives = |opened_before: i64, used_before: i64| {
        let token = server.log_in("ann@example.com");
        let update =
            "UPDATE session SET created_at = created_at - ?1, last_used_at = last_used_at - ?2
             WHERE id = (SELECT max(id) FROM session)";
        let row = (opened_before * hour, used_before * hour);
        assert_eq!(database.execute(update, row), Ok(1));
        server.as_user(&token, "GET", "/v1/account", None).status == 200
    };
    let day = 24;
    // 12 hours without a use; 30 days, however much it is used.
    assert!(lives(11, 11));
    assert!(!lives(12, 12));
    assert!(lives(30 * day - 1, 0));
    assert!(!lives(30 * day, 0));
}

#[test]
fn a_leaked_password_is_refused_at_sign_up_and_at_a_change() {
    let dir = tempfile::tempdir().unwrap();
    let (list, filter) = (dir.path().join("list"), dir.path().join("filter"));
    let leaked = "a long one that has leaked";
    std::fs::write(&list, format!("{leaked}\nand another one that has\n")).unwrap();
    let built = Command::new(binary())
        .args(["breach-filter", "build", "--bits", "16", "--from"])
        .arg(&list)
        .arg("--to")
        .arg(&filter)
        .output()
        .unwrap();
    assert!(built.status.success(), "{built:?}");
    let server = Server::start(&format!("{CHEAP}breach_file = {filter:?}\n"));
    let new = json!({"email": "bob@example.com", "password": leaked});
    let refused = server.post("/v1/accounts", &new);
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(refused.json()["violations"][0]["code"], "breached");
    server.account("ann@example.com");
    let session = server.log_in("ann@example.com");
    let change = json!({"current": PASSWORD, "new": leaked});
    let refused = server.as_user(&session, "PUT", "/v1/account/password", Some(&change));
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["violations"][0]["code"], "breached");
    assert!(!refused.text.contains(leaked));
}
