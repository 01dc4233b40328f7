//! Nonces from request to answer.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicU8, Ordering};

use bartizan_headers::{
    Csp, Directive, NONCE_BYTES, Nonce, NonceError, NonceUsed, Policies, Policy, PolicyError,
    Source,
};
use http::{HeaderValue, Request, Response};

fn counting(bytes: &mut [u8; NONCE_BYTES]) -> Result<(), NonceError> {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    *bytes = [NEXT.fetch_add(1, Ordering::Relaxed); NONCE_BYTES];
    Ok(())
}

fn strict() -> Policies {
    let trial = Csp::strict().allow(Directive::StyleSrc, Source::NONCE);
    let policy = Policy::builder()
        .document_csp(Csp::strict().build().unwrap())
        .document_csp_report_only(trial.build().unwrap())
        .reports("csp", "/reports")
        .nonces(counting)
        .build()
        .unwrap();
    Policies::new(policy)
}

/// The answer of a handler that makes one with the request's nonce at hand.
fn answer(policies: &Policies, handler: impl FnOnce(&Nonce) -> Response<()>) -> Response<()> {
    let mut request = Request::new(());
    let exchange = policies.begin(&mut request);
    let nonce = request.extensions().get::<Nonce>().unwrap().clone();
    let mut response = handler(&nonce);
    exchange.finish(&mut response);
    response
}

fn page(own: &[(&'static str, &'static str)]) -> Response<()> {
    let mut response = Response::new(());
    let all = own.iter().chain(&[("content-type", "text/html")]);
    for (name, value) in all {
        response
            .headers_mut()
            .append(*name, HeaderValue::from_static(value));
    }
    response
}

fn all(response: &Response<()>, name: &str) -> String {
    let values: Vec<_> = response
        .headers()
        .get_all(name)
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    values.join(" | ")
}

const ENFORCED: &str = "content-security-policy";
const TRIAL: &str = "content-security-policy-report-only";

#[test]
fn a_drawn_nonce_stands_in_both_policies_and_the_answer_is_not_stored() {
    let mut drawn = String::new();
    let response = answer(&strict(), |nonce| {
        drawn = nonce.to_string();
        page(&[])
    });
    assert_eq!(drawn.len(), 24);
    let place = format!("'nonce-{drawn}'");
    assert_eq!(all(&response, ENFORCED).matches(&place).count(), 1);
    assert_eq!(all(&response, TRIAL).matches(&place).count(), 2);
    assert_eq!(all(&response, "cache-control"), "no-store");
    assert!(response.extensions().get::<NonceUsed>().is_some());
}

#[test]
fn a_handler_cannot_have_an_answer_with_a_nonce_stored() {
    let response = answer(&strict(), |nonce| {
        let _ = nonce.get();
        page(&[
            ("cache-control", "public, max-age=600"),
            ("cdn-cache-control", "max-age=600"),
            ("cloudflare-cdn-cache-control", "max-age=600"),
            ("surrogate-control", "max-age=600"),
            ("etag", "\"1\""),
        ])
    });
    assert_eq!(all(&response, "cache-control"), "no-store");
    for name in [
        "cdn-cache-control",
        "cloudflare-cdn-cache-control",
        "surrogate-control",
    ] {
        assert_eq!(all(&response, name), "", "{name}");
    }
    assert_eq!(all(&response, "etag"), "\"1\"");
}

#[test]
fn an_answer_that_drew_none_may_be_stored_and_trusts_no_nonce() {
    let response = answer(&strict(), |_| page(&[("cache-control", "max-age=60")]));
    for name in [ENFORCED, TRIAL] {
        let policy = all(&response, name);
        assert!(policy.contains("script-src 'strict-dynamic';"), "{policy}");
        assert!(!policy.contains("nonce"), "{policy}");
    }
    assert_eq!(all(&response, "cache-control"), "max-age=60");
    assert!(response.extensions().get::<NonceUsed>().is_none());
}

#[test]
fn answers_do_not_share_or_gather_nonces() {
    let policies = strict();
    let mut seen = Vec::new();
    for _ in 0..20 {
        let response = answer(&policies, |nonce| {
            let _ = nonce.get();
            page(&[])
        });
        let policy = all(&response, ENFORCED);
        assert_eq!(policy.matches("'nonce-").count(), 1, "{policy}");
        assert!(!seen.contains(&policy), "{policy}");
        seen.push(policy);
    }
}

#[test]
fn a_nonce_asked_for_after_the_fields_is_refused() {
    let mut kept = None;
    let response = answer(&strict(), |nonce| {
        kept = Some(nonce.clone());
        page(&[])
    });
    assert_eq!(kept.unwrap().get(), Err(NonceError::Late));
    assert!(!all(&response, ENFORCED).contains("nonce"));
}

#[test]
fn a_failed_generator_leaves_a_page_without_scripts() {
    let policy = Policy::builder()
        .allow(Directive::ScriptSrc, Source::NONCE)
        .nonces(|_| Err(NonceError::Entropy))
        .build()
        .unwrap();
    let response = answer(&Policies::new(policy), |nonce| {
        assert_eq!(nonce.to_string(), "");
        page(&[])
    });
    let sent = all(&response, ENFORCED);
    assert!(sent.contains("script-src 'self';"), "{sent}");
}

#[test]
fn a_handlers_own_policy_is_kept_and_the_answer_still_not_stored() {
    let response = answer(&strict(), |nonce| {
        let _ = nonce.get();
        page(&[(ENFORCED, "default-src 'self'; frame-ancestors 'none'")])
    });
    assert_eq!(
        all(&response, ENFORCED),
        "default-src 'self'; frame-ancestors 'none' | frame-ancestors 'none'"
    );
    assert_eq!(all(&response, "cache-control"), "no-store");
}

#[test]
fn an_api_answer_has_no_nonce_in_its_policy_whoever_drew_one() {
    let response = answer(&strict(), |nonce| {
        let _ = nonce.get();
        Response::new(())
    });
    assert!(!all(&response, ENFORCED).contains("nonce"));
    assert!(response.extensions().get::<NonceUsed>().is_some());
}

#[test]
fn a_policy_without_a_place_puts_nothing_into_the_request() {
    let policy = Policy::builder().nonces(counting).build().unwrap();
    let mut request = Request::new(());
    let _exchange = Policies::new(policy).begin(&mut request);
    assert!(request.extensions().get::<Nonce>().is_none());
}

#[test]
fn a_place_needs_a_generator_and_a_document() {
    let errors = Policy::builder()
        .allow(Directive::ScriptSrc, Source::NONCE)
        .build()
        .unwrap_err();
    assert_eq!(errors.iter().collect::<Vec<_>>(), [&PolicyError::NoEntropy]);
    let api = Csp::api().allow(Directive::ScriptSrc, Source::NONCE);
    let errors = Policy::builder()
        .api_csp(api.build().unwrap())
        .nonces(counting)
        .build()
        .unwrap_err();
    assert_eq!(
        errors.iter().collect::<Vec<_>>(),
        [&PolicyError::NonceOutsideDocuments]
    );
}

#[cfg(feature = "nonce")]
#[test]
fn the_operating_system_gives_other_bits_each_time() {
    let policy = Policy::builder()
        .allow(Directive::ScriptSrc, Source::NONCE)
        .nonces_from_os()
        .build()
        .unwrap();
    let policies = Policies::new(policy);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..1000 {
        answer(&policies, |nonce| {
            assert!(seen.insert(nonce.get().unwrap().to_owned()));
            page(&[])
        });
    }
}
