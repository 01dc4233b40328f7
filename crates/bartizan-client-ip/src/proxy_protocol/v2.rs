//! Version 2: binary.

use std::net::{IpAddr, SocketAddr};

use super::{Addresses, Command, Header, LONGEST_V2, Parsed, ProxyError};

pub(super) const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Signature, version and command, family and protocol, length of the rest.
const FIXED: usize = 16;

/// Two Unix paths of 108 bytes.
const UNIX: usize = 216;

pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    let fixed = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    // Each byte is judged as soon as it is there.
    let command = match fixed.first() {
        None => return Ok(Parsed::Incomplete),
        Some(0x20) => Command::Local,
        Some(0x21) => Command::Proxy,
        Some(_) => return Err(ProxyError::Malformed),
    };
    let family = match fixed.get(1) {
        None => return Ok(Parsed::Incomplete),
        // A local connection's family is to be ignored, whatever it is.
        Some(_) if command == Command::Local => Family::Unspecified,
        Some(byte) => Family::of(*byte).ok_or(ProxyError::Malformed)?,
    };
    let Some(length) = fixed.get(2..4).and_then(|two| two.try_into().ok()) else {
        return Ok(Parsed::Incomplete);
    };
    let length = usize::from(u16::from_be_bytes(length));
    let consumed = FIXED + length;
    if consumed > LONGEST_V2 {
        return Err(ProxyError::TooLong);
    }
    if length < family.length() {
        return Err(ProxyError::Malformed);
    }
    let Some(block) = bytes.get(FIXED..consumed) else {
        return Ok(Parsed::Incomplete);
    };
    let (addresses, rest) = family.read(block).ok_or(ProxyError::Malformed)?;
    // What follows a family that is not read is not read either.
    if !matches!(family, Family::Unspecified) && !are_extensions(rest) {
        return Err(ProxyError::Malformed);
    }
    Ok(Parsed::Header {
        header: Header {
            version: 2,
            command,
            addresses,
        },
        consumed,
    })
}

#[derive(Clone, Copy, Debug)]
enum Family {
    Unspecified,
    V4,
    V6,
    Unix,
}

impl Family {
    /// The combinations of family and protocol that section 2.2 assigns; each family over a stream or by datagrams.
    fn of(byte: u8) -> Option<Self> {
        match byte {
            0x00 => Some(Self::Unspecified),
            0x11 | 0x12 => Some(Self::V4),
            0x21 | 0x22 => Some(Self::V6),
            0x31 | 0x32 => Some(Self::Unix),
            _ => None,
        }
    }

    /// How many bytes its addresses and ports take.
    const fn length(self) -> usize {
        match self {
            Self::Unspecified => 0,
            Self::V4 => 12,
            Self::V6 => 36,
            Self::Unix => UNIX,
        }
    }

    fn read(self, block: &[u8]) -> Option<(Addresses, &[u8])> {
        let (ends, rest) = block.split_at_checked(self.length())?;
        let addresses = match self {
            Self::Unspecified => Addresses::Unknown,
            Self::V4 => inet::<4>(ends)?,
            Self::V6 => inet::<16>(ends)?,
            Self::Unix => Addresses::Unix,
        };
        Some((addresses, rest))
    }
}

/// Both addresses, then both ports, in network order.
fn inet<const N: usize>(bytes: &[u8]) -> Option<Addresses>
where
    IpAddr: From<[u8; N]>,
{
    let (source, rest) = bytes.split_first_chunk::<N>()?;
    let (destination, rest) = rest.split_first_chunk::<N>()?;
    let (from, rest) = rest.split_first_chunk()?;
    let (to, _) = rest.split_first_chunk()?;
    Some(Addresses::Inet {
        source: SocketAddr::new((*source).into(), u16::from_be_bytes(*from)),
        destination: SocketAddr::new((*destination).into(), u16::from_be_bytes(*to)),
    })
}

/// Whether the bytes are a row of type, length and value that ends where they end. None of them is needed.
fn are_extensions(mut bytes: &[u8]) -> bool {
    while let [_, high, low, rest @ ..] = bytes {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        match rest.get(length..) {
            Some(next) => bytes = next,
            None => return false,
        }
    }
    bytes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn header(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
        let length = u16::try_from(block.len()).unwrap().to_be_bytes();
        [SIGNATURE, &[command, family], &length, block].concat()
    }

    const V4: [u8; 12] = [203, 0, 113, 9, 192, 0, 2, 1, 0xdc, 0x04, 0x01, 0xbb];

    fn v6() -> Vec<u8> {
        let mut block = vec![0; 36];
        (block[15], block[31], block[33]) = (1, 2, 80);
        block
    }

    #[test]
    fn a_good_header_names_both_ends() {
        let tlv = [0x04, 0, 2, 0xaa, 0xbb, 0x20, 0, 0];
        let unix = vec![b'/'; UNIX];
        let cases = [
            (
                header(0x21, 0x11, &V4),
                Command::Proxy,
                Some("203.0.113.9:56324"),
            ),
            (
                header(0x21, 0x12, &[&V4[..], &tlv].concat()),
                Command::Proxy,
                Some("203.0.113.9:56324"),
            ),
            (header(0x21, 0x21, &v6()), Command::Proxy, Some("[::1]:80")),
            (
                header(0x21, 0x22, &[&v6()[..], &tlv].concat()),
                Command::Proxy,
                Some("[::1]:80"),
            ),
            (header(0x21, 0x31, &unix), Command::Proxy, None),
            (
                header(0x21, 0x32, &[&unix[..], &tlv].concat()),
                Command::Proxy,
                None,
            ),
            (header(0x21, 0x00, &[]), Command::Proxy, None),
            (header(0x21, 0x00, b"\xff\xff\xff"), Command::Proxy, None),
            (header(0x20, 0x00, &[]), Command::Local, None),
            (header(0x20, 0x11, &V4), Command::Local, None),
            (header(0x20, 0xff, b"\xff"), Command::Local, None),
            (
                header(0x21, 0x00, &vec![0; LONGEST_V2 - FIXED]),
                Command::Proxy,
                None,
            ),
        ];
        for (bytes, command, source) in cases {
            let with_more = [&bytes[..], b"GET"].concat();
            let Ok(Parsed::Header { header, consumed }) = parse(&with_more) else {
                panic!("{bytes:?}")
            };
            assert_eq!((header.version(), header.command()), (2, command));
            assert_eq!(
                header.source(),
                source.map(|source| source.parse().unwrap())
            );
            assert_eq!(consumed, bytes.len());
            for length in 0..bytes.len() {
                assert_eq!(
                    parse(&bytes[..length]),
                    Ok(Parsed::Incomplete),
                    "{length} of {bytes:?}"
                );
            }
        }
        let Ok(Parsed::Header { header, .. }) = parse(&header(0x21, 0x31, &unix)) else {
            panic!()
        };
        assert_eq!(header.addresses(), Addresses::Unix);
    }

    #[test]
    fn a_bad_header_is_refused_as_soon_as_it_shows() {
        let with = |extra: &[u8]| header(0x21, 0x11, &[&V4[..], extra].concat());
        let too_long = [SIGNATURE, &[0x21, 0x00, 0x0f, 0xf1]].concat();
        let cases = [
            (b"\r\n\r\n\0\r\nQUIX".to_vec(), ProxyError::Absent),
            ([SIGNATURE, &[0x11]].concat(), ProxyError::Malformed),
            ([SIGNATURE, &[0x31]].concat(), ProxyError::Malformed),
            ([SIGNATURE, &[0x22]].concat(), ProxyError::Malformed),
            ([SIGNATURE, &[0x21, 0x10]].concat(), ProxyError::Malformed),
            ([SIGNATURE, &[0x21, 0x13]].concat(), ProxyError::Malformed),
            ([SIGNATURE, &[0x21, 0x41]].concat(), ProxyError::Malformed),
            ([SIGNATURE, &[0x21, 0x01]].concat(), ProxyError::Malformed),
            (header(0x21, 0x11, &V4[..11]), ProxyError::Malformed),
            (header(0x21, 0x21, &v6()[..35]), ProxyError::Malformed),
            (header(0x21, 0x31, &[0; UNIX - 1]), ProxyError::Malformed),
            (with(&[0x04]), ProxyError::Malformed),
            (with(&[0x04, 0]), ProxyError::Malformed),
            (with(&[0x04, 0, 1]), ProxyError::Malformed),
            (with(&[0x04, 0xff, 0xff, 1]), ProxyError::Malformed),
            (with(&[0x04, 0, 1, 1, 9]), ProxyError::Malformed),
            (too_long, ProxyError::TooLong),
        ];
        for (bytes, error) in cases {
            assert_eq!(parse(&bytes), Err(error), "{bytes:?}");
        }
    }

    #[test]
    fn anything_else_is_absent() {
        for text in [
            "G",
            "GET / HTTP/1.1\r\n",
            "PRI * HTTP/2.0",
            "proxy TCP4",
            "\r\nGET",
            "\x16\x03\x01",
        ] {
            assert_eq!(parse(text.as_bytes()), Err(ProxyError::Absent), "{text:?}");
        }
        assert_eq!(parse(b""), Ok(Parsed::Incomplete));
    }
}
