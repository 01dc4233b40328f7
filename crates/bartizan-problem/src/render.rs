//! Which answers become problems, and what that does to their fields.

use std::sync::Arc;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header,
    response::{Parts, Response},
};
use http_body::Body;

use crate::{
    Describe, Languages, Problem, ProblemBody, grpc,
    layer::Shared,
    problem::MEDIA_TYPE,
    watch::{About, Watch},
};

/// What must be remembered of a request to answer it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) about: About,
    pub(crate) manner: Manner,
    /// Only if the describer translates.
    pub(crate) languages: Option<HeaderMap>,
}

/// How an answer to this request may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// By the general rules.
    Usual,
    /// The fields only, as there is no body.
    Head,
    /// Not at all: a tunnel.
    Never,
    /// As a status of gRPC, under this media type.
    Grpc(&'static str),
}

impl Manner {
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        if *request.method() == Method::CONNECT {
            Self::Never
        } else if *request.method() == Method::HEAD {
            Self::Head
        } else {
            grpc::asked_by(request).map_or(Self::Usual, Self::Grpc)
        }
    }
}

/// Fields that describe the replaced representation, in all or in part (RFC 9110, sections 8, 14 and 6.6; RFC 9530).
/// `Content-Type`, `Content-Length` and `Cache-Control` are not here: they are overwritten.
const STALE: [HeaderName; 15] = [
    header::ETAG,
    header::LAST_MODIFIED,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LOCATION,
    header::CONTENT_DISPOSITION,
    header::CONTENT_RANGE,
    header::ACCEPT_RANGES,
    header::TRANSFER_ENCODING,
    header::TRAILER,
    header::EXPIRES,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-md5"),
];

/// Applies the rules to one response.
pub(crate) fn render<B, D>(
    mut response: Response<B>,
    asked: &Asked,
    shared: &Shared<D>,
) -> Response<ProblemBody<B>>
where
    B: Body<Data = Bytes>,
    D: Describe,
{
    if is_interim(response.status()) {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || asked.manner == Manner::Never || grpc::is_grpc(response.headers()) {
        return response.map(|body| watched(body, asked, shared));
    }
    let (mut head, body) = response.into_parts();
    let Some(problem) = choose(&mut head, &body, asked.manner, &shared.describe) else {
        return Response::from_parts(head, watched(body, asked, shared));
    };
    head.status = problem.status();
    for name in &STALE {
        head.headers.remove(name);
    }
    head.headers
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Manner::Grpc(kind) = asked.manner {
        grpc::write(&mut head, &problem, kind);
        return Response::from_parts(head, ProblemBody::text(None));
    }
    let translated = asked.languages.as_ref().and_then(|fields| {
        // what another client reads is another answer, whether this one said what it reads or not
        head.headers
            .append(header::VARY, HeaderValue::from(header::ACCEPT_LANGUAGE));
        let (problem, tag) = shared
            .describe
            .translate(&problem, &Languages::of(fields))?;
        if let Ok(tag) = HeaderValue::from_str(tag) {
            head.headers.insert(header::CONTENT_LANGUAGE, tag);
        }
        Some(problem)
    });
    let text = translated.as_ref().unwrap_or(&problem).render(
        shared.describe.type_base().unwrap_or_default(),
        plain(&asked.about.id),
        plain(&asked.about.trace_id),
    );
    head.headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    head.headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    // RFC 9110, section 9.3.2: an answer to HEAD has the fields of the one to GET, and no content
    let text = (asked.manner != Manner::Head).then_some(text);
    Response::from_parts(head, ProblemBody::text(text))
}

/// Whether another answer has to follow, which a service cannot give. Hyper sends a bare 500 in its place over HTTP/1.1, without
/// any field of any layer, and over HTTP/2 a stream that clients refuse.
fn is_interim(status: StatusCode) -> bool {
    status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS
}

fn plain(id: &Option<HeaderValue>) -> Option<&str> {
    id.as_ref()?.to_str().ok()
}

/// The application's body, remembered with its request until it has ended.
fn watched<B: Body, D>(body: B, asked: &Asked, shared: &Shared<D>) -> ProblemBody<B> {
    #[cfg(not(feature = "tracing"))]
    let _ = asked;
    let watch = (!body.is_end_stream()).then(|| Watch {
        counters: Arc::clone(&shared.counters),
        #[cfg(feature = "tracing")]
        about: crate::event::is_heard().then(|| asked.about.clone()),
    });
    ProblemBody::inner(body, watch)
}

/// The problem that takes the body's place, if any does.
fn choose<B: Body, D: Describe>(
    head: &mut Parts,
    body: &B,
    manner: Manner,
    describe: &D,
) -> Option<Problem> {
    let told = head
        .extensions
        .remove::<Problem>()
        .or_else(|| describe.describe(head));
    if let Some(problem) = told.filter(Problem::is_renderable) {
        return Some(problem);
    }
    // HEAD: an empty body tells nothing, for it may have been cut off already
    let is_empty =
        manner != Manner::Head && (body.is_end_stream() || body.size_hint().exact() == Some(0));
    (is_empty || !is_structured(&head.headers)).then(|| Problem::new(head.status))
}

/// Whether the body says that it is something else than plain text. Plain text, a type that is not one and no type at
/// all are where frameworks and handlers repeat the input or an error's words.
fn is_structured(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter().peekable();
    types.peek().is_some()
        && types.all(|value| {
            let essence = essence(value);
            essence.contains(&b'/') && !essence.eq_ignore_ascii_case(b"text/plain")
        })
}

/// The media type without its parameters. Bytes, as a field's value need not be UTF-8.
pub(crate) fn essence(value: &HeaderValue) -> &[u8] {
    let bytes = value.as_bytes();
    let end = bytes
        .iter()
        .position(|byte| *byte == b';')
        .unwrap_or(bytes.len());
    bytes[..end].trim_ascii()
}
