//! What the real server reads, and what it says of what it does not.

use serde_json::{Value, json};

use crate::server::{CHEAP, PASSWORD, Server};

const CANARY: &str = "zq4711canary";

fn server() -> (Server, String) {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let token = server.log_in("ann@example.com");
    (server, token)
}

/// Codes and places of all violations.
fn violations(body: &Value) -> Vec<(String, String)> {
    let list = body["violations"]
        .as_array()
        .unwrap_or_else(|| panic!("{body}"));
    let mut found: Vec<_> = list
        .iter()
        .map(|one| {
            let place = one["pointer"].as_str().or(one["name"].as_str()).unwrap();
            (place.to_owned(), one["code"].as_str().unwrap().to_owned())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn everything_that_is_wrong_with_an_article_is_told_at_once() {
    let (server, token) = server();
    let article = json!({"title": 5, "tags": ["rust", 7], "titel": "x"});
    let reply = server.as_user(&token, "POST", "/v1/articles", Some(&article));
    assert_eq!(reply.status, 422, "{}", reply.text);
    let pair = |place: &str, code: &str| (place.to_owned(), code.to_owned());
    let expected = [
        pair("#", "unknown_field"),
        pair("#/body", "missing"),
        pair("#/tags/1", "type"),
        pair("#/title", "type"),
    ];
    assert_eq!(violations(&reply.json()), expected, "{}", reply.text);
    assert!(reply.text.contains("\"meant\":\"title\""), "{}", reply.text);
    // Rules come when the shape is right, and all of them too.
    let article = json!({"title": "a\nb", "body": "b".repeat(40_000), "tags": vec!["A"; 11]});
    let reply = server.as_user(&token, "POST", "/v1/articles", Some(&article));
    let places: Vec<_> = violations(&reply.json())
        .into_iter()
        .map(|(place, _)| place)
        .collect();
    for place in ["#/body", "#/tags", "#/title"] {
        assert!(
            places.iter().any(|found| found == place),
            "{place}: {}",
            reply.text
        );
    }
}

/// Field-level: nobody names the owner, the id or the state of what he writes (OWASP ASVS 5.0, 8.2.3).
#[test]
fn fields_that_are_not_the_clients_are_refused_and_nothing_is_written() {
    let (server, token) = server();
    for field in ["id", "author", "account", "created_at", "__proto__"] {
        let article = json!({"title": "t", "body": "b", field: 1});
        let reply = server.as_user(&token, "POST", "/v1/articles", Some(&article));
        assert_eq!(reply.status, 422, "{field}");
        let found = violations(&reply.json());
        assert_eq!(found, [("#".to_owned(), "unknown_field".to_owned())]);
    }
    assert_eq!(server.get("/v1/articles").json()["items"], json!([]));
    for field in ["id", "confirmed", "role", "credential_version"] {
        let body = json!({"email": "bob@example.com", "password": PASSWORD, field: true});
        assert_eq!(server.post("/v1/accounts", &body).status, 422, "{field}");
    }
    assert!(server.mails("bob@example.com").is_empty());
}

/// Object-level: the id of what is somebody else's opens nothing (OWASP ASVS 5.0, 8.2.2).
#[test]
fn the_id_of_what_is_somebody_elses_opens_nothing() {
    let (server, ann) = server();
    server.account("bob@example.com");
    let bob = server.log_in("bob@example.com");
    let article = json!({"title": "t", "body": "b"});
    let made = server.as_user(&ann, "POST", "/v1/articles", Some(&article));
    let path = made.header("location").unwrap().to_owned();
    assert_eq!(
        server.as_user(&bob, "PUT", &path, Some(&article)).status,
        403
    );
    assert_eq!(server.as_user(&bob, "DELETE", &path, None).status, 403);
    assert_eq!(server.get(&path).status, 200);

    let sessions = server.as_user(&ann, "GET", "/v1/sessions", None).json();
    let id = sessions["items"][0]["id"].as_i64().unwrap();
    let reply = server.as_user(&bob, "DELETE", &format!("/v1/sessions/{id}"), None);
    let unknown = server.as_user(&bob, "DELETE", "/v1/sessions/4711", None);
    // Neither says whether there is one.
    assert_eq!((reply.status, unknown.status), (404, 404));
    assert_eq!(reply.anonymous(), unknown.anonymous());
    assert_eq!(server.as_user(&ann, "GET", "/v1/account", None).status, 200);
    let bobs = server.as_user(&bob, "GET", "/v1/sessions", None).json();
    assert_eq!(bobs["items"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_read_has_a_status_of_its_kind_and_nothing_is_repeated() {
    let (server, token) = server();
    let bearer = format!("Bearer {token}");
    let send = |kind: &str, body: &str| {
        let fields = [("authorization", bearer.as_str()), ("content-type", kind)];
        server.send_text("POST", "/v1/articles", &fields, body)
    };
    let json = "application/json";
    for (kind, body, status) in [
        ("text/plain", format!("{{\"title\": \"{CANARY}\"}}"), 415),
        (
            "application/x-www-form-urlencoded",
            format!("title={CANARY}"),
            415,
        ),
        (json, format!("{{\"title\": \"{CANARY}\""), 400),
        (
            json,
            format!("{{\"title\": \"{CANARY}\", \"title\": \"{CANARY}\"}}"),
            400,
        ),
        (
            json,
            format!("{{\"{CANARY}\": 1, \"\\u007aq4711canary\": 2}}"),
            400,
        ),
        (json, CANARY.to_owned(), 400),
        (json, format!("\u{feff}{{\"title\": \"{CANARY}\"}}"), 400),
        (json, format!("{{\"title\": {}}}", "[".repeat(1000)), 400),
        (json, format!("\"{}\"", CANARY.repeat(6000)), 413),
        (
            json,
            format!("{{\"{CANARY}\": \"{CANARY}\", \"title\": {{\"{CANARY}\": 1}}}}"),
            422,
        ),
        (json, format!("\"{CANARY}\""), 422),
    ] {
        let reply = send(kind, &body);
        assert_eq!(reply.status, status, "{}", reply.text);
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json")
        );
        assert!(!reply.text.contains(CANARY), "{}", reply.text);
        assert!(!format!("{:?}", reply.headers).contains(CANARY));
        assert_eq!(reply.header("accept"), (status == 415).then_some(json));
    }
    for path in [
        format!("/v1/articles?{CANARY}=1"),
        format!("/v1/articles?limit={CANARY}"),
        format!("/v1/articles?limit=1&limit={CANARY}"),
        format!("/v1/articles?tag=%ff{CANARY}"),
        format!("/v1/articles/{CANARY}"),
    ] {
        let reply = server.get(&path);
        assert!(
            matches!(reply.status, 400 | 422),
            "{path}: {}",
            reply.status
        );
        assert!(!reply.text.contains(CANARY), "{}", reply.text);
    }
    assert!(!server.log().contains(CANARY), "{}", server.log());
}

/// An address of other letters is none, and not another one.
#[test]
fn no_letter_of_an_address_is_changed_to_another() {
    let server = Server::start(CHEAP);
    for email in ["\u{212a}ate@example.com", "kate@EXAMPLE.\u{212a}"] {
        let body = json!({"email": email, "password": PASSWORD});
        assert_eq!(server.post("/v1/accounts", &body).status, 422, "{email}");
    }
    let body = json!({"email": "Kate@Example.COM", "password": PASSWORD});
    assert_eq!(server.post("/v1/accounts", &body).status, 202);
    assert!(!server.mailed_token("kate@example.com").is_empty());
}
