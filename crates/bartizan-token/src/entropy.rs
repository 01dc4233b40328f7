use std::fmt;

use zeroize::Zeroize;

/// 32 random bytes for one token; not `Clone`, so that they cannot be used twice by accident.
pub struct Entropy([u8; 32]);

impl Entropy {
    /// Bytes from a generator of the caller's. They must be uniform and unpredictable; a test may pass constants.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Bytes from the operating system's generator.
    ///
    /// # Errors
    ///
    /// When the operating system has none to give (a sandbox without `getrandom`, an exhausted file table). Answer 503:
    /// a token must not be made from anything else.
    #[cfg(feature = "os-rng")]
    pub fn from_os() -> Result<Self, EntropyError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|source| EntropyError { source })?;
        Ok(Self(bytes))
    }

    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for Entropy {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(..)")
    }
}

/// The operating system gave no random bytes.
#[cfg(feature = "os-rng")]
#[derive(Debug)]
pub struct EntropyError {
    source: getrandom::Error,
}

#[cfg(feature = "os-rng")]
impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no random bytes from the operating system")
    }
}

#[cfg(feature = "os-rng")]
impl std::error::Error for EntropyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
