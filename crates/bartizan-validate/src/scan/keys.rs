//! Which keys an object has had.

use std::hash::{BuildHasher, Hasher, RandomState};

use super::{
    pieces::{Pieces, same},
    text::Text,
};

/// Up to here each key is compared with each: cheaper than a hash, and nothing is allocated.
const INLINE: usize = 16;

/// A key with escapes that is longer goes to the table at once, because escapes are slow to compare each with each.
const LONG: usize = 64;

/// The keys of one object, by where they begin.
#[derive(Debug)]
pub(super) struct Keys {
    count: usize,
    /// Whether one of them has an escape.
    escaped: bool,
    starts: [u32; INLINE],
    /// A bit for each key that stands in `starts`, so that most new keys are known to be new without a look at the others.
    seen: u64,
    /// Where keys begin, or 0, by a keyed hash with linear probing, at most half full. Four bytes a key and a half empty
    /// table make 2 KiB for an object of 256 keys, so 64 KiB for 32 of them inside each other.
    table: Vec<u32>,
}

impl Keys {
    pub(super) const fn new() -> Self {
        Self {
            count: 0,
            escaped: false,
            starts: [0; INLINE],
            seen: 0,
            table: Vec::new(),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// Adds a key; `false` if it is there already.
    #[inline]
    pub(super) fn insert(
        &mut self,
        bytes: &[u8],
        key: Text,
        hasher: &mut Option<RandomState>,
    ) -> bool {
        // a body is shorter than 4 GiB: `read_json` refuses others
        let start = u32::try_from(key.start).unwrap_or(u32::MAX);
        let long = key.escaped && key.end - key.start > LONG;
        let is_new = if self.table.is_empty() && self.count < INLINE && !long {
            self.insert_inline(bytes, key, start)
        } else {
            self.insert_hashed(bytes, start, hasher.get_or_insert_with(RandomState::new))
        };
        self.count += 1;
        is_new
    }

    #[cold]
    fn insert_hashed(&mut self, bytes: &[u8], start: u32, hasher: &RandomState) -> bool {
        if self.table.is_empty() {
            let mut table = vec![0; INLINE * 4];
            for earlier in self.starts.iter().take(self.count) {
                put(&mut table, bytes, *earlier, hasher);
            }
            self.table = table;
        } else if (self.count + 1) * 2 > self.table.len() {
            let mut wider = vec![0; self.table.len() * 2];
            for earlier in self.table.iter().filter(|start| **start != 0) {
                put(&mut wider, bytes, *earlier, hasher);
            }
            self.table = wider;
        }
        put(&mut self.table, bytes, start, hasher)
    }

    #[inline]
    fn insert_inline(&mut self, bytes: &[u8], key: Text, start: u32) -> bool {
        let raw = bytes.get(key.start..key.end).unwrap_or_default();
        let bit = 1 << bit(raw);
        let is_new = if self.escaped || key.escaped {
            self.escaped = true;
            !self.inline().any(|earlier| same(bytes, earlier, key.start))
        } else {
            self.seen & bit == 0 || !self.inline().any(|earlier| is_at(bytes, earlier, raw))
        };
        self.seen |= bit;
        if let Some(at) = self.starts.get_mut(self.count) {
            *at = start;
        }
        is_new
    }

    fn inline(&self) -> impl Iterator<Item = usize> {
        let starts = self.starts.iter().take(self.count);
        starts.map(|start| *start as usize)
    }
}

/// Whether the string at `start` is `key`, neither of which has an escape.
fn is_at(bytes: &[u8], start: usize, key: &[u8]) -> bool {
    let text = bytes.get(start..).unwrap_or_default();
    text.strip_prefix(key)
        .is_some_and(|rest| rest.first() == Some(&b'"'))
}

/// A number below 64 from the length and both ends. It need not be safe against chosen keys: at most 16 are compared.
#[inline]
fn bit(key: &[u8]) -> u32 {
    let ends = match (key.first_chunk(), key.last_chunk()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        _ => key.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    };
    // the golden ratio's digits, as in Fibonacci hashing: the upper bits depend on all
    let mixed = (ends ^ key.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 58) as u32
}

/// Adds a key to a table that is not full; `false` if it is there already.
fn put(table: &mut [u32], bytes: &[u8], start: u32, hasher: &RandomState) -> bool {
    let mask = table.len() - 1;
    let mut slot = hash(bytes, start as usize, hasher) as usize & mask;
    while let Some(found) = table.get_mut(slot) {
        if *found == 0 {
            *found = start;
            return true;
        }
        if same(bytes, *found as usize, start as usize) {
            return false;
        }
        slot = (slot + 1) & mask;
    }
    true
}

/// The hash of what a key means. It is fed in blocks of one size, since a hasher may tell `"ab"` from `"a"` and `"b"`.
fn hash(bytes: &[u8], start: usize, hasher: &RandomState) -> u64 {
    let mut hasher = hasher.build_hasher();
    let mut pieces = Pieces::new(bytes, start);
    let mut block = [0; 64];
    let mut filled = 0;
    loop {
        let mut piece = pieces.next();
        if piece.is_empty() {
            break;
        }
        while !piece.is_empty() {
            let room = block.get_mut(filled..).unwrap_or_default();
            let count = room.len().min(piece.len());
            for (to, from) in room.iter_mut().zip(piece) {
                *to = *from;
            }
            piece = piece.get(count..).unwrap_or_default();
            filled += count;
            if filled == block.len() {
                hasher.write(&block);
                filled = 0;
            }
        }
    }
    hasher.write(block.get(..filled).unwrap_or_default());
    hasher.finish()
}
