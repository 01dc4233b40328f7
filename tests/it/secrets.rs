//! Secrets of every kind through every route of the real server, with the log at its loudest: none comes back, none is written down.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::server::{CHEAP, PASSWORD, Reply, Server, binary};

/// A secret of its own for each place that one may stand in.
fn canary(place: &str) -> String {
    format!("zq{place}4711canary")
}

/// Fields of a request in which clients carry secrets, by right or by mistake.
const FIELDS: [(&str, &str); 12] = [
    ("authorization", "Bearer {}"),
    ("authorization", "Basic {}"),
    ("cookie", "__Host-session={}"),
    ("cookie", "__Host-device={}; {}=1"),
    ("x-api-key", "{}"),
    ("referer", "https://a.example/?token={}"),
    ("x-forwarded-for", "{}"),
    ("forwarded", "for={};host={}"),
    ("x-request-id", "{}"),
    ("traceparent", "{}"),
    ("accept-language", "{}"),
    ("origin", "https://{}.example"),
];

/// Bodies that cannot be taken, each with a secret at another place.
fn bodies() -> Vec<(&'static str, &'static str, String)> {
    let json = "application/json";
    vec![
        (
            "value",
            json,
            format!("{{\"title\": 1, \"body\": \"{}\"}}", canary("value")),
        ),
        ("key", json, format!("{{\"{}\": 1}}", canary("key"))),
        ("text", json, format!("\"{}\"", canary("text"))),
        (
            "broken",
            json,
            format!("{{\"password\": \"{}\"", canary("broken")),
        ),
        (
            "twice",
            json,
            format!(
                "{{\"token\": \"{0}\", \"token\": \"{0}\"}}",
                canary("twice")
            ),
        ),
        (
            "type",
            json,
            format!("{{\"email\": [\"{}\"], \"password\": 1}}", canary("type")),
        ),
        (
            "form",
            "application/x-www-form-urlencoded",
            format!("password={}", canary("form")),
        ),
        ("plain", "text/plain", canary("plain")),
        ("long", json, format!("\"{}\"", canary("long").repeat(5000))),
    ]
}

/// Every operation that the server describes, with an id in its path.
fn operations() -> Vec<(String, String)> {
    let printed = std::process::Command::new(binary())
        .arg("openapi")
        .output()
        .unwrap();
    let document: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let mut operations: Vec<_> = paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| (method.to_ascii_uppercase(), path.clone()))
        })
        .collect();
    operations.sort();
    operations
}

/// Everything that a client is told.
fn told(all: &mut String, reply: &Reply) {
    writeln!(all, "{:?} {}", reply.headers, reply.text).unwrap();
}

#[test]
fn no_secret_comes_back_or_is_written_down_whatever_the_route() {
    let server = Server::start(&format!(
        "{CHEAP}[log]\nlevel = \"trace\"\n[rate_limits]\nshadow = true\n"
    ));
    server.account("ann@example.com");
    let token = server.log_in("ann@example.com");
    let bearer = format!("Bearer {token}");
    let operations = operations();
    assert!(operations.len() >= 14, "{operations:?}");
    let mut all = String::new();
    for (method, path) in &operations {
        let with_id = path.replace("{id}", "1").replace("{name}", "conflict");
        for (number, (name, value)) in FIELDS.iter().enumerate() {
            let value = value.replace("{}", &canary(&format!("field{number}")));
            let fields = [(*name, value.as_str())];
            told(&mut all, &server.send(method, &with_id, &fields, None));
        }
        for (_, kind, body) in bodies() {
            // A body that is not read ends the connection.
            let mut fields = vec![("content-type", kind), ("connection", "close")];
            // Logging out would leave nothing to be refused for its body.
            if !(method == "DELETE" && path.starts_with("/v1/sessions")) {
                fields.push(("authorization", &bearer));
            }
            told(
                &mut all,
                &server.send_text(method, &with_id, &fields, &body),
            );
        }
        let (query, segment) = (canary("query"), canary("segment"));
        told(
            &mut all,
            &server.send(
                method,
                &format!("{with_id}?{query}={query}&limit={query}"),
                &[],
                None,
            ),
        );
        let with_secret = path.replace("{id}", &segment).replace("{name}", &segment);
        told(
            &mut all,
            &server.send(method, &with_secret, &[("authorization", &bearer)], None),
        );
    }
    // What is right in its form and wrong in fact.
    for (path, body) in [
        (
            "/v1/accounts",
            json!({"email": "bob@example.com", "password": canary("")}),
        ),
        (
            "/v1/sessions",
            json!({"email": "ann@example.com", "password": canary("wrong")}),
        ),
        (
            "/v1/sessions",
            json!({"email": format!("{}@example.com", canary("who")), "password": "x"}),
        ),
        ("/v1/accounts/confirm", json!({"token": canary("link")})),
    ] {
        told(&mut all, &server.post(path, &body));
    }
    // What the server itself made, and what was right.
    let secrets = [token.as_str(), PASSWORD];
    let log = server.log();
    assert!(!all.contains("canary"), "{}", around(&all, "canary"));
    assert!(!log.contains("canary"), "{}", around(&log, "canary"));
    for secret in secrets {
        assert!(!all.contains(secret), "{}", around(&all, secret));
        assert!(!log.contains(secret), "{}", around(&log, secret));
    }
    // The log says something all the same, in lines that programs read.
    assert!(log.lines().count() > operations.len());
    for line in log.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
}

fn around<'a>(text: &'a str, part: &str) -> &'a str {
    let at = text.find(part).unwrap();
    let from = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[from..].lines().next().unwrap();
    line.get(..2000).unwrap_or(line)
}
