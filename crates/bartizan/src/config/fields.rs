//! From the texts of a configuration to the fields of an answer.

use bartizan_headers::{
    Allowlist, Csp, CspBuilder, Directive, Feature, PermissionsPolicy, PolicyBuilder, PolicyError,
    PolicyErrors, Source,
};

use super::{
    headers::Directives,
    words::{Word, word},
};

/// What `[headers]` and each `[[header_policy]]` say alike.
pub(super) struct Fields<'a> {
    pub(super) strict_csp: bool,
    pub(super) csp: &'a Directives,
    pub(super) danger_csp: &'a Directives,
    pub(super) csp_report_only: &'a Directives,
    pub(super) referrer_policy: Option<&'a str>,
    pub(super) opener_policy: Option<&'a str>,
    pub(super) resource_policy: Option<&'a str>,
    pub(super) embedder_policy: Option<&'a str>,
    pub(super) permissions: &'a [String],
}

/// Takes what is wrong with a key.
type Wrong<'a> = dyn FnMut(String, Box<dyn std::error::Error + Send + Sync>) + 'a;

impl Fields<'_> {
    /// Puts them into a policy. What cannot be is left out and told.
    pub(super) fn put(&self, mut policy: PolicyBuilder, wrong: &mut Wrong<'_>) -> PolicyBuilder {
        let begin = match self.strict_csp {
            true => Csp::strict(),
            false => Csp::document(),
        };
        let csp = each("csp", self.csp, wrong).into_iter().fold(begin, only);
        let dangers = each("danger_csp", self.danger_csp, wrong);
        let csp = dangers.into_iter().fold(csp, |csp, (directive, sources)| {
            sources.iter().fold(csp, |csp, source| {
                csp.danger_allow(directive, source.clone())
            })
        });
        if !self.csp_report_only.is_empty() {
            let watched = each("csp_report_only", self.csp_report_only, wrong);
            let watched = watched.into_iter().fold(csp.clone(), only);
            match watched.build() {
                Ok(csp) => policy = policy.document_csp_report_only(csp),
                Err(errors) => self.tell("csp_report_only", self.csp_report_only, &errors, wrong),
            }
        }
        match csp.build() {
            Ok(csp) => policy = policy.document_csp(csp),
            Err(errors) => self.tell("csp", self.csp, &errors, wrong),
        }
        policy = put(
            policy,
            "referrer_policy",
            self.referrer_policy,
            PolicyBuilder::referrer_policy,
            wrong,
        );
        policy = put(
            policy,
            "opener_policy",
            self.opener_policy,
            PolicyBuilder::opener_policy,
            wrong,
        );
        policy = put(
            policy,
            "resource_policy",
            self.resource_policy,
            PolicyBuilder::resource_policy,
            wrong,
        );
        policy = put(
            policy,
            "embedder_policy",
            self.embedder_policy,
            PolicyBuilder::embedder_policy,
            wrong,
        );
        let names = self.permissions.iter();
        let permissions = names.fold(PermissionsPolicy::default(), |permissions, name| {
            permissions.allow(Feature::from_name(name), Allowlist::Page)
        });
        policy.permissions_policy(permissions)
    }

    /// What is wrong with a Content-Security-Policy, by directive and place. A danger that nobody named says how to name it.
    fn tell(&self, key: &str, written: &Directives, errors: &PolicyErrors, wrong: &mut Wrong<'_>) {
        for error in errors {
            let PolicyError::Directive {
                directive,
                source,
                reason,
            } = error
            else {
                wrong(key.to_owned(), why(error).into());
                continue;
            };
            let name_in = |list: &Directives| {
                let mut names = list.keys();
                let is = |name: &&String| dashed(name).eq_ignore_ascii_case(directive);
                names.find(is).cloned()
            };
            let (key, name, list) = match (name_in(written), name_in(self.danger_csp)) {
                (Some(name), _) => (key, name, Some(written)),
                (None, Some(name)) => ("danger_csp", name, Some(self.danger_csp)),
                (None, None) => (key, directive.replace('-', "_"), None),
            };
            let mut sources = list.and_then(|list| list.get(&name)).into_iter().flatten();
            let place = sources.position(|text| Some(text) == source.as_ref());
            let place = place.map_or_else(String::new, |place| format!("[{place}]"));
            let accept = match reason.is_danger() && source.is_some() && key != "danger_csp" {
                true => format!("; danger_csp.{name} accepts it"),
                false => String::new(),
            };
            wrong(
                format!("{key}.{name}{place}"),
                format!("{reason}{accept}").into(),
            );
        }
    }
}

/// What is wrong, without the value.
pub(super) fn why(error: &PolicyError) -> String {
    match error {
        PolicyError::Permission { .. } => "must be names of features, as camera".to_owned(),
        PolicyError::Endpoint { .. } => "must be a path or an https address".to_owned(),
        PolicyError::CookieName { .. } => "must be names of cookies".to_owned(),
        PolicyError::Route {
            duplicate: false, ..
        } => "must be a path such as /embed/logo, or /embed/** for all below".to_owned(),
        PolicyError::Route { .. } => "is there twice".to_owned(),
        error => error.to_string(),
    }
}

/// The key of `[headers]` that a fault of the whole policy is about.
pub(super) const fn key_of(error: &PolicyError) -> &'static str {
    match error {
        PolicyError::Preload { .. } => "hsts_preload",
        PolicyError::Permission { .. } => "permissions",
        PolicyError::Endpoint { .. } => "reports_to",
        PolicyError::CookieName { .. } => "session_cookies",
        PolicyError::ReportsUnheard => "csp_report_only",
        _ => "csp",
    }
}

/// A directive's name in a file may have `_` for `-`, as all other keys.
fn dashed(name: &str) -> String {
    name.replace('_', "-")
}

/// Directives by name, each with its sources. An unknown name is told.
fn each(key: &str, written: &Directives, wrong: &mut Wrong<'_>) -> Vec<(Directive, Vec<Source>)> {
    let mut known: Vec<(Directive, Vec<Source>)> = Vec::new();
    for (name, sources) in written {
        match Directive::from_name(&dashed(name)) {
            // `img_src` and `img-src`: one of them would be lost
            Some(directive) if known.iter().any(|(other, _)| *other == directive) => {
                wrong(format!("{key}.{name}"), "is there twice".into());
            }
            Some(directive) => {
                let sources = sources.iter().cloned().map(Source::from);
                known.push((directive, sources.collect()));
            }
            None => wrong(
                format!("{key}.{name}"),
                "is no directive of Content-Security-Policy, or one that browsers have given up"
                    .into(),
            ),
        }
    }
    known
}

/// No sources allow nothing. Directives that are only there or not have none.
fn only(csp: CspBuilder, (directive, sources): (Directive, Vec<Source>)) -> CspBuilder {
    let is_flag = matches!(
        directive,
        Directive::Sandbox | Directive::UpgradeInsecureRequests
    );
    match sources.is_empty() && !is_flag {
        true => csp.none(directive),
        false => csp.only(directive, sources),
    }
}

fn put<T: Word>(
    policy: PolicyBuilder,
    key: &str,
    text: Option<&str>,
    set: fn(PolicyBuilder, T) -> PolicyBuilder,
    wrong: &mut Wrong<'_>,
) -> PolicyBuilder {
    match text.map(word) {
        None => policy,
        Some(Ok(value)) => set(policy, value),
        Some(Err(why)) => {
            wrong(key.to_owned(), why.into());
            policy
        }
    }
}
