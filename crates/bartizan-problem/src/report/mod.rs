//! What is known of a failure, for operators (feature `report`).

mod attachments;
mod fingerprint;
mod hook;
mod known;
mod occurrences;
mod trace;

use std::{
    any::type_name,
    backtrace::Backtrace,
    error::Error,
    fmt::{self, Write},
    panic::Location,
    sync::{Arc, Mutex, PoisonError},
};

use http::{Response, StatusCode};

pub(crate) use self::{
    attachments::Attachments,
    hook::{Catching, Said},
    known::note,
    trace::submit,
};
pub use self::{
    fingerprint::Fingerprint,
    hook::PanicHook,
    known::{ReportCounts, report_counts},
};
use crate::Problem;

/// Levels of an error's chain that are kept.
const MAX_CAUSES: usize = 8;
/// Bytes that are kept of one level's text.
const MAX_CAUSE: usize = 512;
/// Attachments that are kept.
const MAX_ATTACHMENTS: usize = 16;

/// What is known of an error on its way to an answer of 5xx: type, place, causes, attachments and, for the first of its kind, a
/// backtrace. It goes to the log, under the request's id; never to the client.
///
/// A handler puts it into its response's extensions, beside a problem; [`into_response`](Self::into_response) does just that.
///
/// ```
/// use bartizan_problem::{Problem, Report};
/// use http::{Response, StatusCode};
///
/// fn load() -> Result<Response<String>, Report> {
///     let file = std::fs::read_to_string("/nonexistent")?;
///     Ok(Response::new(file))
/// }
///
/// let report = load().expect_err("there is no such file").attach("article", 7);
/// assert_eq!(report.kind(), "std::io::error::Error");
/// assert!(report.place().contains(".rs:"));
/// let answer: Response<String> = report.into_response(Problem::new(StatusCode::INTERNAL_SERVER_ERROR));
/// assert_eq!(answer.status(), 500);
/// ```
#[derive(Clone)]
pub struct Report {
    kind: &'static str,
    place: Place,
    causes: Arc<str>,
    levels: usize,
    attachments: Attachments,
    // taken by whoever submits it
    trace: Option<Arc<Mutex<Option<Backtrace>>>>,
}

#[derive(Clone)]
enum Place {
    Code(&'static Location<'static>),
    Text(Arc<str>),
}

impl Report {
    /// A report of an error, at the place of the call. Of its chain, eight levels of 512 bytes are kept.
    ///
    /// The backtrace is taken now and without names, which costs microseconds, and for at most five reports a second; see
    /// [`report_counts`].
    #[must_use]
    #[track_caller]
    pub fn new<E: Error>(error: E) -> Self {
        let mut causes = String::new();
        let mut levels = 0;
        let mut next: Option<&dyn Error> = Some(&error);
        while let (Some(now), true) = (next, levels < MAX_CAUSES) {
            if levels > 0 {
                causes.push_str(": ");
            }
            let mut text = Bounded(&mut causes, MAX_CAUSE);
            let _ = write!(text, "{now}");
            levels += 1;
            next = now.source();
        }
        let mut report = Self {
            kind: type_name::<E>(),
            place: Place::Code(Location::caller()),
            causes: causes.into(),
            levels,
            attachments: Attachments::default(),
            trace: None,
        };
        report.trace = trace::capture(report.fingerprint()).map(hold);
        report
    }

    pub(crate) fn of_panic(place: String, trace: Option<Backtrace>) -> Self {
        Self {
            kind: "panic",
            place: Place::Text(place.into()),
            causes: "".into(),
            levels: 0,
            attachments: Attachments::default(),
            trace: trace.map(hold),
        }
    }

    /// Adds a value that helps to understand this case. The log shows it if its redaction allows a field of this name. Up to 16
    /// are kept, of at most 512 bytes each.
    #[must_use]
    pub fn attach(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        let mut text = String::new();
        let _ = write!(Bounded(&mut text, MAX_CAUSE), "{value}");
        self.attachments.add(name, text);
        self
    }

    /// The error's type, or `panic`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// File, line and column.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.place {
            Place::Code(location) => location.to_string(),
            Place::Text(text) => text.to_string(),
        }
    }

    /// The texts of the error and its causes, joined by colons. They may hold values: for operators, if at all.
    #[must_use]
    pub fn causes(&self) -> &str {
        &self.causes
    }

    /// What all reports of this failure have in common.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let fingerprint = Fingerprint::new().with(self.kind);
        let fingerprint = match &self.place {
            Place::Code(location) => fingerprint
                .with(location.file())
                .with_number(location.line())
                .with_number(location.column()),
            Place::Text(text) => fingerprint.with(text),
        };
        self.attachments
            .names()
            .fold(fingerprint, Fingerprint::with)
            .with_number(u32::try_from(self.levels).unwrap_or(u32::MAX))
    }

    /// A response with an empty body, and the problem and the report in its extensions.
    #[must_use]
    pub fn into_response<B: Default>(self, problem: Problem) -> Response<B> {
        let mut response = problem.into_response();
        response.extensions_mut().insert(self);
        response
    }

    pub(crate) const fn attachments(&self) -> &Attachments {
        &self.attachments
    }

    pub(crate) fn take_trace(&self) -> Option<Backtrace> {
        let trace = self.trace.as_ref()?;
        trace.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn hold(trace: Backtrace) -> Arc<Mutex<Option<Backtrace>>> {
    Arc::new(Mutex::new(Some(trace)))
}

/// By `?`, at whose place it is.
impl<E: Error> From<E> for Report {
    #[track_caller]
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

/// 500 without a word of the error.
impl<B: Default> From<Report> for Response<B> {
    fn from(report: Report) -> Self {
        report.into_response(Problem::new(StatusCode::INTERNAL_SERVER_ERROR))
    }
}

/// Without the texts of errors and the values of attachments.
impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("kind", &self.kind)
            .field("place", &self.place())
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

/// Appends at most so many bytes and refuses the rest, so that a text that never ends is stopped.
struct Bounded<'a>(&'a mut String, usize);

impl Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if c.len_utf8() > self.1 {
                self.1 = 0;
                return Err(fmt::Error);
            }
            self.1 -= c.len_utf8();
            self.0.push(c);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Deep;

    impl fmt::Display for Deep {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}", "é".repeat(1_000))
        }
    }

    impl Error for Deep {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            // a chain without an end
            static LOOP: Deep = Deep;
            Some(&LOOP)
        }
    }

    #[test]
    fn an_endless_chain_of_long_texts_is_bounded() {
        let report = Report::new(Deep);
        assert!(report.causes().len() <= MAX_CAUSES * (MAX_CAUSE + 2));
        let report = (0..100).fold(report, |report, n| {
            report.attach("n", n).attach("m", "x".repeat(10_000))
        });
        assert_eq!(report.attachments().names().count(), 2);
    }

    #[test]
    fn the_fingerprint_is_of_place_and_kind_and_not_of_values() {
        let make =
            |value: u32| Report::new(std::io::Error::other(value.to_string())).attach("n", value);
        assert_eq!(make(1).fingerprint(), make(2).fingerprint());
        assert_ne!(make(1).fingerprint(), make(1).attach("m", 1).fingerprint());
        let elsewhere = Report::new(std::io::Error::other("1")).attach("n", 1);
        assert_ne!(make(1).fingerprint(), elsewhere.fingerprint());
    }

    #[test]
    fn a_question_mark_tells_its_own_place() {
        fn fails() -> Result<(), Report> {
            Err(std::fmt::Error)?
        }
        let place = fails().unwrap_err().place();
        assert!(place.contains("mod.rs"), "{place}");
    }

    #[test]
    fn debug_shows_no_value() {
        let report = Report::new(std::io::Error::other("secret 4711")).attach("n", "4711");
        assert!(!format!("{report:?}").contains("4711"));
    }
}
