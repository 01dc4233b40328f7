//! Packages of npm that tests call, in the target folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run;

/// Exact versions: a grader that has changed its mind is a change of ours, not a failure of a run.
const PACKAGES: &[(&str, &str)] = &[
    ("@mdn/mdn-http-observatory", "1.4.8"),
    ("csp_evaluator", "1.1.8"),
];

/// Installs what is not there in its version. Offline, and at once, where all is.
pub(crate) fn provide() -> Result<(), String> {
    let folder = run::in_target("npm")?;
    if PACKAGES.iter().all(|package| installed(&folder, package)) {
        return Ok(());
    }
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    run::show(&mut install(&folder))
        .map_err(|reason| format!("{reason}; `cargo xtask test --core` does without"))
}

/// By npm's own record of the folder, which it writes last: an install that was broken off has none.
fn installed(folder: &Path, (name, version): &(&str, &str)) -> bool {
    fs::read(folder.join("node_modules/.package-lock.json"))
        .ok()
        .and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok())
        .is_some_and(|record| {
            record["packages"][format!("node_modules/{name}")]["version"] == *version
        })
}

/// Without scripts: what is installed runs nothing before a test calls it, and the Observatory's downloads lists.
fn install(folder: &Path) -> Command {
    let mut command = run::at_root(Command::new("npm"));
    command.args(["install", "--ignore-scripts", "--no-audit", "--no-fund"]);
    command.args(["--no-package-lock", "--omit=optional", "--prefix"]);
    command.arg(folder);
    command.args(
        PACKAGES
            .iter()
            .map(|(name, version)| format!("{name}@{version}")),
    );
    command
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{PACKAGES, install, installed};

    #[test]
    fn exact_versions_are_installed_outside_of_the_sources_and_without_their_scripts() {
        let command = install(Path::new("/target/npm"));
        let words: Vec<_> = command.get_args().map(|word| word.to_str()).collect();
        assert!(words.contains(&Some("--ignore-scripts")));
        let prefix = words.iter().position(|word| *word == Some("--prefix"));
        assert_eq!(
            prefix.map(|place| words[place + 1]),
            Some(Some("/target/npm"))
        );
        for (name, version) in PACKAGES {
            assert!(version.starts_with(|first: char| first.is_ascii_digit()));
            assert!(words.contains(&Some(format!("{name}@{version}").as_str())));
        }
    }

    #[test]
    fn another_version_is_not_the_one_that_is_asked_for() -> Result<(), Box<dyn std::error::Error>>
    {
        let folder = std::env::current_exe()?.with_extension("npm");
        let modules = folder.join("node_modules");
        let record = r#"{"packages": {"node_modules/some": {"version": "1.0.0"}}}"#;
        assert!(!installed(&folder, &("some", "1.0.0")));
        fs::create_dir_all(&modules)?;
        fs::write(modules.join(".package-lock.json"), record)?;
        assert!(installed(&folder, &("some", "1.0.0")));
        assert!(!installed(&folder, &("some", "1.0.1")));
        assert!(!installed(&folder, &("other", "1.0.0")));
        fs::remove_dir_all(&folder)?;
        Ok(())
    }
}
