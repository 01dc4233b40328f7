//! The PROXY protocol, versions 1 and 2, as HAProxy's `proxy-protocol.txt` (revision of 2020/03/05) describes it: what a
//! proxy that does not speak HTTP sends before the first byte of a connection.
//!
//! Reading it is pure; bytes come from elsewhere. Whoever listens has to know *beforehand* that the peer is a trusted proxy
//! and will send it: a header that is optional, or believed from anyone, lets every caller choose an address.
//!
//! ```
//! use bartizan_client_ip::proxy_protocol::{self, Parsed, ProxyError};
//!
//! # fn main() -> Result<(), ProxyError> {
//! let bytes = b"PROXY TCP4 203.0.113.9 192.0.2.1 56324 443\r\nGET / HTTP/1.1\r\n";
//! let Parsed::Header { header, consumed } = proxy_protocol::parse(bytes)? else {
//!     return Ok(());
//! };
//! assert_eq!(header.source(), Some("203.0.113.9:56324".parse().unwrap()));
//! assert!(bytes[consumed..].starts_with(b"GET"));
//!
//! // More bytes are needed.
//! assert_eq!(proxy_protocol::parse(b"PROXY TCP4 203.0")?, Parsed::Incomplete);
//! // Refused.
//! assert_eq!(proxy_protocol::parse(b"GET / HTTP/1.1\r\n"), Err(ProxyError::Absent));
//! # Ok(())
//! # }
//! ```

mod v1;
mod v2;

use std::{error::Error, fmt, net::SocketAddr};

/// Longest header of version 1, its CRLF included (section 2.1).
const LONGEST_V1: usize = 107;

/// Longest header of version 2 that is read, the 16 bytes of its fixed part included. The format allows 64 KiB; known
/// senders stay far below this.
const LONGEST_V2: usize = 4096;

/// What the bytes so far say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a reader must act on each: wait for more, or go on"
)]
pub enum Parsed {
    /// They may become a header: read more, at most until a deadline. Nothing longer than 4096 bytes is incomplete.
    Incomplete,
    /// A header, and after it what the client sent.
    Header {
        /// The header.
        header: Header,
        /// Its length in bytes.
        consumed: usize,
    },
}

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    version: u8,
    command: Command,
    addresses: Addresses,
}

/// Why the header was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Command {
    /// The proxy speaks for itself, as in a health check: the socket's own addresses count.
    Local,
    /// The proxy speaks for a client.
    Proxy,
}

/// Between whom the proxied connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Addresses {
    /// The proxy does not say.
    Unknown,
    /// Two sockets of one IP version, over a stream or by datagrams.
    Inet {
        /// The client.
        source: SocketAddr,
        /// What the client connected to.
        destination: SocketAddr,
    },
    /// Two Unix sockets, whose paths say nothing here.
    Unix,
}

impl Header {
    /// 1 or 2.
    #[must_use]
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// Why it was sent.
    #[must_use]
    pub const fn command(&self) -> Command {
        self.command
    }

    /// What it says about both ends; [`Addresses::Unknown`] with [`Command::Local`].
    #[must_use]
    pub const fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// The client, if the header names one.
    #[must_use]
    pub const fn source(&self) -> Option<SocketAddr> {
        match self.addresses {
            Addresses::Inet { source, .. } => Some(source),
            Addresses::Unknown | Addresses::Unix => None,
        }
    }
}

/// Why bytes are no header. The connection is to be closed without an answer (section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyError {
    /// They begin in another way than either version.
    Absent,
    /// They begin as a header does and go on as none does.
    Malformed,
    /// The header is longer than 107 bytes in version 1, 4096 in version 2.
    TooLong,
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "expected a PROXY protocol header, found something else",
            Self::Malformed => "the PROXY protocol header is malformed",
            Self::TooLong => "the PROXY protocol header is too long",
        })
    }
}

impl Error for ProxyError {}

/// Reads a header at the start of `bytes`, which begin with the first byte of the connection.
///
/// # Errors
///
/// - [`ProxyError::Absent`] as soon as the bytes cannot begin a header;
/// - [`ProxyError::Malformed`] and [`ProxyError::TooLong`] as soon as they cannot become a good one.
pub fn parse(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    for (signature, read) in [
        (v1::SIGNATURE, v1::parse as fn(&[u8]) -> _),
        (v2::SIGNATURE, v2::parse),
    ] {
        if bytes.starts_with(signature) {
            return read(bytes);
        }
        if signature.starts_with(bytes) {
            return Ok(Parsed::Incomplete);
        }
    }
    Err(ProxyError::Absent)
}
