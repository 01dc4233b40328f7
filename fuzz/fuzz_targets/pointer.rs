//! Whatever the names are, a pointer leads back to them, and it is a fragment of a URI.
//!
//! Input: names in lines.

#![no_main]

use bartizan_validate::Place;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let names: Vec<&str> = text.split('\n').collect();
    let Place::Body(pointer) = Place::body(names.iter().copied()) else {
        panic!("expected a place in the body");
    };
    let fragment = pointer.strip_prefix('#').expect("a fragment");
    // RFC 3986, section 3.5
    assert!(
        fragment.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte)
        })
    );
    let back: Vec<String> = fragment.split('/').skip(1).map(name).collect();
    assert_eq!(back, names);
});

/// RFC 6901, section 6, then 4.
fn name(token: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = token.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let mut digit = || {
                char::from(rest.next().expect("a digit"))
                    .to_digit(16)
                    .expect("a digit") as u8
            };
            digit() << 4 | digit()
        } else {
            byte
        });
    }
    let text = String::from_utf8(bytes).expect("UTF-8");
    text.replace("~1", "/").replace("~0", "~")
}
