use std::{collections::BTreeMap, time::Duration};

use bartizan_headers::{self as headers, CookieRepair, Policies, Policy, PolicyError};
use serde::Deserialize;

use super::{
    ConfigError,
    fields::{Fields, key_of, why},
};

/// Names of directives, each with its sources.
pub type Directives = BTreeMap<String, Vec<String>>;

/// Security fields of every answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct HeadersConfig {
    /// When the connection counts as HTTPS.
    pub transport: Transport,
    /// Seconds that browsers insist on HTTPS. Default: two years.
    pub hsts_max_age_secs: u64,
    /// Whether they do so for subdomains too. Default: true.
    pub hsts_subdomains: bool,
    /// Agrees to the browsers' preload lists.
    pub hsts_preload: bool,
    /// Keeps `Server`, `X-Powered-By` and the like. Default: they are removed.
    pub keep_disclosure: bool,
    /// Cookies that make an answer one for a single person, which no cache may keep.
    pub session_cookies: Vec<String>,
    /// Adds `Secure`, `HttpOnly` and `SameSite` to cookies that lack them.
    pub repair_cookies: bool,
    /// Where browsers report what the documents' policy stops: a path or an `https` address.
    pub reports_to: Option<String>,
    /// Begins documents' Content-Security-Policy with scripts by nonce alone instead of the page's own origin.
    pub strict_csp: bool,
    /// Directives of documents' Content-Security-Policy, as `script-src`, each with all its sources.
    pub csp: Directives,
    /// Sources that a reviewer would call dangerous, added to those of `csp`.
    pub danger_csp: Directives,
    /// Directives in which a policy that is only reported differs from the one that holds.
    pub csp_report_only: Directives,
    /// What pages tell others about where their visitor came from. Default: `no-referrer`.
    pub referrer_policy: Option<String>,
    /// Whether pages that open each other share a browsing context group. Default: `same-origin`.
    pub opener_policy: Option<String>,
    /// Who may embed the answers. Default: `same-origin`.
    pub resource_policy: Option<String>,
    /// What pages may embed. Default: everything.
    pub embedder_policy: Option<String>,
    /// Features that pages themselves may use, as `camera`, of those that are off by default.
    pub permissions: Vec<String>,
}

impl Default for HeadersConfig {
    fn default() -> Self {
        Self {
            transport: Transport::default(),
            hsts_max_age_secs: 2 * 365 * 24 * 60 * 60,
            hsts_subdomains: true,
            hsts_preload: false,
            keep_disclosure: false,
            session_cookies: Vec::new(),
            repair_cookies: false,
            reports_to: None,
            strict_csp: false,
            csp: Directives::new(),
            danger_csp: Directives::new(),
            csp_report_only: Directives::new(),
            referrer_policy: None,
            opener_policy: None,
            resource_policy: None,
            embedder_policy: None,
            permissions: Vec::new(),
        }
    }
}

/// Other security fields for some paths. What it does not say is as in the default policy, not as in `headers`; transport, HSTS,
/// cookies and reports are the site's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct HeaderPolicyConfig {
    /// Paths as `/embed/logo`, or `/embed/**` for it and all below.
    pub routes: Vec<String>,
    /// Begins documents' Content-Security-Policy with scripts by nonce alone instead of the page's own origin.
    pub strict_csp: bool,
    /// Directives of documents' Content-Security-Policy, as `script-src`, each with all its sources.
    pub csp: Directives,
    /// Sources that a reviewer would call dangerous, added to those of `csp`.
    pub danger_csp: Directives,
    /// Directives in which a policy that is only reported differs from the one that holds.
    pub csp_report_only: Directives,
    /// What pages tell others about where their visitor came from. Default: `no-referrer`.
    pub referrer_policy: Option<String>,
    /// Whether pages that open each other share a browsing context group. Default: `same-origin`.
    pub opener_policy: Option<String>,
    /// Who may embed the answers. Default: `same-origin`.
    pub resource_policy: Option<String>,
    /// What pages may embed. Default: everything.
    pub embedder_policy: Option<String>,
    /// Features that pages themselves may use, as `camera`, of those that are off by default.
    pub permissions: Vec<String>,
}

/// When the connection counts as HTTPS (RFC 6797 section 7.2: `Strict-Transport-Security` is never sent over plain HTTP).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Transport {
    /// When the request's URI says so.
    #[default]
    FromRequest,
    /// Always: TLS ends here or at a proxy in front.
    Https,
    /// Never.
    Plain,
}

impl From<Transport> for headers::Transport {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::FromRequest => Self::FromRequest,
            Transport::Https => Self::Https,
            Transport::Plain => Self::Plain,
        }
    }
}

impl HeadersConfig {
    fn fields(&self) -> Fields<'_> {
        Fields {
            strict_csp: self.strict_csp,
            csp: &self.csp,
            danger_csp: &self.danger_csp,
            csp_report_only: &self.csp_report_only,
            referrer_policy: self.referrer_policy.as_deref(),
            opener_policy: self.opener_policy.as_deref(),
            resource_policy: self.resource_policy.as_deref(),
            embedder_policy: self.embedder_policy.as_deref(),
            permissions: &self.permissions,
        }
    }

    /// What belongs to the site and not to single answers.
    fn site(&self) -> headers::PolicyBuilder {
        let mut policy = Policy::builder()
            .transport(self.transport.into())
            .hsts_max_age(Duration::from_secs(self.hsts_max_age_secs))
            .nonces_from_os();
        if !self.hsts_subdomains {
            policy = policy.hsts_without_subdomains();
        }
        if self.hsts_preload {
            policy = policy.hsts_preload();
        }
        if self.keep_disclosure {
            policy = policy.keep_disclosure();
        }
        if self.repair_cookies {
            policy = policy.repair_cookies(CookieRepair::new());
        }
        if let Some(url) = &self.reports_to {
            policy = policy.reports("policy", url);
        }
        self.session_cookies
            .iter()
            .fold(policy, headers::PolicyBuilder::session_cookie)
    }
}

impl HeaderPolicyConfig {
    fn fields(&self) -> Fields<'_> {
        Fields {
            strict_csp: self.strict_csp,
            csp: &self.csp,
            danger_csp: &self.danger_csp,
            csp_report_only: &self.csp_report_only,
            referrer_policy: self.referrer_policy.as_deref(),
            opener_policy: self.opener_policy.as_deref(),
            resource_policy: self.resource_policy.as_deref(),
            embedder_policy: self.embedder_policy.as_deref(),
            permissions: &self.permissions,
        }
    }
}

pub(super) fn policies(
    site: &HeadersConfig,
    routes: &[HeaderPolicyConfig],
) -> Result<Policies, Vec<ConfigError>> {
    let mut errors = Vec::new();
    let own = build(site, &site.fields(), "headers", &mut errors);
    let mut by_path: Vec<(&str, Policy)> = Vec::new();
    for (index, policy) in routes.iter().enumerate() {
        let key = format!("header_policy[{index}]");
        if policy.routes.is_empty() {
            errors.push(ConfigError::text(format!("{key}.routes"), "has none"));
        }
        let before = errors.len();
        let built = build(site, &policy.fields(), &key, &mut errors);
        // what is wrong with the site was told already
        let site_is_wrong = own.is_none() && built.is_none();
        if site_is_wrong {
            let key = format!("{key}.");
            let of_site = |error: &ConfigError| {
                let rest = error.key().strip_prefix(&key);
                rest.is_some_and(|rest| SITE.contains(&rest))
            };
            let new = errors.split_off(before);
            errors.extend(new.into_iter().filter(|error| !of_site(error)));
        }
        // an empty policy keeps the places of routes
        let built = built.unwrap_or_default();
        by_path.extend(
            policy
                .routes
                .iter()
                .map(|route| (route.as_str(), built.clone())),
        );
    }
    let policies = Policies::new(own.unwrap_or_default()).by_path(by_path);
    let policies = policies.map_err(|wrong| {
        let places = wrong.iter().map(|error| {
            let key = match error {
                PolicyError::Route { route, .. } => route_key(routes, route),
                _ => "header_policy".to_owned(),
            };
            ConfigError::new(key, why(error))
        });
        errors.extend(places);
    });
    match (errors.is_empty(), policies) {
        (true, Ok(policies)) => Ok(policies),
        _ => Err(errors),
    }
}

/// Keys of a site, of which a policy for some paths has none.
const SITE: [&str; 3] = ["hsts_preload", "session_cookies", "reports_to"];

fn build(
    site: &HeadersConfig,
    fields: &Fields<'_>,
    key: &str,
    errors: &mut Vec<ConfigError>,
) -> Option<Policy> {
    let before = errors.len();
    let policy = fields.put(site.site(), &mut |name, error| {
        errors.push(ConfigError::new(format!("{key}.{name}"), error));
    });
    match policy.build() {
        Ok(policy) => (errors.len() == before).then_some(policy),
        Err(wrong) => {
            // The address of reports is a value of each policy that reports; its fault is told once, by its own key.
            let is_address = |error: &&PolicyError| {
                matches!(error, PolicyError::Directive { directive, .. }
                    if matches!(directive.as_str(), "report-uri" | "report-to"))
            };
            let wrong = wrong.iter().filter(|error| !is_address(error));
            errors.extend(
                wrong.map(|error| ConfigError::new(format!("{key}.{}", key_of(error)), why(error))),
            );
            None
        }
    }
}

/// The last place of a route: of two, the second is one too many.
fn route_key(policies: &[HeaderPolicyConfig], route: &str) -> String {
    let mut places = policies.iter().enumerate().flat_map(|(index, policy)| {
        let routes = policy.routes.iter().enumerate();
        routes.map(move |(place, text)| (index, place, text))
    });
    let found = places.rfind(|(_, _, text)| *text == route);
    found.map_or_else(
        || "header_policy".to_owned(),
        |(index, place, _)| format!("header_policy[{index}].routes[{place}]"),
    )
}
