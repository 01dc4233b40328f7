//! `cargo xtask compare`: builds the `benches` workspaces in release and lets them measure.

use std::path::PathBuf;
use std::process::Command;

use crate::run;

/// The rival that cannot stand in one lock file with ours (benches/sqlx-rival/Cargo.toml says why).
const RIVAL: &str = "benches/sqlx-rival/Cargo.toml";

/// Every workspace of the benches, in the order in which they are built.
pub(crate) const MANIFESTS: [&str; 2] = [RIVAL, "benches/Cargo.toml"];

const AREAS: [&str; 10] = [
    "password",
    "breach",
    "token",
    "ratelimit",
    "headers",
    "client-ip",
    "edge",
    "store",
    "validate",
    "problem",
];

/// What to measure and how to say it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    area: Option<String>,
    json: bool,
}

impl Request {
    /// Reads `[AREA] [--json]`; `None` for anything else.
    pub(crate) fn parse(words: &[&str]) -> Option<Self> {
        let mut request = Self {
            area: None,
            json: false,
        };
        for word in words {
            if *word == "--json" && !request.json {
                request.json = true;
            } else if AREAS.contains(word) && request.area.is_none() {
                request.area = Some((*word).to_owned());
            } else {
                return None;
            }
        }
        Some(request)
    }
}

pub(crate) fn run(request: &Request) -> Result<(), String> {
    let mut command = build("run", "benches/Cargo.toml");
    command.args(["--release", "--quiet", "--"]);
    command.args(&request.area);
    if request.json {
        command.arg("--json");
    }
    if request.area.as_deref().is_none_or(|area| area == "store") {
        command.env("BARTIZAN_SQLX_RIVAL", rival()?);
    }
    run::show(&mut command)
}

/// Compiles the benches without running them.
pub(crate) fn check() -> Result<(), String> {
    for manifest in MANIFESTS {
        let mut command = build("clippy", manifest);
        command.args(["--all-targets", "--", "-D", "warnings"]);
        run::show(&mut command)?;
    }
    Ok(())
}

/// Builds the rival's program and returns its path.
fn rival() -> Result<PathBuf, String> {
    let mut command = build("build", RIVAL);
    run::show(command.arg("--release"))?;
    let folder = run::target_beside("benches")
        .unwrap_or_else(|| run::root().join("benches/sqlx-rival/target"));
    Ok(folder.join("release").join("sqlx-rival"))
}

fn build(subcommand: &str, manifest: &str) -> Command {
    let mut command = run::cargo(&[subcommand, "--manifest-path", manifest]);
    if let Some(target) = run::target_beside("benches") {
        command.env("CARGO_TARGET_DIR", target);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn area_and_form_are_read_in_either_order() {
        let both = Request {
            area: Some("token".to_owned()),
            json: true,
        };
        assert_eq!(Request::parse(&["token", "--json"]).as_ref(), Some(&both));
        assert_eq!(Request::parse(&["--json", "token"]).as_ref(), Some(&both));
    }

    #[test]
    fn unknown_words_are_refused() {
        for words in [&["tokens"][..], &["token", "edge"], &["--json", "--json"]] {
            assert_eq!(Request::parse(words), None, "{words:?}");
        }
    }
}
