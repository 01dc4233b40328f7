//! Answers do not tell which accounts exist: but for their time they are the same. `cargo xtask enumeration` measures the time.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::server::{CHEAP, PASSWORD, Reply, Server};

const WRONG: &str = "incorrect horse battery staple";
/// Nobody is refused for asking often.
const PATIENT: &str = "[rate_limits]\nshadow = true\n";

/// An account whose stored text is not what the server writes.
const STRANGE: [(&str, &str); 3] = [
    // Django's mark of an account that logs in by other means
    (
        "unusable@example.com",
        "!qzJ5vQpXy0mB7nLrTt3kWc9sEa1dFgHhUi2oPl4M",
    ),
    // 4 GiB
    (
        "costly@example.com",
        "$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ),
    (
        "legacy@example.com",
        "$2b$04$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    ),
];

/// What a client sees, but for the time: status, names of fields, and a body of one length without what names the request.
fn shape(reply: &Reply) -> (u16, Vec<String>, usize, Value) {
    (
        reply.status,
        reply.header_names(),
        reply.text.len(),
        reply.anonymous(),
    )
}

fn log_in(server: &Server, email: &str, password: &str) -> Reply {
    server.post(
        "/v1/sessions",
        &json!({"email": email, "password": password}),
    )
}

#[test]
fn a_refused_login_is_one_answer_whatever_account_there_is() {
    let config = format!("{CHEAP}{PATIENT}");
    let mut server = Server::start(&config);
    server.account("ann@example.com");
    let waiting = json!({"email": "waiting@example.com", "password": PASSWORD});
    assert_eq!(server.post("/v1/accounts", &waiting).status, 202);
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let database = Connection::open(server.dir.path().join("data/bartizan.db")).unwrap();
    for (email, password) in STRANGE {
        let written = database
            .execute(
                "INSERT INTO account (email, password, confirmed_at, created_at, last_sign_up_at) VALUES (?1, ?2, 1, 1, 1)",
                (email, password),
            )
            .unwrap();
        assert_eq!(written, 1);
    }
    drop(database);

    let server = Server::start_in(server.dir.clone(), &config);
    let wrong = log_in(&server, "ann@example.com", WRONG);
    assert_eq!(wrong.status, 401);
    let others = [
        ("nobody@example.com", WRONG),
        ("no address", WRONG),
        // right, but nobody has shown that the address is his
        ("waiting@example.com", PASSWORD),
    ];
    let strange = STRANGE.map(|(email, _)| (email, WRONG));
    for (email, password) in others.into_iter().chain(strange) {
        let reply = log_in(&server, email, password);
        assert_eq!(shape(&reply), shape(&wrong), "{email}");
    }
    // The test would notice a login that is not refused.
    assert_eq!(log_in(&server, "ann@example.com", PASSWORD).status, 201);
}

#[test]
fn a_sign_up_is_one_answer_for_free_taken_and_unconfirmed_addresses() {
    let server = Server::start(&format!("{CHEAP}{PATIENT}"));
    server.account("ann@example.com");
    let sign_up = |email: &str| {
        server.post(
            "/v1/accounts",
            &json!({"email": email, "password": "another long password"}),
        )
    };
    let free = sign_up("bob@example.com");
    assert_eq!(free.status, 202);
    for taken in ["ann@example.com", "ANN@Example.com", "bob@example.com"] {
        assert_eq!(shape(&sign_up(taken)), shape(&free), "{taken}");
    }
    // The test would notice an answer that differs.
    assert_ne!(shape(&sign_up("no address")), shape(&free));
}
