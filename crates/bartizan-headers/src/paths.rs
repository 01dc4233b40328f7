//! What is for which paths of requests.

use std::{
    cmp::Reverse,
    collections::{HashMap, hash_map::Entry},
};

/// Values by pattern: `/v1/articles` is for this path, `/v1/**` for it and all below, `/**` for all. An exact path goes before
/// all others, a longer one before a shorter. Paths are compared byte for byte as they were sent.
#[derive(Clone, Debug)]
pub(crate) struct Paths<T> {
    exact: HashMap<Box<str>, T>,
    /// Without the slash at the end, the longest first.
    below: Vec<(Box<str>, T)>,
}

/// A pattern that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathFault {
    /// Its place in the list.
    pub(crate) index: usize,
    pub(crate) text: Box<str>,
    /// The place of the same one before it; else it is no pattern.
    pub(crate) first: Option<usize>,
}

impl<T> Default for Paths<T> {
    fn default() -> Self {
        Self {
            exact: HashMap::new(),
            below: Vec::new(),
        }
    }
}

impl<T> Paths<T> {
    /// One value for all paths.
    pub(crate) fn all(value: T) -> Self {
        Self {
            exact: HashMap::new(),
            below: vec![("".into(), value)],
        }
    }

    /// All that is wrong comes at once.
    pub(crate) fn new<S: AsRef<str>>(
        items: impl IntoIterator<Item = (S, T)>,
    ) -> Result<Self, Vec<PathFault>> {
        let mut paths = Self::default();
        let mut seen: HashMap<Box<str>, usize> = HashMap::new();
        let mut faults = Vec::new();
        for (index, (text, value)) in items.into_iter().enumerate() {
            let text: Box<str> = text.as_ref().into();
            let Some(pattern) = read(&text) else {
                let first = None;
                faults.push(PathFault { index, text, first });
                continue;
            };
            match pattern {
                Pattern::Exact(path) if !seen.contains_key(&text) => {
                    paths.exact.insert(path.into(), value);
                }
                Pattern::Below(path) if !seen.contains_key(&text) => {
                    paths.below.push((path.into(), value));
                }
                _ => {}
            }
            match seen.entry(text.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert(index);
                }
                Entry::Occupied(entry) => {
                    let first = Some(*entry.get());
                    faults.push(PathFault { index, text, first });
                }
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        paths.below.sort_by_key(|(path, _)| Reverse(path.len()));
        Ok(paths)
    }

    /// What is for this path.
    pub(crate) fn get(&self, path: &str) -> Option<&T> {
        if !self.exact.is_empty()
            && let Some(value) = self.exact.get(path)
        {
            return Some(value);
        }
        // Configured and few. A look-up for each slash of the path would let the caller say how many there are.
        let is_below = |prefix: &str| {
            // First, as comparing with the address of an empty box, where there is no memory, takes x86-64 forty
            // nanoseconds.
            prefix.is_empty()
                || path
                    .strip_prefix(prefix)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let found = self.below.iter().find(|(prefix, _)| is_below(prefix));
        found.map(|(_, value)| value)
    }

    /// Every value, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let below = self.below.iter().map(|(_, value)| value);
        self.exact.values().chain(below)
    }
}

enum Pattern<'a> {
    Exact(&'a str),
    Below(&'a str),
}

fn read(text: &str) -> Option<Pattern<'_>> {
    let (path, below) = match text.strip_suffix("/**") {
        Some(path) => (path, true),
        None => (text, false),
    };
    // no path of a request has these, and `*` elsewhere would look as if it stood for something
    let legal = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'*' | b'?' | b'#');
    let rooted = path.starts_with('/') || below && path.is_empty();
    if !rooted || !path.bytes().all(legal) || below && path.ends_with('/') {
        return None;
    }
    Some(if below {
        Pattern::Below(path)
    } else {
        Pattern::Exact(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_pattern_decides() {
        let paths = Paths::new([
            ("/**", 1),
            ("/v1/**", 2),
            ("/v1/a/**", 3),
            ("/v1/a/b", 4),
            ("/v1/none", 5),
        ])
        .unwrap();
        for (path, expected) in [
            ("/", 1),
            ("*", 1),
            ("/v10", 1),
            ("/V1", 1),
            ("//v1", 1),
            ("/v1", 2),
            ("/v1/", 2),
            ("/v1/ab", 2),
            ("/v1/a", 3),
            ("/v1/a/c", 3),
            ("/v1/a/b", 4),
            ("/v1/a/b/", 3),
            ("/v1/none", 5),
            ("/v1/none/a", 2),
        ] {
            assert_eq!(paths.get(path), Some(&expected), "{path}");
        }
        assert_eq!(paths.iter().count(), 5);
        assert_eq!(Paths::<u8>::default().get("/"), None);
        assert_eq!(Paths::all(1).get("/a"), Some(&1));
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let texts = [
            "v1", "/a", "/a", "/a*", "/a/**/b", "/a/*/b", "/a?b", "//**", "", "**",
        ];
        let faults = Paths::new(texts.map(|text| (text, ()))).unwrap_err();
        let places: Vec<_> = faults
            .iter()
            .map(|fault| (fault.index, fault.first))
            .collect();
        let expected = [0, 2, 3, 4, 5, 6, 7, 8, 9].map(|index| (index, (index == 2).then_some(1)));
        assert_eq!(places, expected);
    }
}
