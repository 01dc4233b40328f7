//! The fields themselves, prepared once for each kind of answer.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::csp::Added;

/// 365 days, the least that the preload lists accept.
pub(crate) const YEAR: Duration = Duration::from_secs(31_536_000);
/// Two years, as the OWASP Secure Headers Project advises.
pub(crate) const HSTS_MAX_AGE: Duration = Duration::from_secs(63_072_000);

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
    /// `Origin-Agent-Cluster`
    OriginAgentCluster,
    /// `X-Permitted-Cross-Domain-Policies`
    CrossDomainPolicies,
    /// `X-DNS-Prefetch-Control`
    DnsPrefetchControl,
    /// `Cache-Control`, for answers that are not documents.
    CacheControl,
}

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
            Self::OriginAgentCluster => "origin-agent-cluster",
            Self::CrossDomainPolicies => "x-permitted-cross-domain-policies",
            Self::DnsPrefetchControl => "x-dns-prefetch-control",
            Self::CacheControl => "cache-control",
        }
    }

    /// The field of this name, if it is one of these.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = DEFAULTS
            .iter()
            .map(|(field, _)| *field)
            .chain([Self::StrictTransportSecurity, Self::CacheControl]);
        all.into_iter().find(|field| field.name() == name)
    }
}

/// Powerful features, all off. Only names that browsers know; each costs bytes on every answer.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=()";

/// Fields with the same value on every answer.
const DEFAULTS: [(Field, &str); 7] = [
    (Field::ReferrerPolicy, "no-referrer"),
    (Field::PermissionsPolicy, PERMISSIONS),
    (Field::CrossOriginOpenerPolicy, "same-origin"),
    (Field::CrossOriginResourcePolicy, "same-origin"),
    (Field::OriginAgentCluster, "?1"),
    (Field::CrossDomainPolicies, "none"),
    (Field::DnsPrefetchControl, "off"),
];

/// What the builder has collected.
pub(crate) struct Values<'a> {
    pub(crate) added: &'a Added,
    pub(crate) document_csp: Option<HeaderValue>,
    pub(crate) hsts: String,
    pub(crate) without: &'a [Field],
    pub(crate) replaced: &'a [(Field, String)],
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

/// A finished map for each preset, for plain HTTP and for HTTPS.
#[derive(Debug)]
pub(crate) struct Prepared {
    maps: [[HeaderMap; 2]; 3],
    /// Laid beside a handler's own policy: browsers obey all policies at once, so a second one can only narrow.
    pub(crate) framing: HeaderValue,
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
            framing: value(&format!("frame-ancestors {}", values.added.ancestors())),
        }
    }

    pub(crate) const fn map(&self, preset: Preset, https: bool) -> &HeaderMap {
        &self.maps[preset as usize][https as usize]
    }
}

impl Values<'_> {
    fn map(&self, preset: Preset, https: bool) -> HeaderMap {
        // room for a handler's own fields, so that a clone does not rehash when they are added
        let mut map = HeaderMap::with_capacity(24);
        match preset {
            Preset::Api => map.append(header::CONTENT_SECURITY_POLICY, value(&self.added.api())),
            Preset::Document => {
                let own = self.document_csp.clone();
                let csp = own.unwrap_or_else(|| value(&self.added.document(https)));
                map.append(header::CONTENT_SECURITY_POLICY, csp)
            }
            Preset::Unchanged => false,
        };
        map.append(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        match self.added.ancestors().as_str() {
            "'none'" => map.append(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            "'self'" => map.append(
                header::X_FRAME_OPTIONS,
                HeaderValue::from_static("SAMEORIGIN"),
            ),
            _ => false,
        };
        if https {
            self.add(&mut map, Field::StrictTransportSecurity, &self.hsts);
        }
        for (field, text) in DEFAULTS {
            self.add(&mut map, field, text);
        }
        if preset == Preset::Api {
            self.add(&mut map, Field::CacheControl, "no-store");
        }
        map
    }

    fn add(&self, map: &mut HeaderMap, field: Field, default: &str) {
        if !self.without.contains(&field) {
            let replaced = self.replaced.iter().rev().find(|(of, _)| *of == field);
            let text = replaced.map_or(default, |(_, text)| text);
            map.insert(HeaderName::from_static(field.name()), value(text));
        }
    }
}

/// The builder has checked every text that is not a constant of this crate; the strictest reading of a mistake is none.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("none"))
}
