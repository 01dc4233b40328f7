//! What is wrong with an origin or a pattern.

use std::{error::Error, fmt};

/// Why a text is no origin that a browser could send, no pattern over such, or not one to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OriginError {
    /// Nothing.
    Empty,
    /// `null`, which every sandboxed frame and every local file can be.
    Null,
    /// `*`: whoever means every origin says so by [`any_origin`](crate::CorsPolicyBuilder::any_origin).
    AnyOrigin,
    /// The scheme `file`, whose documents have the origin `null`.
    File,
    /// A scheme whose documents have the origin `null` or that of another scheme, such as `data` and `wss`.
    OpaqueScheme,
    /// No scheme, or none followed by `://`.
    NoScheme,
    /// The scheme is not a letter followed by letters, digits, `+`, `-` or `.`, at most 64 in all.
    Scheme,
    /// A user name or a password.
    UserInfo,
    /// A slash after the origin.
    TrailingSlash,
    /// A path, a query or a fragment.
    Path,
    /// A letter that is not lower case. Browsers write schemes and hosts in lower case.
    UpperCase,
    /// A character that is not ASCII. Browsers send the form of IDNA: write that, for instance `xn--bcher-kva.example`.
    Unicode,
    /// A space or a control character.
    Whitespace,
    /// Nothing where the host should be.
    NoHost,
    /// A character that no host has.
    HostCharacter,
    /// A label that is empty or longer than 63 characters.
    Label,
    /// More than 253 characters of host.
    TooLong,
    /// A dot after the host. Browsers keep it, and the host without it is another origin.
    TrailingDot,
    /// A label that starts with `xn--` and is not Punycode (RFC 3492).
    Punycode,
    /// A host whose last label is a number, and that is not an IPv4 address of four decimal numbers.
    Ipv4,
    /// The host is not an IPv6 address in brackets.
    Ipv6,
    /// An IPv6 address that browsers write in another way: that of RFC 5952.
    UncompressedIpv6 {
        /// As browsers write it.
        expected: Box<str>,
    },
    /// An IPv4 address in the form of an IPv6 one.
    MappedIpv4,
    /// Not a number from 1 to 65535 without leading zeros.
    Port,
    /// The scheme's own port, which browsers leave out.
    DefaultPort,
    /// A `*` that does not stand for whole leading labels.
    WildcardPlace,
    /// A `*` before an IP address, which has no subdomains.
    WildcardIp,
    /// A pattern, where one origin is expected.
    Pattern,
    /// All subdomains of a name under which anybody can register one.
    PublicSuffix,
    /// Plain `http` with credentials: whoever is on the way can act for the user.
    Insecure,
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Empty => "expected an origin such as https://example.com, found nothing",
            Self::Null => "null is the origin of every sandboxed frame, so it names nobody",
            Self::AnyOrigin => "every origin is allowed by a setting of its own, not by *",
            Self::File => "documents of the scheme file have the origin null",
            Self::OpaqueScheme => "no document has an origin of this scheme",
            Self::NoScheme => "expected a scheme and :// before the host",
            Self::Scheme => {
                "a scheme is a letter followed by letters, digits, '+', '-' or '.', at most 64 in all"
            }
            Self::UserInfo => "an origin has no user name or password",
            Self::TrailingSlash => "an origin does not end in a slash",
            Self::Path => "an origin has no path, query or fragment",
            Self::UpperCase => "browsers write origins in lower case",
            Self::Unicode => "browsers send internationalised names in their xn-- form",
            Self::Whitespace => "an origin has no spaces or control characters",
            Self::NoHost => "expected a host",
            Self::HostCharacter => "a host has only letters, digits, '-', '_' and '.'",
            Self::Label => "the labels of a host have 1 to 63 characters",
            Self::TooLong => "a host has at most 253 characters",
            Self::TrailingDot => "with a dot at its end the host is another origin",
            Self::Punycode => "a label starts with xn-- and is not Punycode",
            Self::Ipv4 => "a host that ends in a number must be four decimal numbers",
            Self::Ipv6 => "an IPv6 address stands in brackets and has no zone",
            Self::UncompressedIpv6 { expected } => {
                return write!(f, "browsers write this address {expected}");
            }
            Self::MappedIpv4 => "an IPv4 address in the form of an IPv6 one",
            Self::Port => "a port is a number from 1 to 65535 without leading zeros, or *",
            Self::DefaultPort => "browsers leave the scheme's own port out",
            Self::WildcardPlace => {
                "a * stands for whole leading labels, as in https://*.example.com, or for the port"
            }
            Self::WildcardIp => "an IP address has no subdomains",
            Self::Pattern => "expected one origin, found a pattern",
            Self::PublicSuffix => "anybody can have a subdomain of this name",
            Self::Insecure => "credentials over plain http can be taken by anybody on the way",
        };
        f.write_str(text)
    }
}

impl Error for OriginError {}
