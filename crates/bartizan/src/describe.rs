use std::sync::Arc;

use bartizan_client_ip::{self as client_ip, AddressError, Client, HostVerdict};
use bartizan_headers::{CrossOriginRefuse, CrossOriginRejection};
use bartizan_problem::{self as problem, Describe, Problem, SecurityEvent};
use bartizan_ratelimit as ratelimit;
use http::{Extensions, HeaderValue, StatusCode, response::Parts};

use crate::problem_types::{
    ABNORMAL_USAGE, CALLER_UNCLEAR, CROSS_SITE, HOST_REFUSED, INTERNAL_ERROR, QUOTA_EXCEEDED,
    REDUCED_CAPACITY,
};

/// Where the siblings' types meet: what each one's rejection says to a client, and to whoever watches over the service.
#[derive(Debug, Clone, Default)]
pub(crate) struct Siblings {
    pub(crate) type_base: Option<Arc<str>>,
}

impl Describe for Siblings {
    fn describe(&self, head: &Parts) -> Option<Problem> {
        let extensions = &head.extensions;
        if let Some(rejection) = extensions.get::<ratelimit::Rejection>() {
            return Some(limited(head.status, rejection));
        }
        if let Some(rejection) = extensions.get::<client_ip::Rejection>() {
            return Some(misdirected(head.status, rejection));
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
            problem::Rejection::Panicked => Some(Problem::of(&INTERNAL_ERROR)),
            _ => None,
        }
    }

    fn request_id(&self, extensions: &Extensions) -> Option<HeaderValue> {
        let client = extensions.get::<Client>()?;
        HeaderValue::from_str(client.request_id().as_str()).ok()
    }

    fn trace_id(&self, extensions: &Extensions) -> Option<HeaderValue> {
        let trace = extensions.get::<Client>()?.trace_parent()?.trace_id();
        HeaderValue::try_from(format!("{trace:032x}")).ok()
    }

    #[cfg(feature = "axum")]
    fn route(&self, extensions: &Extensions) -> Option<Arc<str>> {
        let matched = extensions.get::<axum::extract::MatchedPath>()?;
        Some(matched.as_str().into())
    }

    fn type_base(&self) -> Option<&str> {
        self.type_base.as_deref()
    }

    fn security_event(&self, _: StatusCode, extensions: &Extensions) -> Option<SecurityEvent> {
        if let Some(rejection) = extensions.get::<ratelimit::Rejection>() {
            return limit_event(rejection);
        }
        if let Some(rejection) = extensions.get::<client_ip::Rejection>() {
            let reason = match rejection {
                client_ip::Rejection::Address(_) => "caller-unclear",
                _ => "host",
            };
            return Some(SecurityEvent::HostRefused { reason });
        }
        #[cfg(feature = "validate")]
        if let Some(rejection) = extensions.get::<bartizan_validate::Rejection>() {
            let reason = crate::invalid::security_reason(rejection);
            return Some(SecurityEvent::InputRefused { reason });
        }
        let rejection = extensions.get::<CrossOriginRejection>()?;
        let reason = rejection.reason().as_str();
        Some(SecurityEvent::CrossSiteRefused { reason })
    }
}

const fn limit_event(rejection: &ratelimit::Rejection) -> Option<SecurityEvent> {
    let reason = match rejection {
        ratelimit::Rejection::QuotaExceeded { .. } => "quota",
        ratelimit::Rejection::TooManyAtOnce { .. } => "at-once",
        ratelimit::Rejection::Banned { .. } => "banned",
        ratelimit::Rejection::Denied => "denied",
        // the caller did nothing wrong
        _ => return None,
    };
    Some(SecurityEvent::LimitExceeded { reason })
}

fn limited(status: StatusCode, rejection: &ratelimit::Rejection) -> Problem {
    let of = |kind| Problem::of(kind).with_status(status);
    match rejection {
        ratelimit::Rejection::QuotaExceeded { rules, retry_after } => {
            let problem = of(&QUOTA_EXCEEDED).with_detail(match retry_after {
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
            let problem = of(&QUOTA_EXCEEDED)
                .with_detail("too many requests at the same time; wait for one to finish");
            match rule {
                Some(name) => problem.with_member("violated-policies", [&**name]),
                None => problem,
            }
        }
        ratelimit::Rejection::Banned { .. } => of(&ABNORMAL_USAGE),
        ratelimit::Rejection::Unavailable => of(&REDUCED_CAPACITY),
        // Denied, and what later versions add: nothing to explain.
        _ => Problem::new(status),
    }
}

fn misdirected(status: StatusCode, rejection: &client_ip::Rejection) -> Problem {
    let kind = match rejection {
        client_ip::Rejection::Address(_) => &CALLER_UNCLEAR,
        _ => &HOST_REFUSED,
    };
    let detail = match rejection {
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
    };
    Problem::of(kind).with_status(status).with_detail(detail)
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
    Problem::of(&CROSS_SITE)
        .with_status(status)
        .with_detail(detail)
        .with_member("reason", reason.as_str())
}
