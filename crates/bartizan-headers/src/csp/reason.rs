//! Why a source or a directive is not accepted.

use std::fmt;

/// What is wrong with a directive or with one of its sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It is not of the grammar: empty, with a space, `;`, `,` or a control character, a hash of the wrong length.
    Malformed,
    /// A keyword, nonce or hash without its single quotes, which browsers take for a host.
    MissingQuotes,
    /// The name of a directive among the sources of another.
    MissingSemicolon,
    /// Something in single quotes that CSP does not know.
    UnknownKeyword,
    /// No directive of this name.
    UnknownDirective,
    /// A directive that browsers have given up.
    Deprecated,
    /// The directive stands there already; browsers read the first only.
    Duplicate,
    /// A value that means nothing in this directive.
    NotHere,
    /// `'none'` beside something else means nothing (CSP 3, section 2.3.1).
    NoneBesideOthers,
    /// `'strict-dynamic'` or `'unsafe-hashes'` without a nonce or a hash: it stops everything, or does nothing.
    Alone,

    /// `'unsafe-inline'` for scripts without a nonce or a hash: every injected script runs.
    UnsafeInline,
    /// `'unsafe-inline'` for styles: injected styles read a page's secrets by selectors.
    UnsafeInlineStyle,
    /// `'unsafe-eval'`: text becomes code.
    UnsafeEval,
    /// `*`, `*.com` or any port.
    Wildcard,
    /// A whole scheme: `https:` is everybody's host, `data:` and `blob:` are the attacker's own text.
    WholeScheme,
    /// An address in the place of a host, which browsers ignore, but for 127.0.0.1.
    IpHost,
    /// A host over plain HTTP: whoever is on the way can change what it sends.
    PlainHttp,
    /// A host that serves scripts of anyone's choice (JSONP, AngularJS, whole package registries).
    OpenHost,
    /// A nonce of fewer than 128 bits.
    ShortNonce,
    /// A nonce that is the same on every answer. [`Source::NONCE`](crate::Source::NONCE) is drawn anew.
    FixedNonce,
    /// `sandbox` with `allow-scripts` and `allow-same-origin`: a script can take the sandbox away.
    SandboxEscape,
    /// Neither `script-src` nor `default-src`: scripts from everywhere.
    MissingScriptSrc,
    /// No `object-src`, and no `default-src 'none'` that covers it: plugins and embedded documents.
    MissingObjectSrc,
    /// No `base-uri`: an injected `<base>` sends every relative script address elsewhere.
    MissingBaseUri,
}

impl Reason {
    /// Whether a `danger_` call of the builder can accept it. What is not of the grammar cannot be accepted.
    #[must_use]
    pub const fn is_danger(self) -> bool {
        !matches!(
            self,
            Self::Malformed
                | Self::MissingQuotes
                | Self::MissingSemicolon
                | Self::UnknownKeyword
                | Self::UnknownDirective
                | Self::Deprecated
                | Self::Duplicate
                | Self::NotHere
                | Self::NoneBesideOthers
                | Self::Alone
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "is not of the grammar",
            Self::MissingQuotes => "needs single quotes",
            Self::MissingSemicolon => "is a directive, a semicolon is missing",
            Self::UnknownKeyword => "is no keyword",
            Self::UnknownDirective => "is no directive",
            Self::Deprecated => "is out of use",
            Self::Duplicate => "stands twice, only the first counts",
            Self::NotHere => "means nothing here",
            Self::NoneBesideOthers => "must stand alone",
            Self::Alone => "needs a nonce or a hash beside it",
            Self::UnsafeInline => "lets every injected script run",
            Self::UnsafeInlineStyle => "lets every injected style in",
            Self::UnsafeEval => "turns text into code",
            Self::Wildcard => "is everybody's host or port",
            Self::WholeScheme => "is a whole scheme",
            Self::IpHost => "is an address, not a host",
            Self::PlainHttp => "is not encrypted",
            Self::OpenHost => "is a host that serves anyone's scripts",
            Self::ShortNonce => "is a nonce of fewer than 128 bits",
            Self::FixedNonce => "is the same nonce on every answer",
            Self::SandboxEscape => "lets a script take the sandbox away",
            Self::MissingScriptSrc => "is missing, as is default-src: scripts from everywhere",
            Self::MissingObjectSrc => "is missing: plugins and embedded documents",
            Self::MissingBaseUri => "is missing: relative addresses can be sent elsewhere",
        })
    }
}
