//! Which addresses are proxies of ours.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::PolicyError;

/// The trusted ranges, merged and sorted: a provider lists hundreds, and each hop is looked up.
#[derive(Debug)]
pub(crate) struct Ranges {
    v4: Spans,
    v6: Spans,
}

impl Ranges {
    pub(crate) fn new(ranges: &[IpNet]) -> Result<Self, PolicyError> {
        if ranges.is_empty() {
            return Err(PolicyError::NoProxies);
        }
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for range in ranges {
            match unmapped(*range) {
                IpNet::V4(net) => v4.push((
                    u128::from(net.network().to_bits()),
                    u128::from(net.broadcast().to_bits()),
                )),
                IpNet::V6(net) => v6.push((net.network().to_bits(), net.broadcast().to_bits())),
            }
        }
        let (v4, v6) = (Spans::new(v4), Spans::new(v6));
        // Also as halves: 0.0.0.0/1 beside 128.0.0.0/1 is how the refusal would be got around.
        if v4.is_just(u128::from(u32::MAX)) {
            let range = Ipv4Net::default().into();
            return Err(PolicyError::TrustsEveryone { range });
        }
        if v6.is_just(u128::MAX) {
            let range = Ipv6Net::default().into();
            return Err(PolicyError::TrustsEveryone { range });
        }
        Ok(Self { v4, v6 })
    }

    /// Whether an address, IPv4-mapped ones unwrapped, is in a range.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contains(u128::from(address.to_bits())),
            IpAddr::V6(address) => self.v6.contains(address.to_bits()),
        }
    }
}

/// A range of IPv4-mapped addresses as one of IPv4: addresses are unwrapped too before they are looked up.
fn unmapped(range: IpNet) -> IpNet {
    const PREFIX: u8 = 96;
    let IpNet::V6(net) = range else { return range };
    let length = net.prefix_len().checked_sub(PREFIX);
    match (net.network().to_ipv4_mapped(), length) {
        (Some(address), Some(length)) => Ipv4Net::new(address, length).map_or(range, IpNet::V4),
        _ => range,
    }
}

/// First and last numbers of ranges that neither touch nor overlap, in order.
#[derive(Debug)]
struct Spans(Box<[(u128, u128)]>);

impl Spans {
    fn new(mut spans: Vec<(u128, u128)>) -> Self {
        spans.sort_unstable();
        let mut merged: Vec<(u128, u128)> = Vec::with_capacity(spans.len());
        for (first, last) in spans {
            match merged.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => {
                    before.1 = before.1.max(last);
                }
                _ => merged.push((first, last)),
            }
        }
        Self(merged.into_boxed_slice())
    }

    fn contains(&self, number: u128) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= number);
        let candidate = after.checked_sub(1).and_then(|place| self.0.get(place));
        candidate.is_some_and(|(_, last)| number <= *last)
    }

    /// Whether this is the one span from 0 to `last`.
    fn is_just(&self, last: u128) -> bool {
        *self.0 == [(0, last)]
    }
}

/// The address under which one caller is always seen: IPv4-mapped IPv6 is IPv4 (RFC 4291, section 2.5.5.2). `None` for the
/// unspecified addresses, which nobody calls from.
///
/// NAT64 and 6to4 addresses stay: they are routed, and other people own them.
pub(crate) fn canonical(address: IpAddr) -> Option<IpAddr> {
    let address = match address {
        IpAddr::V6(v6) => unwrapped(v6),
        v4 => v4,
    };
    (!address.is_unspecified()).then_some(address)
}

fn unwrapped(address: Ipv6Addr) -> IpAddr {
    address
        .to_ipv4_mapped()
        .map_or(IpAddr::V6(address), IpAddr::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(texts: &[&str]) -> Result<Ranges, PolicyError> {
        let nets: Vec<IpNet> = texts.iter().map(|text| text.parse().unwrap()).collect();
        Ranges::new(&nets)
    }

    #[test]
    fn an_address_is_in_its_ranges_and_in_no_other() {
        let trusted = ranges(&[
            "10.0.0.0/8",
            "10.1.0.0/16",
            "192.0.2.7/32",
            "::ffff:4.4.4.4/124",
            "2001:db8::/32",
        ])
        .unwrap();
        let cases = [
            ("10.0.0.0", true),
            ("10.255.255.255", true),
            ("11.0.0.0", false),
            ("9.255.255.255", false),
            ("192.0.2.7", true),
            ("192.0.2.6", false),
            ("192.0.2.8", false),
            ("4.4.4.15", true),
            ("4.4.4.16", false),
            ("::ffff:10.9.9.9", true),
            ("2001:db8:ffff::1", true),
            ("2001:db9::", false),
            ("::1", false),
        ];
        for (text, inside) in cases {
            let address = canonical(text.parse().unwrap()).unwrap();
            assert_eq!(trusted.contains(address), inside, "{text}");
        }
    }

    #[test]
    fn trusting_everyone_is_refused_however_it_is_written() {
        let everyone: [&[&str]; 5] = [
            &["0.0.0.0/0"],
            &["10.0.0.0/8", "::/0"],
            &["128.0.0.0/1", "0.0.0.0/1"],
            &["::/1", "8000::/1"],
            &["::ffff:0:0/96"],
        ];
        for texts in everyone {
            let error = ranges(texts).unwrap_err();
            assert!(
                matches!(error, PolicyError::TrustsEveryone { .. }),
                "{texts:?}"
            );
        }
        assert!(ranges(&["0.0.0.0/1"]).is_ok());
        assert_eq!(ranges(&[]).unwrap_err(), PolicyError::NoProxies);
    }

    #[test]
    fn only_mapped_addresses_are_unwrapped() {
        let cases = [
            ("::ffff:188.0.2.128", Some("188.0.2.128")),
            ("64:ff9b::188.0.2.128", Some("64:ff9b::188.0.2.128")),
            ("2002:c000:204::", Some("2002:c000:204::")),
            ("::192.0.2.1", Some("::192.0.2.1")),
            ("0.0.0.0", None),
            ("::", None),
            ("::ffff:0.0.0.0", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|text| text.parse().unwrap());
            assert_eq!(canonical(text.parse().unwrap()), expected, "{text}");
        }
    }
}
