//! Rules of the house that neither the compiler nor clippy knows (CONTRIBUTING.md lists them).

use std::fs;
use std::path::{Path, PathBuf};

use crate::asvs;
use crate::features::Workspace;
use crate::run;

/// The aim is 100 to 250 lines, one thought a file; beyond this a file surely holds two.
const MOST_LINES: usize = 400;

/// Marks of unfinished work. Written in pieces, so that this file does not accuse itself.
const UNFINISHED: &[&str] = &[
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("dbg", "!("),
    concat!("#[ign", "ore"),
    concat!("FIX", "ME"),
];

/// The one file that may allow `unsafe`: it maps a file into memory.
const MAY_BE_UNSAFE: &str = "crates/bartizan-password/src/breach/map.rs";
const ALLOWS_UNSAFE: &str = concat!("allow(un", "safe_code)");

/// The order of members everywhere: the five named concerns first, then the edge, the composition, the programs.
const ORDER: &[&str] = &[
    "crates/bartizan-password",
    "crates/bartizan-token",
    "crates/bartizan-ratelimit",
    "crates/bartizan-headers",
    "crates/bartizan-cache",
    "crates/bartizan-validate",
    "crates/bartizan-validate-derive",
    "crates/bartizan-problem",
    "crates/bartizan-guard",
    "crates/bartizan-serve",
    "crates/bartizan-client-ip",
    "crates/bartizan-monitor",
    "crates/bartizan",
    "crates/bartizan-server",
    "xtask",
    "examples",
    "tests",
];

/// Every broken rule at once.
pub(crate) fn check(workspace: &Workspace) -> Result<(), String> {
    let root = run::root();
    let mut broken = Vec::new();
    for file in sources(&root)? {
        let text = text(&file)?;
        let name = file.strip_prefix(&root).unwrap_or(&file).to_path_buf();
        broken.extend(source(&text).map(|rule| format!("{}: {rule}", name.display())));
        if allows_unsafe(name == Path::new(MAY_BE_UNSAFE), &text) {
            broken.push(format!(
                "{}: allows `unsafe`, which only {MAY_BE_UNSAFE} may",
                name.display()
            ));
        }
    }
    broken.extend(members(&text(&root.join("Cargo.toml"))?));
    for package in &workspace.packages {
        let folder = package.folder();
        if folder.starts_with(root.join("crates")) && !folder.ends_with(&package.name) {
            broken.push(format!("{}: not named like its package", folder.display()));
        }
        let manifest = text(&package.manifest)?;
        broken.extend(manifest_rules(&manifest).map(|rule| format!("{}: {rule}", package.name)));
    }
    broken.extend(asvs::check(&root)?);
    for rule in &broken {
        eprintln!("{rule}");
    }
    match broken.len() {
        0 => Ok(()),
        1 => Err(broken.remove(0)),
        count => Err(format!("{count} broken rules, listed above")),
    }
}

/// What one source file breaks.
fn source(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().count();
    let long = (lines > MOST_LINES).then(|| format!("{lines} lines, more than {MOST_LINES}"));
    let marks = UNFINISHED
        .iter()
        .filter(move |mark| text.contains(**mark))
        .map(|mark| format!("contains `{mark}`"));
    long.into_iter().chain(marks)
}

/// The workspace denies `unsafe`, and only what is allowed again can be used.
fn allows_unsafe(may: bool, text: &str) -> bool {
    !may && (text.contains(ALLOWS_UNSAFE)
        || text.contains(&ALLOWS_UNSAFE.replace("allow", "expect")))
}

/// The members of the root manifest that stand out of order, or that no rule knows.
fn members(manifest: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let mut last = 0;
    let list = manifest
        .lines()
        .skip_while(|line| !line.starts_with("members"));
    for line in list.skip(1).take_while(|line| !line.starts_with(']')) {
        let member = line.trim().trim_matches([',', '"']);
        match ORDER.iter().position(|known| *known == member) {
            Some(place) if place >= last => last = place,
            Some(_) => broken.push(format!("Cargo.toml: member {member} is out of order")),
            None => broken.push(format!(
                "Cargo.toml: member {member} has no place in the order"
            )),
        }
    }
    broken
}

/// What one member's manifest breaks: lints and versions are written once, at the root.
fn manifest_rules(manifest: &str) -> impl Iterator<Item = String> {
    let mut broken = Vec::new();
    let mut section = "";
    let mut lints = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line.trim();
        } else if section == "[lints]" && line.trim() == "workspace = true" {
            lints = true;
        } else if section.ends_with("dependencies]")
            && line.starts_with(|first: char| first.is_ascii_alphanumeric())
            && !line.contains("workspace = true")
        {
            broken.push(format!(
                "`{line}` does not take its version from the workspace"
            ));
        }
    }
    if !lints {
        broken.push("does not inherit the workspace's lints".to_owned());
    }
    broken.into_iter()
}

/// Every Rust file of the checkout, but for build output.
fn sources(root: &Path) -> Result<Vec<PathBuf>, String> {
    let mut folders = vec![root.to_path_buf()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|error| error.to_string())?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if name.ends_with(".rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{
        ALLOWS_UNSAFE, MAY_BE_UNSAFE, MOST_LINES, UNFINISHED, allows_unsafe, manifest_rules,
        members, source,
    };

    #[test]
    fn long_files_and_unfinished_work_are_refused() {
        assert_eq!(source("fn main() {}\n").count(), 0);
        assert_eq!(source(&"\n".repeat(MOST_LINES)).count(), 0);
        assert_eq!(source(&"\n".repeat(MOST_LINES + 1)).count(), 1);
        for mark in UNFINISHED {
            assert_eq!(source(mark).count(), 1, "{mark}");
        }
    }

    #[test]
    fn only_one_file_may_allow_unsafe() {
        let text = format!("#![{ALLOWS_UNSAFE}]");
        assert!(allows_unsafe(false, &text) && !allows_unsafe(true, &text));
        assert!(!allows_unsafe(false, "#![forbid(unsafe_code)]"));
        assert!(crate::run::root().join(MAY_BE_UNSAFE).exists());
    }

    #[test]
    fn members_stand_in_the_order_of_the_design() {
        let list = |names: &[&str]| {
            let lines: Vec<String> = names.iter().map(|n| format!("    \"{n}\",\n")).collect();
            format!("[workspace]\nmembers = [\n{}]\n", lines.concat())
        };
        assert!(
            members(&list(&[
                "crates/bartizan-token",
                "crates/bartizan",
                "xtask"
            ]))
            .is_empty()
        );
        assert_eq!(members(&list(&["xtask", "crates/bartizan"])).len(), 1);
        assert_eq!(members(&list(&["crates/core"])).len(), 1);
    }

    #[test]
    fn versions_and_lints_come_from_the_root() {
        let good = "[lints]\nworkspace = true\n[dependencies]\nhttp = { workspace = true }\n";
        assert_eq!(manifest_rules(good).count(), 0);
        let own = "[lints]\nworkspace = true\n[dev-dependencies]\nhttp = \"1\"\n";
        assert_eq!(manifest_rules(own).count(), 1);
        assert_eq!(manifest_rules("[package]\n").count(), 1);
    }
}
