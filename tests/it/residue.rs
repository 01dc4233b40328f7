//! What is left behind: in the database, in the log, and in the memory of a server that has nothing to do.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
};

use serde_json::{Value, json};

use crate::server::{CHEAP, Server, wait_for};

/// Long enough to be nobody else's bytes.
const PASSWORD: &str = "residue of a lantern 4711";
const CHANGED: &str = "residue of a ferry 4712";
const WRONG: &str = "residue of a quarry 4713";

/// Every secret that the server has handled, by name.
fn secrets(server: &Server) -> Vec<(&'static str, String)> {
    let post = |path: &str, body: Value| server.post(path, &body);
    let ann = json!({"email": "ann@example.com", "password": PASSWORD});
    assert_eq!(post("/v1/accounts", ann.clone()).status, 202);
    let confirmation = server.mailed_token("ann@example.com");
    let confirmed = post("/v1/accounts/confirm", json!({"token": confirmation}));
    assert_eq!(confirmed.status, 204);
    assert_eq!(server.try_log_in("ann@example.com", WRONG).status, 401);
    let login = post("/v1/sessions", ann).json();
    let text = |body: &Value, name: &str| body[name].as_str().unwrap().to_owned();
    let (session, refresh) = (text(&login, "token"), text(&login, "refresh_token"));
    let again = post("/v1/sessions/refresh", json!({"refresh_token": refresh})).json();
    let token = json!({"name": "n", "scopes": ["account:read"], "expires_in": "1d"});
    let made = server
        .as_user(&session, "POST", "/v1/tokens", Some(&token))
        .json();
    let change = json!({"current": PASSWORD, "new": CHANGED});
    let changed = server.as_user(&session, "PUT", "/v1/account/password", Some(&change));
    assert_eq!(changed.status, 200);
    post("/v1/password-resets", json!({"email": "ann@example.com"}));
    let reset = server.mailed("ann@example.com", 'p');
    vec![
        ("a password", PASSWORD.to_owned()),
        ("the new password", CHANGED.to_owned()),
        ("a wrong password", WRONG.to_owned()),
        ("a confirmation", confirmation),
        ("a session", session),
        ("a refresh token", refresh),
        ("a second session", text(&again, "token")),
        ("its refresh token", text(&again, "refresh_token")),
        ("an API token", text(&made, "token")),
        ("a link for a new password", reset),
    ]
}

fn found(bytes: &[u8], secrets: &[(&'static str, String)]) -> Vec<&'static str> {
    let holds = |secret: &str| memchr::memmem::find(bytes, secret.as_bytes()).is_some();
    let found = secrets.iter().filter(|(_, secret)| holds(secret));
    found.map(|(name, _)| *name).collect()
}

/// Each region of a process's memory that it may write: what a core dump holds.
fn memory(pid: u32) -> Vec<Vec<u8>> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let regions = maps.lines().filter_map(|line| {
        let mut parts = line.split_whitespace();
        let (range, rights) = (parts.next()?, parts.next()?);
        let (start, end) = range.split_once('-')?;
        let at = |hex| u64::from_str_radix(hex, 16).ok();
        rights.starts_with("rw").then_some((at(start)?, at(end)?))
    });
    let read = |(start, end): (u64, u64)| {
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        memory.seek(SeekFrom::Start(start)).ok()?;
        // A guard page at its end is no reason to leave the rest out.
        let mut filled = 0;
        while let Ok(count @ 1..) = memory.read(&mut bytes[filled..]) {
            filled += count;
        }
        bytes.truncate(filled);
        Some(bytes)
    };
    regions.filter_map(read).collect()
}

#[test]
fn the_database_and_the_log_hold_no_secret() {
    let server = Server::start(&format!("{CHEAP}[log]\nlevel = \"trace\"\n"));
    let secrets = secrets(&server);
    for name in ["data/bartizan.db", "data/bartizan.db-wal", "log"] {
        let bytes = fs::read(server.dir.path().join(name)).unwrap();
        assert!(!bytes.is_empty(), "{name}");
        assert_eq!(found(&bytes, &secrets), Vec::<&str>::new(), "{name}");
    }
    // The search can find: the outbox stands for a mail server, and has the links.
    let mails = server.mails("ann@example.com").concat();
    assert_eq!(
        found(mails.as_bytes(), &secrets),
        ["a confirmation", "a link for a new password"]
    );
}

#[test]
fn the_memory_of_a_server_that_has_nothing_to_do_holds_no_secret() {
    let server = Server::start(CHEAP);
    let secrets = secrets(&server);
    let left = || {
        let regions = memory(server.pid());
        assert!(regions.iter().map(Vec::len).sum::<usize>() > 1 << 20);
        let mut left: Vec<_> = regions
            .iter()
            .flat_map(|region| found(region, &secrets))
            .collect();
        left.sort_unstable();
        left.dedup();
        left
    };
    // The search can find: what the configuration says is in memory all the time.
    let known = [("the data folder", server.dir.path().display().to_string())];
    assert!(
        memory(server.pid())
            .iter()
            .any(|region| !found(region, &known).is_empty())
    );
    // What a connection has just left is overwritten a moment after its answer.
    wait_for(|| {
        let left = left();
        eprintln!("still in memory: {left:?}");
        left.is_empty().then_some(())
    });
}
