//! Random bytes under demand: OWASP ASVS 5.0, 11.5.2.

#![cfg(feature = "os-rng")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::HashSet, thread};

use bartizan_token::{Entropy, KeyId, KeyRing, Session};

#[test]
fn many_threads_at_once_draw_without_a_failure_or_a_repetition() {
    let keys = KeyRing::new([(KeyId::new(1), [7; 32])])
        .unwrap()
        .keys::<Session>();
    let (threads, each) = (8, 5_000);
    let digests: HashSet<[u8; 32]> = thread::scope(|scope| {
        let draws: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mint = || keys.mint(Entropy::from_os().unwrap());
                    (0..each)
                        .map(|_| *keys.digest(&mint()).as_bytes())
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        draws
            .into_iter()
            .flat_map(|draw| draw.join().unwrap())
            .collect()
    });
    assert_eq!(digests.len(), threads * each);
}
