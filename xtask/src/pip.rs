//! Packages of PyPI that tests call, in a virtual environment in the target folder.

use std::path::Path;
use std::process::Command;

use crate::run;

/// Exact versions, as of npm's packages.
const PACKAGES: &[(&str, &str)] = &[("argon2-cffi", "25.1.0"), ("schemathesis", "4.32.5")];

/// Installs what is not there in its version. Offline where all is.
pub(crate) fn provide() -> Result<(), String> {
    let folder = run::in_target("pip")?;
    if PACKAGES.iter().all(|package| installed(&folder, package)) {
        return Ok(());
    }
    let steps = [environment(&folder), install(&folder)];
    for mut step in steps {
        run::show(&mut step)
            .map_err(|reason| format!("{reason}; `cargo xtask test --core` does without"))?;
    }
    Ok(())
}

fn installed(folder: &Path, (name, version): &(&str, &str)) -> bool {
    let asked = Command::new(folder.join("bin/python"))
        .args(["-m", "pip", "show", name])
        .output();
    asked.is_ok_and(|output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let wanted = format!("Version: {version}");
        text.lines().any(|line| line == wanted)
    })
}

fn environment(folder: &Path) -> Command {
    let mut command = Command::new("python3");
    command.args(["-m", "venv"]).arg(folder);
    command
}

fn install(folder: &Path) -> Command {
    let mut command = Command::new(folder.join("bin/python"));
    command.args(["-m", "pip", "install", "--quiet", "--only-binary", ":all:"]);
    command.args(
        PACKAGES
            .iter()
            .map(|(name, version)| format!("{name}=={version}")),
    );
    command
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{PACKAGES, install, installed};

    #[test]
    fn exact_versions_are_installed_without_building_anything() {
        let command = install(Path::new("/target/pip"));
        assert_eq!(command.get_program(), "/target/pip/bin/python");
        let words: Vec<_> = command
            .get_args()
            .filter_map(|word| word.to_str())
            .collect();
        assert!(
            words
                .windows(2)
                .any(|pair| pair == ["--only-binary", ":all:"])
        );
        for (name, version) in PACKAGES {
            assert!(words.contains(&format!("{name}=={version}").as_str()));
        }
    }

    #[test]
    fn a_folder_that_is_not_there_has_nothing() {
        assert!(!installed(Path::new("/nowhere"), &("some", "1.0.0")));
    }
}
