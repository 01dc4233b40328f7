//! The server as a process: start, errors, signals, kills.

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::json;

use crate::server::{CHEAP, PASSWORD, Server, binary, spawn, wait_for};

#[test]
fn every_answer_has_the_security_fields_and_every_error_is_a_problem() {
    let server = Server::start(CHEAP);
    for (method, path, status) in [
        ("GET", "/v1/articles", 200),
        ("GET", "/nowhere", 404),
        ("PATCH", "/v1/articles", 405),
        ("GET", "/v1/account", 401),
        ("POST", "/v1/articles", 401),
    ] {
        let reply = server.send(method, path, &[], None);
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(
            reply.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert!(
            reply
                .header("content-security-policy")
                .unwrap()
                .contains("default-src 'none'")
        );
        assert!(reply.header("x-request-id").is_some());
        if status >= 400 {
            assert_eq!(
                reply.header("content-type"),
                Some("application/problem+json"),
                "{path}"
            );
            assert_eq!(reply.json()["status"], status);
            assert_eq!(
                reply.json()["request_id"].as_str(),
                reply.header("x-request-id")
            );
        }
        if status == 405 {
            assert!(reply.header("allow").unwrap().contains("GET"));
        }
    }
}

#[test]
fn an_https_origin_makes_browsers_insist_on_it_and_a_plain_one_does_not() {
    let field = "strict-transport-security";
    assert!(
        Server::start(CHEAP)
            .get("/v1/articles")
            .header(field)
            .is_none()
    );
    let server = Server::start("public_origin = \"https://api.example.com\"\n");
    assert!(
        server
            .get("/v1/articles")
            .header(field)
            .unwrap()
            .starts_with("max-age=")
    );
}

#[test]
fn health_is_on_the_management_listener_alone() {
    let server = Server::start(CHEAP);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(
            server
                .get(&format!("{}{path}", server.management_url))
                .status,
            204
        );
        assert_eq!(server.get(path).status, 404);
    }
}

#[test]
fn sigterm_lets_a_request_finish_and_exits_with_0() {
    let mut server = Server::start(CHEAP);
    server.account("ann@example.com");
    let body = json!({"email": "ann@example.com", "password": PASSWORD}).to_string();
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    write!(
        stream,
        "POST /v1/sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    // The interim answer says that the handler waits for the body: the request is under way.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100 Continue"));
    server.signal("TERM");
    // Whoever sends traffic here learns that it must go elsewhere, while the last requests are answered.
    let ready = format!("{}/readyz", server.management_url);
    wait_for(|| (server.get(&ready).status == 503).then_some(()));
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn kill_9_loses_no_acknowledged_write() {
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let mut acknowledged = HashSet::new();
    for round in 0..3 {
        let server = Server::start_in(Arc::clone(&dir), CHEAP);
        if round == 0 {
            server.account("ann@example.com");
        }
        let token = server.log_in("ann@example.com");
        let written = AtomicUsize::new(0);
        let ids = thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let mut ids = Vec::new();
                        // Until the server is killed under it.
                        while let Some(id) = write_article(&server, &token) {
                            ids.push(id);
                            written.fetch_add(1, Ordering::Relaxed);
                        }
                        ids
                    })
                })
                .collect();
            wait_for(|| (written.load(Ordering::Relaxed) > 20).then_some(()));
            server.signal("KILL");
            writers
                .into_iter()
                .flat_map(|writer| writer.join().unwrap())
                .collect::<Vec<_>>()
        });
        acknowledged.extend(ids);
    }
    let server = Server::start_in(dir, CHEAP);
    for id in acknowledged {
        assert_eq!(
            server.get(&format!("/v1/articles/{id}")).status,
            200,
            "article {id} is lost"
        );
    }
}

/// `None` when the server has gone before it acknowledged.
fn write_article(server: &Server, token: &str) -> Option<i64> {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).ok()?;
    let body = r#"{"title":"t","body":"b"}"#;
    write!(
        stream,
        "POST /v1/articles HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    head.starts_with("HTTP/1.1 201")
        .then(|| body["id"].as_i64())?
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let first = Server::start(CHEAP);
    let mut second = spawn(first.dir.path(), CHEAP);
    assert_eq!(second.wait().unwrap().code(), Some(1));
    assert!(first.log().contains("in use by another server"));
}

#[test]
fn a_port_in_use_is_named() {
    let first = Server::start(CHEAP);
    let address = first.url.trim_start_matches("http://");
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new(binary())
        .args(["--listen", address, "--data"])
        .arg(dir.path().join("data"))
        .env("BARTIZAN__SERVER__MANAGEMENT_LISTEN", "127.0.0.1:0")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains(&format!("cannot listen on {address}")),
        "{error}"
    );
}

#[test]
fn a_reload_takes_what_is_right_and_keeps_the_old_on_an_error() {
    // Asked again and again.
    let server = Server::start(&format!("{CHEAP}[rate_limits]\nshadow = true\n"));
    let file = server.dir.path().join("bartizan.toml");
    let old = std::fs::read_to_string(&file).unwrap();
    let ann = json!({"email": "ann@example.com", "password": PASSWORD});
    std::fs::write(
        &file,
        format!("{old}[accounts]\nregistration = \"closed\"\n"),
    )
    .unwrap();
    server.signal("HUP");
    wait_for(|| (server.post("/v1/accounts", &ann).status == 403).then_some(()));
    std::fs::write(&file, format!("{old}[accounts]\nregistration = \"ajar\"\n")).unwrap();
    server.signal("HUP");
    wait_for(|| server.log().contains("the old one stays").then_some(()));
    assert_eq!(server.post("/v1/accounts", &ann).status, 403);
}

/// A FIFO has no end, and a file that is written anew is empty for a moment: the server answers on, by the old one.
#[test]
fn a_reload_takes_no_file_without_an_end_and_none_without_a_key() {
    let mut server = Server::start(&format!("{CHEAP}[accounts]\nregistration = \"closed\"\n"));
    let file = server.dir.path().join("bartizan.toml");
    let refusals = || server.log().matches("the old one stays").count();
    std::fs::write(&file, "").unwrap();
    server.signal("HUP");
    wait_for(|| (refusals() == 1).then_some(()));
    std::fs::remove_file(&file).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(&file)
            .status()
            .unwrap()
            .success()
    );
    server.signal("HUP");
    wait_for(|| (refusals() == 2).then_some(()));
    let ann = json!({"email": "ann@example.com", "password": PASSWORD});
    assert_eq!(server.post("/v1/accounts", &ann).status, 403);
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn the_database_file_and_the_keys_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start(CHEAP);
    let data = server.dir.path().join("data");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let mut files = 0;
    for entry in std::fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            files += 1;
        }
    }
    assert!(files >= 4, "lock, keys, database and its log");
}

#[test]
fn a_type_of_problem_is_explained_at_its_own_uri() {
    let server = Server::start(CHEAP);
    let refused = server.get("/v1/account");
    assert_eq!(refused.status, 401);
    let kind = refused.json()["type"].as_str().unwrap().to_owned();
    let page = server.get(&kind);
    assert_eq!((page.status, &*kind), (200, "/problems/login-required"));
    assert!(page.text.contains("Cure:"), "{}", page.text);
    assert_eq!(server.get("/problems/nonsense").status, 404);
}

#[test]
fn each_line_of_the_log_is_a_json_object_without_a_secret() {
    let mut server = Server::start(CHEAP);
    server.account("ann@example.com");
    let token = server.log_in("ann@example.com");
    let wrong = json!({"email": "ann@example.com", "password": "a canary of a wrong password"});
    assert_eq!(server.post("/v1/sessions", &wrong).status, 401);
    let other = [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
    ];
    let asked = server.send("POST", "/v1/sessions", &other, Some(&wrong));
    assert_eq!(asked.status, 403);
    let asked = server.send("GET", "/v1/articles", &[("host", "evil.example")], None);
    assert_eq!(asked.status, 421);
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let log = server.log();
    // the last line too: it is flushed at exit
    for part in [
        "\"stopped\"",
        "authn_login_success",
        "authn_login_fail",
        "cross_site_refused",
        "host_refused",
        "request refused",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["timestamp"].is_string() && line["level"].is_string());
    }
    for secret in [&token, PASSWORD, "ann@example.com", "canary"] {
        assert!(!log.contains(secret));
    }
}

#[test]
fn check_names_every_error_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bartizan.toml");
    std::fs::write(&file, "[server]\nlisten = \"nowhere\"\n[acounts]\nregistration = \"open\"\n[password]\npasses = 0\n").unwrap();
    let output = Command::new(binary())
        .arg("check")
        .arg("--config")
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    for part in [
        "bartizan.toml:2:1",
        "server.listen",
        "bartizan.toml:3:2",
        "acounts",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
