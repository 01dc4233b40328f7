//! What problems of one kind have in common.

use http::StatusCode;

/// A type of problem: a constant of the program, so that clients can rely on its URI and operators can look it up.
///
/// Of its URI, RFC 9457 (section 3.1.1) recommends that it be absolute, or else that it hold the full path. A constant cannot know
/// the origin, so a type of one's own begins with `/`; [`Describe::type_base`](crate::Describe::type_base) puts the origin before it.
///
/// ```
/// use bartizan_problem::{Problem, ProblemType};
///
/// const OUT_OF_CREDIT: ProblemType = ProblemType::new("/problems/out-of-credit", "Out of credit", &[403])
///     .with_detail("the balance is lower than the cost")
///     .with_cause("The account pays in advance.")
///     .with_cure("Pay first, then ask again.");
///
/// let problem = Problem::of(&OUT_OF_CREDIT).with_member("balance", 30);
/// assert_eq!(problem.status(), 403);
/// assert_eq!(problem.kind(), "/problems/out-of-credit");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemType {
    uri: &'static str,
    title: &'static str,
    statuses: &'static [u16],
    detail: Option<&'static str>,
    cause: &'static str,
    cure: &'static str,
}

impl ProblemType {
    /// A type with its URI, its title and the statuses that it comes with, the usual one first.
    ///
    /// # Panics
    ///
    /// There is no status, or one is not between 400 and 599. A constant that is wrong does not compile.
    #[must_use]
    pub const fn new(uri: &'static str, title: &'static str, statuses: &'static [u16]) -> Self {
        assert!(
            !statuses.is_empty(),
            "a type of problem comes with a status"
        );
        let mut rest = statuses;
        while let [status, others @ ..] = rest {
            assert!(*status >= 400 && *status <= 599, "a problem is an error");
            rest = others;
        }
        Self {
            uri,
            title,
            statuses,
            detail: None,
            cause: "",
            cure: "",
        }
    }

    /// What is told in each case, unless the case tells something of its own.
    #[must_use]
    pub const fn with_detail(mut self, detail: &'static str) -> Self {
        self.detail = Some(detail);
        self
    }

    /// Why this happens, for the documentation.
    #[must_use]
    pub const fn with_cause(mut self, cause: &'static str) -> Self {
        self.cause = cause;
        self
    }

    /// What to do about it, for the documentation.
    #[must_use]
    pub const fn with_cure(mut self, cure: &'static str) -> Self {
        self.cure = cure;
        self
    }

    /// The URI reference that names it.
    #[must_use]
    pub const fn uri(&self) -> &'static str {
        self.uri
    }

    /// The summary.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// The statuses that it comes with.
    #[must_use]
    pub const fn statuses(&self) -> &'static [u16] {
        self.statuses
    }

    /// The usual status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        let first = self.statuses.first().copied();
        let status = first.and_then(|status| StatusCode::from_u16(status).ok());
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What is told in each case.
    #[must_use]
    pub const fn detail(&self) -> Option<&'static str> {
        self.detail
    }

    /// Why this happens.
    #[must_use]
    pub const fn cause(&self) -> &'static str {
        self.cause
    }

    /// What to do about it.
    #[must_use]
    pub const fn cure(&self) -> &'static str {
        self.cure
    }
}

/// The row of a table in Markdown: URI, title, statuses, cause, cure. Documentation that is checked against it cannot go stale.
impl std::fmt::Display for ProblemType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "| `{}` | {} | ", self.uri, self.title)?;
        for (at, status) in self.statuses.iter().enumerate() {
            let joint = if at > 0 { ", " } else { "" };
            write!(f, "{joint}{status}")?;
        }
        write!(f, " | {} | {} |", self.cause, self.cure)
    }
}
