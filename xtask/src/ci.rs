//! `cargo xtask ci`: every check that a change must pass, in one run, with its cost.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::compare;
use crate::features::{self, Workspace};
use crate::house;
use crate::run;
use crate::steps::{End, Steps};

/// An example shows one thing and ends; one that is still running after this hangs.
const EXAMPLE_LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn run() -> Result<(), String> {
    let strict = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    let workspace = Workspace::load()?;
    let mut steps = Steps::new(11, strict);
    // First, because it is what README promises, and because the later steps reuse most of what it builds.
    steps.step("tests", || simple(&["xtask", "test"]));
    steps.step("format", format);
    steps.step("clippy", || {
        let words = "clippy --workspace --all-targets --all-features -- -D warnings";
        simple(&words.split(' ').collect::<Vec<_>>())
    });
    steps.step("documentation", || {
        let mut command = run::cargo(&["doc", "--workspace", "--no-deps", "--all-features"]);
        command.env("RUSTDOCFLAGS", "-Dwarnings");
        run::show(&mut command).into()
    });
    steps.step("documentation tests", || {
        simple(&["test", "--doc", "--workspace", "--all-features"])
    });
    steps.step("interleavings", interleavings);
    steps.step("each feature alone", || {
        features::check_alone(&workspace).into()
    });
    steps.step("examples", || examples(&workspace).into());
    steps.step("licences, bans, sources", deny);
    steps.step("house rules", || house::check(&workspace).into());
    steps.step("benches compile", || compare::check().into());
    steps.finish()
}

/// A step that is one cargo command.
fn simple(arguments: &[&str]) -> End {
    run::show(&mut run::cargo(arguments)).into()
}

/// The table of rate limits and the store of answers, with every order in which threads can meet (loom). Its flag rebuilds everything, so it has a
/// target folder of its own.
fn interleavings() -> End {
    let words =
        "test -p bartizan-ratelimit -p bartizan-cache --no-default-features --release --test loom";
    let mut command = run::cargo(&words.split(' ').collect::<Vec<_>>());
    command.env("RUSTFLAGS", "--cfg loom");
    let beside = run::target_beside("loom").unwrap_or_else(|| run::root().join("target/loom"));
    command.env("CARGO_TARGET_DIR", beside);
    run::show(&mut command).into()
}

/// The benches and fuzz targets stand in workspaces of their own, which `cargo fmt` at the root does not see.
fn format() -> End {
    let mut failed = Vec::new();
    let ours = ["Cargo.toml", "fuzz/Cargo.toml"];
    for manifest in ours.into_iter().chain(compare::MANIFESTS) {
        let command = &mut run::cargo(&["fmt", "--all", "--check", "--manifest-path", manifest]);
        if let Err(reason) = run::show(command) {
            failed.push(reason);
        }
    }
    if failed.is_empty() {
        End::Passed
    } else {
        End::Failed(failed.join("; "))
    }
}

fn deny() -> End {
    if !run::available("cargo-deny", &["--version"]) {
        return End::NotRun("cargo-deny is not installed".to_owned());
    }
    // Without advisories: their database comes from no package registry. CONTRIBUTING.md says so.
    simple(&["deny", "check", "bans", "licenses", "sources"])
}

/// Builds the examples with the features of the other steps, runs each, and names those that fail.
fn examples(workspace: &Workspace) -> Result<(), String> {
    run::show(&mut run::cargo(&[
        "build",
        "--workspace",
        "--all-features",
        "--examples",
    ]))?;
    let folder = workspace.target.join("debug").join("examples");
    let names: Vec<&str> = workspace
        .packages
        .iter()
        .filter(|package| package.name == "bartizan-examples")
        .flat_map(|package| package.examples.iter().map(String::as_str))
        .collect();
    if names.is_empty() {
        return Err("package bartizan-examples has no example".to_owned());
    }
    let mut failed = Vec::new();
    for name in names {
        if let Err(reason) = example(&folder.join(name)) {
            failed.push(format!("{name} {reason}"));
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failed.join("; "))
    }
}

fn example(program: &Path) -> Result<(), String> {
    eprintln!("$ {}", program.display());
    let mut command = run::at_root(Command::new(program));
    let mut child = command
        .stdout(Stdio::inherit())
        .spawn()
        .map_err(|error| format!("cannot start: {error}"))?;
    match wait(&mut child, EXAMPLE_LIMIT)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("ended with {status}")),
        None => Err(format!("still ran after {} s", EXAMPLE_LIMIT.as_secs())),
    }
}

/// The child's exit status, or `None` after `limit`, when the child is ended.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>, String> {
    let end = Instant::now() + limit;
    loop {
        let status = child.try_wait().map_err(|error| error.to_string())?;
        if status.is_some() {
            return Ok(status);
        }
        if Instant::now() >= end {
            child.kill().map_err(|error| error.to_string())?;
            child.wait().map_err(|error| error.to_string())?;
            return Ok(None);
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
