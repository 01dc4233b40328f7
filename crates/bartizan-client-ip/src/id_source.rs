//! Where request ids come from.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::RequestId;

/// A source of ids: 64 random bits for each source, then a counter.
///
/// The counter is stirred with two random keys, or the difference of two ids would tell any client how many requests
/// were served in between. The stirring is a bijection, so ids stay unique for 2^64 requests.
#[derive(Debug)]
pub(crate) struct RequestIds {
    prefix: u64,
    keys: [u64; 2],
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new() -> Self {
        // std's hasher is keyed by the operating system: random enough to be unique, and no dependency
        let random = RandomState::new();
        Self {
            prefix: random.hash_one(0_u8),
            keys: [random.hash_one(1_u8), random.hash_one(2_u8)],
            next: AtomicU64::new(0),
        }
    }

    /// The number of ids made before, and a new one.
    pub(crate) fn next(&self) -> (u64, RequestId) {
        // unique is all that is asked: no other memory depends on it
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let low = stir(count ^ self.keys[0]) ^ self.keys[1];
        let value = u128::from(self.prefix) << 64 | u128::from(low);
        (count, RequestId::from_u128(value))
    }
}

/// A bijection of 64 bits: xor-shifts and odd multipliers, each of which can be undone (constants of SplitMix64's
/// finaliser).
const fn stir(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_of_one_source_share_a_prefix_and_never_repeat() {
        let ids = RequestIds::new();
        let made: Vec<_> = (0..10_000).map(|_| ids.next().1.to_string()).collect();
        assert!(made.iter().all(|id| id[..16] == made[0][..16]));
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), made.len());
        assert_eq!(ids.next().0, 10_000);
    }

    #[test]
    fn two_sources_differ() {
        let [one, other] = [RequestIds::new(), RequestIds::new()];
        assert_ne!(one.next().1.as_str()[..16], other.next().1.as_str()[..16]);
    }

    #[test]
    fn the_difference_of_two_ids_does_not_count_requests() {
        let ids = RequestIds::new();
        let low = |id: RequestId| u64::from_str_radix(&id.as_str()[16..], 16).unwrap();
        let (first, second) = (low(ids.next().1), low(ids.next().1));
        assert!(first.abs_diff(second) > 1 << 16);
    }
}
