//! What cargo knows about the workspace: packages, their features and their examples.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run;

/// A member of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest: PathBuf,
    /// Feature names, sorted, without `default`.
    pub(crate) features: Vec<String>,
    pub(crate) examples: Vec<String>,
}

impl Package {
    /// The folder that holds the package's manifest.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest.parent().unwrap_or(&self.manifest)
    }

    /// Whether users add this package to their own: everything in `crates/` but the server, which is a program.
    pub(crate) fn is_library(&self) -> bool {
        self.manifest.starts_with(run::root().join("crates")) && self.name != "bartizan-server"
    }
}

/// The workspace as `cargo metadata` tells it.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    pub(crate) target: PathBuf,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self, String> {
        let text = run::read(&mut run::cargo(&[
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
        ]))?;
        let value = serde_json::from_str(&text).map_err(|error| format!("metadata: {error}"))?;
        Self::parse(&value).ok_or_else(|| "metadata: an expected field is missing".to_owned())
    }

    fn parse(value: &Value) -> Option<Self> {
        let packages = value.get("packages")?.as_array()?;
        Some(Self {
            packages: packages.iter().map(package).collect::<Option<_>>()?,
            target: value.get("target_directory")?.as_str()?.into(),
        })
    }
}

fn package(value: &Value) -> Option<Package> {
    let mut features: Vec<String> = value
        .get("features")?
        .as_object()?
        .keys()
        .filter(|name| *name != "default")
        .cloned()
        .collect();
    features.sort();
    let targets = value.get("targets")?.as_array()?;
    let examples = targets
        .iter()
        .filter(|target| target["kind"][0] == "example")
        .filter_map(|target| target["name"].as_str().map(str::to_owned))
        .collect();
    Some(Package {
        name: value.get("name")?.as_str()?.to_owned(),
        manifest: value.get("manifest_path")?.as_str()?.into(),
        features,
        examples,
    })
}

/// Checks each library with its default features, with none, and with each alone.
///
/// Features that only compile beside another, or only in the workspace's union, show themselves here.
pub(crate) fn check_alone(workspace: &Workspace) -> Result<(), String> {
    let mut failed = Vec::new();
    for package in workspace.packages.iter().filter(|p| p.is_library()) {
        for choice in choices(package) {
            let mut command = run::cargo(&["check", "--quiet", "--package", &package.name]);
            command.args(&choice);
            if run::show(&mut command).is_err() {
                failed.push(format!("{} {}", package.name, choice.join(" ")));
            }
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failed.join("; "))
    }
}

/// The arguments of each check of `package`.
fn choices(package: &Package) -> Vec<Vec<String>> {
    let none = "--no-default-features".to_owned();
    let mut choices = vec![Vec::new(), vec![none.clone()]];
    for feature in &package.features {
        choices.push(vec![none.clone(), "--features".to_owned(), feature.clone()]);
    }
    choices
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Workspace, choices};

    fn workspace() -> Workspace {
        let value = json!({
            "target_directory": "/t",
            "packages": [{
                "name": "bartizan-token",
                "manifest_path": "/w/crates/bartizan-token/Cargo.toml",
                "features": { "default": ["os-rng"], "os-rng": [], "layer": [] },
                "targets": [
                    { "kind": ["lib"], "name": "bartizan_token" },
                    { "kind": ["example"], "name": "token" },
                ],
            }],
        });
        Workspace::parse(&value).expect("complete metadata")
    }

    #[test]
    fn each_feature_is_checked_alone_and_so_is_none() {
        let workspace = workspace();
        let lines: Vec<String> = choices(&workspace.packages[0])
            .iter()
            .map(|choice| choice.join(" "))
            .collect();
        let none = "--no-default-features";
        assert_eq!(
            lines,
            [
                String::new(),
                none.to_owned(),
                format!("{none} --features layer"),
                format!("{none} --features os-rng"),
            ]
        );
    }

    #[test]
    fn examples_are_found_among_the_targets() {
        assert_eq!(workspace().packages[0].examples, ["token"]);
    }
}
