//! Heads that hyper does not let through over HTTP/1.1, and those of the last size that it does.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::SocketAddr,
};

use super::{
    EXPECTS, HUGE_FIELDS, LARGE_FIELDS, LARGE_HEAD, LONG_TARGET, MANY_FIELDS, NO_LENGTH,
    NO_REQUEST, REACHES, claimed, connect, hardened,
};
use crate::{
    exits::wire::{HOST, Protocol},
    server::Server,
};

const GET: &str = "GET / HTTP/1.1";
/// The most that hyper buffers of a head, in bytes.
const MOST: usize = 408 * 1024;

/// A head with these lines and the host.
fn head(line: &str, fields: &[&str]) -> Vec<u8> {
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    format!("{line}\r\nhost: {HOST}\r\n{fields}\r\n").into_bytes()
}

fn post(fields: &[&str]) -> Vec<u8> {
    head("POST / HTTP/1.1", fields)
}

/// A head with a target of so many bytes.
fn targeted(bytes: usize) -> Vec<u8> {
    let line = format!("GET /{} HTTP/1.1", "a".repeat(bytes - 1));
    head(&line, &["connection: close"])
}

/// A head of so many fields.
fn numbered(count: usize) -> Vec<u8> {
    // beside the host and the first
    let fields: Vec<_> = (2..count).map(|n| format!("x-{n}: 1")).collect();
    let fields = fields.iter().map(String::as_str);
    head(
        GET,
        &Vec::from_iter(["connection: close"].into_iter().chain(fields)),
    )
}

/// A head with a value of so many bytes.
fn filled(bytes: usize) -> Vec<u8> {
    let filler = format!("x-filler: {}", "a".repeat(bytes));
    head(GET, &["connection: close", &filler])
}

/// What to send for each line of the table but [`EXPECTS`].
pub(super) fn heads() -> Vec<(&'static str, Vec<u8>)> {
    // Not a byte more than hyper reads: what lies unread when it closes would reset the connection and take the answer away.
    let mut endless = filled(MOST);
    endless.truncate(MOST);
    vec![
        (NO_REQUEST, b"nonsense\r\n\r\n".to_vec()),
        // how TLS begins
        (
            NO_REQUEST,
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        ),
        (NO_REQUEST, head("G\u{e4}T / HTTP/1.1", &[])),
        (NO_REQUEST, head("GET / HTTP/1.2", &[])),
        (NO_REQUEST, head("GET / HTTP/3.0", &[])),
        (NO_REQUEST, head("GET /a b HTTP/1.1", &[])),
        (NO_REQUEST, head("GET http:// HTTP/1.1", &[])),
        (NO_REQUEST, head(GET, &["x y: 1"])),
        (NO_REQUEST, head(GET, &[": 1"])),
        (NO_REQUEST, head(GET, &["x: \0"])),
        (NO_REQUEST, head(GET, &["x: 1", " folded"])),
        (NO_LENGTH, post(&["content-length: 1", "content-length: 2"])),
        (NO_LENGTH, post(&["content-length: -1"])),
        (NO_LENGTH, post(&["transfer-encoding: gzip"])),
        (
            NO_LENGTH,
            head("POST / HTTP/1.0", &["transfer-encoding: chunked"]),
        ),
        (LONG_TARGET, targeted(65_535)),
        (MANY_FIELDS, numbered(101)),
        (LARGE_FIELDS, filled(16 * 1024)),
        (HUGE_FIELDS, filled(64 * 1024)),
        (LARGE_HEAD, endless),
    ]
}

/// An answer in the table's words.
fn outcome(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return format!("no answer but {text:?}");
    };
    let (line, fields) = head.split_once("\r\n").unwrap_or((head, ""));
    let names = fields.lines().filter_map(|line| line.split(':').next());
    let names: BTreeSet<_> = names.map(str::to_ascii_lowercase).collect();
    let bare = ["connection", "content-length", "date"];
    match line.split(' ').nth(1) {
        Some(status) if body.is_empty() && names.iter().all(|name| bare.contains(&&**name)) => {
            status.to_owned()
        }
        _ if names.contains("x-content-type-options") && names.contains("x-request-id") => {
            REACHES.to_owned()
        }
        _ => format!("neither bare nor ours: {text:?}"),
    }
}

/// All that comes back until the server closes.
fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(address);
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    // A reset after the answer is a way to close too: what came before it is judged.
    drop(stream.read_to_end(&mut answer));
    outcome(&answer)
}

fn check(address: SocketAddr) {
    let mut wrong = Vec::new();
    for (sent, bytes) in heads() {
        let (found, claimed) = (exchange(address, &bytes), claimed(sent, Protocol::Http1));
        if found != claimed {
            let start = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
            wrong.push(format!("{sent}: {found}, not {claimed}: {start:?}"));
        }
    }
    // The numbers are the right ones: the size below each reaches the service.
    for (name, bytes) in [
        ("a target", targeted(65_534)),
        ("fields", numbered(100)),
        ("a head", filled(MOST - 1024)),
    ] {
        let found = exchange(address, &bytes);
        if found != REACHES {
            wrong.push(format!("{name} of the last size: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_hyper_answers_in_a_routers_place_is_bare_and_listed() {
    check(hardened());
}

#[test]
fn what_hyper_answers_in_the_real_servers_place_is_bare_and_listed() {
    let server = Server::start("");
    check(server.url.strip_prefix("http://").unwrap().parse().unwrap());
}

#[test]
fn leave_to_send_the_body_has_no_fields_and_the_answer_after_it_has_them() {
    let says = "100, then the service's answer";
    assert_eq!(claimed(EXPECTS, Protocol::Http1), says);
    let mut stream = connect(hardened());
    let fields = [
        "content-type: application/json",
        "content-length: 2",
        "expect: 100-continue",
        "connection: close",
    ];
    let head = head("POST /json HTTP/1.1", &fields);
    stream.write_all(&head).unwrap();
    let mut interim = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(outcome(&interim), "100");
    stream.write_all(b"{}").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(outcome(&answer), REACHES);
}
