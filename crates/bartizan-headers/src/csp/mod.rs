//! Content-Security-Policy from parts that can be checked.

mod builder;
mod directive;
mod hosts;
mod lint;
mod read;
mod reason;
mod render;
mod source;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::PolicyErrors;

pub(crate) use self::render::{Kind, Template};
pub use self::{
    builder::CspBuilder,
    directive::Directive,
    reason::Reason,
    source::{Sandbox, Source},
};

/// One Content-Security-Policy that a reviewer would let pass (CSP 3), or in which every danger was accepted by name.
///
/// ```
/// use bartizan_headers::{Csp, Directive, PolicyError, Reason, Source};
///
/// // Allowed: scripts with a nonce that is drawn for each answer, and what they load.
/// let strict = Csp::strict().allow(Directive::ImgSrc, "https://img.example.com").build()?;
/// assert!(strict.uses_nonce());
///
/// // Refused: everything that is wrong, at once.
/// let errors = Csp::parse("script-src https: 'unsafe-inline'; object-src 'none'").unwrap_err();
/// let reasons: Vec<_> = errors.iter().map(PolicyError::reason).collect();
/// assert_eq!(
///     reasons,
///     [Some(Reason::WholeScheme), Some(Reason::UnsafeInline), Some(Reason::MissingBaseUri)]
/// );
///
/// // Unless it is asked for by its name.
/// Csp::document()
///     .danger_allow(Directive::StyleSrc, Source::UNSAFE_INLINE)
///     .build()?;
/// # Ok::<(), bartizan_headers::PolicyErrors>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csp {
    lists: Lists,
    accepted: Vec<Accepted>,
}

/// A danger that somebody has named: a source of a directive, or that the directive is missing.
type Accepted = (Directive, Option<Source>);

/// The document preset's lists: nothing by default, then the page's own origin for what a page is made of.
const DOCUMENT: [(Directive, Source); 14] = [
    (Directive::DefaultSrc, Source::NONE),
    (Directive::ScriptSrc, Source::SELF),
    (Directive::StyleSrc, Source::SELF),
    (Directive::ImgSrc, Source::SELF),
    (Directive::FontSrc, Source::SELF),
    (Directive::ConnectSrc, Source::SELF),
    (Directive::MediaSrc, Source::SELF),
    (Directive::ManifestSrc, Source::SELF),
    (Directive::WorkerSrc, Source::SELF),
    (Directive::FrameSrc, Source::NONE),
    (Directive::FormAction, Source::SELF),
    (Directive::FrameAncestors, Source::NONE),
    (Directive::BaseUri, Source::NONE),
    (Directive::ObjectSrc, Source::NONE),
];

/// The preset of everything else: should a browser show it as a page after all, it can do nothing.
const API: [(Directive, Source); 4] = [
    (Directive::DefaultSrc, Source::NONE),
    (Directive::BaseUri, Source::NONE),
    (Directive::FormAction, Source::NONE),
    (Directive::FrameAncestors, Source::NONE),
];

impl Csp {
    /// A builder of an empty policy.
    pub fn builder() -> CspBuilder {
        CspBuilder::default()
    }

    /// A builder that starts from the policy of documents: nothing by default, the page's own origin for what a page is made
    /// of.
    pub fn document() -> CspBuilder {
        DOCUMENT
            .into_iter()
            .fold(CspBuilder::default(), |csp, (directive, source)| {
                csp.allow(directive, source)
            })
            .upgrade_insecure_requests()
    }

    /// The same with scripts by nonce alone: `script-src 'nonce-..' 'strict-dynamic'` (CSP 3, section 8.2).
    pub fn strict() -> CspBuilder {
        Self::document().only(
            Directive::ScriptSrc,
            [Source::NONCE, Source::STRICT_DYNAMIC],
        )
    }

    /// A builder that starts from the policy of everything that is no document.
    pub fn api() -> CspBuilder {
        API.into_iter()
            .fold(CspBuilder::default(), |csp, (directive, source)| {
                csp.allow(directive, source)
            })
            .sandbox()
    }

    /// Reads a policy as it stands in a header or a configuration file. `'nonce'` is the place of a nonce.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, also what a danger call could accept: for that, build it from parts.
    pub fn parse(text: &str) -> Result<Self, PolicyErrors> {
        let (builder, mut errors) = CspBuilder::read(text);
        errors.extend(builder.faults());
        PolicyErrors::unless_empty(errors)?;
        Ok(builder.checked())
    }

    /// A builder that starts from this policy, with its accepted dangers.
    pub fn to_builder(&self) -> CspBuilder {
        CspBuilder::from_parts(self.lists.clone(), self.accepted.clone())
    }

    /// Whether it has a place for a nonce.
    #[must_use]
    pub fn uses_nonce(&self) -> bool {
        self.lists
            .iter()
            .any(|(_, sources)| sources.iter().any(render::is_nonce))
    }

    /// The policy's value for a template of the kind, over HTTPS or not.
    pub(crate) fn template(&self, kind: Kind, https: bool) -> Template {
        Template::new(&self.lists, kind, https)
    }

    /// The value of `frame-ancestors`, if it has that directive.
    pub(crate) fn ancestors(&self) -> Option<String> {
        self.lists.get(Directive::FrameAncestors).map(render::words)
    }

    /// Whether somebody hears of what it stops.
    pub(crate) fn reports(&self) -> bool {
        let has = |directive| self.lists.get(directive).is_some();
        has(Directive::ReportTo) || has(Directive::ReportUri)
    }
}

/// The text as sent over HTTPS, with `'nonce'` in a nonce's place.
impl fmt::Display for Csp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (directive, sources)) in self.lists.iter().enumerate() {
            let gap = if place == 0 { "" } else { "; " };
            let space = if sources.is_empty() { "" } else { " " };
            write!(f, "{gap}{directive}{space}{}", render::words(sources))?;
        }
        Ok(())
    }
}

/// Directives in their order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Lists(Vec<(Directive, Vec<Source>)>);

impl Lists {
    fn iter(&self) -> impl Iterator<Item = (Directive, &[Source])> {
        self.0
            .iter()
            .map(|(directive, sources)| (*directive, sources.as_slice()))
    }

    fn get(&self, directive: Directive) -> Option<&[Source]> {
        let mut all = self.iter();
        all.find(|(of, _)| *of == directive).map(|(_, list)| list)
    }

    /// The directive's list, which is made if it is not there.
    fn entry(&mut self, directive: Directive) -> &mut Vec<Source> {
        let at = self.0.iter().position(|(of, _)| *of == directive);
        let at = at.unwrap_or_else(|| {
            self.0.push((directive, Vec::new()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }
}
