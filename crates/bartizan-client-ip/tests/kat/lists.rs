//! The cases of the two strategies that walk a list.

use super::*;

#[test]
fn rightmost_trusted_count() {
    const PEER: &str = "10.0.0.1";
    const XFF: &[&str] = &[
        "4.4.4.4, 5.5.5.5",
        "::1, fe80::382b:141b:fa4a:2a16%28",
        "7.7.7.7.7, 8.8.8.8, 9.9.9.9, 10.10.10.10,11.11.11.11, 12.12.12.12",
    ];
    const LAST: &str = "host=what;for=6.6.6.6;proto=https";
    const MAPPED: &str = "For=\"::ffff:bc15:0006\"";
    // A number of hops is at least 1 by its type: 0 and less cannot be said.
    type Row<'a> = (&'a str, &'a str, &'a [&'static str], u8, Answer, Difference);
    let cases: [Row<'_>; 10] = [
        (
            "Count one",
            "Forwarded",
            &[MAPPED, LAST],
            1,
            "6.6.6.6",
            SAME,
        ),
        ("Count five", "X-Forwarded-For", XFF, 5, "8.8.8.8", SAME),
        (
            "Fail: header too short/count too large",
            "X-Forwarded-For",
            XFF,
            50,
            ERROR,
            Some((REFUSED, "no real chain has more than 32 hops")),
        ),
        (
            "Fail: bad value at count index",
            "Forwarded",
            &[MAPPED, "For=nope", LAST],
            2,
            ERROR,
            SAME,
        ),
        (
            "Fail: zero value at count index",
            "Forwarded",
            &[MAPPED, "For=0.0.0.0", LAST],
            2,
            ERROR,
            SAME,
        ),
        (
            "Fail: header missing",
            "Forwarded",
            &[],
            1,
            ERROR,
            Some((PEER, ABSENT)),
        ),
        ("Error: empty header name", "", &[], 1, REFUSED, SAME),
        ("Error: invalid header", "X-Real-IP", &[], 1, REFUSED, SAME),
        (
            "Error: zero trustedCount",
            "x-forwarded-for",
            &["4.4.4.4"],
            0,
            REFUSED,
            SAME,
        ),
        (
            "Error: negative trustedCount",
            "X-Forwarded-For",
            &["4.4.4.4"],
            0,
            REFUSED,
            SAME,
        ),
    ];
    for (name, header, lines, hops, theirs, difference) in cases {
        let ours = ours(header, lines, Some(PEER), &["10.0.0.0/8"], Some(hops));
        check(name, &ours, theirs, difference);
    }
    let short = ours(
        "X-Forwarded-For",
        &["5.5.5.5"],
        Some(PEER),
        &["10.0.0.0/8"],
        Some(2),
    );
    assert_eq!(short, ERROR);
}

#[test]
fn rightmost_trusted_range() {
    const XFF: &[&str] = &["2.2.2.2:3384, 3.3.3.3", "4.4.4.4"];
    const SPOOFED: &[&str] = &["3.3.3.3, 10.0.0.1"];
    const TEN: &[&str] = &["10.0.0.0/8"];
    const NET: &[&str] = &["2.2.2.0/24"];
    const MANY: &[&str] = &[
        "For=99.99.99.99, For=4.4.4.8, For=\"[2607:f8b0:4004:83f::200e]:4747\"",
        "For=2.2.2.2:8883, For=64:ff9b::188.0.2.200, For=3.3.5.5, For=2001:db7::abcd",
    ];
    const MANY_TRUSTED: &[&str] = &[
        "2.2.2.2/32",
        "2607:f8b0:4004:83f::200e/128",
        "3.3.0.0/16",
        "2001:db7::/64",
        "::ffff:4.4.4.4/124",
        "64:ff9b::188.0.2.128/112",
    ];
    let x = "X-Forwarded-For";
    let no_peer = Some((ERROR, NO_PEER));
    type Row<'a> = (
        &'a str,
        &'a str,
        &'a [&'static str],
        Option<&'a str>,
        &'a [&'a str],
        Answer,
        Difference,
    );
    let cases: [Row<'_>; 18] = [
        (
            "No ranges",
            x,
            XFF,
            Some("4.4.4.4"),
            &[],
            "4.4.4.4",
            Some((
                REFUSED,
                "without a trusted range nobody may be believed; a hop count of 1 answers so",
            )),
        ),
        (
            "One range",
            x,
            XFF,
            Some("4.4.4.9"),
            &["4.4.4.0/24"],
            "3.3.3.3",
            SAME,
        ),
        (
            "One IP",
            x,
            XFF,
            Some("4.4.4.4"),
            &["4.4.4.4"],
            "3.3.3.3",
            SAME,
        ),
        (
            "Many kinds of ranges",
            "Forwarded",
            MANY,
            Some("2.2.2.2"),
            MANY_TRUSTED,
            "99.99.99.99",
            SAME,
        ),
        (
            "Peer untrusted: returns peer, ignores spoofed header",
            x,
            &["1.2.3.4, 10.0.0.1"],
            Some("9.9.9.9"),
            TEN,
            "9.9.9.9",
            SAME,
        ),
        (
            "Peer untrusted, no header: returns peer",
            x,
            &[],
            Some("9.9.9.9"),
            TEN,
            "9.9.9.9",
            SAME,
        ),
        (
            "Peer untrusted IPv6 with zone: returns peer with zone",
            x,
            &["1.2.3.4"],
            Some("fe80::1"),
            TEN,
            "fe80::1%eth0",
            Some(("fe80::1", ZONE)),
        ),
        (
            "Peer trusted: walks header as normal",
            x,
            SPOOFED,
            Some("10.0.0.5"),
            TEN,
            "3.3.3.3",
            SAME,
        ),
        (
            "Peer Unix socket: walks header as normal",
            x,
            SPOOFED,
            None,
            TEN,
            "3.3.3.3",
            no_peer,
        ),
        (
            "Peer empty: walks header as normal",
            x,
            SPOOFED,
            None,
            TEN,
            "3.3.3.3",
            no_peer,
        ),
        (
            "Peer garbage: walks header as normal",
            x,
            SPOOFED,
            None,
            TEN,
            "3.3.3.3",
            no_peer,
        ),
        (
            "Peer unspecified IP: walks header as normal",
            x,
            SPOOFED,
            Some("0.0.0.0"),
            TEN,
            "3.3.3.3",
            no_peer,
        ),
        (
            "Fail: no non-trusted IP",
            x,
            &["2.2.2.2:3384, 2.2.2.3", "2.2.2.4"],
            Some("2.2.2.5"),
            NET,
            ERROR,
            Some(("2.2.2.2", LEFTMOST)),
        ),
        (
            "Fail: rightmost non-trusted IP invalid",
            x,
            &["nope, 2.2.2.2:3384, 2.2.2.3", "2.2.2.4"],
            Some("2.2.2.5"),
            NET,
            ERROR,
            SAME,
        ),
        (
            "Fail: rightmost non-trusted IP unspecified",
            x,
            &["::, 2.2.2.2:3384, 2.2.2.3", "2.2.2.4"],
            Some("2.2.2.5"),
            NET,
            ERROR,
            SAME,
        ),
        (
            "Fail: no values in header",
            x,
            &[],
            Some("2.2.2.5"),
            NET,
            ERROR,
            Some(("2.2.2.5", ABSENT)),
        ),
        (
            "Error: empty header name",
            "",
            XFF,
            Some("2.2.2.5"),
            NET,
            REFUSED,
            SAME,
        ),
        (
            "Error: bad header name",
            "Not-XFF-Or-Forwarded",
            &[],
            Some("2.2.2.5"),
            NET,
            REFUSED,
            Some((
                "2.2.2.5",
                "any other name is that of a field with one address",
            )),
        ),
    ];
    for (name, header, lines, peer, trusted, theirs, difference) in cases {
        let ours = if header.is_empty() {
            ours("", &[], peer, trusted, None)
        } else {
            ours(header, lines, peer, trusted, None)
        };
        check(name, &ours, theirs, difference);
    }
}
