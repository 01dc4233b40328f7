//! What a policy is built from.

use std::time::Duration;

use super::Transport;
use crate::{
    CookieRepair, Csp, CspBuilder, Directive, EmbedderPolicy, Field, OpenerPolicy,
    PermissionsPolicy, ReferrerPolicy, ResourcePolicy, Source, endpoint::Endpoint,
    nonce::NonceEntropy,
};

/// Two years, as the OWASP Secure Headers Project advises.
const HSTS_MAX_AGE: Duration = Duration::from_secs(63_072_000);

/// Builds a [`Policy`](crate::Policy). Everything is checked at the end, so that all mistakes are reported at once.
#[derive(Clone, Debug)]
pub struct PolicyBuilder {
    pub(super) transport: Transport,
    pub(super) keeps_disclosure: bool,
    pub(super) hsts_max_age: Duration,
    pub(super) hsts_subdomains: bool,
    pub(super) hsts_preload: bool,
    pub(super) added: Vec<(Directive, Source)>,
    pub(super) document: CspBuilder,
    pub(super) danger_document: Option<String>,
    pub(super) document_report_only: Option<CspBuilder>,
    pub(super) api: CspBuilder,
    pub(super) reports: Option<Endpoint>,
    pub(super) entropy: Option<NonceEntropy>,
    pub(super) session_cookies: Vec<String>,
    pub(super) cookies: Option<CookieRepair>,
    pub(super) permissions: PermissionsPolicy,
    pub(super) without: Vec<Field>,
    pub(super) replaced: Vec<(Field, String)>,
}

impl Default for PolicyBuilder {
    fn default() -> Self {
        Self {
            transport: Transport::default(),
            keeps_disclosure: false,
            hsts_max_age: HSTS_MAX_AGE,
            hsts_subdomains: true,
            hsts_preload: false,
            added: Vec::new(),
            document: Csp::document(),
            danger_document: None,
            document_report_only: None,
            api: Csp::api(),
            reports: None,
            entropy: None,
            session_cookies: Vec::new(),
            cookies: None,
            permissions: PermissionsPolicy::default(),
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

    /// Adds one source to one directive of documents, for instance `https://cdn.example.com` to [`Directive::ScriptSrc`].
    ///
    /// With [`Directive::FrameAncestors`] it applies to every answer, and `X-Frame-Options` becomes `SAMEORIGIN` for
    /// `'self'` alone and is not sent for other sources, which it cannot express.
    #[must_use]
    pub fn allow(mut self, directive: Directive, source: impl Into<Source>) -> Self {
        self.added.push((directive, source.into()));
        self
    }

    /// Gives documents this Content-Security-Policy. If it does not say who may frame them, nobody may.
    #[must_use]
    pub fn document_csp(mut self, csp: Csp) -> Self {
        self.document = csp.to_builder();
        self
    }

    /// Lets browsers report what this policy would stop in documents, beside the one that they obey.
    #[must_use]
    pub fn document_csp_report_only(mut self, csp: Csp) -> Self {
        self.document_report_only = Some(csp.to_builder());
        self
    }

    /// Gives answers that are no documents this Content-Security-Policy. If it does not say who may frame them, nobody may.
    #[must_use]
    pub fn api_csp(mut self, csp: Csp) -> Self {
        self.api = csp.to_builder();
        self
    }

    /// Replaces the documents' whole Content-Security-Policy by a text that nothing checks.
    ///
    /// Sources given to [`allow`](Self::allow) then count for `frame-ancestors` of other answers only.
    #[must_use]
    pub fn danger_document_csp(mut self, text: impl Into<String>) -> Self {
        self.danger_document = Some(text.into());
        self
    }

    /// Has browsers report what the documents' policies stop to an endpoint of this name at `url`, a path or an `https`
    /// address: by `Reporting-Endpoints` and `report-to` (Reporting API), and by `report-uri` for those that do not know them. Over
    /// plain HTTP by `report-uri` alone.
    ///
    /// Everybody can write to such an endpoint: give it a quota and a limit for bodies of its own. Answers that are no
    /// documents send no reports: nothing of ours runs in them.
    #[must_use]
    pub fn reports(mut self, name: impl Into<String>, url: impl Into<String>) -> Self {
        let (name, url) = (name.into(), url.into());
        self.reports = Some(Endpoint { name, url });
        self
    }

    /// Says what nonces are drawn from.
    #[must_use]
    pub fn nonces(mut self, entropy: NonceEntropy) -> Self {
        self.entropy = Some(entropy);
        self
    }

    /// Draws nonces from the operating system's generator.
    #[cfg(feature = "nonce")]
    #[must_use]
    pub fn nonces_from_os(self) -> Self {
        self.nonces(crate::nonce::from_os)
    }

    /// Names a cookie that makes the answer one for a single person, as `Authorization` does without being named: documents
    /// get `Cache-Control: no-store` too, unless their handler has set the field.
    #[must_use]
    pub fn session_cookie(mut self, name: impl Into<String>) -> Self {
        self.session_cookies.push(name.into());
        self
    }

    /// Repairs cookies on their way out.
    #[must_use]
    pub fn repair_cookies(mut self, repair: CookieRepair) -> Self {
        self.cookies = Some(repair);
        self
    }

    /// Says what pages may use.
    #[must_use]
    pub fn permissions_policy(mut self, policy: PermissionsPolicy) -> Self {
        self.permissions = policy;
        self
    }

    /// Says what pages tell others about where their visitor came from.
    #[must_use]
    pub fn referrer_policy(self, policy: ReferrerPolicy) -> Self {
        self.replace(Field::ReferrerPolicy, policy.as_str())
    }

    /// Says whether pages that open each other share a browsing context group.
    #[must_use]
    pub fn opener_policy(self, policy: OpenerPolicy) -> Self {
        self.replace(Field::CrossOriginOpenerPolicy, policy.as_str())
    }

    /// Says who may embed the answers.
    #[must_use]
    pub fn resource_policy(self, policy: ResourcePolicy) -> Self {
        self.replace(Field::CrossOriginResourcePolicy, policy.as_str())
    }

    /// Says what pages may embed. The default says nothing.
    #[must_use]
    pub fn embedder_policy(self, policy: EmbedderPolicy) -> Self {
        self.replace(Field::CrossOriginEmbedderPolicy, policy.as_str())
    }

    /// Says whether the origin gets a process of its own (HTML, "origin-keyed agent clusters"). The default says yes.
    #[must_use]
    pub fn origin_agent_cluster(self, own: bool) -> Self {
        self.replace(Field::OriginAgentCluster, if own { "?1" } else { "?0" })
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
}
