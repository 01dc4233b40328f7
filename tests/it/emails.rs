use serde_json::{Value, json};

use crate::server::{CHEAP, PASSWORD, Reply, Server, wait_for};

fn ask(server: &Server, session: &str, email: &str, current: &str) -> Reply {
    let body = json!({"email": email, "current": current});
    server.as_user(session, "POST", "/v1/account/email", Some(&body))
}

fn follow(server: &Server, page: &str, token: &str) -> Reply {
    server.post(
        &format!("/v1/account/email/{page}"),
        &json!({"token": token}),
    )
}

fn email(server: &Server, session: &str) -> Value {
    server.as_user(session, "GET", "/v1/account", None).json()["email"].clone()
}

/// Asks for the change and follows both links.
fn change(server: &Server, session: &str, old: &str, new: &str) {
    assert_eq!(ask(server, session, new, PASSWORD).status, 202);
    let (agree, confirm) = (server.mailed(old, 'e'), server.mailed(new, 'e'));
    assert_eq!(follow(server, "confirm", &agree).json()["state"], "waits");
    assert_eq!(
        follow(server, "confirm", &confirm).json()["state"],
        "changed"
    );
}

#[test]
fn the_address_changes_when_both_mailboxes_agree_and_not_before() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let session = server.log_in("ann@example.com");
    assert_eq!(
        ask(&server, &session, "new@example.com", "a wrong password").status,
        401
    );
    assert_eq!(
        ask(&server, &session, "ann@example.com", PASSWORD).status,
        422
    );
    assert_eq!(
        ask(&server, &session, "new@example.com", PASSWORD).status,
        202
    );
    let agree = server.mailed("ann@example.com", 'e');
    let confirm = server.mailed("new@example.com", 'e');
    assert_ne!(agree, confirm);

    assert_eq!(
        follow(&server, "confirm", &confirm).json()["state"],
        "waits"
    );
    assert_eq!(follow(&server, "confirm", &confirm).status, 422); // once
    assert_eq!(email(&server, &session), "ann@example.com");
    assert_eq!(
        follow(&server, "confirm", &agree).json()["state"],
        "changed"
    );
    assert_eq!(email(&server, &session), "new@example.com"); // the session goes on
    assert_eq!(server.try_log_in("ann@example.com", PASSWORD).status, 401);
    assert_eq!(server.try_log_in("new@example.com", PASSWORD).status, 201);
}

#[test]
fn the_old_address_takes_the_change_back_and_whoever_made_it_is_out() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let session = server.log_in("ann@example.com");
    change(&server, &session, "ann@example.com", "thief@example.com");
    let undo = server.mailed("ann@example.com", 'u');
    // Until then nobody else gets the old address, and is not told so.
    let squatter = json!({"email": "ann@example.com", "password": PASSWORD});
    assert_eq!(server.post("/v1/accounts", &squatter).status, 202);
    wait_for(|| {
        let mails = server.mails("ann@example.com");
        mails
            .iter()
            .any(|mail| mail.contains("has an account already"))
            .then_some(())
    });

    assert_eq!(follow(&server, "undo", &undo).status, 204);
    assert_eq!(follow(&server, "undo", &undo).status, 422);
    let mine = server.as_user(&session, "GET", "/v1/account", None);
    assert_eq!(mine.status, 401);
    // The thief may know the password: it opens nothing any more.
    for address in ["thief@example.com", "ann@example.com"] {
        assert_eq!(server.try_log_in(address, PASSWORD).status, 401);
    }
    let link = server.mailed("ann@example.com", 'p');
    let new = json!({"token": link, "new": "quite another long password"});
    assert_eq!(server.post("/v1/password-resets/confirm", &new).status, 204);
    let again = server.try_log_in("ann@example.com", "quite another long password");
    assert_eq!(again.status, 201);
}

#[test]
fn a_taken_address_is_answered_like_a_free_one() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    server.account("bob@example.com");
    let session = server.log_in("ann@example.com");
    let taken = ask(&server, &session, "bob@example.com", PASSWORD);
    let free = ask(&server, &session, "free@example.com", PASSWORD);
    assert_eq!((taken.status, &taken.text), (free.status, &free.text));
    assert_eq!(taken.header_names(), free.header_names());
    let bobs = wait_for(|| {
        let mails = server.mails("bob@example.com");
        mails
            .into_iter()
            .find(|mail| mail.contains("nothing was changed"))
    });
    assert!(!bobs.contains("bz1_e"));
    server.log_in("bob@example.com");
}

#[test]
fn a_new_password_kills_a_change_that_waits_and_a_newer_change_the_older() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let session = server.log_in("ann@example.com");
    ask(&server, &session, "one@example.com", PASSWORD);
    let first = server.mailed("one@example.com", 'e');
    ask(&server, &session, "two@example.com", PASSWORD);
    let second = server.mailed("two@example.com", 'e');
    assert_eq!(follow(&server, "confirm", &first).status, 422);
    let body = json!({"current": PASSWORD, "new": "quite another long password"});
    let changed = server.as_user(&session, "PUT", "/v1/account/password", Some(&body));
    assert_eq!(changed.status, 200);
    assert_eq!(follow(&server, "confirm", &second).status, 422);
    let session = changed.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(email(&server, &session), "ann@example.com");
}

#[test]
fn who_closes_the_connection_keeps_no_mail_from_the_owner() {
    let server = Server::start(CHEAP);
    for number in 0..5 {
        let (old, new) = (
            format!("old{number}@example.com"),
            format!("new{number}@example.com"),
        );
        server.account(&old);
        let session = server.log_in(&old);
        assert_eq!(ask(&server, &session, &new, PASSWORD).status, 202);
        let (agree, confirm) = (server.mailed(&old, 'e'), server.mailed(&new, 'e'));
        assert_eq!(follow(&server, "confirm", &agree).json()["state"], "waits");
        let path = ("POST", "/v1/account/email/confirm");
        let (stream, _) = server.begin(path, "", &json!({"token": confirm}), 1000);
        crate::server::pause(std::time::Duration::from_micros(300 * number));
        drop(stream);
        crate::server::pause(std::time::Duration::from_millis(300));
        // Closed before it was read, it has done nothing, and can be used.
        if email(&server, &session) == old.as_str() {
            assert_eq!(follow(&server, "confirm", &confirm).status, 200);
        }
        server.mailed(&old, 'u');
    }
}

#[test]
fn a_link_to_undo_that_a_crash_has_kept_back_is_mailed_after_the_next_start() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let session = server.log_in("ann@example.com");
    change(&server, &session, "ann@example.com", "new@example.com");
    let lost = server.mailed("ann@example.com", 'u');
    let dir = std::sync::Arc::clone(&server.dir);
    drop(server); // killed
    // As if it had been killed before the mail was out, some minutes ago.
    let outbox = dir.path().join("data/outbox");
    for mail in std::fs::read_dir(&outbox).unwrap() {
        let mail = mail.unwrap().path();
        if std::fs::read_to_string(&mail).unwrap().contains("bz1_u") {
            std::fs::remove_file(mail).unwrap();
        }
    }
    let database = rusqlite::Connection::open(dir.path().join("data/bartizan.db")).unwrap();
    database
        .execute("UPDATE email_undo SET mail_after = 1", [])
        .unwrap();
    drop(database);
    let server = Server::start_in(dir, CHEAP);
    let undo = server.mailed("ann@example.com", 'u');
    assert_ne!(undo, lost); // no token was kept that could be mailed again
    assert_eq!(follow(&server, "undo", &lost).status, 422);
    assert_eq!(follow(&server, "undo", &undo).status, 204);
}
