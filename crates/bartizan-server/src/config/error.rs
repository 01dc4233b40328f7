use std::fmt;

/// One thing that is wrong. Values are not repeated: one may be a secret at the wrong place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    /// `FILE:LINE:COLUMN`, or `environment NAME`; empty for a default that another key contradicts.
    pub place: String,
    /// The key's path, as `token.session.idle`; empty when no key can be made out.
    pub key: String,
    /// What it must be.
    pub message: String,
}

impl ConfigError {
    pub(super) fn new(
        place: impl Into<String>,
        key: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            place: plain(place.into()),
            key: plain(key.into()),
            message: plain(message.into()),
        }
    }
}

/// A name in a file may have bytes that clear a terminal or begin another line.
fn plain(text: String) -> String {
    let odd = |char: char| char.is_control() || !char.is_ascii() && !char.is_alphanumeric();
    match text.contains(odd) {
        false => text,
        true => text
            .chars()
            .flat_map(|char| match odd(char) {
                true => char.escape_unicode().collect::<Vec<_>>(),
                false => vec![char],
            })
            .collect(),
    }
}

/// `PLACE: KEY MESSAGE`.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        if !self.key.is_empty() {
            write!(f, "{} ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}

/// All that is wrong, at least one thing; the file comes first, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub(super) Vec<ConfigError>);

impl ConfigErrors {
    /// One by one.
    pub fn errors(&self) -> &[ConfigError] {
        &self.0
    }

    /// A line each.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "configuration is refused\n{}", self.lines().join("\n"))
    }
}

impl std::error::Error for ConfigErrors {}
