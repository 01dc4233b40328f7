//! `cargo xtask test`: every test of the workspace, by cargo-nextest where it is installed, else by `cargo test`.

use std::process::Command;

use crate::{npm, pip, run};

/// How much of the machine the tests may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everything; tools that tests call are installed, or named.
    Full,
    /// Nothing but cargo.
    Core,
}

/// A program that some test calls.
struct Tool {
    program: &'static str,
    /// Arguments under which the program only reports itself.
    probe: &'static [&'static str],
    /// The Debian package that contains it.
    package: &'static str,
    /// What needs it, for the reader of the message.
    needed_by: &'static str,
}

/// Only what a test calls today. A test that starts a real service adds its line here.
const TOOLS: &[Tool] = &[
    Tool {
        program: "curl",
        probe: &["--version"],
        package: "curl",
        needed_by: "the test that runs the README's commands",
    },
    Tool {
        program: "nginx",
        probe: &["-v"],
        package: "nginx-light",
        needed_by: "the test that compares callers' addresses with nginx's",
    },
    Tool {
        program: "redis-server",
        probe: &["--version"],
        package: "redis-server",
        needed_by: "the tests of quotas that processes share",
    },
    Tool {
        program: "node",
        probe: &["--version"],
        package: "nodejs",
        needed_by: "the tests that have two graders judge our answers; Node.js 20 or later",
    },
    Tool {
        program: "npm",
        probe: &["--version"],
        package: "npm",
        needed_by: "the same tests, to install the graders",
    },
    Tool {
        program: "python3",
        // Debian's python3 comes without what makes environments.
        probe: &["-c", "import ensurepip, venv"],
        package: "python3-venv",
        needed_by: "the tests against schemathesis, which asks what the API's description does not say, and argon2-cffi",
    },
    Tool {
        program: "openssl",
        probe: &["version"],
        package: "openssl",
        needed_by: "the same tests, for a certificate",
    },
    Tool {
        program: "chromium",
        probe: &["--version"],
        package: "chromium",
        needed_by: "the tests of what browsers do with our fields",
    },
    Tool {
        program: "chromedriver",
        probe: &["--version"],
        package: "chromium-driver",
        needed_by: "the same tests, to drive the browser",
    },
];

/// Tests that call a tool of [`TOOLS`] live in modules with these names.
const TOOL_TESTS: &[&str] = &[
    "argon2_cffi",
    "schemathesis",
    "readme",
    "nginx",
    "redis_server",
    "graders",
    "browser",
];

pub(crate) fn run(scope: Scope) -> Result<(), String> {
    match scope {
        Scope::Full => {
            provide(TOOLS)?;
            npm::provide()?;
            pip::provide()?;
        }
        Scope::Core => {
            let left_out: Vec<&str> = TOOLS.iter().map(|tool| tool.program).collect();
            println!(
                "core: leaves out tests in modules {}, which call {}; `cargo xtask test` runs them",
                TOOL_TESTS.join(", "),
                left_out.join(", ")
            );
        }
    }
    // The tests start the server as its own process and find it beside themselves in the target folder.
    run::show(&mut run::cargo(&[
        "build",
        "--workspace",
        "--all-features",
        "--bin",
        "bartizan-server",
    ]))?;
    let nextest = run::available("cargo", &["nextest", "--version"]);
    let mut command = runner(nextest, scope);
    if scope == Scope::Core {
        command.env("BARTIZAN_TEST_CORE", "1");
    }
    run::show(&mut command)
}

/// The test runner's command. Both runners end with their usual summary line.
fn runner(nextest: bool, scope: Scope) -> Command {
    let core = scope == Scope::Core;
    if nextest {
        let mut command = run::cargo(&["nextest", "run", "--workspace", "--all-features"]);
        command.arg("--no-fail-fast");
        if core {
            command.args([
                "-E",
                &format!("not test(/(^|::)({})::/)", TOOL_TESTS.join("|")),
            ]);
        }
        command
    } else {
        let mut command = run::cargo(&["test", "--workspace", "--all-features"]);
        command.args(["--all-targets", "--no-fail-fast"]);
        if core {
            command.arg("--");
            for module in TOOL_TESTS {
                command.args(["--skip", &format!("{module}::")]);
            }
        }
        command
    }
}

/// Installs what is missing where this process may, and says so; else names it in one line.
fn provide(tools: &[Tool]) -> Result<(), String> {
    let missing: Vec<&Tool> = tools
        .iter()
        .filter(|tool| !run::available(tool.program, tool.probe))
        .collect();
    if !missing.is_empty() && run::available("apt-get", &["--version"]) {
        // A bare machine has no lists of packages. A failure shows itself below.
        if let Err(reason) = run::show(run::at_root(Command::new("apt-get")).arg("update")) {
            eprintln!("{reason}");
        }
    }
    for tool in &missing {
        println!("{} is missing; needed by {}", tool.program, tool.needed_by);
        if run::available("apt-get", &["--version"]) {
            let mut install = run::at_root(Command::new("apt-get"));
            install.args(["install", "--yes", "--no-install-recommends", tool.package]);
            install.env("DEBIAN_FRONTEND", "noninteractive");
            // A failure shows itself below: the tool is still missing.
            if let Err(reason) = run::show(&mut install) {
                eprintln!("{reason}");
            }
        }
    }
    let still: Vec<&str> = missing
        .iter()
        .filter(|tool| !run::available(tool.program, tool.probe))
        .map(|tool| tool.package)
        .collect();
    if still.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "install {} first, or run `cargo xtask test --core`",
            still.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, TOOL_TESTS, runner};

    fn words(nextest: bool, scope: Scope) -> Vec<String> {
        runner(nextest, scope)
            .get_args()
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn full_runs_leave_nothing_out() {
        for nextest in [true, false] {
            let words = words(nextest, Scope::Full);
            assert!(words.contains(&"--workspace".to_owned()));
            assert!(words.contains(&"--all-features".to_owned()));
            for module in TOOL_TESTS {
                assert!(!words.iter().any(|word| word.contains(module)));
            }
        }
    }

    #[test]
    fn core_runs_leave_out_only_the_tests_that_call_tools() {
        for nextest in [true, false] {
            let full = words(nextest, Scope::Full);
            let core = words(nextest, Scope::Core);
            assert_eq!(core[..full.len()], full[..]);
            let left_out = core[full.len()..].join(" ");
            assert!(TOOL_TESTS.iter().all(|module| left_out.contains(module)));
            assert!(left_out.contains("::"));
        }
    }
}
