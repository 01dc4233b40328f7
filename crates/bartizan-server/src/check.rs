//! `bartizan-server check`: all errors at once, else each key, its value, its source, and whether it is stricter or looser
//! than the default.

use std::{io::Write, process::ExitCode};

use serde_json::json;

use crate::{
    cli,
    config::{self, Config, KEYS, Key, Loaded, Source, Strictness},
};

/// Prints the outcome; exit code 1 when something is wrong.
pub fn run(args: &cli::Check) -> ExitCode {
    let (text, code) = match config::load(args.config.as_deref(), config::environment()) {
        Ok(loaded) => (show(&loaded, args.json), ExitCode::SUCCESS),
        Err(errors) if args.json => {
            let errors = errors.errors().iter().map(
                |error| json!({"place": error.place, "key": error.key, "message": error.message}),
            );
            let errors: Vec<_> = errors.collect();
            (json!({"errors": errors}).to_string(), ExitCode::FAILURE)
        }
        Err(errors) => (errors.lines().join("\n"), ExitCode::FAILURE),
    };
    // A closed pipe is the reader's wish.
    drop(writeln!(std::io::stdout(), "{text}"));
    code
}

fn show(loaded: &Loaded, json: bool) -> String {
    let default = Config::default();
    let rows = KEYS.iter().map(|key| {
        let source = match loaded.sources.get(key.path) {
            None => "default",
            Some(Source::File) => "file",
            Some(Source::Env) => "env",
        };
        (
            key,
            (key.show)(&loaded.config),
            source,
            judge(key, &loaded.config, &default),
        )
    });
    if json {
        let rows: Vec<_> = rows
            .map(|(key, value, source, verdict)| json!({"key": key.path, "value": value, "source": source, "against_default": verdict}))
            .collect();
        return json!({"policy": rows}).to_string();
    }
    let lines: Vec<_> = rows
        .map(|(key, value, source, verdict)| {
            format!("{:<28} {value:<28} {source:<8} {verdict}", key.path)
                .trim_end()
                .to_owned()
        })
        .collect();
    lines.join("\n")
}

/// Numbers, durations and truth values have an order; others are only the same or different.
fn judge(key: &Key, config: &Config, default: &Config) -> &'static str {
    let (value, usual) = ((key.show)(config), (key.show)(default));
    if value == usual {
        return "same";
    }
    let more = match (size(&value), size(&usual)) {
        (Some(value), Some(usual)) => value > usual,
        _ => return "different",
    };
    match (key.more, more) {
        (Strictness::Stricter, true) | (Strictness::Looser, false) => "stricter",
        (Strictness::Stricter, false) | (Strictness::Looser, true) => "looser",
        (Strictness::Neutral, _) => "different",
    }
}

fn size(text: &str) -> Option<u64> {
    match text {
        "true" => Some(1),
        "false" => Some(0),
        _ => text.parse().ok().or_else(|| config::duration_millis(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_its_source_and_is_judged() {
        let env = [
            ("BARTIZAN__PASSWORD__MIN_CHARS", "8"),
            ("BARTIZAN__TOKEN__SESSION__IDLE", "30m"),
            ("BARTIZAN__MAIL__FROM", "a@b.example"),
        ];
        let loaded = config::load(
            None,
            env.map(|(name, text)| (name.to_owned(), text.to_owned())),
        )
        .unwrap();
        let text = show(&loaded, false);
        let line = |key: &str| {
            let line = text.lines().find(|line| line.starts_with(key)).unwrap();
            line.split_whitespace()
                .rev()
                .take(3)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(line("password.min_chars"), ["looser", "env", "8"]);
        assert_eq!(line("token.session.idle"), ["stricter", "env", "30m"]);
        assert_eq!(line("mail.from"), ["different", "env", "a@b.example"]);
        assert_eq!(line("log.level"), ["same", "default", "info"]);
        let json: serde_json::Value = serde_json::from_str(&show(&loaded, true)).unwrap();
        assert_eq!(json["policy"].as_array().unwrap().len(), KEYS.len());
    }
}
