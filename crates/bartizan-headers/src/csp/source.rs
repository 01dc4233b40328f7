//! One source: what a caller writes, and how it is read.

use std::{borrow::Cow, fmt};

/// One value of a directive.
///
/// The constants and constructors give what is well formed. A text is read when the policy is built, for the directive that
/// it stands in, and whatever is wrong with it is reported then, together with everything else.
///
/// The text `'nonce'` (a configuration file's way to write [`Source::NONCE`]) is the place of a nonce that is drawn for
/// each answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source(Cow<'static, str>);

impl Source {
    /// `'self'`: the page's own origin.
    pub const SELF: Self = Self::fixed("'self'");
    /// `'none'`: nothing at all. It stands alone.
    pub const NONE: Self = Self::fixed("'none'");
    /// The place of a nonce that is drawn for each answer ([`Nonce`](crate::Nonce)).
    pub const NONCE: Self = Self::fixed("'nonce'");
    /// `'strict-dynamic'`: what a script with a nonce or a hash loads is trusted too, and no host is (CSP 3, section 8.2).
    pub const STRICT_DYNAMIC: Self = Self::fixed("'strict-dynamic'");
    /// `'report-sample'`: reports quote the first 40 characters of what was stopped.
    pub const REPORT_SAMPLE: Self = Self::fixed("'report-sample'");
    /// `'unsafe-hashes'`: the hashes of the list hold for event handlers and style attributes too.
    pub const UNSAFE_HASHES: Self = Self::fixed("'unsafe-hashes'");
    /// `'wasm-unsafe-eval'`: WebAssembly may be compiled.
    pub const WASM_UNSAFE_EVAL: Self = Self::fixed("'wasm-unsafe-eval'");
    /// `'inline-speculation-rules'`: speculation rules in the page.
    pub const INLINE_SPECULATION_RULES: Self = Self::fixed("'inline-speculation-rules'");
    /// `'unsafe-inline'`: dangerous without a nonce or a hash beside it, which makes browsers ignore it.
    pub const UNSAFE_INLINE: Self = Self::fixed("'unsafe-inline'");
    /// `'unsafe-eval'`: dangerous.
    pub const UNSAFE_EVAL: Self = Self::fixed("'unsafe-eval'");

    const fn fixed(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The SHA-256 digest of an inline script or style.
    #[must_use]
    pub fn sha256(digest: [u8; 32]) -> Self {
        hash("sha256", &digest)
    }

    /// The SHA-384 digest of an inline script or style, or of a script with an `integrity` attribute.
    #[must_use]
    pub fn sha384(digest: [u8; 48]) -> Self {
        hash("sha384", &digest)
    }

    /// The SHA-512 digest of an inline script or style.
    #[must_use]
    pub fn sha512(digest: [u8; 64]) -> Self {
        hash("sha512", &digest)
    }

    /// Everything that a scheme reaches, such as `data`.
    #[must_use]
    pub fn scheme(scheme: &str) -> Self {
        Self(format!("{scheme}:").into())
    }

    /// The text that stands in the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Source {
    fn from(text: &str) -> Self {
        Self(text.to_owned().into())
    }
}

impl From<String> for Source {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn hash(algorithm: &str, digest: &[u8]) -> Source {
    let base64 = crate::base64::standard(digest);
    Source(format!("'{algorithm}-{base64}'").into())
}

/// A flag of `sandbox` (HTML, "sandboxing flag set"): what the page may do all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sandbox {
    /// `allow-downloads`
    Downloads,
    /// `allow-forms`
    Forms,
    /// `allow-modals`
    Modals,
    /// `allow-popups`
    Popups,
    /// `allow-popups-to-escape-sandbox`
    PopupsEscape,
    /// `allow-same-origin`
    SameOrigin,
    /// `allow-scripts`
    Scripts,
    /// `allow-top-navigation-by-user-activation`
    TopNavigationByUser,
}

impl From<Sandbox> for Source {
    fn from(flag: Sandbox) -> Self {
        Self::fixed(match flag {
            Sandbox::Downloads => "allow-downloads",
            Sandbox::Forms => "allow-forms",
            Sandbox::Modals => "allow-modals",
            Sandbox::Popups => "allow-popups",
            Sandbox::PopupsEscape => "allow-popups-to-escape-sandbox",
            Sandbox::SameOrigin => "allow-same-origin",
            Sandbox::Scripts => "allow-scripts",
            Sandbox::TopNavigationByUser => "allow-top-navigation-by-user-activation",
        })
    }
}

/// Flags of `sandbox` that a text may name. `allow-top-navigation` is not among them: it lets a page lead its visitors away.
pub(crate) const SANDBOX: [&str; 13] = [
    "allow-downloads",
    "allow-forms",
    "allow-modals",
    "allow-orientation-lock",
    "allow-pointer-lock",
    "allow-popups",
    "allow-popups-to-escape-sandbox",
    "allow-presentation",
    "allow-same-origin",
    "allow-scripts",
    "allow-storage-access-by-user-activation",
    "allow-top-navigation-by-user-activation",
    "allow-top-navigation-to-custom-protocols",
];
