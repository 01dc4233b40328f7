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
    /// Something of each key, so that most are told apart without a look at them.
    prints: [u32; INLINE],
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
            prints: [0; INLINE],
            table: Vec::new(),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// Adds a key; `false` if it is there already.
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
            let hasher = hasher.get_or_insert_with(RandomState::new);
            if self.table.is_empty() {
                self.table = vec![0; INLINE * 4];
                let starts = self.starts;
                for earlier in starts.iter().take(self.count) {
                    put(&mut self.table, bytes, *earlier, hasher);
                }
            } else if (self.count + 1) * 2 > self.table.len() {
                let mut wider = vec![0; self.table.len() * 2];
                for earlier in self.table.iter().filter(|start| **start != 0) {
                    put(&mut wider, bytes, *earlier, hasher);
                }
                self.table = wider;
            }
            put(&mut self.table, bytes, start, hasher)
        };
        self.count += 1;
        is_new
    }

    fn insert_inline(&mut self, bytes: &[u8], key: Text, start: u32) -> bool {
        let raw = bytes.get(key.start..key.end).unwrap_or_default();
        let print = print(raw);
        let before = self.starts.iter().zip(&self.prints).take(self.count);
        let twice = if self.escaped || key.escaped {
            self.escaped = true;
            let mut starts = self.starts.iter().take(self.count);
            starts.any(|earlier| same(bytes, *earlier as usize, key.start))
        } else {
            before
                .filter(|(_, earlier)| **earlier == print)
                .any(|(earlier, _)| {
                    let text = bytes.get(*earlier as usize..).unwrap_or_default();
                    text.strip_prefix(raw)
                        .is_some_and(|rest| rest.first() == Some(&b'"'))
                })
        };
        if let (Some(at), Some(mine)) = (
            self.starts.get_mut(self.count),
            self.prints.get_mut(self.count),
        ) {
            *at = start;
            *mine = print;
        }
        !twice
    }
}

/// A few bytes of both ends and the length. It need not be safe against chosen keys: at most 16 are compared.
fn print(key: &[u8]) -> u32 {
    let end = |bytes: Option<&[u8; 4]>| bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let (first, last) = (end(key.first_chunk()), end(key.last_chunk()));
    let short = if key.len() < 4 {
        key.iter().fold(0, |all, byte| all << 8 | u32::from(*byte))
    } else {
        0
    };
    first ^ last.rotate_left(13) ^ short ^ (key.len() as u32).rotate_left(27)
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
