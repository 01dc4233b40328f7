use std::{collections::BTreeSet, fmt};

/// One thing that a token may do, such as `articles:read`.
///
/// One to four parts with `:` between them, each of lower-case letters, digits, `_` and `-`, a letter first; at most 64
/// bytes. Stricter than the `scope-token` of RFC 6749, section 3.3: no case to confuse, nothing to escape, and no wildcard,
/// since `articles:*` would grant what nobody had thought of when the token was made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(String);

impl Scope {
    /// The most bytes.
    pub const MAX_LEN: usize = 64;
    const MAX_PARTS: usize = 4;

    /// Checks a scope.
    ///
    /// # Errors
    ///
    /// [`ScopeError::TooLong`] or [`ScopeError::Form`].
    pub fn new(text: &str) -> Result<Self, ScopeError> {
        if text.len() > Self::MAX_LEN {
            return Err(ScopeError::TooLong);
        }
        let tail = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-'
        };
        let part = |part: &str| {
            part.bytes().next().is_some_and(|b| b.is_ascii_lowercase()) && part.bytes().all(tail)
        };
        let whole = text.split(':').all(part) && text.split(':').count() <= Self::MAX_PARTS;
        match whole {
            true => Ok(Self(text.to_owned())),
            false => Err(ScopeError::Form),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a token may do: at most 32 scopes. None at all is allowed, and allows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// The most scopes of a token.
    pub const MAX: usize = 32;

    /// Reads scopes with one space between them, the form of RFC 6749, section 3.3, and of the store.
    ///
    /// # Errors
    ///
    /// Those of [`Scope::new`], a scope that stands there twice, or too many.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let mut scopes = BTreeSet::new();
        if text.is_empty() {
            return Ok(Self(scopes));
        }
        for scope in text.split(' ') {
            if scopes.len() == Self::MAX {
                return Err(ScopeError::TooMany);
            }
            if !scopes.insert(Scope::new(scope)?) {
                return Err(ScopeError::Twice);
            }
        }
        Ok(Self(scopes))
    }

    /// Whether `scope` is one of them: the same text, nothing else.
    pub fn allows(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// Whether all of `other` are among them: nobody makes a token that may more than he may himself.
    pub fn allows_all(&self, other: &Self) -> bool {
        other.0.is_subset(&self.0)
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }
}

/// In order, with one space between them: [`Scopes::parse`] reads it.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, scope) in self.0.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            write!(f, "{space}{}", scope.0)?;
        }
        Ok(())
    }
}

/// Scopes that are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeError {
    /// A scope of more than [`Scope::MAX_LEN`] bytes.
    TooLong,
    /// Not of the form `part:part`.
    Form,
    /// More than [`Scopes::MAX`].
    TooMany,
    /// A scope that stands there twice.
    Twice,
}

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "scope of more than {} bytes", Scope::MAX_LEN),
            Self::Form => f.write_str(
                "scope of another form than 1 to 4 parts of `a` to `z`, `0` to `9`, `_` and `-` with `:` between them",
            ),
            Self::TooMany => write!(f, "more than {} scopes", Scopes::MAX),
            Self::Twice => f.write_str("scope that stands there twice"),
        }
    }
}

impl std::error::Error for ScopeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_have_one_form() {
        for good in ["a", "articles:read", "a:b:c:d", "a1_b-c:d2"] {
            assert_eq!(Scope::new(good).unwrap().as_str(), good);
        }
        let bad = [
            "",
            ":",
            "a:",
            ":a",
            "A",
            "a:B",
            "1a",
            "a:*",
            "*",
            "a.b",
            "a b",
            "a:b:c:d:e",
            "é",
            "a\n",
            "-a",
        ];
        for bad in bad {
            assert_eq!(Scope::new(bad), Err(ScopeError::Form), "{bad:?}");
        }
        assert_eq!(Scope::new(&"a".repeat(65)), Err(ScopeError::TooLong));
    }

    #[test]
    fn sets_are_bounded_and_ordered_and_allow_what_they_hold() {
        let scopes = Scopes::parse("b:write a:read").unwrap();
        assert_eq!(scopes.to_string(), "a:read b:write");
        assert!(scopes.allows(&Scope::new("a:read").unwrap()));
        assert!(!scopes.allows(&Scope::new("a").unwrap()));
        assert!(scopes.allows_all(&Scopes::parse("a:read").unwrap()));
        assert!(!scopes.allows_all(&Scopes::parse("a:read c").unwrap()));
        assert!(Scopes::parse("").unwrap().iter().next().is_none());
        assert_eq!(Scopes::parse("a a"), Err(ScopeError::Twice));
        assert_eq!(Scopes::parse("a  b"), Err(ScopeError::Form));
        let many: Vec<_> = (0..33).map(|n| format!("s{n}")).collect();
        assert!(Scopes::parse(&many[..32].join(" ")).is_ok());
        assert_eq!(Scopes::parse(&many.join(" ")), Err(ScopeError::TooMany));
    }
}
