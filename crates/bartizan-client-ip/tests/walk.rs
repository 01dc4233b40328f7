//! Cases of our own about the walk: those that proxy-addr (npm) is known for, and those of RFC 7239.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::IpAddr;

use AddressError::{Malformed, Obfuscated, TooManyHops};
use bartizan_client_ip::{AddressError, ForwardingField, Policy};
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

const PEER: &str = "10.0.0.1";

fn address(field: ForwardingField, peer: &str, lines: &[&str]) -> Result<IpAddr, AddressError> {
    let name: HeaderName = field.name().clone();
    let trusted = ["10.0.0.0/8", "2001:db8:a::/48"].map(|range| range.parse().unwrap());
    let policy = Policy::builder().behind(trusted, field).build().unwrap();
    let line = |line: &&str| (name.clone(), HeaderValue::from_str(line).unwrap());
    let headers: HeaderMap = lines.iter().map(line).collect();
    policy.address(Some(peer.parse().unwrap()), &headers)
}

fn check(field: &ForwardingField, cases: &[(&[&str], Result<&str, AddressError>)]) {
    for (lines, expected) in cases {
        let expected = expected.map(|address| address.parse().unwrap());
        assert_eq!(address(field.clone(), PEER, lines), expected, "{lines:?}");
    }
}

#[test]
fn x_forwarded_for_is_read_from_the_right_of_all_lines() {
    let field = ForwardingField::XForwardedFor;
    check(
        &field,
        &[
            (&[], Ok(PEER)),
            (&["9.9.9.9"], Ok("9.9.9.9")),
            (&["1.1.1.1, 9.9.9.9"], Ok("9.9.9.9")),
            (&["9.9.9.9, 10.0.0.2"], Ok("9.9.9.9")),
            (&["1.1.1.1,9.9.9.9,10.0.0.2 \t,10.0.0.3"], Ok("9.9.9.9")),
            (&["1.1.1.1", "9.9.9.9", "10.0.0.2"], Ok("9.9.9.9")),
            (&["1.1.1.1, 9.9.9.9", "10.0.0.2, 10.0.0.3"], Ok("9.9.9.9")),
            (&["10.0.0.9, 10.0.0.2", "10.0.0.3"], Ok("10.0.0.9")),
            (&["2001:db8:b::1, 2001:db8:a::1"], Ok("2001:db8:b::1")),
            (
                &["[2001:db8:b::1]:80, [2001:db8:a::1]:80"],
                Ok("2001:db8:b::1"),
            ),
            (&["::ffff:9.9.9.9, ::ffff:10.0.0.2"], Ok("9.9.9.9")),
            (&["fe80::1%eth0"], Ok("fe80::1")),
            (&["9.9.9.9:1234"], Ok("9.9.9.9")),
            // What ends the walk is never skipped, and what stands right of it never matters less.
            (&["9.9.9.9, oops"], Err(Malformed)),
            (&["9.9.9.9, "], Err(Malformed)),
            (&["9.9.9.9", ""], Err(Malformed)),
            (&["9.9.9.9,, 10.0.0.2"], Err(Malformed)),
            (&["9.9.9.9, unknown, 10.0.0.2"], Err(Malformed)),
            (&["9.9.9.9, 10.0.0.2 10.0.0.3"], Err(Malformed)),
            (&["9.9.9.9, 010.0.0.2"], Err(Malformed)),
            (&["9.9.9.9, 0.0.0.0, 10.0.0.2"], Err(Malformed)),
            (&["9.9.9.9, \"10.0.0.2\""], Err(Malformed)),
            // Left of the caller anything goes.
            (&["oops, ,, \u{1f980}, 9.9.9.9"], Ok("9.9.9.9")),
        ],
    );
    for (peer, expected) in [
        ("::ffff:10.0.0.1", "9.9.9.9"),
        ("2001:db8:a::9", "9.9.9.9"),
        ("11.0.0.1", "11.0.0.1"),
    ] {
        let found = address(field.clone(), peer, &["9.9.9.9"]);
        assert_eq!(found, Ok(expected.parse().unwrap()), "{peer}");
    }
}

#[test]
fn ten_thousand_hops_cost_no_more_than_64() {
    let hops = |count: usize, list: &str| [list].repeat(count).join(",");
    let xff = |text: String| address(ForwardingField::XForwardedFor, PEER, &[&text]);
    assert_eq!(xff(hops(10_000, "10.0.0.2")), Err(TooManyHops));
    assert_eq!(xff(hops(64, "10.0.0.2")), Ok("10.0.0.2".parse().unwrap()));
    assert_eq!(xff(hops(65, "10.0.0.2")), Err(TooManyHops));
    assert_eq!(
        xff(format!("9.9.9.9,{}", hops(63, "10.0.0.2"))),
        Ok("9.9.9.9".parse().unwrap())
    );
    let forwarded = hops(10_000, "for=10.0.0.2");
    assert_eq!(
        address(ForwardingField::Forwarded, PEER, &[&forwarded]),
        Err(TooManyHops)
    );
}

#[test]
fn forwarded_is_read_from_the_right_by_the_grammar() {
    check(
        &ForwardingField::Forwarded,
        &[
            // The examples of sections 4 and 7, as far as they name an address.
            (&["for=192.0.2.43"], Ok("192.0.2.43")),
            (
                &["For=\"[2001:db8:cafe::17]:4711\""],
                Ok("2001:db8:cafe::17"),
            ),
            (
                &["for=192.0.2.60;proto=http;by=203.0.113.43"],
                Ok("192.0.2.60"),
            ),
            (&["for=192.0.2.43, for=198.51.100.17"], Ok("198.51.100.17")),
            (
                &["for=192.0.2.43,for=\"[2001:db8:cafe::17]\",for=unknown"],
                Err(Obfuscated),
            ),
            (&["for=_hidden, for=_SEVKISEK"], Err(Obfuscated)),
            (&["for=\"_gazonk\""], Err(Obfuscated)),
            (
                &["for=192.0.2.43, for=\"[2001:db8:cafe::17]\"", "for=unknown"],
                Err(Obfuscated),
            ),
            (&["for=_a, for=9.9.9.9, for=10.0.0.2"], Ok("9.9.9.9")),
            (&["for=9.9.9.9, for=_a, for=10.0.0.2"], Err(Obfuscated)),
            (&["for=\"9.9.9.9:_port\""], Ok("9.9.9.9")),
            (&["for=\"9.9.9.9:47011\""], Ok("9.9.9.9")),
            // Quotes, and what may stand in them.
            (
                &["for=9.9.9.9;host=\"a,for=1.1.1.1\", for=10.0.0.2"],
                Ok("9.9.9.9"),
            ),
            (
                &[r#"for=9.9.9.9;host="\",for=1.1.1.1;x=\"", for=10.0.0.2"#],
                Ok("9.9.9.9"),
            ),
            (
                &[r#"for="9.9.9.9";host="\\", for="10.0.0.2""#],
                Ok("9.9.9.9"),
            ),
            (&[r#"for="9.9\.9.\9", for="\10.0.0.2""#], Ok("9.9.9.9")),
            // Left of the trusted tail a quotation may be open, closed, or escaped.
            (&["for=\"1.1.1.1, for=9.9.9.9"], Ok("9.9.9.9")),
            (&["for=\", for=9.9.9.9, for=10.0.0.2"], Ok("9.9.9.9")),
            (
                &["for=\"", "for=\"9.9.9.9\", for=\"[2001:db8:a::1]\""],
                Ok("9.9.9.9"),
            ),
            (&[r#"for="\, for="9.9.9.9:1""#], Ok("9.9.9.9")),
            (
                &[r#"for="1.1.1.1\", for=9.9.9.9;host="a, b""#],
                Ok("9.9.9.9"),
            ),
            // Malformed, and reached.
            (&["for=9.9.9.9, for=\"10.0.0.2"], Err(Malformed)),
            (&["for=9.9.9.9, for=10.0.0.2\""], Err(Malformed)),
            (&["for=9.9.9.9;for=9.9.9.9"], Err(Malformed)),
            (&["for=9.9.9.9;FOR=1.1.1.1"], Err(Malformed)),
            (&["for=9.9.9.9;host=a;host=b"], Err(Malformed)),
            (&["for=9.9.9.9, proto=https"], Err(Malformed)),
            (&["for=9.9.9.9, for=\"\""], Err(Malformed)),
            (&["for=9.9.9.9,"], Err(Malformed)),
            (&["9.9.9.9"], Err(Malformed)),
            (&["for = 9.9.9.9"], Err(Malformed)),
            (&["for=9.9.9.9 for=10.0.0.2"], Err(Malformed)),
        ],
    );
}

#[test]
fn a_field_with_one_address_has_one_line_and_one_address() {
    check(
        &"cf-connecting-ip".parse().unwrap(),
        &[
            (&["9.9.9.9"], Ok("9.9.9.9")),
            (&[" [2001:db8:b::1]:80 "], Ok("2001:db8:b::1")),
            // A trusted address is believed here too: the provider's proxies do not name each other.
            (&["10.0.0.2"], Ok("10.0.0.2")),
            (&[], Ok(PEER)),
            (&["9.9.9.9, 10.0.0.2"], Err(Malformed)),
            (&["9.9.9.9", "9.9.9.9"], Err(Malformed)),
            (&[""], Err(Malformed)),
            (&["unknown"], Err(Malformed)),
        ],
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Our reader of IPv4 is faster than the standard library's, and takes neither more nor less.
    #[test]
    fn addresses_are_read_as_the_standard_library_reads_them(
        text in prop_oneof![
            "[0-9]{1,3}(\\.[0-9]{1,3}){2,4}",
            "(0|25[0-9]|[0-9]{1,2})(\\.(0|25[0-9]|[0-9]{1,2})){3}",
            "[0-9.]{0,15}",
            "[0-9a-f:.]{0,20}",
            "::[0-9a-f]{1,4}:[0-9a-f]{1,4}",
        ],
    ) {
        let std = text.parse::<IpAddr>().map(|address| address.to_canonical());
        let expected = std.ok().filter(|address| !address.is_unspecified());
        let found = address("x-real-ip".parse().unwrap(), PEER, &[&text]);
        // A last part in digits after one colon is a port here.
        let is_socket = text.parse::<std::net::SocketAddr>().is_ok() || text.matches(':').count() == 1;
        prop_assert!(found == expected.ok_or(Malformed) || is_socket, "{text}: {found:?}");
    }
}
