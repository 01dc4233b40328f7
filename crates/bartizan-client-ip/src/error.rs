//! What is wrong with a policy, and with a forwarded address.

use std::{error::Error, fmt};

use ipnet::IpNet;

/// Why a policy cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// A forwarding field without a proxy to believe it from.
    NoProxies,
    /// Every address of a family is trusted, so every client could write its own address.
    TrustsEveryone {
        /// The family, as its widest range.
        range: IpNet,
    },
    /// A number of hops without [`behind`](crate::PolicyBuilder::behind), or with a field of one value.
    HopsWithoutList {
        /// The number.
        hops: u8,
    },
    /// More trusted hops than any sane chain has.
    TooManyHops {
        /// The number.
        hops: u8,
        /// The largest number allowed.
        most: u8,
    },
    /// The name cannot be that of a field with one address in it.
    SingleField {
        /// The field's name.
        name: String,
    },
    /// An entry of the host list is no host name or IP literal with an optional port.
    Host {
        /// The entry.
        entry: String,
    },
    /// A host list without an entry would refuse every request.
    NoHosts,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProxies => f.write_str("expected at least one trusted range, found none"),
            Self::TrustsEveryone { range } => write!(
                f,
                "the trusted ranges make up {range}, so every client could forge its address"
            ),
            Self::HopsWithoutList { hops } => write!(
                f,
                "{hops} hops need trusted proxies and x-forwarded-for or forwarded"
            ),
            Self::TooManyHops { hops, most } => {
                write!(f, "expected at most {most} hops, found {hops}")
            }
            Self::SingleField { name } => {
                write!(f, "{name:?} is no field with one client address in it")
            }
            Self::Host { entry } => write!(
                f,
                "expected a host name or IP literal with an optional port, found {entry:?}"
            ),
            Self::NoHosts => f.write_str("expected at least one host, found none"),
        }
    }
}

impl Error for PolicyError {}

/// Why the caller's address is not known.
///
/// No variant holds text of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AddressError {
    /// The connection has no peer address: a call within the process, or a server that does not hand it on.
    NoPeer,
    /// The walk from the right met something that is no address. What stands further left is not believed.
    Malformed,
    /// More than 64 trusted elements in a row.
    TooManyHops,
    /// Fewer elements than the policy has hops: the request did not come the way that the policy describes.
    TooFewHops,
    /// The walk met `unknown` or an identifier such as `_hidden` (RFC 7239, sections 6.2 and 6.3).
    Obfuscated,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPeer => "the connection has no peer address",
            Self::Malformed => {
                "a trusted proxy's forwarding field holds something that is no address"
            }
            Self::TooManyHops => "the forwarding field lists more than 64 trusted hops",
            Self::TooFewHops => "the forwarding field lists fewer hops than are configured",
            Self::Obfuscated => "a trusted proxy hides the address",
        })
    }
}

impl Error for AddressError {}
