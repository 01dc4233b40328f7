//! Lists of networks, for look-ups in the time of a binary search.

use std::{fmt, net::IpAddr};

use ipnet::IpNet;

/// A set of networks. IPv4 and IPv4 mapped into IPv6 are the same.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Networks {
    /// First and last address of each, sorted, disjoint; IPv4 as mapped into IPv6.
    ranges: Box<[(u128, u128)]>,
}

impl Networks {
    /// Whether the address is in one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        if self.ranges.is_empty() {
            return false;
        }
        let address = number(address);
        let after = self.ranges.partition_point(|(first, _)| *first <= address);
        after
            .checked_sub(1)
            .and_then(|at| self.ranges.get(at))
            .is_some_and(|(_, last)| address <= *last)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

impl FromIterator<IpNet> for Networks {
    fn from_iter<T: IntoIterator<Item = IpNet>>(networks: T) -> Self {
        let mut all: Vec<(u128, u128)> = networks
            .into_iter()
            .map(|network| (number(network.network()), number(network.broadcast())))
            .collect();
        all.sort_unstable();
        let mut ranges: Vec<(u128, u128)> = Vec::with_capacity(all.len());
        for (first, last) in all {
            match ranges.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => {
                    before.1 = before.1.max(last)
                }
                _ => ranges.push((first, last)),
            }
        }
        Self {
            ranges: ranges.into(),
        }
    }
}

impl fmt::Debug for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Networks({} ranges)", self.ranges.len())
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().into(),
        IpAddr::V6(address) => address.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_their_networks_only() {
        let list = [
            "10.0.0.0/8",
            "192.0.2.7/32",
            "192.0.2.8/29",
            "2001:db8::/48",
            "10.1.0.0/16",
        ];
        let networks: Networks = list
            .iter()
            .map(|net| net.parse::<IpNet>().unwrap())
            .collect();
        for (address, inside) in [
            ("10.0.0.0", true),
            ("10.255.255.255", true),
            ("11.0.0.0", false),
            ("9.255.255.255", false),
            ("192.0.2.6", false),
            ("192.0.2.7", true),
            ("192.0.2.15", true),
            ("192.0.2.16", false),
            ("::ffff:10.2.3.4", true),
            ("2001:db8:0:ffff::1", true),
            ("2001:db8:1::", false),
        ] {
            assert_eq!(
                networks.contains(address.parse().unwrap()),
                inside,
                "{address}"
            );
        }
        assert_eq!(networks.ranges.len(), 3);
        assert!(!Networks::default().contains([10, 0, 0, 1].into()));
    }

    #[test]
    fn all_addresses_are_a_network_too() {
        let all: Networks = [
            "::/0".parse::<IpNet>().unwrap(),
            "0.0.0.0/0".parse().unwrap(),
        ]
        .into_iter()
        .collect();
        assert!(all.contains([192, 0, 2, 1].into()) && all.contains("ffff::".parse().unwrap()));
    }
}
