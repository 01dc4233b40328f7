//! schemathesis asks the running server by its own description: what it describes it does, and what it does not is refused.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::server::{CHEAP, Server, binary, installed};

/// The fewest requests of the whole run.
const REQUESTS: u64 = 5_000;

/// Checks that schemathesis leaves out. A value that fits the schema may still be refused: for some rules JSON Schema has no word
/// (an address of mail, a token that was never minted).
const LEFT_OUT: &str = "positive_data_acceptance";

fn run(server: &Server, token: &str, examples: u32, only: &[&str]) -> String {
    let dir = server.dir.path();
    let description = dir.join("openapi.json");
    let printed = Command::new(binary()).arg("openapi").output().unwrap();
    std::fs::write(&description, printed.stdout).unwrap();
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemathesis/hooks.py");
    let mut command = Command::new(installed("pip/bin/schemathesis"));
    command
        .arg("run")
        .arg(&description)
        .args([
            "--url",
            &server.url,
            "--continue-on-failure",
            "--seed",
            "4711",
        ])
        .args(["--max-examples", &examples.to_string()])
        .args(["--exclude-checks", LEFT_OUT])
        .args(["-H", &format!("Authorization: Bearer {token}")])
        // As from a page of the site: it tries cookies beside the token.
        .args(["-H", "Sec-Fetch-Site: same-origin"])
        .args(only)
        .env("SCHEMATHESIS_HOOKS", hooks)
        .env("NO_COLOR", "1")
        .env("NO_PROXY", "127.0.0.1")
        .current_dir(dir)
        .stdin(Stdio::null());
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
    assert!(status.success(), "{text}\n{}", server.log());
    text
}

/// From `714 generated`, or `714 generated, 3 found 3 unique failures`.
fn requests(report: &str) -> u64 {
    let count = report.lines().find_map(|line| {
        let (count, rest) = line.trim().split_once(' ')?;
        let count = count.parse().ok()?;
        rest.starts_with("generated").then_some(count)
    });
    count.unwrap_or_else(|| panic!("{report}"))
}

#[test]
fn the_server_does_what_it_describes_and_refuses_what_it_does_not() {
    let server = Server::start(&format!(
        "{CHEAP}[rate_limits]\nshadow = true\n[login]\nfailures_at_once = 1000000\n\
        failures_per_prefix_hour = 1000000\nfailures_per_account_day = 1000000\n"
    ));
    server.account("ann@example.com");
    let token = server.log_in("ann@example.com");
    // Logging out would leave nothing to ask for.
    let but = ["--exclude-operation-id", "logOut"];
    let mut asked = requests(&run(&server, &token, 300, &but));
    asked += requests(&run(
        &server,
        &token,
        5,
        &["--include-operation-id", "logOut"],
    ));
    assert!(asked >= REQUESTS, "{asked}");
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
}
