//! The attack that the wipe is for: from what the last pass leaves, back to the first block, which needs no memory to guess.
//!
//! In the last pass of Argon2id each block is `new = old ^ G(previous, reference)` (RFC 9106 section 3.2, step 6), and at the
//! moment it was written all blocks before it were new and all after it old. So from the last block to the first,
//! `old = new ^ G(previous, reference)` can be computed again. With two passes that ends at block 0 of the first pass,
//! `H'(H0 || 0 || 0)`: two calls of BLAKE2b a guess.

use blake2::{Blake2b512, Digest};

use crate::{
    Cost, Policy,
    arena::{Arena, Input},
    pool::tests::{password, policy, pool, wait},
};
use std::{sync::mpsc, time::Duration};

type Words = [u64; 128];

fn xor(a: &Words, b: &Words) -> Words {
    std::array::from_fn(|at| a[at] ^ b[at])
}

/// `fBlaMka`, RFC 9106 section 3.6.
fn mix(a: u64, b: u64) -> u64 {
    let low = |word: u64| word & 0xffff_ffff;
    a.wrapping_add(b)
        .wrapping_add(low(a).wrapping_mul(low(b)).wrapping_mul(2))
}

/// `P`, RFC 9106 section 3.6, on the 16 words at these places.
fn permute(words: &mut Words, at: [usize; 16]) {
    let mut quarter = |a: usize, b: usize, c: usize, d: usize| {
        let (a, b, c, d) = (at[a], at[b], at[c], at[d]);
        for (first, second) in [(32, 24), (16, 63)] {
            words[a] = mix(words[a], words[b]);
            words[d] = (words[d] ^ words[a]).rotate_right(first);
            words[c] = mix(words[c], words[d]);
            words[b] = (words[b] ^ words[c]).rotate_right(second);
        }
    };
    for column in 0..4 {
        quarter(column, column + 4, column + 8, column + 12);
    }
    for column in 0..4 {
        quarter(
            column,
            (column + 1) % 4 + 4,
            (column + 2) % 4 + 8,
            (column + 3) % 4 + 12,
        );
    }
}

/// `G`, RFC 9106 section 3.5.
fn compress(x: &Words, y: &Words) -> Words {
    let input = xor(x, y);
    let mut words = input;
    for row in 0..8 {
        permute(&mut words, std::array::from_fn(|word| 16 * row + word));
    }
    for column in 0..8 {
        permute(
            &mut words,
            std::array::from_fn(|word| 16 * (word / 2) + 2 * column + word % 2),
        );
    }
    xor(&input, &words)
}

/// Undoes the last pass of a one-lane hash of two passes and returns block 0 as the first pass made it.
fn roll_back(mut blocks: Vec<Words>) -> Words {
    let lane = blocks.len();
    let segment = lane / 4;
    for current in (0..lane).rev() {
        let previous = (current + lane - 1) % lane;
        let (slice, in_segment) = (current / segment, current % segment);
        // RFC 9106 section 3.4.2: which block is referred to.
        let area = (lane - segment + in_segment - 1) as u64;
        let j1 = blocks[previous][0] & 0xffff_ffff;
        let back = (area * ((j1 * j1) >> 32)) >> 32;
        let start = if slice == 3 { 0 } else { (slice + 1) * segment };
        let reference = (start + (area - 1 - back) as usize) % lane;
        let mixed = compress(&blocks[previous], &blocks[reference]);
        blocks[current] = xor(&blocks[current], &mixed);
    }
    blocks[0]
}

/// What block 0 of the first pass would be for this guess: no memory is filled.
fn guess(cost: Cost, text: &str, salt: &[u8]) -> Words {
    let number = |number: u32| number.to_le_bytes();
    let mut h0 = Blake2b512::new();
    for word in [
        cost.lanes(),
        Policy::TAG_BYTES as u32,
        cost.memory_kib(),
        cost.passes(),
        0x13,
        2,
    ] {
        h0.update(number(word));
    }
    for field in [text.as_bytes(), salt, &[], &[]] {
        h0.update(number(field.len() as u32));
        h0.update(field);
    }
    // H', RFC 9106 section 3.3: 31 halves of a digest, then a whole one.
    let mut digest = Blake2b512::new();
    digest.update(number(1024));
    digest.update(h0.finalize());
    let mut digest = digest
        .chain_update(number(0))
        .chain_update(number(0))
        .finalize();
    let mut bytes = Vec::new();
    for _ in 0..30 {
        bytes.extend_from_slice(&digest[..32]);
        digest = Blake2b512::digest(digest);
    }
    bytes.extend_from_slice(&digest);
    let words: Vec<u64> = bytes
        .chunks_exact(8)
        .map(|chunk| u64::from_le_bytes(chunk.try_into().unwrap()))
        .collect();
    words.try_into().unwrap()
}

#[test]
fn an_unwiped_arena_gives_the_password_away() {
    let cost = policy(256).cost();
    let salt = [9; 16];
    let mut arena = Arena::new(cost);
    let input = Input {
        password: b"hunter2",
        salt: &salt,
        secret: &[],
        associated_data: &[],
    };
    arena
        .hash(cost, &input, &mut [0; Policy::TAG_BYTES])
        .unwrap();

    let first = roll_back(arena.words());
    let found =
        ["123456", "hunter1", "hunter2", "hunter3"].map(|text| guess(cost, text, &salt) == first);
    assert_eq!(found, [false, false, true, false]);

    arena.wipe();
    assert_ne!(roll_back(arena.words()), guess(cost, "hunter2", &salt));
    assert!(arena.words().iter().flatten().all(|word| *word == 0));
}

#[test]
fn an_idle_worker_gives_nothing_away() {
    let pool = pool(policy(256), 8);
    let hash = wait(pool.hash(password("hunter2"), None)).unwrap();
    // 50 ms after the answer, in which nothing else is asked of the pool.
    let (_nobody, never) = mpsc::channel::<()>();
    never.recv_timeout(Duration::from_millis(50)).unwrap_err();
    let arena = pool.handle.shared.arena(0).words();
    assert_ne!(
        roll_back(arena.clone()),
        guess(hash.cost(), "hunter2", hash.salt.as_slice())
    );
    assert!(arena.iter().flatten().all(|word| *word == 0));
}
