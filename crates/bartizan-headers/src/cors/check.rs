//! Everything that is wrong with a builder's settings.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use super::{
    builder::CorsPolicyBuilder,
    error::{CorsError, CorsErrors, CorsReason},
    names,
};
use crate::{OriginError, OriginPattern, OriginSet, origin::is_public_suffix};

/// No browser remembers a preflight for longer.
const MAX_AGE: Duration = Duration::from_secs(86_400);

/// What has been checked, in the form that requests are compared with.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) origins: OriginSet,
    pub(super) methods: Vec<Box<str>>,
    pub(super) request_headers: Vec<Box<str>>,
    pub(super) expose: Vec<Box<str>>,
}

pub(super) fn check(builder: &CorsPolicyBuilder) -> Result<Names, CorsErrors> {
    let mut errors = Errors::default();
    let names = Names {
        origins: origins(builder, &mut errors),
        methods: methods(builder, &mut errors),
        request_headers: request_headers(builder, &mut errors),
        expose: expose(builder, &mut errors),
    };
    if builder.max_age > MAX_AGE || builder.max_age.subsec_nanos() != 0 {
        errors.push(
            "max_age",
            CorsReason::MaxAge {
                found: builder.max_age,
            },
        );
    }
    if errors.0.is_empty() {
        Ok(names)
    } else {
        Err(CorsErrors(errors.0))
    }
}

#[derive(Default)]
struct Errors(Vec<CorsError>);

impl Errors {
    fn push(&mut self, path: impl Into<Box<str>>, reason: CorsReason) {
        self.0.push(CorsError::new(path, reason));
    }
}

fn place(list: &str, index: usize) -> String {
    format!("{list}[{index}]")
}

fn origins(builder: &CorsPolicyBuilder, errors: &mut Errors) -> OriginSet {
    if builder.any_origin {
        if builder.credentials {
            errors.push("any_origin", CorsReason::AnyWithCredentials);
        }
        if !builder.origins.is_empty() {
            errors.push("origins", CorsReason::OriginsBesideAny);
        }
    } else if builder.origins.is_empty() {
        errors.push("origins", CorsReason::NoOrigins);
    }
    let mut patterns = Vec::new();
    let mut seen = HashMap::new();
    for (index, text) in builder.origins.iter().enumerate() {
        match checked(builder, text) {
            Ok(pattern) => match seen.entry(&**text) {
                Entry::Vacant(entry) => {
                    entry.insert(index);
                    patterns.push((index, pattern));
                }
                Entry::Occupied(entry) => {
                    let first = place("origins", *entry.get()).into();
                    errors.push(place("origins", index), CorsReason::Duplicate { first });
                }
            },
            Err(source) => {
                let text = text.clone();
                errors.push(place("origins", index), CorsReason::Origin { text, source });
            }
        }
    }
    let all = patterns.iter().map(|(_, pattern)| pattern.clone());
    let set = OriginSet::of(all, builder.public_suffix);
    for (index, pattern) in patterns {
        if let Some(wider) = set.wider(&pattern) {
            let wider = wider.as_str().into();
            errors.push(place("origins", index), CorsReason::Redundant { wider });
        }
    }
    set
}

fn checked(builder: &CorsPolicyBuilder, text: &str) -> Result<OriginPattern, OriginError> {
    let pattern = OriginPattern::parse(text)?;
    if pattern.subdomains() && !builder.public_suffix && is_public_suffix(pattern.host()) {
        return Err(OriginError::PublicSuffix);
    }
    if builder.credentials && !builder.insecure_origins && pattern.is_insecure() {
        return Err(OriginError::Insecure);
    }
    Ok(pattern)
}

fn methods(builder: &CorsPolicyBuilder, errors: &mut Errors) -> Vec<Box<str>> {
    if builder.any_method && builder.credentials {
        errors.push("any_method", CorsReason::AnyWithCredentials);
    }
    list("methods", &builder.methods, errors, |name| {
        if name == "*" {
            return Err(CorsReason::Wildcard);
        }
        if !names::is_method(name) {
            return Err(CorsReason::Name { text: name.into() });
        }
        if names::is_forbidden_method(name) {
            return Err(CorsReason::Forbidden);
        }
        if let Some(meant) = names::meant_method(name) {
            return Err(CorsReason::MethodCase { meant });
        }
        if names::is_safelisted_method(name.as_bytes()) {
            return Err(CorsReason::Safelisted);
        }
        if builder.any_method {
            return Err(CorsReason::IncludedInAny);
        }
        Ok(name.into())
    })
}

fn request_headers(builder: &CorsPolicyBuilder, errors: &mut Errors) -> Vec<Box<str>> {
    if builder.any_request_header && builder.credentials {
        errors.push("any_request_header", CorsReason::AnyWithCredentials);
    }
    list(
        "request_headers",
        &builder.request_headers,
        errors,
        |text| {
            let name = lower_case(text)?;
            if names::is_forbidden_request_header(&name) {
                return Err(CorsReason::Forbidden);
            }
            if names::is_cors_response_header(&name) {
                return Err(CorsReason::CorsField);
            }
            if builder.any_request_header && &*name != "authorization" {
                return Err(CorsReason::IncludedInAny);
            }
            Ok(name)
        },
    )
}

fn expose(builder: &CorsPolicyBuilder, errors: &mut Errors) -> Vec<Box<str>> {
    if builder.expose_any && builder.credentials {
        errors.push("expose_any", CorsReason::AnyWithCredentials);
    }
    list("expose", &builder.expose, errors, |text| {
        let name = lower_case(text)?;
        if names::is_forbidden_response_header(&name) {
            return Err(CorsReason::Forbidden);
        }
        if names::is_safelisted_response_header(&name) {
            return Err(CorsReason::Safelisted);
        }
        if names::is_cors_response_header(&name) {
            return Err(CorsReason::CorsField);
        }
        if builder.expose_any && &*name != "authorization" {
            return Err(CorsReason::IncludedInAny);
        }
        Ok(name)
    })
}

fn lower_case(text: &str) -> Result<Box<str>, CorsReason> {
    match names::header_name(text) {
        // it is a legal name too
        _ if text == "*" => Err(CorsReason::Wildcard),
        Some(name) => Ok(name.as_str().into()),
        None => Err(CorsReason::Name { text: text.into() }),
    }
}

/// What `check` makes of each item, each only once.
fn list(
    setting: &str,
    items: &[Box<str>],
    errors: &mut Errors,
    check: impl Fn(&str) -> Result<Box<str>, CorsReason>,
) -> Vec<Box<str>> {
    let mut seen: HashMap<Box<str>, usize> = HashMap::new();
    let mut names = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let reason = match check(item) {
            Ok(name) => match seen.entry(name) {
                Entry::Vacant(entry) => {
                    names.push(entry.key().clone());
                    entry.insert(index);
                    continue;
                }
                Entry::Occupied(entry) => {
                    let first = place(setting, *entry.get()).into();
                    CorsReason::Duplicate { first }
                }
            },
            Err(reason) => reason,
        };
        errors.push(place(setting, index), reason);
    }
    names
}
