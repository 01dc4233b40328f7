//! Version 1: a line of text.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use super::{Addresses, Command, Header, LONGEST_V1, Parsed, ProxyError};

pub(super) const SIGNATURE: &[u8] = b"PROXY ";

pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    let start = bytes.get(..LONGEST_V1).unwrap_or(bytes);
    let Some(end) = start.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else {
        return if bytes.len() < LONGEST_V1 {
            Ok(Parsed::Incomplete)
        } else {
            Err(ProxyError::TooLong)
        };
    };
    // Only CRLF ends the line (section 2.1): a reader that also took a lone LF would see another first request.
    match start.get(end..) {
        Some([b'\r', b'\n', ..]) => {}
        Some([b'\r']) if bytes.len() < LONGEST_V1 => return Ok(Parsed::Incomplete),
        _ => return Err(ProxyError::Malformed),
    }
    let text = start.get(SIGNATURE.len()..end).unwrap_or_default();
    let addresses = line(text).ok_or(ProxyError::Malformed)?;
    Ok(Parsed::Header {
        header: Header {
            version: 1,
            command: Command::Proxy,
            addresses,
        },
        consumed: end + 2,
    })
}

/// What stands between the signature and the CRLF.
fn line(text: &[u8]) -> Option<Addresses> {
    let text = std::str::from_utf8(text).ok()?;
    let (protocol, rest) = text.split_once(' ').unwrap_or((text, ""));
    match protocol {
        "TCP4" => inet::<Ipv4Addr>(rest),
        "TCP6" => inet::<Ipv6Addr>(rest),
        // Whatever follows is to be ignored.
        "UNKNOWN" => Some(Addresses::Unknown),
        _ => None,
    }
}

/// Both addresses, then both ports, a single space apart.
fn inet<T: FromStr + Into<IpAddr>>(text: &str) -> Option<Addresses> {
    let mut words = text.split(' ');
    let mut address = || words.next()?.parse::<T>().ok().map(Into::into);
    let (source, destination): (IpAddr, IpAddr) = (address()?, address()?);
    let (from, to) = (port(words.next()?)?, port(words.next()?)?);
    words.next().is_none().then_some(Addresses::Inet {
        source: SocketAddr::new(source, from),
        destination: SocketAddr::new(destination, to),
    })
}

/// Decimal, without leading zeros.
fn port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = text == "0" || !text.starts_with('0');
    (digits && plain).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn a_good_line_names_both_ends() {
        let longest = "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
        let cases = [
            ("PROXY TCP4 1.2.3.4 5.6.7.8 80 443\r\n", Some("1.2.3.4:80")),
            (
                "PROXY TCP4 255.255.255.255 255.255.255.255 0 0\r\n",
                Some("255.255.255.255:0"),
            ),
            (
                "PROXY TCP6 2001:db8::1 ::1 1 2\r\n",
                Some("[2001:db8::1]:1"),
            ),
            (
                longest,
                Some("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"),
            ),
            ("PROXY UNKNOWN\r\n", None),
            ("PROXY UNKNOWN ffff::1 whatever 1\r\n", None),
        ];
        for (text, source) in cases {
            let with_more = format!("{text}GET / HTTP/1.1\r\n");
            let Ok(Parsed::Header { header, consumed }) = parse(with_more.as_bytes()) else {
                panic!("{text}")
            };
            assert_eq!(header.version(), 1);
            assert_eq!(header.command(), Command::Proxy);
            assert_eq!(
                header.source(),
                source.map(|source| source.parse().unwrap())
            );
            assert_eq!(consumed, text.len());
            for length in 0..text.len() {
                assert_eq!(
                    parse(&text.as_bytes()[..length]),
                    Ok(Parsed::Incomplete),
                    "{length} of {text}"
                );
            }
        }
    }

    #[test]
    fn a_bad_line_is_malformed() {
        let hostile = [
            "PROXY\r\n",
            "PROXY \r\n",
            "PROXY TCP4\r\n",
            "PROXY TCP4 \r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 80\r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 80 443 \r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 80 443 1\r\n",
            "PROXY TCP4  1.2.3.4 5.6.7.8 80 443\r\n",
            "PROXY  TCP4 1.2.3.4 5.6.7.8 80 443\r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 080 443\r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 +80 443\r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 80 65536\r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 80 -1\r\n",
            "PROXY TCP4 01.2.3.4 5.6.7.8 80 443\r\n",
            "PROXY TCP4 1.2.3 5.6.7.8 80 443\r\n",
            "PROXY TCP4 ::1 ::1 80 443\r\n",
            "PROXY TCP6 1.2.3.4 5.6.7.8 80 443\r\n",
            "PROXY TCP6 [::1] ::1 80 443\r\n",
            "PROXY TCP6 fe80::1%eth0 ::1 80 443\r\n",
            "PROXY UDP4 1.2.3.4 5.6.7.8 80 443\r\n",
            "PROXY tcp4 1.2.3.4 5.6.7.8 80 443\r\n",
            "PROXY UNKNOWNS\r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 80 443\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 80 443\rGET",
            "PROXY UNKNOWN\n",
            "PROXY TCP4 1.2.3.4\t5.6.7.8 80 443\r\n",
            "PROXY TCP4 1.2.3.4 5.6.7.8 80 \u{663}\r\n",
        ];
        for text in hostile {
            let found = parse(text.as_bytes());
            let absent = !text.starts_with("PROXY ");
            let expected = if absent {
                ProxyError::Absent
            } else {
                ProxyError::Malformed
            };
            assert_eq!(found, Err(expected), "{text:?}");
        }
    }

    #[test]
    fn a_line_ends_within_107_bytes() {
        let line = |length: usize| format!("PROXY UNKNOWN {}", "x".repeat(length - 14));
        assert_eq!(parse(line(106).as_bytes()), Ok(Parsed::Incomplete));
        assert_eq!(parse(line(107).as_bytes()), Err(ProxyError::TooLong));
        let ended = |length: usize| parse(format!("{}\r\n", line(length)).as_bytes());
        assert!(matches!(
            ended(105),
            Ok(Parsed::Header { consumed: 107, .. })
        ));
        assert_eq!(ended(106), Err(ProxyError::Malformed));
        assert_eq!(ended(107), Err(ProxyError::TooLong));
        assert_eq!(
            parse(format!("{}\r", line(106)).as_bytes()),
            Err(ProxyError::Malformed)
        );
    }
}
