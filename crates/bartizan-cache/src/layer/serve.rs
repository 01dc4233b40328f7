//! A stored answer, as an answer to one request.

use std::{hash::BuildHasher, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body::Body;

use super::{CacheBody, Shared};
use crate::{
    CACHE_STATUS, CacheStatus, Entry, Wanted, content_range, is_not_modified, multipart,
    not_modified_headers, slice, wanted,
};

impl Shared {
    /// The answer to this request: whole, a part of it, or that the client has it already.
    pub(super) fn serve(
        &self,
        entry: &Entry,
        method: &Method,
        request: &HeaderMap,
        now: SystemTime,
        status: CacheStatus,
    ) -> Served {
        let age = entry.freshness().age(now);
        self.store.count_age(age);
        let received = now.checked_sub(age).unwrap_or(now);
        let (code, mut headers, body) =
            if is_not_modified(request, entry.status(), entry.headers(), received) {
                let headers = not_modified_headers(entry.headers());
                (StatusCode::NOT_MODIFIED, headers, Bytes::new())
            } else {
                self.whole_or_part(entry, method, request, now)
            };
        headers.insert(header::AGE, HeaderValue::from(age.as_secs()));
        headers.append(CACHE_STATUS, status.to_value(&self.name));
        let body = if *method == Method::HEAD {
            Bytes::new()
        } else {
            body
        };
        Served {
            code,
            headers,
            body,
        }
    }

    fn whole_or_part(
        &self,
        entry: &Entry,
        method: &Method,
        request: &HeaderMap,
        now: SystemTime,
    ) -> (StatusCode, HeaderMap, Bytes) {
        let (body, mut headers) = (entry.body(), entry.headers().clone());
        let whole = |mut headers: HeaderMap| {
            if entry.status() != StatusCode::NO_CONTENT {
                headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
            }
            (entry.status(), headers, body.clone())
        };
        let parts = match wanted(method, request, entry.status(), entry.headers(), body.len()) {
            Wanted::Whole => return whole(headers),
            Wanted::Nothing => {
                let mut headers = HeaderMap::new();
                if let Ok(value) = HeaderValue::try_from(format!("bytes */{}", body.len())) {
                    headers.insert(header::CONTENT_RANGE, value);
                }
                return (StatusCode::RANGE_NOT_SATISFIABLE, headers, Bytes::new());
            }
            Wanted::Parts(parts) => parts,
        };
        let partial = match parts.as_slice() {
            [part] => {
                if let Ok(value) = HeaderValue::try_from(content_range(part, body.len())) {
                    headers.insert(header::CONTENT_RANGE, value);
                }
                slice(body, part)
            }
            many => {
                let boundary = format!("{:016x}", self.chance.hash_one(now));
                let kind = headers
                    .get(header::CONTENT_TYPE)
                    .and_then(|kind| kind.to_str().ok());
                let Some(joined) = multipart(body, many, kind, &boundary) else {
                    return whole(headers);
                };
                let kind = format!("multipart/byteranges; boundary={boundary}");
                if let Ok(kind) = HeaderValue::try_from(kind) {
                    headers.insert(header::CONTENT_TYPE, kind);
                }
                joined
            }
        };
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(partial.len()));
        (StatusCode::PARTIAL_CONTENT, headers, partial)
    }
}

/// An answer from the store, whatever bodies the handler makes.
pub(super) struct Served {
    pub(super) code: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Served {
    pub(super) fn into_response<B: Body>(self) -> Response<CacheBody<B>> {
        let mut response = Response::new(CacheBody::full(self.body));
        *response.status_mut() = self.code;
        *response.headers_mut() = self.headers;
        response
    }
}
