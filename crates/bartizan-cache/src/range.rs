//! Ranges of a stored body (RFC 9110, section 14).

mod parts;

use std::{ops::Range, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};

pub use self::parts::multipart;
use crate::{conditional::Tag, freshness::single_date};

/// Ranges that one request may ask for.
const MOST_RANGES: usize = 8;

/// What a request wants of a body.
// Exhaustive: a caller must know every case.
#[allow(clippy::exhaustive_enums, reason = "an answer that callers must match")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it, as without a `Range`.
    Whole,
    /// These bytes: 206. In the order asked for, never empty, each within the body.
    Parts(Vec<Range<usize>>),
    /// Nothing that is there: 416 with `Content-Range: bytes */length`.
    Nothing,
}

/// Reads `Range` and `If-Range` of a request for a stored answer of this many bytes.
///
/// Whole is the answer to everything unclear: other units, mistakes, more than 8 ranges, more than two that overlap, ranges that
/// together are as long as the body (section 14.2: they look like an attack), and an `If-Range` that does not match strongly.
#[must_use]
pub fn wanted(
    method: &Method,
    request: &HeaderMap,
    status: StatusCode,
    stored: &HeaderMap,
    length: usize,
) -> Wanted {
    let mut lines = request.get_all(header::RANGE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return Wanted::Whole;
    };
    if *method != Method::GET || status != StatusCode::OK || !if_range_holds(request, stored) {
        return Wanted::Whole;
    }
    let Some(asked) = read(line.as_bytes()) else {
        return Wanted::Whole;
    };
    let parts: Vec<Range<usize>> = asked
        .iter()
        .filter_map(|spec| spec.within(length))
        .collect();
    match parts.as_slice() {
        [] => Wanted::Nothing,
        [_] => Wanted::Parts(parts),
        many if is_costly(many, length) => Wanted::Whole,
        _ => Wanted::Parts(parts),
    }
}

/// `Content-Range` of one part.
#[must_use]
pub fn content_range(part: &Range<usize>, length: usize) -> String {
    format!(
        "bytes {}-{}/{length}",
        part.start,
        part.end.saturating_sub(1)
    )
}

/// The bytes of one part, without a copy. A range beyond the body gives what there is.
#[must_use]
pub fn slice(body: &Bytes, part: &Range<usize>) -> Bytes {
    let end = part.end.min(body.len());
    body.slice(part.start.min(end)..end)
}

/// One range as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spec {
    From(u64, Option<u64>),
    Last(u64),
}

impl Spec {
    fn within(self, length: usize) -> Option<Range<usize>> {
        let whole = u64::try_from(length).ok()?;
        let (start, end) = match self {
            Self::From(first, last) => (
                first,
                last.map_or(whole, |last| last.saturating_add(1).min(whole)),
            ),
            Self::Last(count) => (whole.saturating_sub(count), whole),
        };
        let range = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
        (!range.is_empty()).then_some(range)
    }
}

fn read(text: &[u8]) -> Option<Vec<Spec>> {
    let (unit, list) = text.split_at_checked(6)?;
    if !unit.eq_ignore_ascii_case(b"bytes=") {
        return None;
    }
    let mut specs = Vec::new();
    for member in list.split(|byte| *byte == b',') {
        let member = member.trim_ascii();
        if member.is_empty() {
            continue;
        }
        if specs.len() == MOST_RANGES {
            return None;
        }
        let dash = member.iter().position(|byte| *byte == b'-')?;
        let (first, last) = (member.get(..dash)?, member.get(dash + 1..)?);
        specs.push(match (first.is_empty(), last.is_empty()) {
            (true, true) => return None,
            (true, false) => Spec::Last(number(last)?),
            (false, true) => Spec::From(number(first)?, None),
            (false, false) => {
                let (first, last) = (number(first)?, number(last)?);
                if last < first {
                    return None;
                }
                Spec::From(first, Some(last))
            }
        });
    }
    (!specs.is_empty()).then_some(specs)
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0_u64, |count, digit| {
        count
            .saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    }))
}

/// Section 14.2: more than two overlapping ranges, or as much as the whole body.
fn is_costly(parts: &[Range<usize>], length: usize) -> bool {
    let total: usize = parts.iter().map(ExactSizeIterator::len).sum();
    let mut overlaps = 0;
    for (place, part) in parts.iter().enumerate() {
        let before = parts.get(..place).unwrap_or_default();
        overlaps += before
            .iter()
            .filter(|other| part.start < other.end && other.start < part.end)
            .count();
    }
    total >= length || overlaps > 1
}

/// RFC 9110, section 13.1.5: a strong tag, or exactly the date of change, if that date is strong (section 8.8.2.2).
fn if_range_holds(request: &HeaderMap, stored: &HeaderMap) -> bool {
    let mut lines = request.get_all(header::IF_RANGE).iter();
    let (Some(line), more) = (lines.next(), lines.next()) else {
        return true;
    };
    if more.is_some() {
        return false;
    }
    if let Some(sent) = Tag::single(line.as_bytes()) {
        return Tag::of(stored).is_some_and(|tag| sent.equals_strongly(tag));
    }
    let sent = single_date(request, &header::IF_RANGE);
    let modified = single_date(stored, &header::LAST_MODIFIED);
    let date = single_date(stored, &header::DATE);
    match (sent, modified, date) {
        (Some(sent), Some(modified), Some(date)) => {
            // more than a second apart, or two versions may share the date
            let gap = date.duration_since(modified).unwrap_or_default();
            sent == modified && gap >= Duration::from_secs(1)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
