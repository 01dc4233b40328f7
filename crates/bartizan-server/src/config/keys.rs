//! What a key of the configuration is: how it is read, shown and judged.

use super::Config;

/// One key of the configuration.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Key {
    /// Section and name, joined by dots.
    pub path: &'static str,
    /// Whether the file must give a number, a truth value or a text.
    pub(super) kind: Kind,
    /// Reads its text; the error says what it must be.
    pub(super) set: fn(&mut Config, &str) -> Result<(), String>,
    /// Its value as text; secrets are not shown.
    pub show: fn(&Config) -> String,
    /// What a larger value means.
    pub more: Strictness,
}

impl Key {
    /// Whether its value is a list, of which more items are more.
    pub fn is_list(&self) -> bool {
        self.kind == Kind::List
    }
}

pub(super) const fn key(
    path: &'static str,
    kind: Kind,
    more: Strictness,
    set: fn(&mut Config, &str) -> Result<(), String>,
    show: fn(&Config) -> String,
) -> Key {
    Key {
        path,
        kind,
        set,
        show,
        more,
    }
}

/// A key that is true or false: its path, what true means, and the field behind it.
macro_rules! truth {
    ($path:literal, $more:ident, $($field:ident).+) => {
        $crate::config::keys::key(
            $path,
            $crate::config::keys::Kind::Truth,
            $crate::config::keys::Strictness::$more,
            |c, t| $crate::config::read::put(&mut c.$($field).+, t, "true or false"),
            |c| c.$($field).+.to_string(),
        )
    };
}

/// A key with a list: its path, what more items mean, the field behind it, and how an empty one is shown.
macro_rules! texts {
    ($path:literal, $more:ident, $($field:ident).+, $without:literal) => {
        $crate::config::keys::key(
            $path,
            $crate::config::keys::Kind::List,
            $crate::config::keys::Strictness::$more,
            |c, t| {
                c.$($field).+ = $crate::config::read::list(t);
                Ok(())
            },
            |c| $crate::config::read::shown_list(&c.$($field).+, $without),
        )
    };
}

/// A key with the path of a file: its path in the configuration, what naming one means, the field behind it, and what is shown
/// where none is named.
macro_rules! file {
    ($path:literal, $more:ident, $($field:ident).+, $without:literal) => {
        $crate::config::keys::key(
            $path,
            $crate::config::keys::Kind::Text,
            $crate::config::keys::Strictness::$more,
            |c, t| {
                c.$($field).+ = Some(t.into());
                Ok(())
            },
            |c| {
                let path = c.$($field).+.as_ref().map(|path| path.display());
                $crate::config::read::shown(path.as_ref(), $without)
            },
        )
    };
}

pub(super) use {file, texts, truth};

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.path)
    }
}

/// What a larger value of a key means for safety.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strictness {
    /// Larger is stricter.
    Stricter,
    /// Larger is looser.
    Looser,
    /// Neither.
    Neutral,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Truth,
    /// Texts; in the environment with commas between them.
    List,
    /// Never in the file: the environment alone.
    Secret,
}
