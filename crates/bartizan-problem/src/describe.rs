//! Who turns a refusal into a problem.

use std::sync::Arc;

use http::{Extensions, HeaderValue, StatusCode, response::Parts};

use crate::{Languages, Problem, SecurityEvent};

/// Turns what a response's head tells into a problem.
///
/// It is asked only for answers of 4xx and 5xx that carry no [`Problem`] of their own, and only whoever sees the types
/// of several crates can write it. `None` leaves the response to the general rules.
///
/// Any `Fn(&Parts) -> Option<Problem>` is one:
///
/// ```
/// use bartizan_problem::{Describe, Problem};
/// use http::{StatusCode, response::Parts};
///
/// let describe = |head: &Parts| {
///     (head.status == StatusCode::TOO_MANY_REQUESTS).then(|| Problem::new(head.status).with_detail("Slow down."))
/// };
/// let (head, ()) = http::Response::new(()).into_parts();
/// assert!(describe.describe(&head).is_none());
/// ```
pub trait Describe: Send + Sync + 'static {
    /// The problem to render, or `None` if this response means nothing to the describer.
    fn describe(&self, head: &Parts) -> Option<Problem>;

    /// The id of a request, from its extensions, if another layer has given it one: it is sent as `x-request-id`, and is the
    /// member `request_id` of problems. It joins an answer and a log line, so it must be unique and need not be secret.
    fn request_id(&self, _extensions: &Extensions) -> Option<HeaderValue> {
        None
    }

    /// The id of the distributed trace that a request belongs to (W3C Trace Context), if it is known: the member `trace_id` of
    /// problems, and a field of the log.
    fn trace_id(&self, _extensions: &Extensions) -> Option<HeaderValue> {
        None
    }

    /// The route that a request has matched, as its template: a field of the log. Not the path, which is what a client sent.
    fn route(&self, _extensions: &Extensions) -> Option<Arc<str>> {
        None
    }

    /// What stands before the URI of a type that begins with `/`: the origin under which the types are documented, such as
    /// `https://api.example.com`, without a slash at its end. `None` leaves the URI as it is, relative to the request's.
    fn type_base(&self) -> Option<&str> {
        None
    }

    /// Whether [`translate`](Self::translate) is to be asked.
    fn translates(&self) -> bool {
        false
    }

    /// The problem in a language that the client reads, and that language's tag: title and detail by
    /// [`Problem::kind`]. `None` leaves it as it is.
    fn translate(
        &self,
        _problem: &Problem,
        _languages: &Languages,
    ) -> Option<(Problem, &'static str)> {
        None
    }

    /// What an answer of 4xx or 5xx means to whoever watches over the service. It is asked only if the answer's extensions hold no
    /// [`SecurityEvent`].
    fn security_event(
        &self,
        _status: StatusCode,
        _extensions: &Extensions,
    ) -> Option<SecurityEvent> {
        None
    }
}

impl<F> Describe for F
where
    F: Fn(&Parts) -> Option<Problem> + Send + Sync + 'static,
{
    fn describe(&self, head: &Parts) -> Option<Problem> {
        self(head)
    }
}

/// The default describer: it adds nothing, so a [`Problem`] in the extensions and the status speak alone.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct StatusOnly;

impl StatusOnly {
    /// The describer.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Describe for StatusOnly {
    fn describe(&self, _: &Parts) -> Option<Problem> {
        None
    }
}
