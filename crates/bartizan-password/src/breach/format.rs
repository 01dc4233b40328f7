//! The file: 64 bytes of head, then the fingerprints to its end, little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 0 to 7 | `BZBREACH` |
//! | 8 to 11 | version, 1 |
//! | 12 to 15 | bits of a fingerprint, 8 or 16 |
//! | 16 to 23 | entries |
//! | 24 to 43 | descriptor: seed (8), length of a segment (4), its mask (4), length of all first segments (4) |
//! | 44 to 47 | zero |
//! | 48 to 63 | the first 16 bytes of SHA-256 over bytes 0 to 47 and the fingerprints |
//! | 64 on | fingerprints |
//!
//! The checksum finds slips of disks and copies; who writes the file can make it right. So no field is believed: what a
//! look-up reads follows from the descriptor, and [`Head::parse`] refuses one that reaches beyond the file.

use sha2::{Digest as _, Sha256};

use super::{BreachFilterError, BreachFilterErrorKind as Kind};

const MAGIC: [u8; 8] = *b"BZBREACH";
const VERSION: u32 = 1;
/// A multiple of any fingerprint's alignment, and one line of a cache.
pub(super) const HEAD: usize = 64;
const CHECKSUM: std::ops::Range<usize> = 48..64;
pub(super) const DESCRIPTOR: usize = 20;
/// The construction's longest segment.
const LONGEST_SEGMENT: u32 = 1 << 18;
/// Their places, 9 for each 8, are counted in 32 bits with room to spare.
pub(super) const MOST_ENTRIES: u64 = 3 << 30;

/// Bits that a filter keeps of each entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum FingerprintBits {
    /// About 9 bits an entry; one password in 256 (0.39 %) is refused though it never leaked.
    #[default]
    Eight,
    /// About 18 bits an entry; one in 65,536 (0.0015 %).
    Sixteen,
}

impl FingerprintBits {
    /// Bytes of one fingerprint.
    pub(super) const fn bytes(self) -> u64 {
        match self {
            Self::Eight => 1,
            Self::Sixteen => 2,
        }
    }
}

/// A head that has been checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) bits: FingerprintBits,
    pub(super) entries: u64,
    pub(super) descriptor: [u8; DESCRIPTOR],
    checksum: [u8; 16],
}

impl Head {
    pub(super) const fn new(
        bits: FingerprintBits,
        entries: u64,
        descriptor: [u8; DESCRIPTOR],
    ) -> Self {
        Self {
            bits,
            entries,
            descriptor,
            checksum: [0; 16],
        }
    }

    pub(super) fn parse(bytes: &[u8; HEAD]) -> Result<Self, BreachFilterError> {
        if part::<8>(bytes, 0) != MAGIC {
            return Err(Kind::NotAFilter.into());
        }
        let version = u32::from_le_bytes(part(bytes, 8));
        if version != VERSION {
            return Err(Kind::Version { found: version }.into());
        }
        let bits = match u32::from_le_bytes(part(bytes, 12)) {
            8 => FingerprintBits::Eight,
            16 => FingerprintBits::Sixteen,
            _ => return Err(malformed("number of bits")),
        };
        let head = Self {
            bits,
            entries: u64::from_le_bytes(part(bytes, 16)),
            descriptor: part(bytes, 24),
            checksum: part(bytes, CHECKSUM.start),
        };
        if part::<4>(bytes, 44) != [0; 4] {
            return Err(malformed("reserved field"));
        }
        head.check()?;
        Ok(head)
    }

    /// A look-up reads a place in each of three segments that follow one another, the first one by the hash, all below
    /// `starts` + 2 × `segment`. So it stays in the file if segments are a power of two and `starts` is whole segments.
    fn check(&self) -> Result<(), BreachFilterError> {
        let (segment, mask, starts) = self.layout();
        if !segment.is_power_of_two() || segment > LONGEST_SEGMENT {
            return Err(malformed("length of a segment"));
        }
        if mask != segment - 1 {
            return Err(malformed("mask"));
        }
        if starts == 0 || starts % segment != 0 || starts > u32::MAX - 2 * LONGEST_SEGMENT {
            return Err(malformed("length of all segments"));
        }
        if self.entries == 0 || self.entries > self.places() {
            return Err(malformed("number of entries"));
        }
        Ok(())
    }

    fn layout(&self) -> (u32, u32, u32) {
        let field = |at| u32::from_le_bytes(part(&self.descriptor, at));
        (field(8), field(12), field(16))
    }

    /// Fingerprints of the file.
    fn places(&self) -> u64 {
        let (segment, _, starts) = self.layout();
        u64::from(starts) + 2 * u64::from(segment)
    }

    /// Bytes of the fingerprints: below 8 GiB.
    pub(super) fn body(&self) -> u64 {
        self.places() * self.bits.bytes()
    }

    /// The head of a file with these fingerprints.
    pub(super) fn write(&self, fingerprints: &[u8]) -> [u8; HEAD] {
        let mut bytes = self.without_checksum();
        bytes[CHECKSUM].copy_from_slice(&self.sum(fingerprints));
        bytes
    }

    pub(super) fn verify(&self, fingerprints: &[u8]) -> Result<(), BreachFilterError> {
        // Nothing secret is compared.
        match self.sum(fingerprints) == self.checksum {
            true => Ok(()),
            false => Err(Kind::Checksum.into()),
        }
    }

    fn without_checksum(&self) -> [u8; HEAD] {
        let bits = 8 * self.bits.bytes() as u32;
        let mut bytes = [0; HEAD];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&bits.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.entries.to_le_bytes());
        bytes[24..44].copy_from_slice(&self.descriptor);
        bytes
    }

    fn sum(&self, fingerprints: &[u8]) -> [u8; 16] {
        let sum: [u8; 32] = Sha256::new()
            .chain_update(&self.without_checksum()[..CHECKSUM.start])
            .chain_update(fingerprints)
            .finalize()
            .into();
        part(&sum, 0)
    }
}

/// `N` bytes from `at`; zeros where the source ends, which none of the callers' does.
fn part<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk::<N>());
    found.copied().unwrap_or([0; N])
}

fn malformed(field: &'static str) -> BreachFilterError {
    Kind::Malformed { field }.into()
}
