//! Bodies, up to a limit.

use axum::body::{Body, HttpBody};
use http::{HeaderMap, header};
use http_body_util::BodyExt;

use crate::{Malformed, Rejection};

/// What is set aside before the first byte is there. A client that only announces a large body gets no more.
const FIRST_BYTES: usize = 4 * 1024;

/// Refuses an encoded body: what it would become is not known before it is too late.
pub(super) fn is_plain(headers: &HeaderMap) -> Result<(), Rejection> {
    let mut all = headers.get_all(header::CONTENT_ENCODING).iter();
    match all.all(|value| value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        true => Ok(()),
        false => Err(Rejection::UnsupportedEncoding),
    }
}

/// The body's bytes. One that says it is larger than `limit` is not read at all; one that turns out to be is read no further.
pub(super) async fn collect(
    mut body: Body,
    headers: &HeaderMap,
    limit: usize,
) -> Result<Vec<u8>, Rejection> {
    let too_large = Rejection::TooLarge { limit };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or(0)
        .max(body.size_hint().lower());
    let Some(announced) = usize::try_from(announced).ok().filter(|n| *n <= limit) else {
        return Err(too_large);
    };
    let mut bytes = Vec::with_capacity(announced.min(FIRST_BYTES));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            Rejection::Malformed(Malformed {
                code: "incomplete",
                message: "the body did not come whole",
                at: None,
            })
        })?;
        if let Ok(data) = frame.into_data() {
            if data.len() > limit - bytes.len() {
                return Err(too_large);
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}
