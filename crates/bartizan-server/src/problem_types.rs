//! The types of problems that the routes answer with.

use bartizan::problem::ProblemType;

pub(crate) const LOGIN_REQUIRED: ProblemType = ProblemType::new(
    "/problems/login-required",
    "Login required",
    &[401],
)
.with_detail("log in first")
.with_cause(
    "The request carries no session or token, or one that is malformed, expired or revoked.",
)
.with_cure("Log in and send the new token.");

pub(crate) const LOGIN_AGAIN: ProblemType =
    ProblemType::new("/problems/login-again", "Login again", &[401])
        .with_detail("show the password again for this")
        .with_cause("The session is live, but the password was shown too long ago for what was asked: `max_age` of `WWW-Authenticate` says how many seconds.")
        .with_cure("POST the password to `/v1/sessions/current/password`, or log in again, and repeat the request.");

pub(crate) const LOGIN_REFUSED: ProblemType =
    ProblemType::new("/problems/login-refused", "Login refused", &[401])
        .with_detail("address or password is wrong, or the account is not confirmed")
        .with_cause("The address is unknown, unconfirmed or disabled, or the password is wrong. Which of these is not told, on purpose.")
        .with_cure("Check both, confirm the account by the mailed link, or ask for a new password.");

pub(crate) const TOO_MANY_LOGINS: ProblemType =
    ProblemType::new("/problems/too-many-logins", "Too many logins failed", &[429])
        .with_detail("too many logins failed; wait as Retry-After says, or log in from a device that did before")
        .with_cause("Too many logins failed for this account or from this network.")
        .with_cure("Wait as `Retry-After` says, or log in from a device that did before. As the operator, see login-limits.md.");

pub(crate) const NOT_ALLOWED: ProblemType =
    ProblemType::new("/problems/not-allowed", "Not allowed", &[403])
        .with_cause("The caller is known but may not do this; `detail` says why.")
        .with_cure("Ask whoever may, such as an article's author.");

pub(crate) const CONFLICT: ProblemType = ProblemType::new("/problems/conflict", "Conflict", &[409])
    .with_cause("What is asked for contradicts what is there; `detail` says in which way.")
    .with_cure("Read what is there, and ask for something that fits.");

pub(crate) const UNAVAILABLE: ProblemType = ProblemType::new(
    "/problems/unavailable",
    "Unavailable",
    &[503],
)
.with_detail("too busy now; try again later")
.with_cause("Too much is asked at once, or the database or the source of randomness has failed.")
.with_cure(
    "Try again as `Retry-After` says. As the operator, look for the `request_id` in the log.",
);

const OWN: [ProblemType; 7] = [
    LOGIN_REQUIRED,
    LOGIN_AGAIN,
    LOGIN_REFUSED,
    TOO_MANY_LOGINS,
    NOT_ALLOWED,
    CONFLICT,
    UNAVAILABLE,
];

/// Every type of problem that the server answers with, those of the layer first.
pub fn problem_types() -> impl Iterator<Item = &'static ProblemType> {
    bartizan::problem_types().iter().chain(&OWN)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::problem_types;

    const GUIDE: &str = include_str!("../../../docs/errors.md");

    #[test]
    fn the_guide_has_every_type_and_no_other() {
        let wanted: Vec<String> = problem_types().map(ToString::to_string).collect();
        let rows: Vec<&str> = GUIDE
            .lines()
            .filter(|line| line.starts_with("| `http") || line.starts_with("| `/problems/"))
            .collect();
        assert_eq!(rows, wanted, "the table should be:\n{}", wanted.join("\n"));
    }

    #[test]
    fn every_type_has_a_uri_of_its_own_a_cause_and_a_cure() {
        let mut uris = HashSet::new();
        for kind in problem_types() {
            assert!(uris.insert(kind.uri()), "{}", kind.uri());
            // RFC 9457, section 3.1.1: absolute, or with the full path
            assert!(kind.uri().starts_with("https://") || kind.uri().starts_with("/problems/"));
            assert!(
                kind.cause().ends_with('.') && kind.cure().ends_with('.'),
                "{}",
                kind.uri()
            );
        }
    }
}
