//! The only `unsafe` of the workspace: a file as memory.
#![allow(unsafe_code)]

use std::{fs::File, io};

use memmap2::{Mmap, MmapOptions};

/// Maps the first `bytes` of a file, read-only.
///
/// What may go wrong, and what [`BreachFilter::open`](super::BreachFilter::open) does about it:
///
/// - the file is *written* meanwhile: bytes behind a `&[u8]` change. A file that its group or everybody may write is refused,
///   the builder replaces by rename and never writes in place, and a changed byte can only change the answer to a look-up: each
///   of them reads places that were checked against the length, by indices that are checked again;
/// - the file is *truncated* meanwhile: the next look-up beyond its end ends the process (SIGBUS). Only the owner can do that,
///   or root. Who cannot exclude it takes [`BreachFilter::read`](super::BreachFilter::read).
pub(super) fn map(file: &File, bytes: usize) -> io::Result<Mmap> {
    // SAFETY: the map is private to this module's callers, read-only, and of a regular file of at least `bytes` bytes that only
    // its owner may write. The contract that the owner neither writes nor truncates it in place is documented at
    // `BreachFilter::open`; as with any map of a file, no program can enforce it against the owner of the file.
    unsafe { MmapOptions::new().len(bytes).map(file) }
}
