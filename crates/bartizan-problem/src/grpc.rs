//! What a refusal says to a client of gRPC.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header, response::Parts,
};

use crate::{Problem, render::essence};

const GRPC: &[u8] = b"application/grpc";
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// The media type of the answer, if the request is one of gRPC: a POST of its media type.
pub(crate) fn asked_by<B>(request: &Request<B>) -> Option<&'static str> {
    if *request.method() != Method::POST || !is_grpc(request.headers()) {
        return None;
    }
    let kind = essence(request.headers().get(header::CONTENT_TYPE)?);
    // one of four, so that nothing of the request gets into the answer
    let starts = |start: &[u8]| {
        let kind = kind.get(..start.len());
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case(start))
    };
    Some(if starts(b"application/grpc-web-text") {
        "application/grpc-web-text+proto"
    } else if starts(b"application/grpc-web") {
        "application/grpc-web+proto"
    } else if starts(b"application/grpc+json") {
        "application/grpc+json"
    } else {
        "application/grpc"
    })
}

pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| {
        essence(value)
            .split_at_checked(GRPC.len())
            .is_some_and(|(start, rest)| {
                // `+proto` and the like, and `-web`; not `application/grpcish`
                start.eq_ignore_ascii_case(GRPC) && matches!(rest.first(), None | Some(b'+' | b'-'))
            })
    })
}

/// Makes the head one of an answer that is nothing but trailers (gRPC over HTTP2, "Responses"): 200, and the status as a field. A
/// client of gRPC reads a problem as "unknown error", whatever it says.
pub(crate) fn write(head: &mut Parts, problem: &Problem, kind: &'static str) {
    let code = code(problem.status());
    let text = problem.detail().or(problem.title());
    head.status = StatusCode::OK;
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    head.headers.insert(GRPC_STATUS, HeaderValue::from(code));
    if let Some(message) = text.map(encode)
        && let Ok(message) = HeaderValue::try_from(message)
    {
        head.headers.insert(GRPC_MESSAGE, message);
    }
}

/// The status of gRPC (grpc/grpc, doc/statuscodes.md) that a service would have chosen. The table of doc/http-grpc-status-mapping.md
/// is for clients that guess.
const fn code(status: StatusCode) -> u16 {
    match status.as_u16() {
        499 => 1,                               // CANCELLED
        400 | 411 | 414 | 415 | 422 | 431 => 3, // INVALID_ARGUMENT
        408 | 504 => 4,                         // DEADLINE_EXCEEDED
        410 => 5,                               // NOT_FOUND
        403 => 7,                               // PERMISSION_DENIED
        413 | 429 => 8,                         // RESOURCE_EXHAUSTED
        412 | 421 | 428 => 9,                   // FAILED_PRECONDITION
        409 => 10,                              // ABORTED
        // no route: there is no such method
        404 | 405 | 501 => 12, // UNIMPLEMENTED
        502 | 503 => 14,       // UNAVAILABLE
        401 => 16,             // UNAUTHENTICATED
        500.. => 13,           // INTERNAL
        _ => 2,                // UNKNOWN
    }
}

/// Percent-encodes all but printable ASCII, and the percent sign itself (gRPC over HTTP2, "Status-Message").
fn encode(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |n: u8| DIGITS.get(usize::from(n)).copied().map_or('0', char::from);
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'%' | 0..=0x1f | 0x7f.. => {
                out.push('%');
                out.push(digit(byte >> 4));
                out.push(digit(byte & 15));
            }
            _ => out.push(char::from(byte)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_printable_ascii_whatever_it_says() {
        assert_eq!(
            encode("50 % of Größe\r\n"),
            "50 %25 of Gr%C3%B6%C3%9Fe%0D%0A"
        );
        assert_eq!(encode("\u{7f}~ "), "%7F~ ");
    }

    #[test]
    fn every_error_has_a_code_that_is_not_ok() {
        for status in 400..600 {
            let code = code(StatusCode::from_u16(status).unwrap());
            assert!((1..=16).contains(&code), "{status}");
        }
    }
}
