//! Comma lists over several lines of one field, from the right.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AsHeaderName, ValueIter},
};

use crate::node::trimmed;

/// The elements of a field, the last of the last line first: several lines are one list (RFC 9110, section 5.3).
///
/// An element's bounds depend on nothing that stands left of it. Whoever writes the left part cannot move them.
pub(crate) struct Elements<'a> {
    lines: ValueIter<'a, HeaderValue>,
    /// What is left of the line under way, without the comma.
    rest: Option<&'a [u8]>,
}

impl<'a> Elements<'a> {
    pub(crate) fn new(headers: &'a HeaderMap, name: impl AsHeaderName) -> Self {
        Self {
            lines: headers.get_all(name).into_iter(),
            rest: None,
        }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let line = match self.rest.take() {
            Some(rest) => rest,
            None => self.lines.next_back()?.as_bytes(),
        };
        let Some(comma) = line.iter().rposition(|byte| *byte == b',') else {
            return Some(trimmed(line));
        };
        self.rest = line.get(..comma);
        line.get(comma + 1..).map(trimmed)
    }
}

/// The element at `place` from the right, else the leftmost: where each proxy appends, what one proxy wrote stands at the
/// same place in each of its fields; where each overwrites, there is one element for all.
pub(crate) fn pick<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    place: usize,
) -> Option<&'a [u8]> {
    Elements::new(headers, name)
        .take(place.saturating_add(1))
        .last()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: HeaderName = HeaderName::from_static("x-list");

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let lines = lines
            .iter()
            .map(|line| (NAME, HeaderValue::from_static(line)));
        lines.collect()
    }

    #[test]
    fn elements_come_from_the_right_of_all_lines() {
        let headers = headers(&["a, b", "", "c ,\td", ",e,"]);
        let read: Vec<&[u8]> = Elements::new(&headers, NAME).collect();
        let expected: [&[u8]; 8] = [b"", b"e", b"", b"d", b"c", b"", b"b", b"a"];
        assert_eq!(read, expected);
        assert_eq!(Elements::new(&HeaderMap::new(), NAME).next(), None);
    }

    #[test]
    fn a_shorter_list_gives_its_leftmost() {
        let headers = headers(&["a, b", "c"]);
        let picked = [0, 1, 2, 3, 64].map(|place| pick(&headers, &NAME, place));
        let expected: [&[u8]; 5] = [b"c", b"b", b"a", b"a", b"a"];
        assert_eq!(picked, expected.map(Some));
        assert_eq!(pick(&HeaderMap::new(), &NAME, 0), None);
    }
}
