//! The policy: immutable once built, cheap to clone.

use std::{sync::Arc, time::Duration};

use http::{HeaderValue, Uri, uri::Scheme};

use crate::{
    Directive, Field, PolicyError,
    csp::{self, Added, SourceFault},
    fields::{self, Prepared, Values},
};

/// When the connection counts as HTTPS, which decides on `Strict-Transport-Security` (RFC 6797, section 7.2: never over
/// plain HTTP) and `upgrade-insecure-requests`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// When the request's URI says so: HTTP/2 and HTTP/3 carry the scheme, and a layer outside may set it.
    #[default]
    FromRequest,
    /// Always: the service has an `https` origin, wherever TLS ends.
    Https,
    /// Never.
    Plain,
}

/// Which security fields go on which answer.
///
/// [`Policy::default`] is the hardened one, as the table on [the crate's page](crate) says.
#[derive(Clone, Debug)]
pub struct Policy {
    rules: Arc<Rules>,
}

#[derive(Debug)]
pub(crate) struct Rules {
    transport: Transport,
    pub(crate) removes_disclosure: bool,
    pub(crate) prepared: Prepared,
}

impl Policy {
    /// A builder that starts from the default policy; each of its calls loosens or changes something in sight.
    #[must_use]
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }

    /// Whether a request with this URI counts as one over HTTPS: what the layer hands to [`apply`](Self::apply).
    #[must_use]
    pub fn is_https(&self, uri: &Uri) -> bool {
        match self.rules.transport {
            Transport::FromRequest => uri.scheme() == Some(&Scheme::HTTPS),
            Transport::Https => true,
            Transport::Plain => false,
        }
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            rules: Arc::new(PolicyBuilder::default().assemble(None)),
        }
    }
}

/// Builds a [`Policy`].
#[derive(Clone, Debug)]
pub struct PolicyBuilder {
    transport: Transport,
    keeps_disclosure: bool,
    hsts_max_age: Duration,
    hsts_subdomains: bool,
    hsts_preload: bool,
    added: Added,
    document_csp: Option<String>,
    without: Vec<Field>,
    replaced: Vec<(Field, String)>,
}

impl Default for PolicyBuilder {
    fn default() -> Self {
        Self {
            transport: Transport::default(),
            keeps_disclosure: false,
            hsts_max_age: fields::HSTS_MAX_AGE,
            hsts_subdomains: true,
            hsts_preload: false,
            added: Added::default(),
            document_csp: None,
            without: Vec::new(),
            replaced: Vec::new(),
        }
    }
}

impl PolicyBuilder {
    /// Says when the connection counts as HTTPS.
    #[must_use]
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// Sets how long browsers insist on HTTPS, in whole seconds. Zero makes them forget the host.
    #[must_use]
    pub fn hsts_max_age(mut self, max_age: Duration) -> Self {
        self.hsts_max_age = max_age;
        self
    }

    /// Leaves subdomains out of `Strict-Transport-Security`.
    #[must_use]
    pub fn hsts_without_subdomains(mut self) -> Self {
        self.hsts_subdomains = false;
        self
    }

    /// Agrees to the browsers' preload lists, from which a host comes off only after months.
    #[must_use]
    pub fn hsts_preload(mut self) -> Self {
        self.hsts_preload = true;
        self
    }

    /// Adds one source to one directive, for instance `https://cdn.example.com` to [`Directive::ScriptSrc`].
    ///
    /// With [`Directive::FrameAncestors`] it applies to every answer, and `X-Frame-Options` becomes `SAMEORIGIN` for
    /// `'self'` alone and is not sent for other sources, which it cannot express.
    #[must_use]
    pub fn allow(mut self, directive: Directive, source: impl Into<String>) -> Self {
        self.added.push(directive, source.into());
        self
    }

    /// Replaces the documents' whole Content-Security-Policy by a text that nothing checks.
    ///
    /// Sources given to [`allow`](Self::allow) then count for `frame-ancestors` of other answers only.
    #[must_use]
    pub fn danger_document_csp(mut self, text: impl Into<String>) -> Self {
        self.document_csp = Some(text.into());
        self
    }

    /// Leaves a field out. Those of the floor have no [`Field`], so they stay.
    #[must_use]
    pub fn without(mut self, field: Field) -> Self {
        self.without.push(field);
        self
    }

    /// Gives a field another value.
    #[must_use]
    pub fn replace(mut self, field: Field, value: impl Into<String>) -> Self {
        self.replaced.push((field, value.into()));
        self
    }

    /// Keeps `Server`, `X-Powered-By` and the like.
    #[must_use]
    pub fn keep_disclosure(mut self) -> Self {
        self.keeps_disclosure = true;
        self
    }

    /// Builds the policy.
    ///
    /// # Errors
    ///
    /// - [`PolicyError::MalformedSource`] and [`PolicyError::DangerousSource`] for what [`allow`](Self::allow) was given;
    /// - [`PolicyError::Preload`] if `hsts_preload` comes with less than a year or without subdomains;
    /// - [`PolicyError::Value`] for a text that is no field value.
    pub fn build(self) -> Result<Policy, PolicyError> {
        for (directive, source) in self.added.iter() {
            csp::check(directive, source).map_err(|fault| {
                let source = source.to_owned();
                match fault {
                    SourceFault::Malformed => PolicyError::MalformedSource { directive, source },
                    SourceFault::Dangerous => PolicyError::DangerousSource { directive, source },
                }
            })?;
        }
        // the conditions of hstspreload.org, which does not list a host otherwise
        if self.hsts_preload && (self.hsts_max_age < fields::YEAR || !self.hsts_subdomains) {
            return Err(PolicyError::Preload {
                max_age: self.hsts_max_age,
                subdomains: self.hsts_subdomains,
            });
        }
        for (field, text) in &self.replaced {
            check_value(field.name(), text)?;
        }
        let document_csp = match &self.document_csp {
            None => None,
            Some(text) => Some(check_value("content-security-policy", text)?),
        };
        Ok(Policy {
            rules: Arc::new(self.assemble(document_csp)),
        })
    }

    /// Everything has been checked.
    fn assemble(&self, document_csp: Option<HeaderValue>) -> Rules {
        let values = Values {
            added: &self.added,
            document_csp,
            hsts: self.hsts(),
            without: &self.without,
            replaced: &self.replaced,
        };
        Rules {
            transport: self.transport,
            removes_disclosure: !self.keeps_disclosure,
            prepared: Prepared::new(&values),
        }
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

fn check_value(field: &'static str, text: &str) -> Result<HeaderValue, PolicyError> {
    match HeaderValue::from_str(text) {
        Ok(value) if !text.trim().is_empty() => Ok(value),
        _ => Err(PolicyError::Value { field }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_checked_when_the_policy_is_built() {
        let error = Policy::builder()
            .allow(Directive::ScriptSrc, "'unsafe-inline'")
            .build()
            .unwrap_err();
        assert!(matches!(
            error,
            PolicyError::DangerousSource {
                directive: Directive::ScriptSrc,
                ..
            }
        ));
        let error = Policy::builder()
            .allow(Directive::ImgSrc, "a; script-src b")
            .build()
            .unwrap_err();
        assert!(matches!(error, PolicyError::MalformedSource { .. }));
    }

    #[test]
    fn preload_needs_a_year_and_subdomains() {
        let day = Duration::from_secs(86_400);
        let cases = [
            (Policy::builder().hsts_preload(), true),
            (
                Policy::builder().hsts_preload().hsts_without_subdomains(),
                false,
            ),
            (Policy::builder().hsts_preload().hsts_max_age(day), false),
            (Policy::builder().hsts_max_age(day), true),
        ];
        for (builder, good) in cases {
            assert_eq!(builder.clone().build().is_ok(), good, "{builder:?}");
        }
    }

    #[test]
    fn a_value_with_a_line_break_is_refused() {
        let builder = Policy::builder().replace(Field::ReferrerPolicy, "a\r\nb");
        assert_eq!(
            builder.build().unwrap_err(),
            PolicyError::Value {
                field: "referrer-policy"
            }
        );
        assert!(Policy::builder().danger_document_csp(" ").build().is_err());
    }
}
