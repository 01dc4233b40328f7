//! What is counted, and what is remembered of a request until its answer has ended.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

#[cfg(feature = "tracing")]
use http::Method;
use http::{HeaderValue, Response};

use crate::{Describe, Rejection, caught::Seen, layer::Shared};

/// What a [`ProblemLayer`](crate::ProblemLayer) and its clones have seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProblemCounts {
    /// Answers of 5xx.
    pub server_errors: u64,
    /// Answers of 4xx.
    pub client_errors: u64,
    /// Panics that became an answer of 500.
    pub panics: u64,
    /// Panics in a response body's stream: the answer was broken off.
    pub body_panics: u64,
    /// Errors of a response body's stream: the answer was broken off.
    pub body_errors: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) server_errors: AtomicU64,
    pub(crate) client_errors: AtomicU64,
    pub(crate) panics: AtomicU64,
    body_panics: AtomicU64,
    body_errors: AtomicU64,
}

impl Counters {
    pub(crate) fn read(&self) -> ProblemCounts {
        ProblemCounts {
            server_errors: self.server_errors.load(Relaxed),
            client_errors: self.client_errors.load(Relaxed),
            panics: self.panics.load(Relaxed),
            body_panics: self.body_panics.load(Relaxed),
            body_errors: self.body_errors.load(Relaxed),
        }
    }
}

/// What a line of the log tells of a request.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) id: Option<HeaderValue>,
    pub(crate) trace_id: Option<HeaderValue>,
    #[cfg(feature = "tracing")]
    pub(crate) route: Option<Arc<str>>,
    #[cfg(feature = "tracing")]
    pub(crate) method: Method,
}

#[cfg(feature = "tracing")]
impl About {
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_ref()?.to_str().ok()
    }

    pub(crate) fn trace_id(&self) -> Option<&str> {
        self.trace_id.as_ref()?.to_str().ok()
    }

    /// One of the usual words, or `other`: a client may write anything there, in any length.
    pub(crate) fn method(&self) -> &str {
        match self.method.as_str() {
            usual @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "CONNECT" | "OPTIONS"
            | "TRACE" | "PATCH") => usual,
            _ => "other",
        }
    }
}

/// Beside a body that is not yet out.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) counters: Arc<Counters>,
    /// `None`: nobody hears of it.
    #[cfg(feature = "tracing")]
    pub(crate) about: Option<About>,
}

impl Watch {
    pub(crate) fn failed(&self, error: &(dyn Error + 'static)) {
        self.counters.body_errors.fetch_add(1, Relaxed);
        #[cfg(feature = "tracing")]
        if let Some(about) = &self.about {
            crate::event::body_failed(about, error);
        }
        #[cfg(not(feature = "tracing"))]
        let _ = error;
    }

    pub(crate) fn panicked(&self, seen: Seen) {
        self.counters.body_panics.fetch_add(1, Relaxed);
        #[cfg(feature = "tracing")]
        if let Some(about) = &self.about {
            crate::event::body_panicked(about, seen);
        }
        #[cfg(not(feature = "tracing"))]
        let Seen {} = seen;
    }
}

impl<D: Describe> Shared<D> {
    /// Counts an answer, and tells of it what is worth telling.
    pub(crate) fn observe<B>(&self, response: &Response<B>, about: &About) {
        let (status, extensions) = (response.status(), response.extensions());
        if status.is_server_error() {
            self.counters.server_errors.fetch_add(1, Relaxed);
            if extensions.get::<Rejection>() == Some(&Rejection::Panicked) {
                self.counters.panics.fetch_add(1, Relaxed);
            }
        } else if status.is_client_error() {
            self.counters.client_errors.fetch_add(1, Relaxed);
        }
        #[cfg(feature = "tracing")]
        {
            let is_error = status.is_client_error() || status.is_server_error();
            if is_error {
                crate::event::record(response, about);
            }
            let told = extensions.get::<crate::SecurityEvent>().copied();
            let event = told.or_else(|| {
                let asked = is_error.then(|| self.describe.security_event(status, extensions));
                asked.flatten()
            });
            if let Some(event) = event {
                event.record(about.id());
            }
        }
        #[cfg(not(feature = "tracing"))]
        let _ = about;
    }
}
