//! What lies in a response's extensions beside a problem.

/// Why this crate answered in the application's place. It lies in the response's extensions beside an empty body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The inner service panicked; the answer is a 500.
    Panicked,
}

/// Text for operators, put by a handler into its response's extensions. It is never sent.
///
/// With the feature `tracing` it is a field of the event of a 5xx answer. It is written as it is: no secret belongs in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorNote(String);

impl OperatorNote {
    /// A note of this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
