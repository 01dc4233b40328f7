//! The fields themselves, prepared once for each kind of answer.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{
    Csp,
    csp::{Kind, Template},
    shared,
};

/// A field that a policy may leave out or change. The floor (`X-Content-Type-Options`, `X-Frame-Options`) and
/// Content-Security-Policy have their own calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// `Strict-Transport-Security`
    StrictTransportSecurity,
    /// `Referrer-Policy`
    ReferrerPolicy,
    /// `Permissions-Policy`
    PermissionsPolicy,
    /// `Cross-Origin-Opener-Policy`
    CrossOriginOpenerPolicy,
    /// `Cross-Origin-Resource-Policy`
    CrossOriginResourcePolicy,
    /// `Cross-Origin-Embedder-Policy`, which is not sent unless it is given a value.
    CrossOriginEmbedderPolicy,
    /// `Origin-Agent-Cluster`
    OriginAgentCluster,
    /// `X-Permitted-Cross-Domain-Policies`
    CrossDomainPolicies,
    /// `X-DNS-Prefetch-Control`
    DnsPrefetchControl,
    /// `Cache-Control`, for answers that are not documents. Without it, documents for one person lose their `no-store` too.
    CacheControl,
}

const ALL: [Field; 10] = [
    Field::StrictTransportSecurity,
    Field::ReferrerPolicy,
    Field::PermissionsPolicy,
    Field::CrossOriginOpenerPolicy,
    Field::CrossOriginResourcePolicy,
    Field::CrossOriginEmbedderPolicy,
    Field::OriginAgentCluster,
    Field::CrossDomainPolicies,
    Field::DnsPrefetchControl,
    Field::CacheControl,
];

impl Field {
    /// The field's name, lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StrictTransportSecurity => "strict-transport-security",
            Self::ReferrerPolicy => "referrer-policy",
            Self::PermissionsPolicy => "permissions-policy",
            Self::CrossOriginOpenerPolicy => "cross-origin-opener-policy",
            Self::CrossOriginResourcePolicy => "cross-origin-resource-policy",
            Self::CrossOriginEmbedderPolicy => "cross-origin-embedder-policy",
            Self::OriginAgentCluster => "origin-agent-cluster",
            Self::CrossDomainPolicies => "x-permitted-cross-domain-policies",
            Self::DnsPrefetchControl => "x-dns-prefetch-control",
            Self::CacheControl => "cache-control",
        }
    }

    /// The field of this name, if it is one of these.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ALL.into_iter().find(|field| field.name() == name)
    }
}

/// What the builder has collected and checked.
pub(crate) struct Values<'a> {
    pub(crate) document: &'a Csp,
    /// A document policy that nobody has checked.
    pub(crate) danger_document: Option<HeaderValue>,
    pub(crate) document_report_only: Option<&'a Csp>,
    pub(crate) api: &'a Csp,
    pub(crate) reporting_endpoints: Option<String>,
    /// In the order in which they are sent; fields that the policy leaves out are missing.
    pub(crate) fields: Vec<(Field, String)>,
}

/// One kind of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preset {
    /// Data, and whatever does not say what it is.
    Api,
    /// HTML and XHTML.
    Document,
    /// A 304 that does not say what it is about. A cache copies its fields into the stored answer (RFC 9111, section
    /// 3.2), so it gets only those on which the other two agree.
    Unchanged,
}

/// A finished map for each preset, for plain HTTP and for HTTPS, and what a nonce changes in that of documents.
#[derive(Debug)]
pub(crate) struct Prepared {
    maps: [[HeaderMap; 2]; 3],
    /// Laid beside a handler's own policy: browsers obey all policies at once, so a second one can only narrow.
    framing: [HeaderValue; 2],
    nonced: [Vec<(HeaderName, Template)>; 2],
}

impl Prepared {
    pub(crate) fn new(values: &Values<'_>) -> Self {
        let map = |preset| [false, true].map(|https| values.map(preset, https));
        Self {
            maps: [
                map(Preset::Api),
                map(Preset::Document),
                map(Preset::Unchanged),
            ],
            framing: [values.api, values.document]
                .map(|csp| value(&format!("frame-ancestors {}", ancestors(csp)))),
            nonced: [false, true].map(|https| values.nonced(https)),
        }
    }

    pub(crate) const fn map(&self, preset: Preset, https: bool) -> &HeaderMap {
        &self.maps[preset as usize][https as usize]
    }

    pub(crate) const fn framing(&self, preset: Preset) -> &HeaderValue {
        match preset {
            Preset::Document => &self.framing[1],
            Preset::Api | Preset::Unchanged => &self.framing[0],
        }
    }

    /// The policies of a document with this nonce.
    pub(crate) fn with_nonce(
        &self,
        nonce: &str,
        https: bool,
    ) -> impl Iterator<Item = (&HeaderName, HeaderValue)> {
        let templates = &self.nonced[usize::from(https)];
        templates
            .iter()
            .filter_map(move |(name, template)| Some((name, template.with_nonce(nonce)?)))
    }
}

impl Values<'_> {
    fn map(&self, preset: Preset, https: bool) -> HeaderMap {
        // room for a handler's own fields, so that a clone does not rehash when they are added
        let mut map = HeaderMap::with_capacity(24);
        let csp = match preset {
            Preset::Api => Some(self.api),
            Preset::Document => Some(self.document),
            Preset::Unchanged => None,
        };
        if let Some(csp) = csp {
            let checked = csp.template(Kind::Enforced, https).without_nonce().clone();
            let danger = self.danger_document.clone();
            let danger = danger.filter(|_| preset == Preset::Document);
            map.append(header::CONTENT_SECURITY_POLICY, danger.unwrap_or(checked));
        }
        map.append(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        // on an answer that does not say what it is, only if the other two agree
        let same = ancestors(self.api) == ancestors(self.document);
        let frame_options = match ancestors(csp.unwrap_or(self.api)).as_str() {
            _ if csp.is_none() && !same => None,
            "'none'" => Some("DENY"),
            "'self'" => Some("SAMEORIGIN"),
            _ => None,
        };
        if let Some(text) = frame_options {
            map.append(header::X_FRAME_OPTIONS, HeaderValue::from_static(text));
        }
        for (field, text) in &self.fields {
            let here = match field {
                Field::StrictTransportSecurity => https,
                Field::CacheControl => preset == Preset::Api,
                _ => true,
            };
            if here {
                map.insert(HeaderName::from_static(field.name()), value(text));
            }
        }
        if preset == Preset::Document {
            if let Some(csp) = self.document_report_only {
                let text = csp.template(Kind::ReportOnly, https);
                let name = header::CONTENT_SECURITY_POLICY_REPORT_ONLY;
                map.append(name, text.without_nonce().clone());
            }
            if let Some(text) = &self.reporting_endpoints {
                map.append(HeaderName::from_static("reporting-endpoints"), value(text));
            }
        }
        map
    }

    fn nonced(&self, https: bool) -> Vec<(HeaderName, Template)> {
        let enforced = self.danger_document.is_none().then_some(self.document);
        let enforced = enforced.map(|csp| (header::CONTENT_SECURITY_POLICY, Kind::Enforced, csp));
        let watched = self.document_report_only.map(|csp| {
            let name = header::CONTENT_SECURITY_POLICY_REPORT_ONLY;
            (name, Kind::ReportOnly, csp)
        });
        [enforced, watched]
            .into_iter()
            .flatten()
            .filter(|(_, _, csp)| csp.uses_nonce())
            .map(|(name, kind, csp)| (name, csp.template(kind, https)))
            .collect()
    }
}

fn ancestors(csp: &Csp) -> String {
    csp.ancestors().unwrap_or_else(|| "'none'".to_owned())
}

/// The builder has checked every text that is not a constant of this crate; the strictest reading of a mistake is none.
fn value(text: &str) -> HeaderValue {
    shared::value(text).unwrap_or(HeaderValue::from_static("none"))
}
