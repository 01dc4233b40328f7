//! Running other programs, from the root of the checkout, with their command line shown.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The root of the checkout this program was built from.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A cargo command of the toolchain that runs us, in the root of the checkout.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments);
    at_root(command)
}

/// `command` with the root as its folder, closed stdin, and none of the variables that cargo set for us alone.
pub(crate) fn at_root(mut command: Command) -> Command {
    command.current_dir(root()).stdin(Stdio::null());
    // `cargo run` describes xtask's own package in these; a build script or test that reads them would read the wrong one.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Shows `command`, runs it, and turns a failing exit status into an error.
pub(crate) fn show(command: &mut Command) -> Result<(), String> {
    let line = describe(command);
    eprintln!("$ {line}");
    let status = command
        .status()
        .map_err(|error| format!("cannot start `{line}`: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{line}` ended with {status}"))
    }
}

/// Runs `command` and returns its stdout; its stderr goes to ours.
pub(crate) fn read(command: &mut Command) -> Result<String, String> {
    let line = describe(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start `{line}`: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{line}` ended with {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{line}` printed no UTF-8"))
}

/// Whether `program` answers to `arguments` with success.
pub(crate) fn available(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What to type to run `command` again by hand.
fn describe(command: &Command) -> String {
    let mut words = Vec::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={:?}", name.to_string_lossy(), value));
        }
    }
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    words.push(name.to_string_lossy().into_owned());
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

/// A folder of this name in the target folder, of which this program lies two folders deep. Tests look for it from their own place.
pub(crate) fn in_target(name: &str) -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = here.ancestors().nth(2);
    Ok(target.ok_or("no target folder")?.join(name))
}

/// A folder beside the main target folder, where that is set: other flags or another lock file build the same crates otherwise.
pub(crate) fn target_beside(name: &str) -> Option<PathBuf> {
    let main = PathBuf::from(std::env::var_os("CARGO_TARGET_DIR")?);
    let mut folder = main.file_name()?.to_os_string();
    folder.push(format!("-{name}"));
    Some(root().join(main.with_file_name(folder)))
}
