//! `bartizan-server check`: all errors at once, else each key, its value, its source, and whether it is stricter or looser
//! than the default.

use std::{io::Write, process::ExitCode};

use bartizan::{CorsConfig, Directives, LimitPeriod, RateLimitConfig};
use serde_json::json;

use crate::{
    cli,
    config::{self, Config, DIRECTIVES, Key, Loaded, Source, Strictness, all_keys},
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

/// One line of the policy in force.
struct Row {
    key: String,
    value: String,
    source: &'static str,
    verdict: &'static str,
}

fn show(loaded: &Loaded, json: bool) -> String {
    let rows = rows(loaded);
    if json {
        let rows: Vec<_> = rows
            .into_iter()
            .map(|row| json!({"key": row.key, "value": row.value, "source": row.source, "against_default": row.verdict}))
            .collect();
        return json!({"policy": rows}).to_string();
    }
    let lines: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let Row {
                key,
                value,
                source,
                verdict,
            } = row;
            format!("{key:<36} {value:<28} {source:<8} {verdict}")
                .trim_end()
                .to_owned()
        })
        .collect();
    lines.join("\n")
}

fn rows(loaded: &Loaded) -> Vec<Row> {
    let default = Config::default();
    let source_of = |key: &str| match loaded.sources.get(key) {
        None => "default",
        Some(Source::File) => "file",
        Some(Source::Env) => "env",
    };
    let mut rows: Vec<_> = all_keys()
        .map(|key| Row {
            key: key.path.to_owned(),
            value: (key.show)(&loaded.config),
            source: source_of(key.path),
            verdict: judge(key, &loaded.config, &default),
        })
        .collect();
    let hardening = &loaded.config.hardening;
    rows.extend(hardening.rate_limit.iter().map(|limit| Row {
        key: format!("rate_limit.{}", limit.name),
        value: summary(limit),
        source: match loaded.limits.contains(&limit.name) {
            true => "file",
            false => "default",
        },
        verdict: match default.hardening.rate_limit.contains(limit) {
            true => "same",
            false => "different",
        },
    }));
    let headers = &hardening.headers;
    let lists = [&headers.csp, &headers.danger_csp, &headers.csp_report_only];
    for (section, list) in DIRECTIVES.iter().zip(lists) {
        // A danger is looser by its name; whether another list is, only a reader of the policy can say.
        let verdict = match *section {
            "headers.danger_csp" => "looser",
            _ => "different",
        };
        rows.extend(list.iter().map(|(name, sources)| {
            let key = format!("{section}.{name}");
            Row {
                source: source_of(&key),
                key,
                value: sources.join(" "),
                verdict,
            }
        }));
    }
    for (index, policy) in hardening.header_policy.iter().enumerate() {
        rows.push(Row {
            key: format!("header_policy[{index}]"),
            value: policy.routes.join(" "),
            source: "file",
            verdict: match policy.danger_csp == Directives::new() {
                true => "different",
                false => "looser",
            },
        });
    }
    for (index, cors) in hardening.cors.iter().enumerate() {
        rows.push(Row {
            key: format!("cors[{index}]"),
            value: readers(cors),
            source: "file",
            verdict: match cors.except {
                true => "same",
                false => "looser",
            },
        });
    }
    rows
}

/// CORS on one line: `/v1/**: https://app.example.com, with credentials, PUT DELETE`.
fn readers(cors: &CorsConfig) -> String {
    let mut text = format!("{}: ", cors.routes.join(" "));
    if cors.except {
        return text + "nobody";
    }
    text += &match cors.any_origin {
        true => "any origin".to_owned(),
        false => cors.origins.join(" "),
    };
    if cors.credentials {
        text += ", with credentials";
    }
    let methods = match cors.any_method {
        true => "any method".to_owned(),
        false => cors.methods.join(" "),
    };
    if !methods.is_empty() {
        text += &format!(", {methods}");
    }
    text
}

/// A limit on one line: `60/1m, burst 30, by address, POST /v1/sessions`.
fn summary(limit: &RateLimitConfig) -> String {
    let period = match limit.period {
        LimitPeriod::Rolling(period) => bartizan::show_duration(period),
        LimitPeriod::Calendar(window) => format!("calendar {window:?}").to_lowercase(),
        _ => String::new(),
    };
    let mut text = format!("{}/{period}", limit.limit);
    if let Some(burst) = limit.burst {
        text += &format!(", burst {burst}");
    }
    let key = format!("{:?}", limit.key).to_lowercase();
    text += &format!(", by {key}");
    if !(limit.methods.is_empty() && limit.routes.is_empty()) {
        let methods = limit.methods.join("|");
        let routes = limit.routes.join(" ");
        text += format!(", {methods} {routes}").trim_end();
    }
    if limit.shadow {
        text += ", shadow";
    }
    text
}

/// Numbers, durations, truth values and lists by their length have an order; others are only the same or different.
fn judge(key: &Key, config: &Config, default: &Config) -> &'static str {
    let (value, usual) = ((key.show)(config), (key.show)(default));
    if value == usual {
        return "same";
    }
    let size = |text: &str| match key.is_list() {
        true => Some(u64::try_from(items(text)).unwrap_or(u64::MAX)),
        false => size(text),
    };
    let more = match (size(&value), size(&usual)) {
        // as many others
        (Some(value), Some(usual)) if value == usual => return "different",
        (Some(value), Some(usual)) => value > usual,
        _ => return "different",
    };
    match (key.more, more) {
        (Strictness::Stricter, true) | (Strictness::Looser, false) => "stricter",
        (Strictness::Stricter, false) | (Strictness::Looser, true) => "looser",
        (Strictness::Neutral, _) => "different",
    }
}

/// How many a list has; a word without a comma may stand for none.
fn items(text: &str) -> usize {
    match text {
        "none" | "any" => 0,
        text => text.split(',').count(),
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
            ("BARTIZAN__CSRF__SESSION_COOKIES", ""),
            ("BARTIZAN__CSRF__TRUSTED_ORIGINS", "https://b.example"),
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
        assert_eq!(line("csrf.session_cookies"), ["looser", "env", "none"]);
        let trusted = line("csrf.trusted_origins");
        assert_eq!(trusted, ["looser", "env", "https://b.example"]);
        assert_eq!(line("log.level"), ["same", "default", "info"]);
        let json: serde_json::Value = serde_json::from_str(&show(&loaded, true)).unwrap();
        let limits = loaded.config.hardening.rate_limit.len();
        assert_eq!(
            json["policy"].as_array().unwrap().len(),
            all_keys().count() + limits
        );
        assert!(
            text.contains("60/1m, burst 30, by address, POST /v1/sessions"),
            "{text}"
        );
    }

    #[test]
    fn who_may_read_and_what_pages_may_load_is_shown_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bartizan.toml");
        let text = "[headers.csp]\nimg_src = [\"'self'\", \"https://img.test\"]\n\
            [headers.danger_csp]\nstyle_src = [\"'unsafe-inline'\"]\n\
            [[header_policy]]\nroutes = [\"/embed/**\"]\nresource_policy = \"cross-origin\"\n\
            [[cors]]\norigins = [\"https://app.test\"]\ncredentials = true\nmethods = [\"PUT\"]\n\
            [[cors]]\nroutes = [\"/v1/internal/**\"]\nexcept = true\n";
        std::fs::write(&path, text).unwrap();
        let loaded = config::load(Some(&path), []).unwrap();
        let shown = show(&loaded, false);
        let lines: Vec<_> = shown
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        for line in [
            "headers.csp.img_src 'self' https://img.test file different",
            "headers.danger_csp.style_src 'unsafe-inline' file looser",
            "header_policy[0] /embed/** file different",
            "cors[0] /**: https://app.test, with credentials, PUT file looser",
            "cors[1] /v1/internal/**: nobody file same",
            "csrf.insecure_bypass POST /v1/reports default same",
        ] {
            assert!(lines.iter().any(|shown| shown == line), "{line}\n{shown}");
        }
    }
}
