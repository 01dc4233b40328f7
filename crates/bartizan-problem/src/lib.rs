//! Decides what a client is told when a request fails: a problem by RFC 9457, and not a word of the cause. The cause goes to a log that
//! shows what is listed and nothing else.
//!
#![cfg_attr(feature = "layer", doc = "```")]
#![cfg_attr(not(feature = "layer"), doc = "```text")]
//! use bartizan_problem::{Problem, ProblemLayer};
//! use bytes::Bytes;
//! use http::{Request, Response, StatusCode};
//! use http_body_util::{BodyExt, Full};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let service = ProblemLayer::new().layer(service_fn(async |request: Request<()>| {
//!     Ok::<_, std::convert::Infallible>(match request.uri().path() {
//!         "/" => Response::new(Full::<Bytes>::from("fine")),
//!         "/taken" => Problem::new(StatusCode::CONFLICT).with_detail("The name is taken.").into_response(),
//!         path => {
//!             let mut echo = Response::new(Full::from(format!("cannot find {path}")));
//!             *echo.status_mut() = StatusCode::NOT_FOUND;
//!             echo
//!         }
//!     })
//! }));
//! let ask = async |path: &str| {
//!     let response = service.clone().oneshot(Request::get(path).body(())?).await?;
//!     Ok::<_, Box<dyn std::error::Error + Send + Sync>>(response.into_body().collect().await?.to_bytes())
//! };
//!
//! assert_eq!(ask("/").await?, "fine");
//! let taken = ask("/taken").await?;
//! assert!(taken.starts_with(br#"{"type":"about:blank","title":"Conflict","status":409,"detail":"The name"#));
//! // text that repeats the input is not sent
//! let refused = ask("/secret").await?;
//! assert!(refused.starts_with(br#"{"type":"about:blank","title":"Not Found","status":404}"#));
//! # Ok(())
//! # }
//! ```
//!
//! # Rules
//!
//! | answer | what happens |
//! |---|---|
//! | 4xx or 5xx with a [`Problem`] in its extensions, or one that [`Describe`] makes | rendered |
//! | 4xx or 5xx, empty, or `text/plain`, or of no type | replaced by a problem of its status |
//! | 4xx or 5xx of another type | stays |
//! | to HEAD | the fields that GET would have, no body; of another type than `text/plain`: stays |
//! | 4xx or 5xx that would become a problem, to a POST of `application/grpc*` | 200 with `grpc-status` and `grpc-message` |
//! | 101, 2xx, 3xx; to CONNECT; itself of `application/grpc*` | stays |
//! | another 1xx, which no server can send as an answer | 500, and on as above |
//! | a body whose stream panics | breaks off with the error [`BodyPanicked`], never a clean end |
//!
//! A replaced body takes its fields along (`ETag`, `Content-Encoding`, `Content-Range` and the like); `Vary`, `Allow`,
//! `WWW-Authenticate`, `Retry-After` and `Set-Cookie` stay.
//!
//! # Defaults
//!
//! | what | value | source |
//! |---|---|---|
//! | `type`, `title` | `about:blank`, the status phrase | RFC 9457, section 4.2.1 |
//! | `Cache-Control` of a problem | `no-store` | 404, 405, 410, 414 and 501 are cacheable by default (RFC 9110, 15.1) |
//! | `x-request-id`, `request_id` | what [`Describe::request_id`] knows, else none | |
//! | `trace_id` | what [`Describe::trace_id`] knows, else none | W3C Trace Context |
//! | answer to a panic | 500, empty, [`Rejection::Panicked`] in its extensions | OWASP ASVS 5.0, 16.5.1 |
//!
//! # What it does not protect against
//!
//! A structured body or a `detail` that itself carries an error's text. A panic in `poll_ready`. A panic in a build with
//! `panic = "abort"`. The standard panic hook's own output: it goes to standard error, payload included (feature `report` has another). A
//! field that was allowed and holds a secret after all; a message that is nothing but a value, of a crate that is trusted.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `layer` (default) | the tower layers |
//! | `tracing` | an event for each 5xx, with the id, status, method, route and the [`OperatorNote`]; for 4xx ten a second; [`SecurityEvent`]s |
//! | `report` | `Report`, `PanicHook`: type, place, causes, count and a backtrace, resolved by another thread, five a second at most |
//! | `log` | `LogLayer`, `Redaction`, `Writer`: one redacted line an event, 8 KiB at most, and a queue of 4,096 that never blocks |
//!
//! MSRV 1.88.

mod describe;
mod languages;
mod problem;
mod problem_type;
mod rejection;
mod security;

#[cfg(feature = "layer")]
mod body;
#[cfg(feature = "layer")]
mod catch_panic;
#[cfg(feature = "layer")]
mod caught;
#[cfg(feature = "tracing")]
mod event;
#[cfg(feature = "layer")]
mod future;
#[cfg(feature = "layer")]
mod grpc;
#[cfg(feature = "layer")]
mod layer;
#[cfg(feature = "log")]
mod log;
#[cfg(feature = "layer")]
mod render;
#[cfg(feature = "report")]
mod report;
#[cfg(feature = "layer")]
mod watch;

#[cfg(feature = "tracing")]
pub use self::event::level_of;
#[cfg(feature = "log")]
pub use self::log::{Format, LogLayer, Redaction, Writer, WriterCounts};
#[cfg(feature = "report")]
pub use self::report::{Fingerprint, PanicHook, Report, ReportCounts, report_counts};
#[cfg(feature = "layer")]
pub use self::{
    body::{BodyPanicked, ProblemBody},
    catch_panic::{CatchPanic, CatchPanicFuture, CatchPanicLayer},
    future::ResponseFuture,
    layer::{ProblemLayer, Problems},
    watch::ProblemCounts,
};
// apart, as clippy knows `cfg(test)` only when it stands alone
#[cfg(feature = "layer")]
#[cfg(test)]
mod tests;

pub use self::{
    describe::{Describe, StatusOnly},
    languages::Languages,
    problem::{MEDIA_TYPE, Problem},
    problem_type::ProblemType,
    rejection::{OperatorNote, Rejection},
    security::SecurityEvent,
};
