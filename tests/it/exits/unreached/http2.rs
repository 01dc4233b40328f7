//! What a client gets over HTTP/2 where hyper does not call the service.

use std::{
    collections::BTreeSet,
    error::Error,
    io::{Read, Write},
};

use http::Method;

use super::{
    EXPECTS, HUGE_FIELDS, LARGE_FIELDS, LARGE_HEAD, LONG_TARGET, MANY_FIELDS, NO_LENGTH,
    NO_REQUEST, REACHES, claimed, connect, hardened,
};
use crate::exits::{
    pieces::End,
    wire::{Answer, Ask, Protocol, ask},
};

/// Types of frames (RFC 9113, section 6).
const HEADERS: u8 = 1;
const GOAWAY: u8 = 7;

fn with(fields: impl IntoIterator<Item = (&'static str, &'static str)>) -> Ask {
    let mut ask = Ask::new(Method::GET, "/");
    ask.fields.extend(fields);
    ask
}

/// A request with a value of so many bytes.
fn filled(bytes: usize) -> Ask {
    with([("x-filler", &*String::leak("a".repeat(bytes)))])
}

/// An answer, or what came instead, in the table's words.
fn outcome(answer: Result<Answer, hyper::Error>) -> String {
    let error = match answer {
        Ok(answer) if answer.fields.contains_key("x-content-type-options") => {
            return REACHES.to_owned();
        }
        Ok(answer) if answer.fields.keys().all(|name| name == "date") => {
            return answer.status.to_string();
        }
        Ok(answer) => return format!("neither bare nor ours: {answer:?}"),
        Err(error) => error,
    };
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<h2::Error>());
    // if it is the server that says so
    match cause.filter(|cause| cause.is_remote()) {
        Some(cause) if cause.is_reset() => "`RST_STREAM`".to_owned(),
        Some(cause) if cause.is_go_away() => "`GOAWAY`".to_owned(),
        _ => format!("{error:?}"),
    }
}

#[tokio::test]
async fn what_comes_in_a_routers_place_is_bare_and_listed() {
    let address = hardened();
    let many = (0..101).map(|n| (&*String::leak(format!("x-{n}")), "1"));
    let mut expects = Ask::new(Method::POST, "/json");
    expects.body = ("{}", End::Known);
    expects.fields = vec![
        ("content-type", "application/json"),
        ("expect", "100-continue"),
    ];
    for (sent, request) in [
        (NO_LENGTH, with([("content-length", "5")])),
        (MANY_FIELDS, with(many)),
        (LARGE_FIELDS, filled(16 * 1024)),
        (HUGE_FIELDS, filled(64 * 1024)),
        (EXPECTS, expects),
    ] {
        let found = outcome(ask(address, Protocol::Http2, &request).await);
        assert_eq!(found, claimed(sent, Protocol::Http2), "{sent}");
    }
    // The numbers are the right ones: a little less is less than 16, and less than 64.
    let below = [(15 * 1024, REACHES), (63 * 1024, "431")];
    for (bytes, expected) in below {
        let found = outcome(ask(address, Protocol::Http2, &filled(bytes)).await);
        assert_eq!(found, expected, "{bytes}");
    }
    // A target of that length and a head of that size are more than 64 KiB, and no client of ours can send the one.
    for sent in [LONG_TARGET, LARGE_HEAD] {
        let huge = claimed(HUGE_FIELDS, Protocol::Http2);
        assert_eq!(claimed(sent, Protocol::Http2), huge, "{sent}");
    }
}

#[test]
fn what_is_no_http2_ends_the_connection_without_an_answer() {
    assert_eq!(claimed(NO_REQUEST, Protocol::Http2), "`GOAWAY`");
    let mut stream = connect(hardened());
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    // data of the connection itself (RFC 9113, section 6.1: a connection error)
    let data = [0, 0, 1, 0, 0, 0, 0, 0, 0, b'a'];
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let all = [&preface[..], &settings, &data].concat();
    stream.write_all(&all).unwrap();
    let mut frames = BTreeSet::new();
    let mut start = [0; 9];
    while stream.read_exact(&mut start).is_ok() {
        let length = u32::from_be_bytes([0, start[0], start[1], start[2]]);
        frames.insert(start[3]);
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload).unwrap();
    }
    assert!(frames.contains(&GOAWAY), "{frames:?}");
    assert!(!frames.contains(&HEADERS), "{frames:?}");
}
