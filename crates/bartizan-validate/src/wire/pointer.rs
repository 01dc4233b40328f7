//! JSON Pointers in the form for URI fragments.

use std::fmt::Write;

/// A JSON Pointer in the form for URI fragments (RFC 6901, section 6), as `#/items/0/price`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer(String);

impl Pointer {
    /// The whole document.
    pub(crate) fn root() -> Self {
        Self("#".to_owned())
    }

    pub(crate) fn push_name(&mut self, name: &str) {
        self.0.push('/');
        for byte in name.bytes() {
            match byte {
                b'~' => self.0.push_str("~0"),
                b'/' => self.0.push_str("~1"),
                // What RFC 3986, section 3.5 allows in a fragment.
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => self.0.push(char::from(byte)),
                b'-' | b'.' | b'_' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+'
                | b',' | b';' | b'=' | b':' | b'@' | b'?' => self.0.push(char::from(byte)),
                // Writing to a string does not fail.
                _ => _ = write!(self.0, "%{byte:02X}"),
            }
        }
    }

    pub(crate) fn push_index(&mut self, index: usize) {
        _ = write!(self.0, "/{index}");
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Pointer;

    #[test]
    fn names_are_escaped_as_the_standard_shows() {
        // The examples of RFC 6901, section 6.
        for (name, expected) in [
            ("foo", "#/foo"),
            ("", "#/"),
            ("a/b", "#/a~1b"),
            ("c%d", "#/c%25d"),
            ("e^f", "#/e%5Ef"),
            ("g|h", "#/g%7Ch"),
            ("i\\j", "#/i%5Cj"),
            ("k\"l", "#/k%22l"),
            (" ", "#/%20"),
            ("m~n", "#/m~0n"),
        ] {
            let mut pointer = Pointer::root();
            pointer.push_name(name);
            assert_eq!(pointer.as_str(), expected);
        }
    }

    #[test]
    fn a_pointer_can_go_back() {
        let mut pointer = Pointer::root();
        pointer.push_name("items");
        let len = pointer.len();
        pointer.push_index(7);
        assert_eq!(pointer.as_str(), "#/items/7");
        pointer.truncate(len);
        assert_eq!(pointer.as_str(), "#/items");
    }
}
