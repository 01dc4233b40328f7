use std::{
    fmt,
    fs::{File, Metadata},
    io::Read,
    path::Path,
};

use memmap2::Mmap;
use xorf::{BinaryFuse8Ref, BinaryFuse16Ref, Filter, FilterRef};

use super::{
    BreachFilterError, BreachFilterErrorKind as Kind, FingerprintBits,
    format::{HEAD, Head},
    key, key_of_digest, map,
};
use crate::Password;

/// A set of leaked passwords as a binary fuse filter (Graf, Lemire 2022): about 9 bits an entry, no password that is in it is
/// ever missed, and one in 256 that is not is taken for one that is.
///
/// ```
/// use bartizan_password::{BreachFilter, BreachFilterBuilder, BreachLines, Password, Rules, Violation};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("leaked.filter");
///
/// let mut builder = BreachFilterBuilder::new(BreachLines::Plain);
/// builder.add(b"moss lantern ferry")?;
/// builder.write(&path)?;
///
/// let rules = Rules::default().breach_filter(BreachFilter::open(&path)?.into());
/// let leaked = Password::new("moss lantern ferry".into())?;
/// let refused = rules.check(&leaked, &[]).unwrap_err();
/// assert_eq!(refused.as_slice(), [Violation::Breached]);
/// let fresh = Password::new("quartz under the moss".into())?;
/// assert!(rules.check(&fresh, &[]).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct BreachFilter {
    head: Head,
    bytes: Bytes,
}

/// Where the fingerprints are.
enum Bytes {
    Map(Mmap),
    /// From `start` on, so that they are aligned.
    Memory {
        bytes: Vec<u8>,
        start: usize,
    },
}

impl BreachFilter {
    /// Maps a filter: what look-ups touch is read from disk once, and all processes of a machine share it.
    ///
    /// The whole file is read once, for its checksum: some seconds for a gigabyte. **Replace the file by a rename**, as
    /// [`write`](super::BreachFilterBuilder::write) does: an open filter then keeps the old one. A file that is truncated while it is open ends
    /// the process (SIGBUS); that is why one that others than its owner may write is refused (Unix).
    ///
    /// # Errors
    ///
    /// Not a filter, not whole, writable by others, or not readable: see [`BreachFilterErrorKind`](super::BreachFilterErrorKind).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, BreachFilterError> {
        let (file, head) = head(path.as_ref())?;
        let length = usize::try_from(HEAD as u64 + head.body()).map_err(|_| Kind::Memory)?;
        Self::checked(head, Bytes::Map(map::map(&file, length)?))
    }

    /// The same without a map, in memory of this process: for a file whose owner cannot be trusted not to truncate it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), or no memory for it.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, BreachFilterError> {
        let (mut file, head) = head(path.as_ref())?;
        let body = usize::try_from(head.body()).map_err(|_| Kind::Memory)?;
        let mut bytes: Vec<u8> = Vec::new();
        // One more, to begin at an even address wherever the memory is. It does not move once it has its size.
        bytes
            .try_reserve_exact(body + 1)
            .map_err(|_| Kind::Memory)?;
        let start = bytes.as_ptr().align_offset(2).min(1);
        bytes.resize(start + body, 0);
        file.read_exact(bytes.get_mut(start..).unwrap_or_default())?;
        Self::checked(head, Bytes::Memory { bytes, start })
    }

    fn checked(head: Head, bytes: Bytes) -> Result<Self, BreachFilterError> {
        if cfg!(target_endian = "big") && head.bits == FingerprintBits::Sixteen {
            return Err(Kind::ByteOrder.into());
        }
        let filter = Self { head, bytes };
        head.verify(filter.fingerprints())?;
        Ok(filter)
    }

    fn fingerprints(&self) -> &[u8] {
        let (bytes, start) = match &self.bytes {
            Bytes::Map(map) => (&map[..], HEAD),
            Bytes::Memory { bytes, start } => (&bytes[..], *start),
        };
        bytes.get(start..).unwrap_or_default()
    }

    /// Whether a password is in the set, as typed or in Unicode's form NFKC. Less than a microsecond, most of it for the SHA-1.
    pub fn contains(&self, password: &Password) -> bool {
        let typed = password.form(false);
        let normal = password.form(true);
        self.has(key(&typed)) || (*normal != *typed && self.has(key(&normal)))
    }

    /// Whether a SHA-1 is in the set, for who has the hashes alone.
    pub fn contains_sha1(&self, digest: &[u8; 20]) -> bool {
        self.has(key_of_digest(digest))
    }

    fn has(&self, key: u64) -> bool {
        let fingerprints = self.fingerprints();
        match self.head.bits {
            FingerprintBits::Eight => {
                BinaryFuse8Ref::from_dma(&self.head.descriptor, fingerprints).contains(&key)
            }
            FingerprintBits::Sixteen => {
                BinaryFuse16Ref::from_dma(&self.head.descriptor, fingerprints).contains(&key)
            }
        }
    }

    /// Entries.
    pub const fn len(&self) -> u64 {
        self.head.entries
    }

    /// Never: a filter has at least one entry.
    pub const fn is_empty(&self) -> bool {
        self.head.entries == 0
    }

    /// Bits of a fingerprint.
    pub const fn fingerprint_bits(&self) -> FingerprintBits {
        self.head.bits
    }

    /// Bits of the file for each entry.
    pub fn bits_per_entry(&self) -> f64 {
        8.0 * (HEAD as u64 + self.head.body()) as f64 / self.head.entries as f64
    }
}

impl fmt::Debug for BreachFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreachFilter")
            .field("bits", &self.head.bits)
            .field("entries", &self.head.entries)
            .finish_non_exhaustive()
    }
}

/// Opens a file and checks its head and its length, before anything of that length is mapped or allocated.
fn head(path: &Path) -> Result<(File, Head), BreachFilterError> {
    // Asked before it is opened: opening a pipe would wait for its writer.
    if !path.metadata()?.is_file() {
        return Err(Kind::NotAFilter.into());
    }
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Kind::NotAFilter.into());
    }
    if others_may_write(&metadata) {
        return Err(Kind::Writable.into());
    }
    let mut bytes = [0; HEAD];
    match file.read_exact(&mut bytes) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            return Err(Kind::NotAFilter.into());
        }
        Err(error) => return Err(error.into()),
    }
    let head = Head::parse(&bytes)?;
    let found = metadata.len().saturating_sub(HEAD as u64);
    if found != head.body() {
        return Err(length(head, found));
    }
    Ok((file, head))
}

fn length(head: Head, found: u64) -> BreachFilterError {
    let head_bytes = HEAD as u64;
    Kind::Length {
        expected: head_bytes + head.body(),
        found: head_bytes + found,
    }
    .into()
}

#[cfg(unix)]
fn others_may_write(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o022 != 0
}

#[cfg(not(unix))]
fn others_may_write(_: &Metadata) -> bool {
    false
}
