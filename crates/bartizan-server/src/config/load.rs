use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::SocketAddr,
    ops::Range,
    path::Path,
};

use bartizan::{Directives, RateLimitConfig};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Config,
    error::{ConfigError, ConfigErrors},
    keys::{Key, Kind},
    read::list,
    similar::similar,
    table::all_keys,
};

mod cors;
mod directives;
#[cfg(test)]
mod fixtures;
mod header_policy;
mod items;
mod rate_limit;
#[cfg(test)]
mod tests;
mod whole;

pub use self::directives::DIRECTIVES;

/// What the environment's names begin with.
const PREFIX: &str = "BARTIZAN__";

/// A configuration and where each of its values comes from.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// Keys that are not the default's.
    pub sources: BTreeMap<String, Source>,
    /// Names of the limits that are not the default's.
    pub limits: BTreeSet<String>,
}

impl Loaded {
    /// Listens elsewhere, and says so in links unless they were told otherwise.
    pub fn listen_on(&mut self, listen: SocketAddr) {
        self.config.server.listen = listen;
        if !self.sources.contains_key("server.public_origin") {
            self.config.server.public_origin = origin_of(listen);
        }
    }
}

fn origin_of(listen: SocketAddr) -> String {
    format!("http://{listen}")
}

/// The variables that set keys. One that is not UTF-8 comes with its odd parts replaced, to be refused by name.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, text)| {
        let name = name.to_str().filter(|name| name.starts_with(PREFIX))?;
        Some((name.to_owned(), text.to_string_lossy().into_owned()))
    })
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
        set: BTreeMap::new(),
        places: BTreeMap::new(),
        limits: Vec::new(),
        errors: Vec::new(),
    };
    if let Some(path) = path {
        match fs::read_to_string(path) {
            Ok(text) => reader.file(&path.display().to_string(), &text),
            Err(error) => reader.wrong_at(path.display(), "", error),
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
            limits: reader
                .limits
                .into_iter()
                .map(|(limit, _)| limit.name)
                .collect(),
            config: reader.config,
            sources: reader.sources,
        }),
        false => {
            reader.errors.sort_by_key(|error| position(&error.place));
            Err(ConfigErrors(reader.errors))
        }
    }
}

/// The file's errors in its order, then the environment's, then those of defaults.
fn position(place: &str) -> (u8, usize, usize) {
    let mut parts = place.rsplitn(3, ':');
    let (column, line) = (parts.next(), parts.next());
    let number = |part: Option<&str>| part.and_then(|text| text.parse().ok());
    match (number(line), number(column)) {
        (Some(line), Some(column)) => (0, line, column),
        _ if place.is_empty() => (2, 0, 0),
        _ => (1, 0, 0),
    }
}

struct Reader {
    config: Config,
    sources: BTreeMap<String, Source>,
    /// Place and text of each key that is set, for errors that no key shows alone.
    set: BTreeMap<&'static str, (String, String)>,
    /// Where each value stands that an error may be about, those in lists too, as `cors[0].origins[2]`.
    places: BTreeMap<String, String>,
    /// Each `[[rate_limit]]` and its place.
    limits: Vec<(RateLimitConfig, String)>,
    errors: Vec<ConfigError>,
}

impl Reader {
    fn file(&mut self, name: &str, text: &str) {
        let place = |span: Range<usize>| {
            let before = text.get(..span.start).unwrap_or(text);
            let line = before.rsplit('\n').next().unwrap_or_default();
            let (line, column) = (before.matches('\n').count() + 1, line.chars().count() + 1);
            format!("{name}:{line}:{column}")
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let place = place(error.span().unwrap_or_default());
            self.wrong_at(place, "", error.message().replace('\n', ", "));
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
            let is_section = all_keys().any(|key| key.path.starts_with(&format!("{path}.")));
            match (value.get_ref(), find(&path)) {
                (DeValue::Array(items), None) if path == rate_limit::PATH => {
                    for item in items.iter() {
                        self.rate_limit(item, &place);
                    }
                }
                (DeValue::Array(items), None) if path == cors::PATH => {
                    for item in items.iter() {
                        self.cors(item, &place);
                    }
                }
                (DeValue::Array(items), None) if path == header_policy::PATH => {
                    for item in items.iter() {
                        self.header_policy(item, &place);
                    }
                }
                (_, None)
                    if [rate_limit::PATH, cors::PATH, header_policy::PATH].contains(&&*path) =>
                {
                    let why = format!("must be tables in a list: [[{path}]]");
                    self.wrong_at(place_of_name, &path, why);
                }
                (_, None) if DIRECTIVES.contains(&path.as_str()) => {
                    let read = self.directives(&path, value, &place);
                    for name in read.keys() {
                        self.sources.insert(format!("{path}.{name}"), Source::File);
                    }
                    self.set_directives(&path, read);
                }
                (DeValue::Table(inner), _) if is_section => {
                    self.table(inner, &format!("{path}."), place)
                }
                (_, Some(key)) => {
                    self.remember(&path, name.span(), value, &place);
                    if let Err(error) = text_of(key.kind, value)
                        .and_then(|text| self.set(key, &text, Source::File, &place_of_name))
                    {
                        self.wrong_at(place_of_name, &path, error);
                    }
                }
                _ => self.wrong_at(place_of_name, &path, unknown(&path)),
            }
        }
    }

    fn variable(&mut self, name: &str, text: &str) {
        let path = name[PREFIX.len()..].to_ascii_lowercase().replace("__", ".");
        let place = format!("environment {name}");
        let in_directives = DIRECTIVES.iter().find_map(|section| {
            let name = path.strip_prefix(section)?.strip_prefix('.')?;
            Some((section, name))
        });
        let outcome = match (find(&path), in_directives) {
            (Some(key), _) => {
                self.move_place(&path, &place);
                self.set(key, text, Source::Env, &place)
            }
            (None, Some((section, name))) => {
                self.move_place(&path, &place);
                self.sources.insert(path.clone(), Source::Env);
                let one = Directives::from([(name.to_owned(), list(text))]);
                self.set_directives(section, one);
                Ok(())
            }
            (None, None) => Err(unknown(&path)),
        };
        if let Err(error) = outcome {
            self.wrong_at(place, &path, error);
        }
    }

    /// Where a value stands, and each item of a list.
    fn remember(
        &mut self,
        path: &str,
        name: Range<usize>,
        value: &Spanned<DeValue<'_>>,
        place: &impl Fn(Range<usize>) -> String,
    ) {
        self.places.insert(path.to_owned(), place(name));
        if let DeValue::Array(items) = value.get_ref() {
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}[{index}]");
                self.places.insert(path, place(item.span()));
            }
        }
    }

    /// The key's value comes from elsewhere now: places in the file's list would lie.
    fn move_place(&mut self, path: &str, place: &str) {
        let is_item = |known: &str| {
            known
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('['))
        };
        self.places.retain(|known, _| !is_item(known));
        self.places.insert(path.to_owned(), place.to_owned());
    }

    /// The place of a key, or of what it stands in.
    fn place_of(&self, key: &str) -> Option<&String> {
        let mut key = key;
        loop {
            if let Some(place) = self.places.get(key) {
                return Some(place);
            }
            key = &key[..key.rfind(['[', '.'])?];
        }
    }

    fn wrong_at(&mut self, place: impl ToString, key: &str, message: impl ToString) {
        let error = ConfigError::new(place.to_string(), key, message.to_string());
        self.errors.push(error);
    }

    fn set(&mut self, key: &Key, text: &str, source: Source, place: &str) -> Result<(), String> {
        (key.set)(&mut self.config, text)?;
        self.sources.insert(key.path.to_owned(), source);
        self.set
            .insert(key.path, (place.to_owned(), text.to_owned()));
        Ok(())
    }
}

/// The keys of the tables in lists, as `cors` and `origins`.
pub fn array_keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    let limits = rate_limit::KEYS.iter().map(|key| (rate_limit::PATH, key.0));
    let cors = cors::KEYS.iter().map(|key| (cors::PATH, key.0));
    let policies = header_policy::names().map(|name| (header_policy::PATH, name));
    limits.chain(cors).chain(policies)
}

fn find(path: &str) -> Option<&'static Key> {
    all_keys().find(|key| key.path == path)
}

/// The value as the setters read it, if it is of the right type.
fn text_of(kind: Kind, value: &Spanned<DeValue<'_>>) -> Result<String, String> {
    match (kind, value.get_ref()) {
        (Kind::Text, DeValue::String(text)) => Ok(text.to_string()),
        (Kind::Number, DeValue::Integer(number)) if number.radix() == 10 => {
            Ok(number.as_str().replace('_', ""))
        }
        (Kind::Truth, DeValue::Boolean(truth)) => Ok(truth.to_string()),
        (Kind::List, DeValue::Array(items)) => {
            let texts = items.iter().map(|item| match item.get_ref() {
                DeValue::String(text) if !text.contains(',') => Ok(text.to_string()),
                _ => Err("must be a list of texts, without commas in them".to_owned()),
            });
            texts
                .collect::<Result<Vec<_>, _>>()
                .map(|texts| texts.join(","))
        }
        (Kind::List, _) => Err("must be a list, as [\"a\", \"b\"]".to_owned()),
        (Kind::Secret, _) => Err("is a secret: give it by a file or the environment".to_owned()),
        (Kind::Text, _) => Err("must be a text in quotes".to_owned()),
        (Kind::Number, _) => Err("must be a whole number, in decimal".to_owned()),
        (Kind::Truth, _) => Err("must be true or false".to_owned()),
    }
}

fn unknown(path: &str) -> String {
    let meant = similar(path).map(|name| format!("; did you mean {name}?"));
    format!("is not a known key{}", meant.unwrap_or_default())
}
