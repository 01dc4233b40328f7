//! What a reviewer would say to a policy.
//!
//! The verdicts are those of Google's CSP Evaluator (npm `csp_evaluator` 1.1.8) where that rates HIGH, SYNTAX or MEDIUM,
//! and stricter in some places; `tests/csp_verdicts.rs` lists both.

use std::net::Ipv4Addr;

use super::{
    Directive, Lists, Source,
    directive::Value,
    hosts::is_open,
    read::{Host, Read, base64, read},
    reason::Reason,
    source::SANDBOX,
};
use crate::PolicyError;

/// 128 bits in digits of base64: what CSP 3, section 7.1 asks of a nonce.
const NONCE_DIGITS: usize = 22;

/// Everything that is wrong, each with its place.
pub(crate) fn lint(lists: &Lists) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (directive, sources) in lists.iter() {
        List::new(lists, directive, sources).check(&mut faults);
    }
    let mut missing = |directive, reason| {
        faults.push(Fault {
            directive,
            source: None,
            reason,
        });
    };
    let default = lists.get(Directive::DefaultSrc);
    if default.is_none() && lists.get(Directive::ScriptSrc).is_none() {
        missing(Directive::ScriptSrc, Reason::MissingScriptSrc);
    }
    let nothing =
        |sources: &[Source]| matches!(sources, [only] if read(only.as_str()) == Ok(Read::None));
    if !default.is_some_and(nothing) && lists.get(Directive::ObjectSrc).is_none() {
        missing(Directive::ObjectSrc, Reason::MissingObjectSrc);
    }
    if lists.get(Directive::BaseUri).is_none() {
        missing(Directive::BaseUri, Reason::MissingBaseUri);
    }
    faults
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) directive: Directive,
    pub(crate) source: Option<Source>,
    pub(crate) reason: Reason,
}

impl From<Fault> for PolicyError {
    fn from(fault: Fault) -> Self {
        Self::Directive {
            directive: fault.directive.name().to_owned(),
            source: fault.source.map(|source| source.as_str().to_owned()),
            reason: fault.reason,
        }
    }
}

/// A directive with its sources, and what its neighbours make of it.
struct List<'a> {
    directive: Directive,
    sources: &'a [Source],
    /// Whether it decides about scripts, be it because the others fall back to it.
    scripts: bool,
    styles: bool,
    /// Whether what it lets in can run.
    runs: bool,
    trusted: bool,
    strict: bool,
    eval: bool,
}

impl<'a> List<'a> {
    fn new(lists: &Lists, directive: Directive, sources: &'a [Source]) -> Self {
        let has = |keyword: Read<'_>| {
            let mut all = sources.iter();
            all.any(|source| read(source.as_str()) == Ok(keyword))
        };
        let hashed = |source: &Source| {
            matches!(
                read(source.as_str()),
                Ok(Read::Hash | Read::FixedNonce(_) | Read::Nonce)
            )
        };
        let stands_for = |other| directive == Directive::DefaultSrc && lists.get(other).is_none();
        let scripts = directive.is_script() || stands_for(Directive::ScriptSrc);
        let objects = directive == Directive::ObjectSrc || stands_for(Directive::ObjectSrc);
        Self {
            directive,
            sources,
            scripts,
            styles: directive.is_style() || stands_for(Directive::StyleSrc),
            runs: scripts || objects || directive == Directive::BaseUri,
            trusted: sources.iter().any(hashed),
            strict: scripts && has(Read::StrictDynamic),
            eval: has(Read::UnsafeEval),
        }
    }

    fn check(&self, faults: &mut Vec<Fault>) {
        for source in self.sources {
            let verdict = match self.directive.value() {
                Value::Sources => self.source(source, false),
                Value::Origins => self.source(source, true),
                Value::Addresses => address(source.as_str()),
                _ => self.word(source.as_str()),
            };
            if let Err(reason) = verdict {
                faults.push(Fault {
                    directive: self.directive,
                    source: Some(source.clone()),
                    reason,
                });
            }
        }
    }

    fn source(&self, source: &Source, origins_only: bool) -> Result<(), Reason> {
        let here = |fits: bool| fits.then_some(()).ok_or(Reason::NotHere);
        let inline = self.scripts || self.styles;
        match read(source.as_str())? {
            Read::None if self.sources.len() > 1 => Err(Reason::NoneBesideOthers),
            Read::None | Read::SelfOrigin => Ok(()),
            Read::Host(host) => self.host(&host),
            Read::Scheme(scheme) => self.scheme(scheme),
            _ if origins_only => Err(Reason::NotHere),
            Read::Nonce | Read::Hash | Read::ReportSample => here(inline),
            Read::FixedNonce(nonce) if inline => Err(match base64(nonce) {
                Some(digits) if digits >= NONCE_DIGITS => Reason::FixedNonce,
                _ => Reason::ShortNonce,
            }),
            Read::FixedNonce(_) => Err(Reason::NotHere),
            Read::StrictDynamic | Read::UnsafeHashes if inline && !self.trusted => {
                Err(Reason::Alone)
            }
            Read::UnsafeHashes => here(inline),
            Read::StrictDynamic | Read::WasmUnsafeEval | Read::SpeculationRules => {
                here(self.scripts)
            }
            Read::UnsafeEval if self.scripts => Err(Reason::UnsafeEval),
            Read::UnsafeEval => Err(Reason::NotHere),
            Read::UnsafeInline if !inline => Err(Reason::NotHere),
            // with one of these beside it browsers ignore it
            Read::UnsafeInline if self.trusted || self.strict => Ok(()),
            Read::UnsafeInline if self.scripts => Err(Reason::UnsafeInline),
            Read::UnsafeInline => Err(Reason::UnsafeInlineStyle),
        }
    }

    fn scheme(&self, scheme: &str) -> Result<(), Reason> {
        let harmless = ["data", "blob", "https", "mediastream"];
        let passive = self.directive.is_passive() && harmless.contains(&scheme);
        // a default that scripts, styles and plugins do not fall back to decides about little
        let default = self.directive == Directive::DefaultSrc && !self.runs;
        if self.strict || passive || default {
            Ok(())
        } else {
            Err(Reason::WholeScheme)
        }
    }

    fn host(&self, host: &Host<'_>) -> Result<(), Reason> {
        if self.strict {
            // browsers ignore hosts then; older ones read them
            return Ok(());
        }
        let default = self.directive == Directive::DefaultSrc && !self.runs;
        if host.is_wild() && !default {
            return Err(Reason::Wildcard);
        }
        if host.is_plain() {
            return Err(Reason::PlainHttp);
        }
        if host.is_address() {
            return Err(Reason::IpHost);
        }
        if self.runs && self.directive != Directive::BaseUri && is_open(host, self.eval) {
            return Err(Reason::OpenHost);
        }
        // all of HTTPS is harmless for what is only shown, so a part of it is
        if host.is_public() && !self.directive.is_passive() && !default {
            return Err(Reason::Wildcard);
        }
        Ok(())
    }

    /// A value of a directive that has no sources.
    fn word(&self, text: &str) -> Result<(), Reason> {
        let known = match self.directive.value() {
            Value::Sandbox => {
                let both = ["allow-scripts", "allow-same-origin"]
                    .map(|flag| self.sources.iter().any(|source| source.as_str() == flag));
                if text == "allow-same-origin" && both == [true, true] {
                    return Err(Reason::SandboxEscape);
                }
                SANDBOX.contains(&text)
            }
            Value::TrustedTypesSink => text == "'script'",
            Value::Webrtc => matches!(text, "'allow'" | "'block'"),
            Value::TrustedTypes => {
                let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-#=_/@.%".contains(&byte);
                let name = !text.is_empty() && text.bytes().all(sign);
                name || matches!(text, "'allow-duplicates'" | "'none'")
            }
            Value::Endpoint => crate::endpoint::is_name(text) && self.sources.len() == 1,
            _ => false,
        };
        known.then_some(()).ok_or(if text.starts_with('\'') {
            Reason::UnknownKeyword
        } else {
            Reason::Malformed
        })
    }
}

/// Where reports go: a path of this origin, or a host over HTTPS.
fn address(text: &str) -> Result<(), Reason> {
    let strange = |byte: u8| !byte.is_ascii_graphic() || b";,\"<>\\`'".contains(&byte);
    if text.bytes().any(strange) {
        return Err(Reason::Malformed);
    }
    if text.starts_with('/') && !text.starts_with("//") {
        return Ok(());
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(Reason::Malformed);
    };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    match scheme {
        "http" => Err(Reason::PlainHttp),
        "https" if host.parse::<Ipv4Addr>().is_ok() => Err(Reason::IpHost),
        "https" if !host.is_empty() => Ok(()),
        _ => Err(Reason::Malformed),
    }
}
