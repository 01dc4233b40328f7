use std::fmt;

/// A text that is no token of the wanted purpose. It never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseError {
    kind: ParseErrorKind,
}

/// Why a text was refused. A client learns none of this: answer 401 to all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Not 69 characters of the token's form.
    Malformed,
    /// The form is right, the checksum is not: a slip or a cut-off copy.
    Checksum,
    /// A token for something else, such as a refresh token where a session token is wanted.
    Purpose,
    /// Minted under a key that the ring no longer holds.
    UnknownKey,
    /// The keyed tag is wrong: nobody who holds the key made it.
    Forged,
}

impl ParseError {
    pub(crate) const fn new(kind: ParseErrorKind) -> Self {
        Self { kind }
    }

    /// Why the text was refused.
    pub const fn kind(&self) -> ParseErrorKind {
        self.kind
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ParseErrorKind::Malformed => {
                "not a token: expected 69 characters beginning with `bz1_`"
            }
            ParseErrorKind::Checksum => "token with a wrong checksum: mistyped or cut off",
            ParseErrorKind::Purpose => "token for another purpose",
            ParseErrorKind::UnknownKey => "token minted under a key that is not in the ring",
            ParseErrorKind::Forged => "token with a wrong tag: not minted by this service",
        })
    }
}

impl std::error::Error for ParseError {}
