//! Fields with one word of a short list.

/// What a page tells others about where their visitor came from (Referrer Policy, section 3). `unsafe-url` is missing: it
/// sends whole addresses over plain HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferrerPolicy {
    /// `no-referrer`: nothing.
    #[default]
    NoReferrer,
    /// `same-origin`: the address, to the page's own origin.
    SameOrigin,
    /// `strict-origin`: the origin, not from HTTPS to HTTP.
    StrictOrigin,
    /// `strict-origin-when-cross-origin`: the address to itself, the origin to others.
    StrictOriginWhenCrossOrigin,
    /// `origin`: the origin, also to plain HTTP.
    Origin,
    /// `origin-when-cross-origin`: the address to itself, the origin to others, also to plain HTTP.
    OriginWhenCrossOrigin,
    /// `no-referrer-when-downgrade`: the whole address to everybody over HTTPS.
    NoReferrerWhenDowngrade,
}

/// Whether pages that open each other share a browsing context group (HTML, "cross-origin opener policies").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenerPolicy {
    /// `same-origin`
    #[default]
    SameOrigin,
    /// `same-origin-allow-popups`: pop-ups that the page opens, of a payment or sign-in provider, keep their opener.
    SameOriginAllowPopups,
    /// `noopener-allow-popups`: not even pages of the own origin keep their opener.
    NoopenerAllowPopups,
    /// `unsafe-none`: the browser's old behaviour.
    UnsafeNone,
}

/// Who may embed the answer (Fetch, "`Cross-Origin-Resource-Policy` header").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResourcePolicy {
    /// `same-origin`
    #[default]
    SameOrigin,
    /// `same-site`
    SameSite,
    /// `cross-origin`: pictures and scripts for everybody's pages.
    CrossOrigin,
}

/// What a page may embed (HTML, "cross-origin embedder policies"). Not sent by default: either value stops foreign frames
/// and pictures that do not consent or need cookies, and only pages that want `SharedArrayBuffer` gain by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmbedderPolicy {
    /// `require-corp`: only what consents by CORP or CORS.
    RequireCorp,
    /// `credentialless`: the rest is fetched without cookies.
    Credentialless,
}

macro_rules! words {
    ($($name:ident { $($variant:ident = $word:literal,)* })*) => {$(
        impl $name {
            /// Every one, in the order of declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The field's value.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The one with this value.
            #[must_use]
            pub fn from_name(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    )*};
}

words! {
    ReferrerPolicy {
        NoReferrer = "no-referrer",
        SameOrigin = "same-origin",
        StrictOrigin = "strict-origin",
        StrictOriginWhenCrossOrigin = "strict-origin-when-cross-origin",
        Origin = "origin",
        OriginWhenCrossOrigin = "origin-when-cross-origin",
        NoReferrerWhenDowngrade = "no-referrer-when-downgrade",
    }
    OpenerPolicy {
        SameOrigin = "same-origin",
        SameOriginAllowPopups = "same-origin-allow-popups",
        NoopenerAllowPopups = "noopener-allow-popups",
        UnsafeNone = "unsafe-none",
    }
    ResourcePolicy {
        SameOrigin = "same-origin",
        SameSite = "same-site",
        CrossOrigin = "cross-origin",
    }
    EmbedderPolicy {
        RequireCorp = "require-corp",
        Credentialless = "credentialless",
    }
}
