//! What extractors go by.

use std::sync::Arc;

use http::{HeaderMap, header, request::Parts};

use crate::{Limits, Rejection, Texts, choose_language};

/// What the extractors go by: limits, and texts in other languages. `Router::layer(axum::Extension(settings))` sets it for the
/// routes below; without it the defaults hold.
///
/// ```
/// use bartizan_validate::{Limits, Settings, Violation};
///
/// let mut limits = Limits::default();
/// limits.bytes = 1 << 20;
/// let german = |violation: &Violation, language: &str| match (language, &*violation.code) {
///     ("de", "email") => Some("muss eine E-Mail-Adresse sein".into()),
///     _ => None, // the English text stays
/// };
/// let settings = Settings::new(limits).with_texts(&["en", "de"], german);
/// # let _ = settings;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub(super) limits: Limits,
    languages: &'static [&'static str],
    texts: Option<Arc<dyn Texts>>,
}

impl Settings {
    /// With these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// With texts in these languages. The first is that of the texts which are there anyway; a client that likes none of them gets
    /// it.
    #[must_use]
    pub fn with_texts(
        mut self,
        languages: &'static [&'static str],
        texts: impl Texts + 'static,
    ) -> Self {
        self.languages = languages;
        self.texts = Some(Arc::new(texts));
        self
    }

    pub(super) fn of(head: &Parts) -> Self {
        head.extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// The rejection in the language that the client likes best.
    pub(super) fn told(&self, mut rejection: Rejection, headers: &HeaderMap) -> Rejection {
        if let (Rejection::Invalid(violations), Some(texts)) = (&mut rejection, &self.texts) {
            let field = headers.get(header::ACCEPT_LANGUAGE);
            let liked = field.and_then(|field| choose_language(field, self.languages));
            if let Some(language) = liked.or(self.languages.first().copied()) {
                violations.translate(&**texts, language);
            }
        }
        rejection
    }
}
