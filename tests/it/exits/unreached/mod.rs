//! The ways out that no layer reaches: what hyper answers by itself. SECURITY.md lists them in a table, and here each of its cells
//! is asked for: a cell that is wrong fails a test, and so does a line that nobody asks for.

mod http1;
mod http2;

use std::{collections::BTreeSet, net::SocketAddr, net::TcpStream, time::Duration};

use super::{
    app::{hardening, routes, serve},
    wire::Protocol,
};

const SECURITY: &str = include_str!("../../../../SECURITY.md");
const HEADING: &str = "## Answers that no layer reaches\n";

// The lines of the table, by what the client sends.
const NO_REQUEST: &str =
    "what is no request: a line or a field that is none, a version that is unknown";
const NO_LENGTH: &str = "a body whose length is not clear";
const LONG_TARGET: &str = "a target of more than 65,534 bytes";
const MANY_FIELDS: &str = "more than 100 fields";
const LARGE_FIELDS: &str = "fields of more than 16 KiB together";
const HUGE_FIELDS: &str = "fields of more than 64 KiB together";
const LARGE_HEAD: &str = "a head of more than 408 KiB";
const EXPECTS: &str = "`Expect: 100-continue`, and the service reads the body";

/// What the table says where hyper does not step in.
const REACHES: &str = "reaches the service";

/// The table: what is sent, what comes back over HTTP/1.1, what over HTTP/2.
fn table() -> Vec<[&'static str; 3]> {
    let (_, section) = SECURITY.split_once(HEADING).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let lines = section.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = lines.map(|line| {
        let cells: Vec<_> = line.trim_end_matches(" |").split(" | ").collect();
        cells.try_into().unwrap_or_else(|_| panic!("{line}"))
    });
    // without the line of titles
    cells.skip(1).collect()
}

/// What SECURITY.md says that comes back.
fn claimed(sent: &str, protocol: Protocol) -> &'static str {
    let line = table().into_iter().find(|line| line[0] == sent);
    let [_, one, two] = line.unwrap_or_else(|| panic!("SECURITY.md does not list: {sent}"));
    match protocol {
        Protocol::Http1 => one,
        Protocol::Http2 => two,
    }
}

/// A hardened router.
fn hardened() -> SocketAddr {
    serve(routes().layer(hardening(false)))
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    let patience = Duration::from_secs(30);
    stream.set_read_timeout(Some(patience)).unwrap();
    stream
}

#[test]
fn every_line_of_the_list_is_asked_for() {
    let listed: Vec<_> = table().into_iter().map(|[sent, ..]| sent).collect();
    let once: BTreeSet<_> = listed.iter().copied().collect();
    assert_eq!(once.len(), listed.len(), "a line stands there twice");
    let mut asked: BTreeSet<_> = http1::heads().into_iter().map(|(sent, _)| sent).collect();
    asked.insert(EXPECTS);
    assert_eq!(once, asked);
}
