//! From the right to the caller.

use std::num::NonZeroU8;

use crate::{
    AddressError,
    ranges::{Canonical, Ranges},
};

/// How many elements are looked at. Real chains have a handful; the bound keeps a caller from choosing the work.
pub(crate) const MOST_HOPS: usize = 64;

/// Where a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reached<T> {
    pub(crate) address: Result<Canonical, AddressError>,
    /// The place of the last element looked at, 0 being the rightmost.
    pub(crate) place: usize,
    /// That element.
    pub(crate) element: T,
}

/// Whom the elements are believed about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trust<'a> {
    /// Elements in these ranges are proxies; the first that is none is the caller.
    Ranges(&'a Ranges),
    /// This many hops, the socket peer being the first, are proxies.
    Hops(NonZeroU8),
}

/// Walks elements from the right until the caller is found, or something that ends the walk; `None` if there is no
/// element.
///
/// If every element is a proxy the leftmost is the caller: then the request began at one of ours.
#[inline]
pub(crate) fn walk<T: Copy>(
    elements: impl Iterator<Item = T>,
    read: impl Fn(T) -> Result<Canonical, AddressError>,
    trust: Trust<'_>,
) -> Option<Reached<T>> {
    let mut reached = None;
    for (place, element) in elements.enumerate() {
        let address = read(element);
        let end = Reached {
            address,
            place,
            element,
        };
        if place == MOST_HOPS {
            let address = Err(AddressError::TooManyHops);
            return Some(Reached { address, ..end });
        }
        match (trust, address) {
            (Trust::Ranges(proxies), Ok(address)) if proxies.contains(address) => {}
            (Trust::Ranges(_), _) => return Some(end),
            (Trust::Hops(hops), _) if place + 1 == usize::from(hops.get()) => return Some(end),
            // A proxy of ours may hide behind a name; which one it is, the number says.
            (Trust::Hops(_), Ok(_) | Err(AddressError::Obfuscated)) => {}
            (Trust::Hops(_), Err(_)) => return Some(end),
        }
        reached = Some(end);
    }
    match trust {
        Trust::Ranges(_) => reached,
        Trust::Hops(_) => reached.map(|end| Reached {
            address: Err(AddressError::TooFewHops),
            ..end
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node;
    use AddressError::{Malformed, Obfuscated, TooFewHops, TooManyHops};

    fn end(elements: &[&str], trust: Trust<'_>) -> Option<(Result<String, AddressError>, usize)> {
        let elements = elements.iter().map(|text| text.as_bytes());
        let text = |address| std::net::IpAddr::from(address).to_string();
        walk(elements, node::node, trust).map(|end| (end.address.map(text), end.place))
    }

    #[test]
    fn the_first_that_is_no_proxy_is_the_caller() {
        let proxies = Ranges::new(&["10.0.0.0/8".parse().unwrap()]).unwrap();
        let many = [&["10.0.0.1"; MOST_HOPS][..], &["9.9.9.9"]].concat();
        let cases: [(&[&str], _); 7] = [
            (&[], None),
            (&["9.9.9.9", "1.1.1.1"], Some((Ok("9.9.9.9"), 0))),
            (&["10.0.0.1", "9.9.9.9"], Some((Ok("9.9.9.9"), 1))),
            (&["10.0.0.1", "10.0.0.2"], Some((Ok("10.0.0.2"), 1))),
            (&["10.0.0.1", "oops", "9.9.9.9"], Some((Err(Malformed), 1))),
            (&["unknown", "9.9.9.9"], Some((Err(Obfuscated), 0))),
            (&many, Some((Err(TooManyHops), MOST_HOPS))),
        ];
        for (elements, expected) in cases {
            let expected = expected.map(|(address, place)| (address.map(str::to_owned), place));
            assert_eq!(end(elements, Trust::Ranges(&proxies)), expected);
        }
        assert_eq!(
            end(&many[1..], Trust::Ranges(&proxies)),
            Some((Ok("9.9.9.9".to_owned()), MOST_HOPS - 1))
        );
    }

    #[test]
    fn a_number_of_hops_counts_the_peer_as_the_first() {
        let cases: [(&[&str], u8, _); 7] = [
            (&[], 1, None),
            (&["10.0.0.1", "9.9.9.9"], 1, Some((Ok("10.0.0.1"), 0))),
            (&["10.0.0.1", "9.9.9.9"], 2, Some((Ok("9.9.9.9"), 1))),
            (&["10.0.0.1", "9.9.9.9"], 3, Some((Err(TooFewHops), 1))),
            (&["_a", "9.9.9.9"], 2, Some((Ok("9.9.9.9"), 1))),
            (&["10.0.0.1", "_a"], 2, Some((Err(Obfuscated), 1))),
            (&["oops", "9.9.9.9"], 2, Some((Err(Malformed), 0))),
        ];
        for (elements, hops, expected) in cases {
            let expected = expected.map(|(address, place)| (address.map(str::to_owned), place));
            let hops = NonZeroU8::new(hops).unwrap();
            assert_eq!(end(elements, Trust::Hops(hops)), expected, "{hops}");
        }
    }
}
