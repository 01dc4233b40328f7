//! From a builder to a policy.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use http::HeaderValue;

use super::{Policy, PolicyBuilder, Rules};
use crate::{
    CookieRepair, Csp, CspBuilder, Directive, Field, PolicyError, PolicyErrors, Source,
    authenticated::is_cookie_name,
    endpoint::Endpoint,
    fields::{Prepared, Values},
};

/// 365 days, the least that the preload lists accept.
const YEAR: Duration = Duration::from_secs(31_536_000);

/// The policies as they come out of all calls.
pub(super) struct Parts {
    document: CspBuilder,
    document_report_only: Option<CspBuilder>,
    api: CspBuilder,
}

impl PolicyBuilder {
    /// Builds the policy.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each as one [`PolicyError`].
    pub fn build(self) -> Result<Policy, PolicyErrors> {
        let parts = self.parts();
        let mut errors = self.faults(&parts);
        let danger = self.danger_document.as_deref().and_then(|text| {
            let value = checked("content-security-policy", text);
            value.map_err(|error| errors.push(error)).ok()
        });
        PolicyErrors::unless_empty(errors)?;
        Ok(Policy {
            rules: Arc::new(self.assemble(parts, danger)),
        })
    }

    pub(super) fn parts(&self) -> Parts {
        let added = |csp: CspBuilder, (directive, source): &(Directive, Source)| {
            csp.allow(*directive, source.clone())
        };
        let framing = self.added.iter();
        let framing = framing.filter(|(directive, _)| *directive == Directive::FrameAncestors);
        Parts {
            document: self.reporting(framed(self.added.iter().fold(self.document.clone(), added))),
            document_report_only: self
                .document_report_only
                .clone()
                .map(|csp| self.reporting(csp)),
            api: framed(framing.fold(self.api.clone(), added)),
        }
    }

    /// A policy that does not say where it reports to reports to the policy's endpoint.
    fn reporting(&self, csp: CspBuilder) -> CspBuilder {
        match &self.reports {
            Some(Endpoint { name, url })
                if !csp.has(Directive::ReportTo) && !csp.has(Directive::ReportUri) =>
            {
                csp.report(name, url)
            }
            _ => csp,
        }
    }

    fn faults(&self, parts: &Parts) -> Vec<PolicyError> {
        let mut errors = parts.document.faults();
        let others = parts.document_report_only.iter().chain([&parts.api]);
        for error in others.flat_map(CspBuilder::faults) {
            if !errors.contains(&error) {
                errors.push(error);
            }
        }
        let watched = parts.document_report_only.as_ref();
        let watched = watched.map(|csp| csp.clone().checked());
        let nonce = parts.document.clone().checked().uses_nonce()
            || watched.as_ref().is_some_and(Csp::uses_nonce);
        if nonce && self.entropy.is_none() {
            errors.push(PolicyError::NoEntropy);
        }
        if parts.api.clone().checked().uses_nonce() {
            errors.push(PolicyError::NonceOutsideDocuments);
        }
        if watched.is_some_and(|csp| !csp.reports()) {
            errors.push(PolicyError::ReportsUnheard);
        }
        // the conditions of hstspreload.org, which does not list a host otherwise
        if self.hsts_preload && (self.hsts_max_age < YEAR || !self.hsts_subdomains) {
            errors.push(PolicyError::Preload {
                max_age: self.hsts_max_age,
                subdomains: self.hsts_subdomains,
            });
        }
        errors.extend(self.reports.as_ref().and_then(Endpoint::check));
        errors.extend(self.permissions.faults());
        let readable = self.cookies.iter().flat_map(CookieRepair::names);
        for name in self.session_cookies.iter().chain(readable) {
            if !is_cookie_name(name) {
                errors.push(PolicyError::CookieName { name: name.clone() });
            }
        }
        let values = self.replaced.iter();
        errors.extend(values.filter_map(|(field, text)| checked(field.name(), text).err()));
        errors
    }

    /// Everything has been checked.
    pub(super) fn assemble(&self, parts: Parts, danger_document: Option<HeaderValue>) -> Rules {
        let document = parts.document.checked();
        let api = parts.api.checked();
        let watched = parts.document_report_only.map(CspBuilder::checked);
        let nonce = document.uses_nonce() && danger_document.is_none()
            || watched.as_ref().is_some_and(Csp::uses_nonce);
        Rules {
            transport: self.transport,
            removes_disclosure: !self.keeps_disclosure,
            prepared: Prepared::new(&Values {
                document: &document,
                danger_document,
                document_report_only: watched.as_ref(),
                api: &api,
                reporting_endpoints: self.reports.as_ref().map(Endpoint::field),
                fields: self.fields(),
            }),
            entropy: self.entropy.filter(|_| nonce),
            session_cookies: self.session_cookies.clone(),
            keeps_private: !self.without.contains(&Field::CacheControl),
            cookies: self.cookies.clone(),
            unrepaired: AtomicU64::new(0),
        }
    }

    fn fields(&self) -> Vec<(Field, String)> {
        let defaults = [
            (Field::StrictTransportSecurity, self.hsts()),
            (Field::ReferrerPolicy, "no-referrer".to_owned()),
            (Field::PermissionsPolicy, self.permissions.to_string()),
            (Field::CrossOriginOpenerPolicy, "same-origin".to_owned()),
            (Field::CrossOriginResourcePolicy, "same-origin".to_owned()),
            (Field::CrossOriginEmbedderPolicy, String::new()),
            (Field::OriginAgentCluster, "?1".to_owned()),
            (Field::CrossDomainPolicies, "none".to_owned()),
            (Field::DnsPrefetchControl, "off".to_owned()),
            (Field::CacheControl, "no-store".to_owned()),
        ];
        defaults
            .into_iter()
            .filter(|(field, _)| !self.without.contains(field))
            .map(|(field, default)| {
                let replaced = self.replaced.iter().rev().find(|(of, _)| *of == field);
                (field, replaced.map_or(default, |(_, text)| text.clone()))
            })
            .filter(|(_, text)| !text.is_empty())
            .collect()
    }

    fn hsts(&self) -> String {
        let mut text = format!("max-age={}", self.hsts_max_age.as_secs());
        if self.hsts_subdomains {
            text.push_str("; includeSubDomains");
        }
        if self.hsts_preload {
            text.push_str("; preload");
        }
        text
    }
}

/// The floor's second half: nobody may frame what does not say who may.
fn framed(csp: CspBuilder) -> CspBuilder {
    if csp.has(Directive::FrameAncestors) {
        csp
    } else {
        csp.none(Directive::FrameAncestors)
    }
}

fn checked(field: &'static str, text: &str) -> Result<HeaderValue, PolicyError> {
    match HeaderValue::from_str(text) {
        Ok(value) if !text.trim().is_empty() => Ok(value),
        _ => Err(PolicyError::Value { field }),
    }
}
