//! Rows of other programs in the real server: they log in like any other, and become rows of ours.

use std::sync::Arc;

use rusqlite::Connection;

use crate::server::{CHEAP, PASSWORD, Server, wait_for};

/// Made by the program that each is named after, of the password `PASSWORD` of these tests.
const ROWS: [(&str, &str); 4] = [
    (
        "django",
        "pbkdf2_sha256$1000$salt4711salt$ajkbQ/YMI/H33gHUqBgR2Kyrlk3Pbyy/JKPd1bZDNGk=",
    ),
    (
        "bcrypt",
        "$2b$04$C2GiQwIPDys9w9Kz8sHqEejpvkS42KvVruKgWLh/slfRhCMaHe13.",
    ),
    ("unusable", "!aeUPYzQ8w5SHVBRkL0GmXnTuyC9xZq1jKo3iDfbE"),
    (
        "dear",
        "$argon2id$v=19$m=4194304,t=9,p=1$c29tZXNhbHQxMjM0NTY3OA$avuGtOU9Ea6w5zsKnaQqbQ",
    ),
];

fn service() -> Arc<tempfile::TempDir> {
    let mut server = Server::start(CHEAP);
    server.account("ann@example.com");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let dir = Arc::clone(&server.dir);
    let database = Connection::open(dir.path().join("data/bartizan.db")).unwrap();
    let insert = "INSERT INTO account (email, password, confirmed_at, created_at, last_sign_up_at) VALUES (?1, ?2, 1, 1, 1)";
    for (name, row) in ROWS {
        database
            .execute(insert, (format!("{name}@example.com"), row))
            .unwrap();
    }
    dir
}

fn row(dir: &tempfile::TempDir, name: &str) -> String {
    let database = Connection::open(dir.path().join("data/bartizan.db")).unwrap();
    let select = "SELECT password FROM account WHERE email = ?1";
    let email = format!("{name}@example.com");
    database
        .query_row(select, [email], |row| row.get(0))
        .unwrap()
}

#[test]
fn an_imported_row_logs_in_and_is_replaced_and_the_census_sees_the_end() {
    let dir = service();
    let server = Server::start_in(Arc::clone(&dir), CHEAP);
    let census = || {
        let (code, said, error) = server.command(&["census", "--json"]);
        assert_eq!(code, Some(0), "{error}");
        serde_json::from_str::<serde_json::Value>(&said).unwrap()
    };
    let before = census();
    assert_eq!(
        (&before["rows"], &before["foreign"]),
        (&5.into(), &2.into()),
        "{before}"
    );
    assert_eq!(
        (&before["unusable"], &before["above_ceilings"]),
        (&1.into(), &1.into()),
        "{before}"
    );
    for name in ["django", "bcrypt"] {
        let email = format!("{name}@example.com");
        assert_eq!(server.try_log_in(&email, "not the password").status, 401);
        assert_eq!(server.try_log_in(&email, PASSWORD).status, 201, "{name}");
        wait_for(|| row(&dir, name).starts_with("$argon2id$").then_some(()));
        assert_eq!(server.try_log_in(&email, PASSWORD).status, 201);
    }
    assert_eq!(census()["foreign"], 0);
    let (_, said, _) = server.command(&["census"]);
    assert!(!said.contains("$argon2id$v=19$m=64,t=1,p=1$"), "{said}");
}

#[test]
fn every_account_that_may_not_log_in_is_refused_alike() {
    let dir = service();
    let server = Server::start_in(Arc::clone(&dir), CHEAP);
    let (code, _, error) = server.command(&["account", "disable", "bcrypt@example.com"]);
    assert_eq!(code, Some(0), "{error}");
    let refused = |email: &str, password: &str| {
        let reply = server.try_log_in(email, password);
        assert_eq!(reply.status, 401, "{email}");
        (reply.anonymous(), reply.header_names(), reply.text.len())
    };
    let wrong = refused("ann@example.com", "not the password");
    for email in ["nobody", "django", "bcrypt", "unusable", "dear"] {
        let answer = refused(&format!("{email}@example.com"), "not the password");
        assert_eq!(answer, wrong, "{email}");
    }
    // The right password of a disabled account, and any password of one that cannot be checked.
    assert_eq!(refused("bcrypt@example.com", PASSWORD), wrong);
    assert_eq!(refused("dear@example.com", "password"), wrong);
    assert!(server.log().contains("a stored hash cannot be read"));
}
