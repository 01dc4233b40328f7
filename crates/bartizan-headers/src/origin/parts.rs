//! An origin of a request, taken apart without an allocation.

use super::pattern::{MAX_SCHEME, Port, own_port, port_number};

/// Longer than any origin: scheme, `://`, host, `:` and a port. Whatever is longer is not looked at.
pub(super) const MAX_ORIGIN: usize = MAX_SCHEME + 3 + super::host::MAX_HOST + 6;

/// What stands where, as strictly as browsers write it. The host is not checked: patterns have legal ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub(super) scheme: &'a [u8],
    pub(super) host: &'a [u8],
    pub(super) port: Port,
}

impl<'a> Parts<'a> {
    pub(super) fn read(origin: &'a [u8]) -> Option<Self> {
        let colon = origin.iter().position(|byte| *byte == b':')?;
        let (scheme, rest) = origin.split_at_checked(colon)?;
        let rest = rest.strip_prefix(b"://")?;
        // an IPv6 address has colons too; after its bracket comes a port or nothing
        let host_end = match rest.first() {
            Some(b'[') => rest.iter().position(|byte| *byte == b']')? + 1,
            _ => rest
                .iter()
                .position(|byte| *byte == b':')
                .unwrap_or(rest.len()),
        };
        let (host, port) = rest.split_at_checked(host_end)?;
        let port = match port {
            [] => Port::Own,
            [b':', digits @ ..] => {
                let number = port_number(digits)?;
                if own_port(scheme) == Some(number) {
                    return None;
                }
                Port::Number(number)
            }
            _ => return None,
        };
        Some(Self { scheme, host, port })
    }
}
