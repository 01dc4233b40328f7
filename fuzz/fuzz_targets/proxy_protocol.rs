//! A header is found in the bytes that make it, whatever follows, and in no fewer; nothing long is waited for.

#![no_main]

use bartizan_client_ip::proxy_protocol::{Parsed, parse};
use libfuzzer_sys::fuzz_target;

/// No header is longer.
const LONGEST: usize = 4096;

fuzz_target!(|data: &[u8]| {
    match parse(data) {
        Ok(Parsed::Header { header, consumed }) => {
            assert!(consumed <= data.len() && consumed <= LONGEST);
            let found = Ok(Parsed::Header { header, consumed });
            assert_eq!(parse(&data[..consumed]), found);
            // Bytes come in pieces: every shorter one asks for more.
            for length in [0, consumed / 2, consumed - 1] {
                assert_eq!(parse(&data[..length]), Ok(Parsed::Incomplete));
            }
        }
        Ok(Parsed::Incomplete) => assert!(data.len() < LONGEST),
        // What is refused once stays refused.
        Err(error) => assert_eq!(parse(&[data, b"\r\n"].concat()), Err(error)),
    }
});
