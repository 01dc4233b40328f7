//! JSON Pointers in the form for URI fragments.

use std::fmt::Write;

use crate::recover::push;

/// A JSON Pointer in the form for URI fragments (RFC 6901, section 6), as `#/items/0/price`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer(String);

impl Pointer {
    /// The whole document.
    pub(crate) fn root() -> Self {
        Self("#".to_owned())
    }

    pub(crate) fn push_name(&mut self, name: &str) {
        push(&mut self.0, name);
    }

    pub(crate) fn push_index(&mut self, index: usize) {
        // Writing to a string does not fail.
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
