use bartizan_client_ip::{self as client_ip, AddressError, Client, HostVerdict};
use bartizan_headers::{CrossOriginRefuse, CrossOriginRejection};
use bartizan_problem::{self as problem, Describe, Problem};
use bartizan_ratelimit as ratelimit;
use http::{Extensions, HeaderValue, StatusCode, response::Parts};

// The types of draft-ietf-httpapi-ratelimit-headers-11, section "Problem Types".
const QUOTA_EXCEEDED: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";
const REDUCED_CAPACITY: &str =
    "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";
const ABNORMAL_USAGE: &str =
    "https://iana.org/assignments/http-problem-types#abnormal-usage-detected";

/// Where the siblings' types meet: what each one's rejection says to a client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Siblings;

impl Describe for Siblings {
    fn describe(&self, head: &Parts) -> Option<Problem> {
        let extensions = &head.extensions;
        if let Some(rejection) = extensions.get::<ratelimit::Rejection>() {
            return Some(limited(head.status, rejection));
        }
        if let Some(rejection) = extensions.get::<client_ip::Rejection>() {
            return Some(Problem::new(head.status).with_detail(misdirected(rejection)));
        }
        if let Some(rejection) = extensions.get::<CrossOriginRejection>() {
            return Some(of_another_site(head.status, rejection.reason()));
        }
        #[cfg(feature = "validate")]
        if let Some(rejection) = extensions.get::<bartizan_validate::Rejection>() {
            return Some(crate::invalid::problem(head.status, rejection));
        }
        match extensions.get::<problem::Rejection>()? {
            // Not a word of the panic: the id leads to the log.
            problem::Rejection::Panicked => Some(
                Problem::new(head.status).with_detail("an internal error; report the request id"),
            ),
            _ => None,
        }
    }

    fn request_id(&self, extensions: &Extensions) -> Option<HeaderValue> {
        let client = extensions.get::<Client>()?;
        HeaderValue::from_str(client.request_id().as_str()).ok()
    }
}

fn limited(status: StatusCode, rejection: &ratelimit::Rejection) -> Problem {
    let problem = Problem::new(status);
    match rejection {
        ratelimit::Rejection::QuotaExceeded { rules, retry_after } => {
            let problem = problem
                .with_type(QUOTA_EXCEEDED)
                .with_detail(match retry_after {
                    Some(_) => "too many requests; wait as Retry-After says",
                    None => "the request costs more than its quota ever holds; make it smaller",
                });
            match rules.is_empty() {
                true => problem,
                false => {
                    let names: Vec<&str> = rules.iter().map(|name| &**name).collect();
                    problem.with_member("violated-policies", names)
                }
            }
        }
        ratelimit::Rejection::TooManyAtOnce { rule } => {
            let problem = problem
                .with_type(QUOTA_EXCEEDED)
                .with_detail("too many requests at the same time; wait for one to finish");
            match rule {
                Some(name) => problem.with_member("violated-policies", [&**name]),
                None => problem,
            }
        }
        ratelimit::Rejection::Banned { .. } => problem
            .with_type(ABNORMAL_USAGE)
            .with_detail("refused too often; wait as Retry-After says"),
        ratelimit::Rejection::Unavailable => problem
            .with_type(REDUCED_CAPACITY)
            .with_detail("requests cannot be counted now; try again later"),
        // Denied, and what later versions add: nothing to explain.
        _ => problem,
    }
}

const fn misdirected(rejection: &client_ip::Rejection) -> &'static str {
    match rejection {
        client_ip::Rejection::Host(HostVerdict::Unknown) => {
            "this server does not answer for this host"
        }
        client_ip::Rejection::Host(HostVerdict::Missing) => "the host is missing",
        client_ip::Rejection::Host(HostVerdict::Repeated) => "there is more than one host",
        client_ip::Rejection::Host(HostVerdict::Mismatched) => {
            "the host differs from that of the target"
        }
        client_ip::Rejection::Address(AddressError::TooManyHops) => {
            "the forwarding field has too many elements"
        }
        client_ip::Rejection::Address(_) => "the forwarding field does not tell who is calling",
        _ => "the host is malformed",
    }
}

/// The reason is no secret: whoever made the browser ask cannot read the answer.
fn of_another_site(status: StatusCode, reason: CrossOriginRefuse) -> Problem {
    let detail = match reason {
        CrossOriginRefuse::UnprovenCookie | CrossOriginRefuse::NoOrigin => {
            "the request does not say by Origin which site makes it"
        }
        CrossOriginRefuse::UnknownScheme => {
            "the request's own scheme is not known, so Origin cannot be compared with it"
        }
        CrossOriginRefuse::UnknownHost => "the request's own host is not clear",
        _ => "the request was made by another site",
    };
    Problem::new(status)
        .with_detail(detail)
        .with_member("reason", reason.as_str())
}
