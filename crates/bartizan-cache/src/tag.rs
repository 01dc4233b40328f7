//! Names by which answers are purged together.

use http::{HeaderMap, HeaderName};

/// The field of a response that names its tags: a list with spaces between. It is not sent on.
const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");
/// Tags that one answer may have.
pub(crate) const MOST_TAGS: usize = 64;
/// Bytes of one tag.
pub(crate) const MOST_TAG_BYTES: usize = 256;

/// The tags of an answer: `article:7`, `articles`. In an answer's extensions they stand beside those of its field
/// `Surrogate-Key`.
///
/// At most 64, of 1 to 256 bytes each. An answer with others is not stored, for nothing could purge it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheTags(Vec<Box<str>>);

impl CacheTags {
    /// These tags.
    #[must_use]
    pub fn new<N: Into<Box<str>>>(names: impl IntoIterator<Item = N>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// Adds those of `Surrogate-Key`, and takes the field away.
    pub fn take_from(&mut self, headers: &mut HeaderMap) {
        for line in headers.get_all(SURROGATE_KEY) {
            let words = line
                .as_bytes()
                .split(|byte| matches!(byte, b' ' | b'\t' | b','));
            let words = words.filter(|word| !word.is_empty());
            self.0
                .extend(words.map(|word| String::from_utf8_lossy(word).into()));
        }
        headers.remove(SURROGATE_KEY);
    }

    /// The tags in order, once each. `None` if there are too many or one is out of range.
    pub(crate) fn checked(&self) -> Option<Vec<&str>> {
        let mut names: Vec<&str> = self.0.iter().map(|name| &**name).collect();
        names.sort_unstable();
        names.dedup();
        let fit = names
            .iter()
            .all(|name| (1..=MOST_TAG_BYTES).contains(&name.len()));
        (fit && names.len() <= MOST_TAGS).then_some(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_from_a_field_that_goes_away() {
        let mut headers = HeaderMap::new();
        headers.append(SURROGATE_KEY, "b  a".parse().unwrap());
        headers.append(SURROGATE_KEY, "c a".parse().unwrap());
        let mut tags = CacheTags::new(["z"]);
        tags.take_from(&mut headers);
        assert_eq!(tags.checked().unwrap(), ["a", "b", "c", "z"]);
        assert!(headers.is_empty());
    }

    #[test]
    fn what_could_not_be_purged_is_told() {
        let many = CacheTags::new((0..65).map(|number| number.to_string()));
        assert!(many.checked().is_none());
        assert!(CacheTags::new(["x".repeat(257)]).checked().is_none());
        assert!(CacheTags::new([""]).checked().is_none());
        assert!(CacheTags::new(["x".repeat(256)]).checked().is_some());
    }
}
