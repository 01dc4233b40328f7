//! `cargo xtask compare`: builds the `benches` workspaces in release and lets them measure.

use std::path::PathBuf;
use std::process::Command;

use crate::run;

/// The rivals that cannot stand in one lock file with ours (benches/sqlx-rival/Cargo.toml says why), and the variables by which
/// the benches find their programs.
const RIVALS: [(&str, &str); 2] = [
    ("sqlx-rival", "BARTIZAN_SQLX_RIVAL"),
    ("tower-sessions-rival", "BARTIZAN_TOWER_SESSIONS_RIVAL"),
];

/// Every workspace of the benches, in the order in which they are built.
pub(crate) const MANIFESTS: [&str; 3] = [
    "benches/sqlx-rival/Cargo.toml",
    "benches/tower-sessions-rival/Cargo.toml",
    "benches/Cargo.toml",
];

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
        for (name, variable) in RIVALS {
            command.env(variable, rival(name)?);
        }
    }
    run::show(&mut command)
}

/// Builds the server as it is shipped and lets the benches ask it.
pub(crate) fn enumeration(json: bool) -> Result<(), String> {
    let package = ["build", "--release", "--package", "bartizan-server"];
    run::show(&mut run::cargo(&package))?;
    let mut command = build("run", "benches/Cargo.toml");
    command.args(["--release", "--quiet", "--", "enumeration"]);
    if json {
        command.arg("--json");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let server = run::root().join(target).join("release/bartizan-server");
    command.env("BARTIZAN_SERVER", server);
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

/// Builds a rival's program and returns its path.
fn rival(name: &str) -> Result<PathBuf, String> {
    let mut command = build("build", &format!("benches/{name}/Cargo.toml"));
    run::show(command.arg("--release"))?;
    let folder = run::target_beside("benches")
        .unwrap_or_else(|| run::root().join("benches").join(name).join("target"));
    Ok(folder.join("release").join(name))
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
