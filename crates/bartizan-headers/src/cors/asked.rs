//! The request fields that a preflight asks for.

use std::cmp::Ordering;

use http::{HeaderMap, HeaderValue, header::ACCESS_CONTROL_REQUEST_HEADERS};

use super::rejection::CorsRejection;

/// RFC 9110, section 5.6.1.2: a recipient ignores "a reasonable number of empty list elements". Browsers send none.
const MAX_EMPTY: usize = 16;

/// The longest list that is read where every field is allowed, in bytes. A browser names each field once.
const MAX_ANY: usize = 4096;

/// Which request fields are allowed, and how long a list of them can be.
#[derive(Debug)]
pub(super) struct AllowedHeaders {
    any: bool,
    /// Lower case, sorted, each once.
    names: Box<[Box<str>]>,
    most_bytes: usize,
    most_names: usize,
}

/// What is answered to a list that is allowed.
#[derive(Clone, Debug)]
pub(super) enum Granted {
    Nothing,
    Any,
    AnyAndAuthorization,
    /// What was asked for.
    Asked(HeaderValue),
}

impl AllowedHeaders {
    pub(super) fn new(any: bool, mut names: Vec<Box<str>>) -> Self {
        names.sort();
        // Browsers name each field once, so no honest list is longer: a comma and a space on each side for every name.
        let bytes: usize = names.iter().map(|name| name.len() + 3).sum();
        let (most_bytes, most_names) = if any {
            (MAX_ANY, MAX_ANY)
        } else {
            (bytes + 2 * MAX_EMPTY, names.len())
        };
        Self {
            any,
            names: names.into(),
            most_bytes,
            most_names,
        }
    }

    pub(super) const fn any(&self) -> bool {
        self.any
    }

    /// Whether this field is listed, in any case.
    pub(super) fn lists(&self, name: &[u8]) -> bool {
        self.names
            .binary_search_by(|known| in_lower_case(known, name))
            .is_ok()
    }

    /// Reads the list, all its lines together, and stops at the first thing that is wrong. A list that is too long is not
    /// read at all, and nothing is allocated but for the join of several lines that are allowed.
    pub(super) fn grant(&self, headers: &HeaderMap) -> Result<Granted, CorsRejection> {
        let lines = || headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter();
        let mut bytes = 0_usize;
        let mut count = 0_usize;
        for line in lines() {
            count += 1;
            bytes = bytes.saturating_add(line.len()).saturating_add(1);
            // the last line has no comma after it
            if bytes > self.most_bytes.saturating_add(1) {
                return Err(CorsRejection::TooManyRequestHeaders);
            }
        }
        let (mut names, mut empty, mut authorization) = (0_usize, 0_usize, false);
        for element in lines().flat_map(|line| line.as_bytes().split(|byte| *byte == b',')) {
            let name = trimmed(element);
            if name.is_empty() {
                empty += 1;
            } else {
                names += 1;
            }
            if empty > MAX_EMPTY || names > self.most_names {
                return Err(CorsRejection::TooManyRequestHeaders);
            }
            if name.is_empty() {
                continue;
            }
            let is_authorization = name.eq_ignore_ascii_case(b"authorization");
            authorization |= is_authorization;
            if (!self.any || is_authorization) && !self.lists(name) {
                return Err(CorsRejection::RequestHeader);
            }
        }
        Ok(match (names, self.any, authorization) {
            (0, _, _) => Granted::Nothing,
            (_, true, false) => Granted::Any,
            (_, true, true) => Granted::AnyAndAuthorization,
            (_, false, _) => asked(lines(), count, bytes).map_or(Granted::Nothing, Granted::Asked),
        })
    }
}

/// The list itself: each name in it is an allowed one. A single line is shared with the request.
fn asked<'a>(
    mut lines: impl Iterator<Item = &'a HeaderValue>,
    count: usize,
    bytes: usize,
) -> Option<HeaderValue> {
    if count == 1 {
        return lines.next().cloned();
    }
    let mut text = Vec::with_capacity(bytes);
    for line in lines {
        if !text.is_empty() {
            text.push(b',');
        }
        text.extend_from_slice(line.as_bytes());
    }
    HeaderValue::try_from(text).ok()
}

/// Without optional white space (RFC 9110, section 5.6.3).
fn trimmed(mut element: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = element {
        element = rest;
    }
    element
}

/// `known` is in lower case.
fn in_lower_case(known: &str, name: &[u8]) -> Ordering {
    known.bytes().cmp(name.iter().map(u8::to_ascii_lowercase))
}
