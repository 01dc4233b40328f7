//! The directives, and what kind of value each takes.

use std::fmt;

/// What a directive's value is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A list of sources for something that is fetched or run (CSP 3, section 2.3.1).
    Sources,
    /// A list of `'self'`, schemes and hosts only (CSP 3, sections 6.3 and 6.4).
    Origins,
    /// Flags of `sandbox`.
    Sandbox,
    /// Names of Trusted Types policies.
    TrustedTypes,
    /// `'script'` alone.
    TrustedTypesSink,
    /// `'allow'` or `'block'`.
    Webrtc,
    /// The name of a reporting endpoint.
    Endpoint,
    /// Addresses for reports.
    Addresses,
    /// Nothing.
    Flag,
}

macro_rules! directives {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $value:ident;)*) => {
        /// A directive of Content-Security-Policy (CSP 3, section 6, and the documents that add to it). Directives that
        /// browsers have given up have no variant.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Directive {
            $($(#[$doc])* #[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Directive {
            const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The directive's name in the header.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            pub(crate) const fn value(self) -> Value {
                match self { $(Self::$variant => Value::$value,)* }
            }
        }
    };
}

directives! {
    DefaultSrc = "default-src", Sources;
    ScriptSrc = "script-src", Sources;
    ScriptSrcElem = "script-src-elem", Sources;
    ScriptSrcAttr = "script-src-attr", Sources;
    StyleSrc = "style-src", Sources;
    StyleSrcElem = "style-src-elem", Sources;
    StyleSrcAttr = "style-src-attr", Sources;
    ImgSrc = "img-src", Sources;
    FontSrc = "font-src", Sources;
    ConnectSrc = "connect-src", Sources;
    MediaSrc = "media-src", Sources;
    ManifestSrc = "manifest-src", Sources;
    WorkerSrc = "worker-src", Sources;
    ChildSrc = "child-src", Sources;
    FrameSrc = "frame-src", Sources;
    FencedFrameSrc = "fenced-frame-src", Sources;
    FormAction = "form-action", Origins;
    /// The only one that [`PolicyBuilder::allow`](crate::PolicyBuilder::allow) also widens for answers that are no
    /// documents.
    FrameAncestors = "frame-ancestors", Origins;
    BaseUri = "base-uri", Origins;
    ObjectSrc = "object-src", Sources;
    Sandbox = "sandbox", Sandbox;
    RequireTrustedTypesFor = "require-trusted-types-for", TrustedTypesSink;
    TrustedTypes = "trusted-types", TrustedTypes;
    Webrtc = "webrtc", Webrtc;
    /// Only sent over HTTPS: over plain HTTP it breaks each link of a site to itself.
    UpgradeInsecureRequests = "upgrade-insecure-requests", Flag;
    /// For browsers that do not know `report-to`; the others ignore it beside that.
    ReportUri = "report-uri", Addresses;
    ReportTo = "report-to", Endpoint;
}

impl Directive {
    /// The directive of this name, in any case, as browsers read it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|directive| directive.name().eq_ignore_ascii_case(name))
    }

    /// Whether what it loads cannot run.
    pub(crate) const fn is_passive(self) -> bool {
        matches!(self, Self::ImgSrc | Self::FontSrc | Self::MediaSrc)
    }

    pub(crate) const fn is_script(self) -> bool {
        matches!(
            self,
            Self::ScriptSrc | Self::ScriptSrcElem | Self::ScriptSrcAttr | Self::WorkerSrc
        )
    }

    pub(crate) const fn is_style(self) -> bool {
        matches!(
            self,
            Self::StyleSrc | Self::StyleSrcElem | Self::StyleSrcAttr
        )
    }
}

impl fmt::Display for Directive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Names that browsers ignore by now.
pub(crate) const DEPRECATED: [&str; 9] = [
    "block-all-mixed-content",
    "disown-opener",
    "navigate-to",
    "plugin-types",
    "policy-uri",
    "prefetch-src",
    "referrer",
    "reflected-xss",
    "require-sri-for",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directive_reads_back_from_its_name() {
        for directive in Directive::ALL {
            assert_eq!(Directive::from_name(directive.name()), Some(*directive));
            let loud = directive.name().to_ascii_uppercase();
            assert_eq!(Directive::from_name(&loud), Some(*directive));
        }
        for name in DEPRECATED {
            assert_eq!(Directive::from_name(name), None, "{name}");
        }
    }
}
