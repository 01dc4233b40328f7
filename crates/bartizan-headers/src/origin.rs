//! Origins as browsers write them, patterns over them, and sets of patterns.

mod error;
mod host;
mod parts;
mod pattern;
mod punycode;
mod set;
mod suffix;

use std::{fmt, str::FromStr};

pub use self::{error::OriginError, pattern::OriginPattern, set::OriginSet};
pub(crate) use self::{pattern::Port, suffix::is_public_suffix};

/// One origin: scheme, host and port, in the one form in which browsers serialise it (RFC 6454, section 6.2; HTML,
/// "serialization of an origin").
///
/// Everything in it is ASCII and lower case, the scheme's own port is left out, and an IPv6 address is compressed. A text
/// that no browser would ever send is an error, since it could never match.
///
/// ```
/// use bartizan_headers::{Origin, OriginError};
///
/// let origin: Origin = "https://app.example.com:8443".parse()?;
/// assert_eq!((origin.scheme(), origin.host(), origin.port()), ("https", "app.example.com", Some(8443)));
/// assert_eq!(Origin::parse("https://app.example.com/"), Err(OriginError::TrailingSlash));
/// assert_eq!(Origin::parse("null"), Err(OriginError::Null));
/// # Ok::<(), OriginError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    pattern: OriginPattern,
}

impl Origin {
    /// Reads a serialised origin.
    ///
    /// # Errors
    ///
    /// What [`OriginPattern::parse`] says, and [`OriginError::Pattern`] for a pattern.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let pattern = OriginPattern::parse(text)?;
        if pattern.is_exact() {
            Ok(Self { pattern })
        } else {
            Err(OriginError::Pattern)
        }
    }

    /// As browsers write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.pattern.as_str()
    }

    /// The scheme, without `://`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.pattern.scheme()
    }

    /// A domain name, an IPv4 address, or an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.pattern.host()
    }

    /// The port, unless it is the scheme's own.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match self.pattern.port() {
            Port::Number(port) => Some(port),
            Port::Own | Port::Any => None,
        }
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        Self::parse(text)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Origin> for OriginPattern {
    fn from(origin: Origin) -> Self {
        origin.pattern
    }
}
