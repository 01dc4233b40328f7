use std::fmt;

/// What an owner calls a token: 1 to 100 characters of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// The most characters.
    pub const MAX_CHARS: usize = 100;

    /// Checks a name.
    ///
    /// # Errors
    ///
    /// Empty, blank, too long, or with a character that a list would show as something else: a control character, or one
    /// that turns the direction of writing.
    pub fn new(name: String) -> Result<Self, NameError> {
        if name.trim().is_empty() {
            return Err(NameError::Blank);
        }
        if name.chars().count() > Self::MAX_CHARS {
            return Err(NameError::TooLong);
        }
        // Unicode Standard Annex 9, section 2: the explicit marks, embeddings, overrides and isolates; and line separators.
        let turns = |char| matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if name.chars().any(|char| char.is_control() || turns(char)) {
            return Err(NameError::Character);
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing to read.
    Blank,
    /// More than [`Name::MAX_CHARS`] characters.
    TooLong,
    /// A control character or a mark of direction.
    Character,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("name without a visible character"),
            Self::TooLong => write!(f, "name of more than {} characters", Name::MAX_CHARS),
            Self::Character => f.write_str("name with a control character or a mark of direction"),
        }
    }
}

impl std::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_readable_line() {
        let name = |text: &str| Name::new(text.to_owned()).map(|_| ());
        assert_eq!(name("Build server, Zürich"), Ok(()));
        assert_eq!(name(&"é".repeat(100)), Ok(()));
        assert_eq!(name(&"é".repeat(101)), Err(NameError::TooLong));
        assert_eq!(name(" "), Err(NameError::Blank));
        for bad in ["a\nb", "a\u{202e}b", "a\u{7f}"] {
            assert_eq!(name(bad), Err(NameError::Character), "{bad:?}");
        }
    }
}
