//! Building a policy.

use super::{
    Accepted, Csp, Directive, Lists, Sandbox, Source,
    directive::{DEPRECATED, Value},
    lint,
    reason::Reason,
};
use crate::{PolicyError, PolicyErrors};

/// Builds a [`Csp`]. Everything is checked at the end, so that all mistakes are reported at once.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CspBuilder {
    lists: Lists,
    accepted: Vec<Accepted>,
}

impl CspBuilder {
    pub(super) const fn from_parts(lists: Lists, accepted: Vec<Accepted>) -> Self {
        Self { lists, accepted }
    }

    /// Adds one source to a directive. It takes the place of a lone `'none'`, beside which it would mean nothing.
    pub fn allow(mut self, directive: Directive, source: impl Into<Source>) -> Self {
        let source = source.into();
        let list = self.lists.entry(directive);
        if list.as_slice() == [Source::NONE] {
            list.clear();
        }
        if !list.contains(&source) {
            list.push(source);
        }
        self
    }

    /// Gives a directive these sources and no others.
    pub fn only<S: Into<Source>>(
        mut self,
        directive: Directive,
        sources: impl IntoIterator<Item = S>,
    ) -> Self {
        self.lists.entry(directive).clear();
        sources
            .into_iter()
            .fold(self, |csp, source| csp.allow(directive, source))
    }

    /// Lets a directive allow nothing.
    pub fn none(self, directive: Directive) -> Self {
        self.only(directive, [Source::NONE])
    }

    /// Takes a directive out, so that it falls back to `default-src`, if it does that.
    pub fn without(mut self, directive: Directive) -> Self {
        self.lists.0.retain(|(of, _)| *of != directive);
        self
    }

    /// Adds one source that a reviewer would call dangerous. Nothing else becomes acceptable by that, and a source that is
    /// not of the grammar does not either.
    pub fn danger_allow(mut self, directive: Directive, source: impl Into<Source>) -> Self {
        let source = source.into();
        self.accepted.push((directive, Some(source.clone())));
        self.allow(directive, source)
    }

    /// Takes out a directive that should be there: `script-src`, `object-src` or `base-uri`.
    pub fn danger_without(mut self, directive: Directive) -> Self {
        self.accepted.push((directive, None));
        self.without(directive)
    }

    /// Makes browsers load the page's `http:` addresses by HTTPS. Not sent to a page that came over plain HTTP itself.
    pub fn upgrade_insecure_requests(mut self) -> Self {
        self.lists.entry(Directive::UpgradeInsecureRequests);
        self
    }

    /// Takes everything from the page: origin, scripts, forms. Give back single things by [`sandbox_with`](Self::sandbox_with).
    pub fn sandbox(mut self) -> Self {
        self.lists.entry(Directive::Sandbox);
        self
    }

    /// The sandbox with these exceptions.
    pub fn sandbox_with(self, flags: impl IntoIterator<Item = Sandbox>) -> Self {
        flags.into_iter().fold(self.sandbox(), |csp, flag| {
            csp.allow(Directive::Sandbox, flag)
        })
    }

    /// Lets text become script only through a Trusted Types policy of the page.
    pub fn require_trusted_types(self) -> Self {
        self.only(Directive::RequireTrustedTypesFor, ["'script'"])
    }

    /// Sends reports to the endpoint of this name, and to `url` from browsers that do not know `report-to`, or over plain HTTP,
    /// where that does not work. The endpoint's name means nothing without a `Reporting-Endpoints` field:
    /// [`PolicyBuilder::reports`](crate::PolicyBuilder::reports) sets both.
    pub fn report(self, endpoint: &str, url: &str) -> Self {
        self.only(Directive::ReportUri, [url])
            .only(Directive::ReportTo, [endpoint])
    }

    /// Builds the policy.
    ///
    /// # Errors
    ///
    /// A [`PolicyError::Directive`] for everything that is wrong and was not accepted.
    pub fn build(self) -> Result<Csp, PolicyErrors> {
        PolicyErrors::unless_empty(self.faults())?;
        Ok(self.checked())
    }

    /// What is wrong and was not accepted.
    pub(crate) fn faults(&self) -> Vec<PolicyError> {
        let mut faults = lint::lint(&self.lists);
        faults.retain(|fault| {
            let mut accepted = self.accepted.iter();
            let named = accepted.any(|(directive, source)| {
                (*directive, source) == (fault.directive, &fault.source)
            });
            !(fault.reason.is_danger() && named)
        });
        faults.into_iter().map(PolicyError::from).collect()
    }

    /// The policy as it is; the caller has asked for the faults.
    pub(crate) fn checked(self) -> Csp {
        let Self { lists, accepted } = self;
        Csp { lists, accepted }
    }

    pub(crate) fn has(&self, directive: Directive) -> bool {
        self.lists.get(directive).is_some()
    }

    /// Reads a text, with what cannot even be put into a list.
    pub(super) fn read(text: &str) -> (Self, Vec<PolicyError>) {
        let mut lists = Lists::default();
        let mut errors = Vec::new();
        for part in text.split(';') {
            let mut words = part.split_ascii_whitespace();
            let Some(name) = words.next() else { continue };
            let directive = Directive::from_name(name);
            let reason = match directive {
                Some(directive) if lists.get(directive).is_some() => Some(Reason::Duplicate),
                Some(_) => None,
                None if DEPRECATED.contains(&name.to_ascii_lowercase().as_str()) => {
                    Some(Reason::Deprecated)
                }
                None => Some(Reason::UnknownDirective),
            };
            match (directive, reason) {
                (Some(directive), None) => {
                    let list = lists.entry(directive);
                    list.extend(words.map(Source::from));
                    let takes_none = matches!(directive.value(), Value::Sources | Value::Origins);
                    if list.is_empty() && takes_none {
                        // an empty list allows nothing (CSP 3, section 6.7.2.6)
                        list.push(Source::NONE);
                    }
                }
                (_, reason) => errors.push(PolicyError::Directive {
                    directive: name.to_owned(),
                    source: None,
                    reason: reason.unwrap_or(Reason::UnknownDirective),
                }),
            }
        }
        let accepted = Vec::new();
        (Self { lists, accepted }, errors)
    }
}
