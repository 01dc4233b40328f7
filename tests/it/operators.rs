use serde_json::json;

use crate::server::{CHEAP, PASSWORD, Server, wait_for};

#[test]
fn a_disabled_account_is_out_at_once_and_is_refused_like_a_wrong_password() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let session = server.log_in("ann@example.com");
    let token = json!({"name": "n", "scopes": ["account:read"], "expires_in": "1d"});
    let made = server
        .as_user(&session, "POST", "/v1/tokens", Some(&token))
        .json();
    let program = made["token"].as_str().unwrap();
    let reads = |token: &str| server.as_user(token, "GET", "/v1/account", None).status;
    assert_eq!([reads(&session), reads(program)], [200, 200]);

    let (code, said, error) = server.command(&["account", "disable", "Ann@example.com"]);
    assert_eq!(code, Some(0), "{error}");
    assert!(said.contains("is disabled"), "{said}");
    // The very next request, of a server that was told nothing.
    assert_eq!([reads(&session), reads(program)], [401, 401]);
    let disabled = server.try_log_in("ann@example.com", PASSWORD);
    let wrong = server.try_log_in("ann@example.com", "not her password");
    assert_eq!(
        (disabled.status, disabled.anonymous()),
        (401, wrong.anonymous())
    );
    assert_eq!(disabled.header_names(), wrong.header_names());
    assert_eq!(disabled.text.len(), wrong.text.len());

    let (code, said, _) = server.command(&["account", "enable", "ann@example.com"]);
    assert!(code == Some(0) && said.contains("can log in"), "{said}");
    assert_eq!([reads(&session), reads(program)], [401, 401]); // what has ended stays ended
    server.log_in("ann@example.com");
}

#[test]
fn an_operator_ends_all_sessions_of_one_account_and_reads_what_happened() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    server.account("bob@example.com");
    let (ann, bob) = (
        server.log_in("ann@example.com"),
        server.log_in("bob@example.com"),
    );
    let (code, _, error) = server.command(&["account", "end-sessions", "ann@example.com"]);
    assert_eq!(code, Some(0), "{error}");
    let reads = |token: &str| server.as_user(token, "GET", "/v1/account", None).status;
    assert_eq!([reads(&ann), reads(&bob)], [401, 200]);
    let (_, said, _) = server.command(&["account", "show", "ann@example.com"]);
    for event in [
        "active",
        "confirmed",
        "logged-in",
        "sessions-ended-by-operator",
        "operator",
    ] {
        assert!(said.contains(event), "{said}");
    }
    assert!(!said.contains("argon2"), "{said}");
}

#[test]
fn a_command_without_its_database_or_account_says_what_is_missing() {
    let server = Server::start(CHEAP);
    let (code, _, error) = server.command(&["account", "show", "nobody@example.com"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("no account with this address"), "{error}");
    let (code, _, error) = server.command(&["account", "show", "no address"]);
    assert!(code == Some(1) && error.contains("no address"), "{error}");
    let nowhere = server.dir.path().join("nowhere");
    let done = std::process::Command::new(crate::server::binary())
        .args(["account", "show", "ann@example.com", "--data"])
        .arg(&nowhere)
        .output()
        .unwrap();
    let error = String::from_utf8(done.stderr).unwrap();
    assert!(error.contains("there is no database"), "{error}");
    assert!(!nowhere.exists());
}

#[test]
fn a_disabled_account_that_was_never_confirmed_stays_and_its_link_ends() {
    let server = Server::start(CHEAP);
    let body = json!({"email": "bad@example.com", "password": PASSWORD});
    assert_eq!(server.post("/v1/accounts", &body).status, 202);
    let link = server.mailed_token("bad@example.com");
    let operate = |act| {
        let (code, said, error) = server.command(&["account", act, "bad@example.com"]);
        assert_eq!(code, Some(0), "{error}");
        said
    };
    operate("disable");
    operate("enable");
    let used = server.post("/v1/accounts/confirm", &json!({"token": link}));
    assert_eq!(used.status, 422); // what has ended stays ended
    operate("disable");
    // Nobody else's address becomes this one.
    server.account("ann@example.com");
    let session = server.log_in("ann@example.com");
    let body = json!({"email": "bad@example.com", "current": PASSWORD});
    let asked = server.as_user(&session, "POST", "/v1/account/email", Some(&body));
    assert_eq!(asked.status, 202);
    let mails = wait_for(|| Some(server.mails("bad@example.com")).filter(|mails| mails.len() > 1));
    assert!(!mails.concat().contains("bz1_e"));
    assert!(operate("show").starts_with("account 1: disabled"));
}
