//! Several parts in one body (RFC 9110, section 14.6).

use std::ops::Range;

use bytes::{Bytes, BytesMut};

use super::{content_range, slice};

/// A `multipart/byteranges` body of these parts, to be sent as `multipart/byteranges; boundary=BOUNDARY`.
///
/// `None` if the boundary stands in the body, or is no token of 1 to 70 characters: then the whole body is to be sent.
#[must_use]
pub fn multipart(
    body: &Bytes,
    parts: &[Range<usize>],
    content_type: Option<&str>,
    boundary: &str,
) -> Option<Bytes> {
    let known = boundary
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !known || !(1..=70).contains(&boundary.len()) {
        return None;
    }
    if body
        .windows(boundary.len())
        .any(|window| window == boundary.as_bytes())
    {
        return None;
    }
    let mut whole = BytesMut::new();
    for part in parts {
        whole.extend_from_slice(b"\r\n--");
        whole.extend_from_slice(boundary.as_bytes());
        whole.extend_from_slice(b"\r\n");
        if let Some(content_type) = content_type {
            whole.extend_from_slice(b"content-type: ");
            whole.extend_from_slice(content_type.as_bytes());
            whole.extend_from_slice(b"\r\n");
        }
        whole.extend_from_slice(b"content-range: ");
        whole.extend_from_slice(content_range(part, body.len()).as_bytes());
        whole.extend_from_slice(b"\r\n\r\n");
        whole.extend_from_slice(&slice(body, part));
    }
    whole.extend_from_slice(b"\r\n--");
    whole.extend_from_slice(boundary.as_bytes());
    whole.extend_from_slice(b"--\r\n");
    Some(whole.freeze())
}
