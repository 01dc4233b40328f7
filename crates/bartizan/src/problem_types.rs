use bartizan_problem::ProblemType;

// The first three are of draft-ietf-httpapi-ratelimit-headers-11, section "Problem Types".

pub(crate) const QUOTA_EXCEEDED: ProblemType = ProblemType::new(
    "https://iana.org/assignments/http-problem-types#quota-exceeded",
    "Quota exceeded",
    &[429],
)
.with_cause("A limit counted more requests, or more at the same time, than it allows; `violated-policies` names it unless it is silent.")
.with_cure("Wait as `Retry-After` says. Without that field the request is too big for its limit: make it smaller. As the operator, see rate-limits.md.");

pub(crate) const REDUCED_CAPACITY: ProblemType = ProblemType::new(
    "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
    "Temporary reduced capacity",
    &[503],
)
.with_detail("requests cannot be counted now; try again later")
.with_cause(
    "The store of the limits cannot be asked, and a limit does not pass what it cannot count.",
)
.with_cure("Try again later. As the operator, see rate-limit-redis.md.");

pub(crate) const ABNORMAL_USAGE: ProblemType = ProblemType::new(
    "https://iana.org/assignments/http-problem-types#abnormal-usage-detected",
    "Abnormal usage detected",
    &[403],
)
.with_detail("refused too often; wait as Retry-After says")
.with_cause("The caller went on asking after refusals, and is not listened to for a while.")
.with_cure("Wait as `Retry-After` says, and obey it from the first refusal on.");

pub(crate) const HOST_REFUSED: ProblemType =
    ProblemType::new("/problems/host-refused", "Host refused", &[421, 400])
        .with_cause("The request names no host, several, a malformed one, or one that this server does not answer for.")
        .with_cure("Ask by the name that the server is known by. As the operator, list the name in `hosts.allowed`.");

pub(crate) const CALLER_UNCLEAR: ProblemType =
    ProblemType::new("/problems/caller-unclear", "Caller unclear", &[400])
        .with_cause("A trusted proxy sent a forwarding field that does not tell who is calling.")
        .with_cure("As the operator, see client-ip.md: the proxy must append to the field, and be listed with all before it.");

pub(crate) const CROSS_SITE: ProblemType =
    ProblemType::new("/problems/cross-site", "Cross-site request refused", &[403])
        .with_cause("A browser made the request for another site, or does not say for which; `reason` says what was missing.")
        .with_cure("Ask from the service's own pages. As the operator, list the other site in `csrf.trusted_origins`; see cross-origin.md.");

pub(crate) const INVALID_INPUT: ProblemType =
    ProblemType::new("/problems/invalid-input", "Invalid input", &[422])
        .with_detail("the input does not fit; `violations` says where and why")
        .with_cause("The input can be read, and breaks rules; `violations` has each with its place, `more` how many are not listed.")
        .with_cure("Correct each field as its `detail` says. The rules stand in the API's description.");

pub(crate) const MALFORMED_INPUT: ProblemType =
    ProblemType::new("/problems/malformed-input", "Malformed input", &[400])
        .with_cause("The input cannot be read: broken JSON, a key that stands twice, bytes that are no UTF-8, or more of something than is read; `code` says which, `at` the byte.")
        .with_cure("Send well-formed input of the documented size. As the operator, see validation.md for the limits.");

pub(crate) const INPUT_TOO_LARGE: ProblemType =
    ProblemType::new("/problems/input-too-large", "Input too large", &[413])
        .with_cause(
            "The body or the query has more bytes than are read here; `limit` says how many are.",
        )
        .with_cure("Send less at once.");

pub(crate) const UNREADABLE_TYPE: ProblemType =
    ProblemType::new("/problems/unreadable-type", "Unreadable type", &[415])
        .with_cause("The body is of another type than the route reads, of none, or compressed.")
        .with_cure(
            "Send what `Accept` of the answer says, with its `Content-Type`, and not compressed.",
        );

pub(crate) const INTERNAL_ERROR: ProblemType =
    ProblemType::new("/problems/internal-error", "Internal error", &[500])
        .with_detail("an internal error; report the request id")
        .with_cause("The program has a bug: it panicked while it answered.")
        .with_cure("Report the `request_id`. As the operator, find it in the log: place and backtrace are under it.");

/// Every type of problem that [`Hardening`](crate::Hardening) answers with. A problem that says no more than its status has the type
/// `about:blank`.
#[must_use]
pub const fn problem_types() -> &'static [ProblemType] {
    &[
        QUOTA_EXCEEDED,
        REDUCED_CAPACITY,
        ABNORMAL_USAGE,
        HOST_REFUSED,
        CALLER_UNCLEAR,
        CROSS_SITE,
        INVALID_INPUT,
        MALFORMED_INPUT,
        INPUT_TOO_LARGE,
        UNREADABLE_TYPE,
        INTERNAL_ERROR,
    ]
}
