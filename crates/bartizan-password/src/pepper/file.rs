//! Peppers as a text: for a file that the operator keeps apart from the database.

use std::fmt;

use zeroize::Zeroizing;

use super::{PepperKey, Peppers, PeppersError, PeppersFault};
use crate::PepperKeyId;

impl Peppers {
    /// The longest text that is read, in bytes: 16 keys take 1.2 KiB, the rest is for comments.
    pub const MAX_TEXT: usize = 16 * 1024;

    /// Reads lines of the form `ID HEX`, the id, one space and 64 hexadecimal digits; the first one is the current key. Empty
    /// lines and those that begin with `#` are skipped.
    ///
    /// ```
    /// use bartizan_password::Peppers;
    ///
    /// let text = "\
    /// ## the first line masks new rows
    /// 2026-11 f0d48c6de2bc0e9cf73bd1aa24a4e8c2a9a9d3a60c1e2cba1c0c6a0a62ad0c4d
    /// 2025-11 5b2a7c9d84a1f3e6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4
    /// ";
    /// let peppers = Peppers::read(text)?;
    /// assert_eq!(peppers.current_id().as_str(), "2026-11");
    ///
    /// let error = Peppers::read("2026-11 secret").unwrap_err();
    /// assert_eq!(error.to_string(), "peppers, line 1: pepper key is not 64 hexadecimal digits");
    /// # Ok::<(), bartizan_password::PeppersError>(())
    /// ```
    ///
    /// The text is the caller's to wipe.
    ///
    /// # Errors
    ///
    /// What is wrong, with the line and without the key.
    pub fn read(text: &str) -> Result<Self, PeppersError> {
        if text.len() > Self::MAX_TEXT {
            return Err(PeppersError::new(PeppersFault::TooLong));
        }
        let mut peppers: Option<Self> = None;
        for (line, number) in text.lines().zip(1..) {
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let read = entry(line).and_then(|(id, key)| match peppers.take() {
                None => Ok(Self::new(id, key)),
                Some(peppers) => peppers.with_live(id, key),
            });
            peppers = Some(read.map_err(|error| error.at(number))?);
        }
        peppers.ok_or(PeppersError::new(PeppersFault::Empty))
    }

    /// Writes what [`read`](Self::read) reads, **the keys in plain**: for the file, never for a log. Whether unpeppered rows
    /// are taken is not part of it.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(&self, out: &mut impl fmt::Write) -> fmt::Result {
        for entry in &self.entries {
            write!(out, "{} ", entry.id)?;
            for byte in entry.key.as_bytes() {
                write!(out, "{byte:02x}")?;
            }
            out.write_char('\n')?;
        }
        Ok(())
    }
}

fn entry(line: &str) -> Result<(PepperKeyId, PepperKey), PeppersError> {
    let fault = PeppersError::new;
    let (id, hex) = line.split_once(' ').ok_or(fault(PeppersFault::Form))?;
    let id = PepperKeyId::new(id).map_err(|_| fault(PeppersFault::Id))?;
    let mut key = Zeroizing::new([0; 32]);
    let pairs = hex.as_bytes().chunks(2);
    if hex.len() != 64 {
        return Err(fault(PeppersFault::Key));
    }
    for (byte, pair) in key.iter_mut().zip(pairs) {
        for digit in pair {
            let digit = char::from(*digit).to_digit(16);
            let digit = digit.and_then(|digit| u8::try_from(digit).ok());
            *byte = *byte << 4 | digit.ok_or(fault(PeppersFault::Key))?;
        }
    }
    Ok((id, PepperKey::new(*key)?))
}
