//! Which addresses are proxies of ours.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::PolicyError;

/// The trusted ranges, merged and sorted: a provider lists hundreds, and each hop is looked up.
#[derive(Debug)]
pub(crate) struct Ranges {
    v4: Spans<u32>,
    v6: Spans<u128>,
}

impl Ranges {
    pub(crate) fn new(ranges: &[IpNet]) -> Result<Self, PolicyError> {
        if ranges.is_empty() {
            return Err(PolicyError::NoProxies);
        }
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for range in ranges {
            match unmapped(*range) {
                IpNet::V4(net) => v4.push((net.network().to_bits(), net.broadcast().to_bits())),
                IpNet::V6(net) => v6.push((net.network().to_bits(), net.broadcast().to_bits())),
            }
        }
        let v4 = Spans::new(v4, |last| last.checked_add(1));
        let v6 = Spans::new(v6, |last| last.checked_add(1));
        // Also as halves: 0.0.0.0/1 beside 128.0.0.0/1 is how the refusal would be got around.
        if v4.is_just((0, u32::MAX)) {
            let range = Ipv4Net::default().into();
            return Err(PolicyError::TrustsEveryone { range });
        }
        if v6.is_just((0, u128::MAX)) {
            let range = Ipv6Net::default().into();
            return Err(PolicyError::TrustsEveryone { range });
        }
        Ok(Self { v4, v6 })
    }

    #[inline]
    pub(crate) fn contains(&self, address: Canonical) -> bool {
        match address {
            Canonical::V4(bits) => self.v4.contains(bits),
            Canonical::V6(bits) => self.v6.contains(bits),
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
struct Spans<T>(Box<[(T, T)]>);

impl<T: Copy + Ord> Spans<T> {
    fn new(mut spans: Vec<(T, T)>, after: impl Fn(T) -> Option<T>) -> Self {
        spans.sort_unstable();
        let mut merged: Vec<(T, T)> = Vec::with_capacity(spans.len());
        for (first, last) in spans {
            match merged.last_mut() {
                Some(before) if after(before.1).is_none_or(|after| first <= after) => {
                    before.1 = before.1.max(last);
                }
                _ => merged.push((first, last)),
            }
        }
        Self(merged.into_boxed_slice())
    }

    fn contains(&self, number: T) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= number);
        let candidate = after.checked_sub(1).and_then(|place| self.0.get(place));
        candidate.is_some_and(|(_, last)| number <= *last)
    }

    /// Whether there is just this span.
    fn is_just(&self, span: (T, T)) -> bool {
        *self.0 == [span]
    }
}

/// The address under which one caller is always seen: IPv4-mapped IPv6 is IPv4 (RFC 4291, section 2.5.5.2), and the
/// unspecified addresses, which nobody calls from, are none.
///
/// NAT64 and 6to4 addresses stay: they are routed, and other people own them.
///
/// As numbers, which are copied and compared in registers: measured, `IpAddr`'s bytes made a walk a fifth slower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Canonical {
    V4(u32),
    V6(u128),
}

impl Canonical {
    #[inline]
    pub(crate) fn new(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(address) => Self::v4(address.to_bits()),
            IpAddr::V6(address) => Self::v6(address.to_bits()),
        }
    }

    #[inline]
    pub(crate) fn v4(bits: u32) -> Option<Self> {
        (bits != 0).then_some(Self::V4(bits))
    }

    #[inline]
    pub(crate) fn v6(bits: u128) -> Option<Self> {
        match Ipv6Addr::from_bits(bits).to_ipv4_mapped() {
            Some(address) => Self::v4(address.to_bits()),
            None => (bits != 0).then_some(Self::V6(bits)),
        }
    }
}

impl From<Canonical> for IpAddr {
    fn from(address: Canonical) -> Self {
        match address {
            Canonical::V4(bits) => Self::V4(Ipv4Addr::from_bits(bits)),
            Canonical::V6(bits) => Self::V6(Ipv6Addr::from_bits(bits)),
        }
    }
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
            let address = Canonical::new(text.parse().unwrap()).unwrap();
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
            let found = Canonical::new(text.parse().unwrap()).map(IpAddr::from);
            assert_eq!(found, expected, "{text}");
        }
    }
}
