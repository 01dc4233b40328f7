//! The README's commands, word for word.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use crate::server::binary;

/// The shell blocks between the README's two marks.
fn commands() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = fs::read_to_string(readme).unwrap();
    let (_, rest) = text.split_once("<!-- readme-test:begin -->").unwrap();
    let (marked, _) = rest.split_once("<!-- readme-test:end -->").unwrap();
    let blocks = marked.split("```").skip(1).step_by(2);
    blocks
        .map(|block| block.strip_prefix("sh\n").unwrap())
        .collect()
}

#[test]
fn the_readme_works_as_written() {
    for port in [8080, 9090] {
        assert!(
            TcpListener::bind(("127.0.0.1", port)).is_ok(),
            "port {port}, which the README uses, is taken"
        );
    }
    let dir = tempfile::tempdir().unwrap();
    // As `cargo run --release -p bartizan-server` does, without building again.
    let mut server = Command::new(binary())
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let ready = lines
        .map_while(Result::ok)
        .any(|line| line == "listening on http://127.0.0.1:8080");
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &commands()])
        .current_dir(dir.path())
        .output();
    drop(server.kill());
    drop(server.wait());
    assert!(ready);
    let output = output.unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("\"title\":\"Hello\""), "{out}");
    assert!(
        commands()
            .lines()
            .filter(|line| line.contains("curl"))
            .count()
            >= 5
    );
}
