use std::thread;

use serde_json::json;

use crate::server::{CHEAP, PASSWORD, Server, wait_for};

#[test]
fn a_stranger_signs_up_confirms_logs_in_writes_and_logs_out() {
    let server = Server::start(CHEAP);
    let ann = json!({"email": "Ann@Example.com", "password": PASSWORD});
    assert_eq!(server.post("/v1/accounts", &ann).status, 202);
    assert_eq!(server.post("/v1/sessions", &ann).status, 401); // not confirmed yet
    let link = json!({"token": server.mailed_token("ann@example.com")});
    assert_eq!(server.post("/v1/accounts/confirm", &link).status, 204);

    let token = server.log_in("ann@example.com");
    let account = server.as_user(&token, "GET", "/v1/account", None);
    assert_eq!(account.json()["email"], "ann@example.com");
    let article = json!({"title": "First", "body": "Hello", "tags": ["rust"]});
    let made = server.as_user(&token, "POST", "/v1/articles", Some(&article));
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(
        server.get(made.header("location").unwrap()).json()["title"],
        "First"
    );
    assert_eq!(
        server.get("/v1/articles").json()["items"][0]["body"],
        "Hello"
    );

    assert_eq!(
        server
            .as_user(&token, "DELETE", "/v1/sessions/current", None)
            .status,
        204
    );
    assert_eq!(
        server.as_user(&token, "GET", "/v1/account", None).status,
        401
    );
}

#[test]
fn a_taken_address_is_answered_like_a_free_one_and_its_owner_learns_of_it() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let free = server.post(
        "/v1/accounts",
        &json!({"email": "bob@example.com", "password": PASSWORD}),
    );
    let taken = server.post(
        "/v1/accounts",
        &json!({"email": "ann@example.com", "password": "another long password"}),
    );
    assert_eq!((taken.status, &taken.text), (free.status, &free.text));
    assert_eq!(taken.header_names(), free.header_names());
    wait_for(|| (server.mails("ann@example.com").len() == 2).then_some(()));
    server.log_in("ann@example.com"); // the password is still the old one
}

#[test]
fn each_link_confirms_the_password_of_its_own_sign_up() {
    let server = Server::start(CHEAP);
    let ann = json!({"email": "ann@example.com", "password": PASSWORD});
    let other = json!({"email": "ann@example.com", "password": "somebody else's password"});
    let mut links = Vec::new();
    for sign_up in [&other, &ann, &other] {
        assert_eq!(server.post("/v1/accounts", sign_up).status, 202);
        links.push(wait_for(|| {
            let token = server.mailed_token("ann@example.com");
            (!links.contains(&token)).then_some(token)
        }));
    }
    // Ann's own link still works after a later sign-up with her address, and leads to her own password.
    let confirm = |link: &String| {
        server
            .post("/v1/accounts/confirm", &json!({"token": link}))
            .status
    };
    assert_eq!(confirm(&links[1]), 204);
    assert_eq!(server.post("/v1/sessions", &other).status, 401);
    server.log_in("ann@example.com");
    // The other links are dead now.
    assert_eq!([confirm(&links[0]), confirm(&links[2])], [422, 422]);
    server.log_in("ann@example.com");
}

#[test]
fn of_many_uses_of_a_link_at_once_one_confirms() {
    let server = Server::start(CHEAP);
    let ann = json!({"email": "ann@example.com", "password": PASSWORD});
    assert_eq!(server.post("/v1/accounts", &ann).status, 202);
    let link = json!({"token": server.mailed_token("ann@example.com")});
    let confirmed = thread::scope(|scope| {
        let uses: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| server.post("/v1/accounts/confirm", &link).status))
            .collect();
        uses.into_iter()
            .map(|one| one.join().unwrap())
            .filter(|status| *status == 204)
            .count()
    });
    assert_eq!(confirmed, 1);
}

#[test]
fn registration_can_be_open_or_closed() {
    let ann = json!({"email": "ann@example.com", "password": PASSWORD});
    let open = Server::start(&format!("{CHEAP}[accounts]\nregistration = \"open\"\n"));
    assert_eq!(open.post("/v1/accounts", &ann).status, 201);
    assert_eq!(open.post("/v1/accounts", &ann).status, 409);
    open.log_in("ann@example.com");
    let closed = Server::start(&format!("{CHEAP}[accounts]\nregistration = \"closed\"\n"));
    assert_eq!(closed.post("/v1/accounts", &ann).status, 403);
}

#[test]
fn what_breaks_a_rule_is_refused_and_not_repeated() {
    let server = Server::start(CHEAP);
    for (body, status) in [
        (
            json!({"email": "no-address-4711", "password": PASSWORD}),
            422,
        ),
        (
            json!({"email": "ann@example.com", "password": "short4711"}),
            422,
        ),
        (
            json!({"email": "ann@example.com", "password": "x4711".repeat(400)}),
            422,
        ),
        (
            json!({"email": "ann@example.com", "password": PASSWORD, "admin4711": true}),
            422,
        ),
        (json!({"email": 4711, "password": PASSWORD}), 422),
        (
            json!({"email": "x4711".repeat(20_000), "password": PASSWORD}),
            413,
        ),
        (json!(["4711"]), 422),
    ] {
        let reply = server.post("/v1/accounts", &body);
        assert_eq!(reply.status, status, "{}", reply.text);
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json")
        );
        assert!(!reply.text.contains("4711"), "{}", reply.text);
    }
    assert!(!server.log().contains("4711"));
}

#[test]
fn of_many_sign_ups_at_once_with_one_address_one_makes_the_account() {
    let server = Server::start(&format!("{CHEAP}[accounts]\nregistration = \"open\"\n"));
    let ann = json!({"email": "ann@example.com", "password": PASSWORD});
    let mut statuses: Vec<_> = thread::scope(|scope| {
        // One is hashed and four may wait: `AccountPool::MAX_WAITING`.
        let sign_ups: Vec<_> = (0..5)
            .map(|_| scope.spawn(|| server.post("/v1/accounts", &ann).status))
            .collect();
        sign_ups
            .into_iter()
            .map(|one| one.join().unwrap())
            .collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409]);
    server.log_in("ann@example.com");
}

#[test]
fn sign_ups_with_an_owners_address_do_not_keep_the_owner_out() {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
    let server = Server::start("[rate_limits]\nshadow = true\n");
    server.account("ann@example.com");
    let body = json!({"email": "ann@example.com", "password": PASSWORD});
    let (done, answered) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    server.post("/v1/accounts", &body);
                    answered.fetch_add(1, Relaxed);
                }
            });
        }
        wait_for(|| (answered.load(Relaxed) >= 8).then_some(()));
        let logins: Vec<_> = (0..5)
            .map(|_| server.try_log_in("ann@example.com", PASSWORD).status)
            .collect();
        done.store(true, Relaxed);
        assert_eq!(logins, [201; 5]);
    });
}
