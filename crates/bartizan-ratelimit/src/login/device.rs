//! A device that an account has logged in from.

use std::fmt;

/// A device from which this account has logged in before. It has a limit of its own, so failures of others do not touch it.
///
/// `DeviceKeys::verify` (feature `device-cookie`) makes one from a signed cookie. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Device {
    account: Box<[u8]>,
    id: [u8; 16],
}

impl Device {
    /// A device that was recognised by other means, as a row of a database or a client certificate. Whoever can make one up
    /// gets ten guesses with each, so the proof must be as good as a signature.
    #[must_use]
    pub fn recognised(account: &[u8], id: [u8; 16]) -> Self {
        Self {
            account: account.into(),
            id,
        }
    }

    pub(super) const fn account(&self) -> &[u8] {
        &self.account
    }

    /// The nonce that its cookie was issued with: to issue the next one with, so that a device stays one device.
    #[must_use]
    pub const fn id(&self) -> &[u8; 16] {
        &self.id
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Device(..)")
    }
}
