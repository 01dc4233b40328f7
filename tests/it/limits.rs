//! Who asks too often, and who only seems to.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use serde_json::json;

use crate::server::{CHEAP, PASSWORD, Reply, Server, wait_for};

const BEHIND_A_PROXY: &str = "[client_ip]\ntrusted_proxies = [\"127.0.0.0/8\"]\n";

fn wrong_login(server: &Server, email: &str, headers: &[(&str, &str)]) -> Reply {
    let body = json!({"email": email, "password": "a wrong guess, and a long one"});
    server.send("POST", "/v1/sessions", headers, Some(&body))
}

#[test]
fn without_any_configuration_sign_ups_from_one_address_are_limited() {
    let server = Server::start(CHEAP);
    let sign_up = |number: u32| {
        let email = format!("user{number}@example.com");
        server.post(
            "/v1/accounts",
            &json!({"email": email, "password": PASSWORD}),
        )
    };
    for number in 0..10 {
        let reply = sign_up(number);
        assert_eq!(reply.status, 202);
        assert!(
            reply
                .header("ratelimit")
                .unwrap()
                .contains("\"sign-up\";r=")
        );
    }
    let reply = sign_up(10);
    assert_eq!(reply.status, 429);
    assert_eq!(
        reply.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    let wait: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=180).contains(&wait), "{wait}");
    assert_eq!(reply.json()["violated-policies"], json!(["sign-up"]));
    // Nothing else is closed by it.
    assert_eq!(server.get("/v1/articles").status, 200);
}

#[test]
fn guesses_at_one_account_are_limited_and_tell_nothing_of_what_is_left() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    for _ in 0..5 {
        let reply = wrong_login(&server, "ann@example.com", &[]);
        assert_eq!(reply.status, 401);
        assert!(
            !reply
                .header("ratelimit")
                .unwrap_or_default()
                .contains("log-in")
        );
    }
    let refused = wrong_login(&server, "ann@example.com", &[]);
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
    // An account that does not exist is refused alike, and another one is not refused.
    for _ in 0..5 {
        assert_eq!(wrong_login(&server, "nobody@example.com", &[]).status, 401);
    }
    let unknown = wrong_login(&server, "nobody@example.com", &[]);
    assert_eq!(unknown.status, 429);
    assert_eq!(unknown.header_names(), refused.header_names());
    assert_eq!(unknown.anonymous(), refused.anonymous());
}

#[test]
fn a_hundred_guesses_at_once_are_no_more_than_one_after_another() {
    let server = Server::start(&format!("{CHEAP}[rate_limits]\nshadow = true\n"));
    server.account("ann@example.com");
    let checked = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                for _ in 0..5 {
                    match wrong_login(&server, "ann@example.com", &[]).status {
                        401 => _ = checked.fetch_add(1, Ordering::Relaxed),
                        429 => {}
                        status => panic!("{status}"),
                    }
                }
            });
        }
    });
    assert_eq!(checked.into_inner(), 5);
}

#[test]
fn a_browser_that_logged_in_before_is_never_locked_out_and_a_restart_forgets_nothing() {
    let mut server = Server::start(CHEAP);
    server.account("ann@example.com");
    let log_in = |server: &Server, headers: &[(&str, &str)]| {
        let body = json!({"email": "ann@example.com", "password": PASSWORD, "cookie": true});
        server.send("POST", "/v1/sessions", headers, Some(&body))
    };
    let first = log_in(&server, &[]);
    assert_eq!(first.status, 201);
    let lines = first.headers.get_all("set-cookie").iter();
    let device = lines
        .filter_map(|line| line.to_str().unwrap().split(';').next())
        .find(|pair| pair.starts_with("__Host-device="))
        .unwrap()
        .to_owned();

    while wrong_login(&server, "ann@example.com", &[]).status == 401 {}
    assert_eq!(
        log_in(&server, &[]).status,
        429,
        "a stranger, even with the right password"
    );
    assert_eq!(log_in(&server, &[("cookie", &device)]).status, 201);
    let (rest, last) = device.split_at(device.len() - 1);
    let forged = format!("{rest}{}", if last == "x" { "y" } else { "x" });
    assert_eq!(log_in(&server, &[("cookie", &forged)]).status, 429);

    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let server = Server::start_in(server.dir.clone(), CHEAP);
    assert_eq!(log_in(&server, &[]).status, 429);
    assert_eq!(log_in(&server, &[("cookie", &device)]).status, 201);
}

#[test]
fn behind_a_proxy_each_caller_has_a_quota_and_nobody_can_write_himself_another() {
    let limit = "[[rate_limit]]\nname = \"edge\"\nlimit = 3\nperiod = \"1h\"\n";
    let ask = |server: &Server, forwarded: &str| {
        server
            .send(
                "GET",
                "/v1/articles",
                &[("x-forwarded-for", forwarded)],
                None,
            )
            .status
    };
    let server = Server::start(&format!("{CHEAP}{BEHIND_A_PROXY}{limit}"));
    for (forged, status) in [
        ("", 200),
        ("10.0.0.1, ", 200),
        ("\", ", 200),
        ("203.0.113.1, ", 429),
    ] {
        assert_eq!(
            ask(&server, &format!("{forged}198.51.100.7")),
            status,
            "{forged}"
        );
    }
    assert_eq!(ask(&server, "198.51.100.8"), 200);
    assert_eq!(ask(&server, "198.51.100.8, not an address"), 400);

    // Without a proxy in the configuration the field says nothing.
    let server = Server::start(&format!("{CHEAP}{limit}"));
    for status in [200, 200, 200, 429] {
        assert_eq!(ask(&server, &format!("198.51.100.{status}")), status);
    }
}

#[test]
fn requests_for_other_hosts_and_without_a_clear_one_are_refused() {
    let server = Server::start(&format!(
        "{CHEAP}[hosts]\nallowed = [\"api.example.com\"]\n"
    ));
    let address = server.url.strip_prefix("http://").unwrap();
    let ask = |fields: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET /v1/articles HTTP/1.1\r\n{fields}connection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(ask("host: api.example.com\r\n").starts_with("HTTP/1.1 200"));
    assert!(ask("host: API.example.com:8443\r\n").starts_with("HTTP/1.1 200"));
    for (fields, status) in [
        ("host: evil.example\r\n", 421),
        ("host: api.example.com.evil.example\r\n", 421),
        ("", 400),
        ("host: api.example.com\r\nhost: evil.example\r\n", 400),
        ("host: api.example.com@evil.example\r\n", 400),
    ] {
        let answer = ask(fields);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{fields}: {answer}"
        );
        assert!(answer.contains("application/problem+json"), "{answer}");
        assert!(!answer.contains("evil"), "{answer}");
    }
}

#[test]
fn requests_with_a_wrong_host_are_counted_too() {
    let limit = "[[rate_limit]]\nname = \"edge\"\nlimit = 3\nperiod = \"1h\"\n";
    let server = Server::start(&format!("{CHEAP}{limit}"));
    for status in [421, 421, 421, 429, 429] {
        let reply = server.send("GET", "/v1/articles", &[("host", "evil.example")], None);
        assert_eq!(reply.status, status);
    }
}

#[test]
fn a_start_that_fails_and_a_kill_forget_no_failed_login() {
    use std::os::unix::fs::PermissionsExt;
    let mut server = Server::start(CHEAP);
    while wrong_login(&server, "ann@example.com", &[]).status == 401 {}
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let keys = server.dir.path().join("data/device.keys");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o644)).unwrap();
    let failed = crate::server::spawn(server.dir.path(), CHEAP)
        .wait()
        .unwrap();
    assert_eq!(failed.code(), Some(1));
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
    let mut again = Server::start_in(server.dir.clone(), CHEAP);
    assert_eq!(wrong_login(&again, "ann@example.com", &[]).status, 429);
    again.signal("KILL");
    again.wait();
    let last = Server::start_in(server.dir.clone(), CHEAP);
    assert_eq!(wrong_login(&last, "ann@example.com", &[]).status, 429);
}

#[test]
fn one_account_has_one_quota_over_all_its_sessions() {
    let limit =
        "[[rate_limit]]\nname = \"user\"\nkey = \"principal\"\nlimit = 3\nperiod = \"1h\"\n";
    let server = Server::start(&format!("{CHEAP}{limit}"));
    server.account("ann@example.com");
    server.account("bob@example.com");
    let sessions = [
        server.log_in("ann@example.com"),
        server.log_in("ann@example.com"),
    ];
    for (session, status) in [(0, 200), (1, 200), (0, 200), (1, 429)] {
        let reply = server.as_user(&sessions[session], "GET", "/v1/account", None);
        assert_eq!(reply.status, status);
        // One list, of the limits at the edge and of this one.
        let list = reply.header("ratelimit").unwrap();
        assert!(
            list.contains("\"edge\"") && list.contains("\"user\""),
            "{list}"
        );
    }
    let bob = server.log_in("bob@example.com");
    assert_eq!(server.as_user(&bob, "GET", "/v1/account", None).status, 200);
}

#[test]
fn limits_change_under_load_without_a_failed_request() {
    let generous =
        format!("{CHEAP}[[rate_limit]]\nname = \"edge\"\nlimit = 1000000\nperiod = \"1s\"\n");
    let other = generous.replace("1000000", "900000");
    let server = Server::start(&generous);
    let rewrite = |config: &str| {
        let listen = "[server]\nlisten = \"127.0.0.1:0\"\nmanagement_listen = \"127.0.0.1:0\"\n";
        fs::write(
            server.dir.path().join("bartizan.toml"),
            format!("{listen}{config}"),
        )
        .unwrap();
        server.signal("HUP");
    };
    let (stop, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!(server.get("/v1/articles").status, 200);
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 0..30 {
            let before = server.log().matches("configuration reloaded").count();
            rewrite(if round % 2 == 0 { &other } else { &generous });
            wait_for(|| {
                (server.log().matches("configuration reloaded").count() > before).then_some(())
            });
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(asked.into_inner() > 30);

    // A mistake changes nothing, and says where it is.
    rewrite(&format!(
        "{CHEAP}[[rate_limit]]\nname = \"edge\"\nlimit = 0\nperiod = \"1s\"\n"
    ));
    let log = wait_for(|| Some(server.log()).filter(|log| log.contains("not reloaded")));
    assert!(log.contains("limit must be at least 1"), "{log}");
    assert_eq!(server.get("/v1/articles").status, 200);

    rewrite(&format!(
        "{CHEAP}[[rate_limit]]\nname = \"edge\"\nlimit = 1\nperiod = \"1h\"\n"
    ));
    wait_for(|| (server.get("/v1/articles").status == 429).then_some(()));
}

#[test]
fn above_the_ceiling_of_the_whole_server_everybody_is_told_to_come_back() {
    // The harness has opened the section `[server]`.
    let server = Server::start("max_requests_per_second = 3\n");
    let replies: Vec<_> = (0..40).map(|_| server.get("/v1/articles")).collect();
    let busy: Vec<_> = replies.iter().filter(|reply| reply.status == 503).collect();
    assert!(!busy.is_empty());
    for reply in busy {
        assert_eq!(reply.header("retry-after"), Some("1"));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(reply.json()["status"], 503);
    }
    assert!(
        replies
            .iter()
            .all(|reply| matches!(reply.status, 200 | 503))
    );
}
