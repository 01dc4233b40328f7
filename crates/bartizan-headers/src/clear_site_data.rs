//! `Clear-Site-Data`, for the answer to a logout.

use http::{HeaderName, HeaderValue};

/// The value of a `Clear-Site-Data` field (W3C Clear Site Data, section 3.1): what the browser forgets of this origin. Browsers
/// take it over HTTPS only, and from `localhost`.
///
/// ```
/// use bartizan_headers::ClearSiteData;
///
/// assert_eq!(ClearSiteData::logout().to_value(), "\"cache\", \"cookies\", \"storage\"");
/// assert_eq!(ClearSiteData::new().cookies().to_value(), "\"cookies\"");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ClearSiteData {
    cache: bool,
    cookies: bool,
    storage: bool,
    contexts: bool,
    hints: bool,
}

impl ClearSiteData {
    /// The field's name.
    pub const NAME: HeaderName = HeaderName::from_static("clear-site-data");

    /// Nothing yet.
    pub const fn new() -> Self {
        Self {
            cache: false,
            cookies: false,
            storage: false,
            contexts: false,
            hints: false,
        }
    }

    /// Cache, cookies and storage: what the OWASP Secure Headers Project advises at logout. The cookies of all subdomains go
    /// too.
    pub const fn logout() -> Self {
        Self::new().cache().cookies().storage()
    }

    /// `"cache"`: stored answers, and pages kept for the back button.
    pub const fn cache(mut self) -> Self {
        self.cache = true;
        self
    }

    /// `"cookies"`: those of the registrable domain, and HTTP credentials.
    pub const fn cookies(mut self) -> Self {
        self.cookies = true;
        self
    }

    /// `"storage"`: local and session storage, databases, service workers.
    pub const fn storage(mut self) -> Self {
        self.storage = true;
        self
    }

    /// `"executionContexts"`: open pages are loaded anew. Few browsers know it.
    pub const fn execution_contexts(mut self) -> Self {
        self.contexts = true;
        self
    }

    /// `"clientHints"`: which hints the browser sends.
    pub const fn client_hints(mut self) -> Self {
        self.hints = true;
        self
    }

    /// The field's value. If nothing is to be forgotten, it is the empty one, which browsers ignore.
    #[must_use]
    pub fn to_value(self) -> HeaderValue {
        let parts = [
            (self.cache, "\"cache\""),
            (self.cookies, "\"cookies\""),
            (self.storage, "\"storage\""),
            (self.contexts, "\"executionContexts\""),
            (self.hints, "\"clientHints\""),
        ];
        let set: Vec<_> = parts
            .iter()
            .filter_map(|(set, word)| set.then_some(*word))
            .collect();
        HeaderValue::try_from(set.join(", ")).unwrap_or(HeaderValue::from_static("\"cookies\""))
    }
}
