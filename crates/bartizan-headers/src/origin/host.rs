//! Hosts, as the URL Standard serialises them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{error::OriginError, punycode};

/// RFC 1035, section 2.3.4: 255 octets on the wire are 253 characters.
pub(super) const MAX_HOST: usize = 253;
const MAX_LABEL: usize = 63;

/// Checks a host; of an IP address it also returns the address.
pub(super) fn check(host: &str) -> Result<Option<IpAddr>, OriginError> {
    if host.is_empty() {
        return Err(OriginError::NoHost);
    }
    if host.contains(['[', ']']) {
        return ipv6(host).map(|address| Some(IpAddr::V6(address)));
    }
    let legal = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    if !host.bytes().all(legal) {
        return Err(OriginError::HostCharacter);
    }
    if host.len() > MAX_HOST {
        return Err(OriginError::TooLong);
    }
    if host
        .strip_suffix('.')
        .is_some_and(|rest| !rest.ends_with('.'))
    {
        return Err(OriginError::TrailingDot);
    }
    if host
        .split('.')
        .any(|label| !(1..=MAX_LABEL).contains(&label.len()))
    {
        return Err(OriginError::Label);
    }
    if ends_in_a_number(host) {
        // std's parser takes four decimal numbers without leading zeros: what browsers write
        let address: Ipv4Addr = host.parse().map_err(|_| OriginError::Ipv4)?;
        return Ok(Some(IpAddr::V4(address)));
    }
    let encoded = |label: &str| {
        label
            .strip_prefix("xn--")
            .is_some_and(|rest| !punycode::is_valid(rest))
    };
    if host.split('.').any(encoded) {
        return Err(OriginError::Punycode);
    }
    Ok(None)
}

/// The URL Standard's "ends in a number checker": browsers read such a host as an IPv4 address or not at all.
fn ends_in_a_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let hexadecimal = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_hexdigit());
    last.bytes().all(|byte| byte.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(hexadecimal)
}

fn ipv6(host: &str) -> Result<Ipv6Addr, OriginError> {
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .ok_or(OriginError::Ipv6)?;
    let address: Ipv6Addr = inner.parse().map_err(|_| OriginError::Ipv6)?;
    if address.to_ipv4_mapped().is_some() {
        return Err(OriginError::MappedIpv4);
    }
    // std writes by RFC 5952, as the URL Standard does for all but mapped addresses
    let expected = address.to_string();
    if expected == inner {
        Ok(address)
    } else {
        let expected = format!("[{expected}]").into();
        Err(OriginError::UncompressedIpv6 { expected })
    }
}

/// Whether this may stand where a pattern has its `*`: one or more labels of letters, digits and hyphens (RFC 1123, section
/// 2.1). A name with an underscore is nobody's web site by accident: it has to be listed itself.
pub(super) fn are_labels(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'.').all(|label| {
        (1..=MAX_LABEL).contains(&label.len())
            && label
                .iter()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    })
}

/// Whether it can only be the user's own machine: Secure Contexts, section 3.1, and RFC 6761, section 6.3.
pub(super) fn is_loopback(host: &str, address: Option<IpAddr>) -> bool {
    address.is_some_and(|address| address.is_loopback())
        || host == "localhost"
        || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_in_the_form_of_browsers_only() {
        for good in [
            "127.0.0.1",
            "[::1]",
            "[2001:db8::1]",
            "[2001:db8:0:1:1:1:1:1]",
            "[::102:304]",
        ] {
            assert!(check(good).unwrap().is_some(), "{good}");
        }
        for (bad, error) in [
            ("127.1", OriginError::Ipv4),
            ("0x7f", OriginError::Ipv4),
            ("1.2.3.04", OriginError::Ipv4),
            ("[1.2.3.4]", OriginError::Ipv6),
            ("[fe80::1%eth0]", OriginError::Ipv6),
            ("[::ffff:1.2.3.4]", OriginError::MappedIpv4),
            (
                "[2001:db8:0:0::1]",
                OriginError::UncompressedIpv6 {
                    expected: "[2001:db8::1]".into(),
                },
            ),
        ] {
            assert_eq!(check(bad), Err(error), "{bad}");
        }
    }

    #[test]
    fn a_host_is_as_long_as_a_name_can_be() {
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!((longest.len(), check(&longest)), (253, Ok(None)));
        assert_eq!(check(&format!("{longest}a")), Err(OriginError::TooLong));
        assert_eq!(check(&"a".repeat(64)), Err(OriginError::Label));
    }

    #[test]
    fn a_wildcard_stands_for_whole_labels() {
        for good in [&b"a"[..], b"a.b", b"xn--bcher-kva", b"-"] {
            assert!(are_labels(good));
        }
        for bad in [
            &b""[..],
            b".a",
            b"a.",
            b"a..b",
            b"a_",
            b"A",
            b"a%2e",
            b"a@b",
            b"a/b",
        ] {
            assert!(!are_labels(bad));
        }
    }
}
