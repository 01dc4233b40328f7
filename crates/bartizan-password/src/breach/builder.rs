use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{BufRead, Read, Write},
    path::{Path, PathBuf},
};

use xorf::{BinaryFuse8, BinaryFuse16, DmaSerializable};

use super::{
    BreachFilterError, BreachFilterErrorKind as Kind, FingerprintBits,
    format::{DESCRIPTOR, HEAD, Head, MOST_ENTRIES},
    key, key_of_digest,
};
use crate::Password;

/// What the lines of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreachLines {
    /// Passwords as bytes, whatever their encoding.
    Plain,
    /// SHA-1 in 40 hexadecimal digits, alone or with `:` and a count behind: the form of Have I Been Pwned's files. An entry
    /// with the count 0 is padding and is left out.
    Sha1,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreachSummary {
    /// Entries, each once.
    pub entries: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Collects a list and writes it as a filter.
///
/// Takes 8 bytes of memory for each line while it collects, twice that while the list grows, and about 36 bytes for each entry
/// while it writes: 36 MB for a million, 30 GB for all 850 million of Have I Been Pwned. Build it once, on a large machine.
#[derive(Debug)]
pub struct BreachFilterBuilder {
    lines: BreachLines,
    bits: FingerprintBits,
    keys: Vec<u64>,
    /// Lines seen.
    number: u64,
}

/// Longer lines are no password and no hash; at most so much of a line is held.
const LONGEST_LINE: usize = Password::MAX_BYTES;

impl BreachFilterBuilder {
    /// For lines of this kind, with fingerprints of 8 bits.
    pub const fn new(lines: BreachLines) -> Self {
        Self {
            lines,
            bits: FingerprintBits::Eight,
            keys: Vec::new(),
            number: 0,
        }
    }

    /// Fingerprints of another length.
    #[must_use]
    pub const fn fingerprint_bits(mut self, bits: FingerprintBits) -> Self {
        self.bits = bits;
        self
    }

    /// Adds a line without its end. An empty one, or one above [`Password::MAX_BYTES`], can be nobody's password and adds
    /// nothing.
    ///
    /// # Errors
    ///
    /// No hash where hashes are expected, or no more memory.
    pub fn add(&mut self, line: &[u8]) -> Result<(), BreachFilterError> {
        self.number += 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return Ok(());
        }
        let key = match self.lines {
            BreachLines::Plain if line.len() > LONGEST_LINE => return Ok(()),
            BreachLines::Plain => key(line),
            BreachLines::Sha1 => {
                let number = self.number;
                match hash_line(line).ok_or(Kind::Line { number })? {
                    (_, Some(0)) => return Ok(()),
                    (digest, _) => key_of_digest(&digest),
                }
            }
        };
        self.keys.try_reserve(1).map_err(|_| Kind::Memory)?;
        self.keys.push(key);
        Ok(())
    }

    /// Adds all lines of a file, calling `progress` with the bytes read so far now and then. Gives the number of its lines.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add), or the file cannot be read.
    pub fn add_lines(
        &mut self,
        mut reader: impl BufRead,
        mut progress: impl FnMut(u64),
    ) -> Result<u64, BreachFilterError> {
        let before = self.number;
        let mut line = Vec::with_capacity(LONGEST_LINE + 2);
        let mut read = 0;
        loop {
            line.clear();
            // One byte more than a password, CR and LF; the rest of a longer line is passed over.
            let most = LONGEST_LINE as u64 + 3;
            let taken = reader.by_ref().take(most).read_until(b'\n', &mut line)?;
            if taken == 0 {
                progress(read);
                return Ok(self.number - before);
            }
            read += taken as u64;
            match line.strip_suffix(b"\n") {
                Some(whole) => self.add(whole)?,
                None => {
                    self.add(&line)?;
                    read += skip_line(&mut reader)?;
                }
            }
            if self.number.is_multiple_of(8_192) {
                progress(read);
            }
        }
    }

    /// Lines that count so far, the same ones more than once.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no line counts so far.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Writes the filter: to a file beside `path`, to the disk, and then by a rename, so that a reader sees the old one or the
    /// new one whole. On Unix only its owner may write it.
    ///
    /// # Errors
    ///
    /// Nothing to write, too much of it, or the file cannot be written. What was at `path` is then as before.
    pub fn write(self, path: impl AsRef<Path>) -> Result<BreachSummary, BreachFilterError> {
        let Self { mut keys, bits, .. } = self;
        keys.sort_unstable();
        keys.dedup();
        keys.shrink_to_fit();
        let entries = keys.len() as u64;
        if entries == 0 {
            return Err(Kind::Empty.into());
        }
        if entries > MOST_ENTRIES {
            return Err(Kind::TooMany.into());
        }
        let construction = |_| BreachFilterError::new(Kind::Construction);
        match bits {
            FingerprintBits::Eight => {
                let filter = BinaryFuse8::try_from(&keys[..]).map_err(construction)?;
                save(path.as_ref(), bits, entries, &filter)
            }
            FingerprintBits::Sixteen if cfg!(target_endian = "big") => Err(Kind::ByteOrder.into()),
            FingerprintBits::Sixteen => {
                let filter = BinaryFuse16::try_from(&keys[..]).map_err(construction)?;
                save(path.as_ref(), bits, entries, &filter)
            }
        }
    }
}

fn save(
    path: &Path,
    bits: FingerprintBits,
    entries: u64,
    filter: &impl DmaSerializable,
) -> Result<BreachSummary, BreachFilterError> {
    let mut descriptor = [0; DESCRIPTOR];
    filter.dma_copy_descriptor_to(&mut descriptor);
    let fingerprints = filter.dma_fingerprints();
    let head = Head::new(bits, entries, descriptor).write(fingerprints);
    // What was just made is what `open` would take.
    Head::parse(&head)?;
    let beside = beside(path)?;
    let written = write_new(&beside, &[&head, fingerprints])
        .and_then(|()| fs::rename(&beside, path))
        .and_then(|()| sync_folder(path));
    if let Err(error) = written {
        // It may not be there at all; the first error is the one to tell.
        let _ = fs::remove_file(&beside);
        return Err(error.into());
    }
    Ok(BreachSummary {
        entries,
        bytes: (HEAD + fingerprints.len()) as u64,
    })
}

/// A name in the same folder, since a rename does not cross file systems; by chance, so that two builders do not meet.
fn beside(path: &Path) -> Result<PathBuf, BreachFilterError> {
    let mut chance = [0; 8];
    getrandom::fill(&mut chance).map_err(std::io::Error::other)?;
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{:016x}", u64::from_le_bytes(chance)));
    Ok(path.with_file_name(name))
}

fn write_new(path: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    let mut file = options.open(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()
}

/// A rename is on the disk when its folder is.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// 40 hexadecimal digits in either case, alone or with `:` and a count.
fn hash_line(line: &[u8]) -> Option<([u8; 20], Option<u64>)> {
    let (digits, rest) = line.split_at_checked(40)?;
    let mut digest = [0; 20];
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| char::from(*pair.get(at)?).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    let count = match rest {
        [] => None,
        [b':', count @ ..] if count.iter().all(u8::is_ascii_digit) => {
            Some(str::from_utf8(count).ok()?.parse().ok()?)
        }
        _ => return None,
    };
    Some((digest, count))
}

/// Reads to the end of a line, in pieces of the reader's buffer. Gives the bytes.
fn skip_line(reader: &mut impl BufRead) -> std::io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        reader.consume(used);
        skipped += used as u64;
        if end.is_some() || used == 0 {
            return Ok(skipped);
        }
    }
}
