//! Published cases. walk.rs has those of RFC 7239.
//!
//! The table is written after the 62 cases of realclientip-go's tests (`realclientip_test.go` at commit c323bbb).
//! Where a case there has no peer, ours comes from a trusted one, without which nothing is read; values of its fields with one
//! address are made up after the case's name and result. Each row where ours differs says why.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "kat/lists.rs"]
mod lists;

use std::{net::IpAddr, num::NonZeroU8};

use bartizan_client_ip::{AddressError, ForwardingField, Policy};
use http::{HeaderMap, HeaderValue};

/// How a case is to be answered: an address, or one of the next two.
type Answer = &'static str;

/// There is no address.
const ERROR: Answer = "error";
/// The configuration is refused.
const REFUSED: Answer = "refused";

/// Ours is another answer, for a reason.
type Difference = Option<(Answer, &'static str)>;
const SAME: Difference = None;

const ZONE: &str = "a zone says something on one machine only, and would make two callers of one";
const PEER_IS_BINARY: &str = "a peer is an address here, never text: this text is no peer";
const ABSENT: &str = "a trusted proxy that names nobody asks for itself, as in a health check";
const NO_PEER: &str = "a field is believed from a known peer only; who serves a Unix socket names a peer by `peer_from`";
const LEFTMOST: &str =
    "the request began at a proxy of ours, which is then the caller; nginx answers so too";

fn field(name: &str, lines: &[&'static str]) -> HeaderMap {
    let name: http::HeaderName = name.parse().unwrap();
    let line = |line: &&'static str| (name.clone(), HeaderValue::from_static(line));
    lines.iter().map(line).collect()
}

/// Our answer by ranges, or by a number of hops.
fn ours(
    name: &str,
    lines: &[&'static str],
    peer: Option<&str>,
    trusted: &[&str],
    hops: Option<u8>,
) -> String {
    let Ok(field_read) = name.parse::<ForwardingField>() else {
        return REFUSED.to_owned();
    };
    let trusted = trusted.iter().map(|range| match range.parse() {
        Ok(range) => range,
        Err(_) => range.parse::<IpAddr>().unwrap().into(),
    });
    let mut builder = Policy::builder().behind(trusted, field_read);
    if let Some(hops) = hops {
        match NonZeroU8::new(hops) {
            Some(hops) => builder = builder.hops(hops),
            None => return REFUSED.to_owned(),
        }
    }
    let Ok(policy) = builder.build() else {
        return REFUSED.to_owned();
    };
    let peer = peer.map(|peer| peer.parse().unwrap());
    match policy.address(peer, &field(name, lines)) {
        Ok(address) => address.to_string(),
        Err(_) => ERROR.to_owned(),
    }
}

fn check(name: &str, ours: &str, theirs: Answer, difference: Difference) {
    match difference {
        None => assert_eq!(ours, theirs, "{name}"),
        Some((expected, reason)) => {
            assert_eq!(ours, expected, "{name}: {reason}");
            assert_ne!(ours, theirs, "{name} is no difference");
        }
    }
}

#[test]
fn remote_addr() {
    // As a server hands the peer on: its text is not ours to read, ports and all.
    let cases: [(&str, Option<&str>, Answer, Difference); 18] = [
        ("IPv4 with port", Some("2.2.2.2"), "2.2.2.2", SAME),
        ("IPv4 with no port", Some("2.2.2.2"), "2.2.2.2", SAME),
        (
            "IPv6 with port",
            Some("2607:f8b0:4004:83f::18"),
            "2607:f8b0:4004:83f::18",
            SAME,
        ),
        (
            "IPv6 with no port",
            Some("2607:f8b0:4004:83f::18"),
            "2607:f8b0:4004:83f::18",
            SAME,
        ),
        (
            "IPv6 with zone and no port",
            Some("fe80::1111"),
            "fe80::1111%eth0",
            Some(("fe80::1111", ZONE)),
        ),
        (
            "IPv6 with zone and port",
            Some("fe80::2222"),
            "fe80::2222%eth0",
            Some(("fe80::2222", ZONE)),
        ),
        (
            "IPv4-mapped IPv6",
            Some("::ffff:172.21.0.6"),
            "172.21.0.6",
            SAME,
        ),
        (
            "IPv4-mapped IPv6 in IPv6 form",
            Some("0:0:0:0:0:ffff:bc15:0006"),
            "188.21.0.6",
            SAME,
        ),
        (
            "NAT64 IPv4-mapped IPv6",
            Some("64:ff9b::188.0.2.128"),
            "64:ff9b::bc00:280",
            SAME,
        ),
        (
            "6to4 IPv4-mapped IPv6",
            Some("2002:c000:204::"),
            "2002:c000:204::",
            SAME,
        ),
        ("IPv4 loopback", Some("127.0.0.1"), "127.0.0.1", SAME),
        ("IPv6 loopback", Some("::1"), "::1", SAME),
        ("Garbage header (unused)", Some("2.2.2.2"), "2.2.2.2", SAME),
        ("Fail: empty RemoteAddr", None, ERROR, SAME),
        ("Fail: garbage RemoteAddr", None, ERROR, SAME),
        ("Fail: zero RemoteAddr IP", Some("0.0.0.0"), ERROR, SAME),
        ("Fail: unspecified RemoteAddr IP", Some("::"), ERROR, SAME),
        ("Fail: Unix domain socket", None, ERROR, SAME),
    ];
    for (name, peer, theirs, difference) in cases {
        let headers = field("x-forwarded-for", &["!!!"]);
        let peer = peer.map(|peer| peer.parse().unwrap());
        let ours = match Policy::direct().address(peer, &headers) {
            Ok(address) => address.to_string(),
            Err(error) => {
                assert_eq!(error, AddressError::NoPeer, "{name}: {PEER_IS_BINARY}");
                ERROR.to_owned()
            }
        };
        check(name, &ours, theirs, difference);
    }
}

#[test]
fn single_ip_header() {
    const PEER: &str = "10.0.0.1";
    let cases: [(&str, &str, &[&'static str], Answer, Difference); 15] = [
        (
            "IPv4 with port",
            "True-Client-IP",
            &["2.2.2.2:49489"],
            "2.2.2.2",
            SAME,
        ),
        (
            "IPv4 with no port",
            "X-Real-IP",
            &["1.1.1.1"],
            "1.1.1.1",
            SAME,
        ),
        (
            "IPv6 with port",
            "X-Real-IP",
            &["[2607:f8b0:4004:83f::18]:3838"],
            "2607:f8b0:4004:83f::18",
            SAME,
        ),
        (
            "IPv6 with no port",
            "X-Real-IP",
            &["2607:f8b0:4004:83f::19"],
            "2607:f8b0:4004:83f::19",
            SAME,
        ),
        (
            "IPv6 with zone and no port",
            "a-b-c-d",
            &["fe80::1111%zone"],
            "fe80::1111%zone",
            Some(("fe80::1111", ZONE)),
        ),
        (
            "IPv6 with zone and port",
            "a-b-c-d",
            &["[fe80::1111%zone]:4848"],
            "fe80::1111%zone",
            Some(("fe80::1111", ZONE)),
        ),
        (
            "IPv6 with brackets but no port",
            "x-real-ip",
            &["[2607:f8b0:4004:83f::19]"],
            "2607:f8b0:4004:83f::19",
            SAME,
        ),
        (
            "IP-mapped IPv6",
            "x-real-ip",
            &["::ffff:172.21.0.6"],
            "172.21.0.6",
            SAME,
        ),
        (
            "IPv4-mapped IPv6 in IPv6 form",
            "x-real-ip",
            &["[64:ff9b::188.0.2.128]:4747"],
            "64:ff9b::bc00:280",
            SAME,
        ),
        (
            "6to4 IPv4-mapped IPv6",
            "x-real-ip",
            &["2002:c000:204::"],
            "2002:c000:204::",
            SAME,
        ),
        (
            "IPv4 loopback",
            "x-real-ip",
            &["127.0.0.1"],
            "127.0.0.1",
            SAME,
        ),
        (
            "Fail: missing header",
            "x-real-ip",
            &[],
            ERROR,
            Some((PEER, ABSENT)),
        ),
        ("Fail: garbage IP", "True-Client-Ip", &["nope"], ERROR, SAME),
        ("Fail: zero IP", "True-Client-Ip", &["0.0.0.0"], ERROR, SAME),
        ("Error: empty header name", "", &[], REFUSED, SAME),
    ];
    for (name, header, lines, theirs, difference) in cases {
        let ours = if header.is_empty() {
            assert!(header.parse::<ForwardingField>().is_err());
            REFUSED.to_owned()
        } else {
            ours(header, lines, Some(PEER), &["10.0.0.0/8"], None)
        };
        check(name, &ours, theirs, difference);
    }
    // "Error: X-Forwarded-For header"
    let field = ForwardingField::Single("X-Forwarded-For".parse().unwrap());
    let builder = Policy::builder().behind(["10.0.0.0/8".parse().unwrap()], field);
    assert!(builder.build().is_err());
}
