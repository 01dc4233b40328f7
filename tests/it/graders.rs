//! What two graders say of our answers, asked over real sockets: MDN's HTTP Observatory, behind TLS, and Google's CSP Evaluator.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
};

use axum::{
    Extension, Router,
    response::{Html, IntoResponse},
    routing::get,
};
use bartizan::Hardening;
use bartizan_headers::{Csp, HeadersLayer, Nonce, Policy, Transport};
use serde_json::Value;

use crate::{hardening::serve_router, server::installed};

const SCRIPT: &str = "document.title += \"!\";\n";
/// `openssl dgst -sha384 -binary | base64` of the script.
const INTEGRITY: &str = "sha384-xdftl9fYeqTvfqrkM4skL3ldDfZI+oqVwlWF5QCyms8iNrypxu9bYj2nrpMyzAEn";
const SESSION: (&str, &str) = (
    "set-cookie",
    "__Host-session=1; Path=/; Secure; HttpOnly; SameSite=Strict",
);
const BAD_POLICY: (&str, &str) = ("content-security-policy", "script-src 'unsafe-inline' *");

/// A page of its own files, that begins a session.
async fn document() -> impl IntoResponse {
    let page = format!(
        "<!doctype html><title>hello</title><link rel=\"stylesheet\" href=\"/style.css\">\
         <script src=\"/script.js\" integrity=\"{INTEGRITY}\"></script><p>hello"
    );
    ([SESSION], Html(page))
}

async fn document_with_nonce(Extension(nonce): Extension<Nonce>) -> impl IntoResponse {
    let page =
        format!("<!doctype html><title>hello</title><script nonce=\"{nonce}\">{SCRIPT}</script>");
    ([SESSION], Html(page))
}

fn routes() -> Router {
    let of_type = |kind: &'static str, body: &'static str| get(([("content-type", kind)], body));
    Router::new()
        .route("/", get(document))
        .route("/script.js", of_type("text/javascript", SCRIPT))
        .route("/style.css", of_type("text/css", "p { margin: 0 }\n"))
        .route("/api", of_type("application/json", "{}"))
        .route("/bad", get(([BAD_POLICY], Html("<!doctype html><p>hello"))))
}

fn hardened() -> SocketAddr {
    let config = serde_json::from_str(r#"{"headers": {"transport": "https"}}"#).unwrap();
    serve_router(routes().layer(Hardening::new(&config).unwrap()))
}

fn strict() -> SocketAddr {
    let policy = Policy::builder()
        .transport(Transport::Https)
        .document_csp(Csp::strict().build().unwrap())
        .nonces_from_os()
        .build()
        .unwrap();
    let routes = Router::new().route("/", get(document_with_nonce));
    serve_router(routes.layer(HeadersLayer::new(policy)))
}

/// What one of our scripts prints.
fn node(script: &str, arguments: &[&str], dir: &Path) -> Value {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("graders");
    let output = Command::new("node")
        .arg(scripts.join(script))
        .arg(installed("npm/node_modules"))
        .args(arguments)
        .current_dir(dir)
        .env("NODE_EXTRA_CA_CERTS", dir.join("cert.pem"))
        // A proxy of this machine is none of the graded.
        .env("NO_PROXY", "localhost,127.0.0.1")
        .stdin(Stdio::null())
        .output()
        .expect("node, of the package nodejs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {error}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|reason| panic!("{reason}: {error}"))
}

/// The Observatory's answer: grade, score, and its tests.
fn observatory(address: SocketAddr, path: &str) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let made = Command::new("openssl")
        .args(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(' '),
        )
        .args("-subj /CN=localhost -addext subjectAltName=DNS:localhost".split(' '))
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(dir.path())
        .output()
        .expect("openssl, of the package openssl");
    let error = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{error}");
    let upstream = format!("http://{address}");
    let arguments = [&upstream, path, "key.pem", "cert.pem"];
    let report = node("observatory.mjs", &arguments, dir.path());
    println!("observatory {path}: {report:#}");
    report
}

/// Names of the tests that the answer has not passed, with what they found.
fn failing(report: &Value) -> Vec<String> {
    let tests = report["tests"].as_array().unwrap().iter();
    tests
        .filter(|test| test["pass"] != true)
        .map(|test| format!("{}: {}", test["name"], test["result"]))
        .collect()
}

/// CSP Evaluator's findings in each policy of the answer, as `SEVERITY directive value`.
fn policies(address: SocketAddr, path: &str) -> Vec<Vec<String>> {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("http://{address}{path}");
    let report = node("csp_evaluator.mjs", &[&url], dir.path());
    println!("csp_evaluator {path}: {report:#}");
    let line = |finding: &Value| {
        ["severity", "directive", "value"]
            .map(|key| finding[key].as_str().unwrap())
            .join(" ")
    };
    let policies = report.as_array().unwrap().iter();
    policies
        .map(|policy| {
            policy["findings"]
                .as_array()
                .unwrap()
                .iter()
                .map(line)
                .collect()
        })
        .collect()
}

/// Beside the grade, the score: a session cookie and a script with `integrity` give credit only where they are seen.
#[test]
fn answers_get_the_best_grade_and_fail_no_test() {
    for (address, path, score) in [
        (hardened(), "/", 140),
        (strict(), "/", 135),
        (hardened(), "/api", 130),
    ] {
        let report = observatory(address, path);
        let failing = failing(&report);
        assert_eq!(report["grade"], "A+", "{failing:?}");
        assert!(failing.is_empty(), "{failing:?}");
        assert_eq!(report["score"], score);
    }
}

#[test]
fn policies_have_no_finding_of_weight() {
    // "Can be problematic if you host JSONP, AngularJS or user uploaded files": so of any page whose scripts are files.
    // `Csp::strict` is for sites that host them.
    let known = "MEDIUM_MAYBE script-src 'self'";
    for (address, path, expected) in [
        (hardened(), "/", &[known][..]),
        (hardened(), "/api", &[]),
        (strict(), "/", &[]),
    ] {
        let policies = policies(address, path);
        assert_eq!(policies.len(), 1, "{path}: {policies:?}");
        let mut findings = policies.concat();
        // The other severities are advice for browsers of 2015 (STRICT_CSP), and hints (INFO).
        findings
            .retain(|finding| !finding.starts_with("STRICT_CSP") && !finding.starts_with("INFO"));
        assert_eq!(findings, expected, "{path}");
    }
}

#[test]
fn one_bad_policy_costs_the_grade_and_is_found() {
    let report = observatory(hardened(), "/bad");
    assert_eq!(report["grade"], "B+", "{report}");
    let failing = failing(&report);
    assert_eq!(failing.len(), 1, "{failing:?}");
    assert!(failing[0].contains("unsafe-inline"), "{failing:?}");
    let findings = &policies(hardened(), "/bad")[0];
    for source in ["'unsafe-inline'", "*"] {
        let finding = format!("HIGH script-src {source}");
        assert!(findings.contains(&finding), "{findings:?}");
    }
}

#[test]
fn the_same_routes_without_hardening_get_a_bad_grade() {
    let report = observatory(serve_router(routes()), "/");
    assert_eq!(report["grade"], "D", "{report}");
    assert_eq!(failing(&report).len(), 4, "{report}");
}
