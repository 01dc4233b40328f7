use std::{collections::BTreeMap, fmt, fs, ops::Range, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Config, MailKind,
    keys::{KEYS, Key, Kind},
};

/// What the environment's names begin with.
const PREFIX: &str = "BARTIZAN__";

/// A configuration and where each of its values comes from.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// Keys that are not the default's.
    pub sources: BTreeMap<&'static str, Source>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The file.
    File,
    /// A variable of the environment, which wins over the file.
    Env,
}

/// All that is wrong, a line each: place, key and what it must be. Values are not repeated.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigErrors {
    lines: Vec<String>,
}

impl ConfigErrors {
    /// The lines.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "configuration has {} errors\n{}",
            self.lines.len(),
            self.lines.join("\n")
        )
    }
}

impl std::error::Error for ConfigErrors {}

/// Reads the file, if one is named, then the environment's `BARTIZAN__SECTION__KEY`.
///
/// # Errors
///
/// Everything that is wrong with both, at once.
pub fn load(
    path: Option<&Path>,
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<Loaded, ConfigErrors> {
    let mut reader = Reader {
        config: Config::default(),
        sources: BTreeMap::new(),
        errors: Vec::new(),
    };
    if let Some(path) = path {
        match fs::read_to_string(path) {
            Ok(text) => reader.file(&path.display().to_string(), &text),
            Err(error) => reader.errors.push(format!("{}: {error}", path.display())),
        }
    }
    let mut variables: Vec<_> = env
        .into_iter()
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect();
    variables.sort();
    for (name, text) in variables {
        reader.variable(&name, &text);
    }
    reader.whole();
    match reader.errors.is_empty() {
        true => Ok(Loaded {
            config: reader.config,
            sources: reader.sources,
        }),
        false => Err(ConfigErrors {
            lines: reader.errors,
        }),
    }
}

struct Reader {
    config: Config,
    sources: BTreeMap<&'static str, Source>,
    errors: Vec<String>,
}

impl Reader {
    fn file(&mut self, name: &str, text: &str) {
        let place = |span: Range<usize>| {
            let before = text.get(..span.start).unwrap_or(text);
            format!("{name}:{}", before.matches('\n').count() + 1)
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let place = place(error.span().unwrap_or_default());
            self.errors.push(format!("{place}: {}", error.message()));
        }
        self.table(table.get_ref(), "", &place);
    }

    fn table(
        &mut self,
        table: &DeTable<'_>,
        prefix: &str,
        place: &impl Fn(Range<usize>) -> String,
    ) {
        // A map in the order of its names; the order of the file reads better.
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        for (name, value) in entries {
            let path = format!("{prefix}{}", name.get_ref());
            let place_of_name = place(name.span());
            let is_section = KEYS
                .iter()
                .any(|key| key.path.starts_with(&format!("{path}.")));
            match (value.get_ref(), find(&path)) {
                (DeValue::Table(inner), _) if is_section => {
                    self.table(inner, &format!("{path}."), place)
                }
                (_, Some(key)) => {
                    if let Err(error) =
                        text_of(key.kind, value).and_then(|text| self.set(key, &text, Source::File))
                    {
                        self.errors.push(format!("{place_of_name}: {path} {error}"));
                    }
                }
                _ => self.errors.push(format!(
                    "{place_of_name}: {path} is not a known key{}",
                    similar(&path)
                )),
            }
        }
    }

    fn variable(&mut self, name: &str, text: &str) {
        let path = name[PREFIX.len()..].to_ascii_lowercase().replace("__", ".");
        let outcome = match find(&path) {
            Some(key) => self.set(key, text, Source::Env),
            None => Err(format!("is not a known key{}", similar(&path))),
        };
        if let Err(error) = outcome {
            self.errors
                .push(format!("environment {name}: {path} {error}"));
        }
    }

    fn set(&mut self, key: &Key, text: &str, source: Source) -> Result<(), String> {
        (key.set)(&mut self.config, text)?;
        self.sources.insert(key.path, source);
        Ok(())
    }

    /// What no key shows alone.
    fn whole(&mut self) {
        if let Err(error) = self.config.password.policy() {
            self.errors.push(format!(
                "section [password]: {error}; or set insecure_cost = true"
            ));
        }
        if self.config.mail.kind == MailKind::Smtp && self.config.mail.host.is_empty() {
            self.errors
                .push("section [mail]: kind = \"smtp\" needs a host".to_owned());
        }
        if let Err(error) = bartizan::Hardening::new(&self.config.hardening) {
            self.errors
                .push(format!("section [{}]: {error}", error.key()));
        }
    }
}

fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The value as the setters read it, if it is of the right type.
fn text_of(kind: Kind, value: &Spanned<DeValue<'_>>) -> Result<String, String> {
    match (kind, value.get_ref()) {
        (Kind::Text, DeValue::String(text)) => Ok(text.to_string()),
        (Kind::Number, DeValue::Integer(number)) => Ok(number.as_str().replace('_', "")),
        (Kind::Truth, DeValue::Boolean(truth)) => Ok(truth.to_string()),
        (Kind::Secret, _) => Err("is a secret: give it by a file or the environment".to_owned()),
        (Kind::Text, _) => Err("must be a text in quotes".to_owned()),
        (Kind::Number, _) => Err("must be a whole number".to_owned()),
        (Kind::Truth, _) => Err("must be true or false".to_owned()),
    }
}

/// The key that was probably meant: the one with the same last name.
fn similar(path: &str) -> String {
    let last = path.rsplit('.').next().unwrap_or(path);
    let meant = KEYS
        .iter()
        .find(|key| key.path.rsplit('.').next() == Some(last));
    meant.map_or_else(String::new, |key| format!("; did you mean {}?", key.path))
}

#[cfg(test)]
mod tests;
