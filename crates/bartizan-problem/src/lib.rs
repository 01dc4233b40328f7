//! Decides what an error says to a client: a problem by RFC 9457, and never a word of its cause.
//!
//! ```
//! use bartizan_problem::{CatchPanicLayer, Problem, ProblemLayer};
//! use bytes::Bytes;
//! use http::{Request, Response, StatusCode};
//! use http_body_util::{BodyExt, Full};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let service = ProblemLayer::new().layer(CatchPanicLayer::new().layer(service_fn(|request: Request<()>| async move {
//!     Ok::<_, std::convert::Infallible>(match request.uri().path() {
//!         "/" => Response::new(Full::<Bytes>::from("hello")),
//!         path => Problem::new(StatusCode::NOT_FOUND).with_detail(format!("{} bytes lead nowhere", path.len())).into_response(),
//!     })
//! })));
//!
//! // Allowed: what is no error passes as it is.
//! let answer = service.clone().oneshot(Request::get("/").body(())?).await?;
//! assert_eq!(answer.into_body().collect().await?.to_bytes(), "hello");
//!
//! // Refused: a problem, with the id under which the log has the rest.
//! let answer = service.oneshot(Request::get("/nowhere").body(())?).await?;
//! assert_eq!(answer.headers()["content-type"], "application/problem+json");
//! let id = answer.headers()["x-request-id"].clone();
//! let text = answer.into_body().collect().await?.to_bytes();
//! assert!(std::str::from_utf8(&text)?.contains(id.to_str()?));
//! # Ok(())
//! # }
//! ```
//!
//! # Rules
//!
//! | answer | what becomes of it |
//! |---|---|
//! | 4xx or 5xx with a [`Problem`] in its extensions, or one from [`Describe`] | that problem |
//! | 4xx or 5xx, empty, of `text/plain` or of no type | a problem of its status: such bodies repeat input or an error's words |
//! | 4xx or 5xx of another type | kept: the application wrote it |
//! | answer to `HEAD` | the fields of the problem, no body |
//! | 1xx, 2xx, 3xx; gRPC; answers to `CONNECT` | kept |
//!
//! A replaced body takes its `ETag`, `Content-Encoding`, `Content-Length` and the like with it, and gets
//! `Cache-Control: no-store`; `Vary`, `Allow`, `WWW-Authenticate`, `Retry-After` and `Set-Cookie` stay.
//!
//! # Defaults
//!
//! | what | value | source |
//! |---|---|---|
//! | `type` | `about:blank` | RFC 9457 section 4.2.1 |
//! | `title` | the status's phrase | RFC 9457 section 3.1.3 |
//! | request id | 32 hexadecimal digits, on every answer as `x-request-id` | the size of a W3C trace id |
//! | `Cache-Control` | `no-store` | an error is nobody's to keep |
//!
//! # What it does not protect against
//!
//! A panic inside a response body's stream: the connection ends. A build with `panic = "abort"`: the process ends. Structured
//! error bodies that the application writes itself: they pass unread.
//!
//! # Features
//!
//! `layer` (default): the tower layers. `tracing`: one event for each answer of 5xx. MSRV 1.88.

mod describe;
mod problem;
mod rejection;
mod request_id;

#[cfg(feature = "layer")]
mod body;
#[cfg(feature = "layer")]
mod catch_panic;
#[cfg(feature = "tracing")]
mod event;
#[cfg(feature = "layer")]
mod future;
#[cfg(feature = "layer")]
mod id_source;
#[cfg(feature = "layer")]
mod layer;
#[cfg(feature = "layer")]
mod render;

#[cfg(feature = "layer")]
pub use self::{
    body::ProblemBody,
    catch_panic::{CatchPanic, CatchPanicFuture, CatchPanicLayer},
    future::ResponseFuture,
    layer::{ProblemLayer, Problems},
};
pub use self::{
    describe::{Describe, StatusOnly},
    problem::{MEDIA_TYPE, Problem},
    rejection::{OperatorNote, Rejection},
    request_id::{RequestId, RequestIdError},
};
