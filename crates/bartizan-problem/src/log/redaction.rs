//! What may stand in a line.

use std::collections::BTreeSet;

/// Fields of this project's own events. None holds text of a request: `method` is one of the usual words or `other`, `route` is the router's
/// template, and `operator` what a handler wrote for operators.
const OWN_FIELDS: [&str; 24] = [
    "advice",
    "alarm",
    "backtrace",
    "cells",
    "count",
    "directive",
    "error_type",
    "event",
    "failures",
    "fingerprint",
    "mechanism",
    "method",
    "operator",
    "panicked",
    "place",
    "reason",
    "request_id",
    "route",
    "since_last",
    "status",
    "store",
    "suppressed",
    "thread",
    "trace_id",
];

/// What may stand in a line of the log: fields by name, messages by who wrote them. Everything else is replaced by a mark that
/// tells its kind and, of a text, its length.
///
/// A list of what is allowed fails closed: a field that somebody adds tomorrow is hidden until somebody decides.
///
/// ```
/// use bartizan_problem::Redaction;
///
/// let redaction = Redaction::trusting(["my_app"]).allow("article").allow("elapsed_ms");
/// assert!(redaction.allows("article") && redaction.allows("request_id"));
/// assert!(!redaction.allows("email"));
/// assert!(redaction.trusts("my_app::routes") && !redaction.trusts("my_application"));
/// ```
#[derive(Clone, Debug)]
pub struct Redaction {
    targets: Vec<&'static str>,
    fields: BTreeSet<&'static str>,
}

impl Redaction {
    /// Shows the messages of these targets, usually the names of the program's own crates, and the fields of Bartizan's own
    /// events.
    ///
    /// A message is shown only if it came in one piece, for then no value stands between its words. That a message is nothing but
    /// a value (`info!("{name}")`) cannot be seen: whoever is trusted here never writes so. Messages of other targets, and those
    /// with values in them, are replaced; the line then tells file and line of the call.
    #[must_use]
    pub fn trusting(targets: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            targets: targets.into_iter().collect(),
            fields: BTreeSet::from(OWN_FIELDS),
        }
    }

    /// Shows the fields of this name, in events and spans, whoever writes them.
    #[must_use]
    pub fn allow(mut self, name: &'static str) -> Self {
        self.fields.insert(name);
        self
    }

    /// Hides the fields of this name again.
    #[must_use]
    pub fn forbid(mut self, name: &str) -> Self {
        self.fields.remove(name);
        self
    }

    /// Whether fields of this name are shown.
    #[must_use]
    pub fn allows(&self, name: &str) -> bool {
        self.fields.contains(name)
    }

    /// Whether messages of this target are shown, if they came in one piece.
    #[must_use]
    pub fn trusts(&self, target: &str) -> bool {
        let first = target.split("::").next().unwrap_or(target);
        let own = first
            .strip_prefix("bartizan")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        own || self.targets.iter().any(|trusted| {
            target
                .strip_prefix(trusted)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    }
}

/// Nobody is trusted but Bartizan's own crates.
impl Default for Redaction {
    fn default() -> Self {
        Self::trusting([])
    }
}
