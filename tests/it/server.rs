//! The harness: the real server, in a folder and on ports of its own, stopped when the test ends.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Hashes that cost next to nothing, for tests that are not about hashing.
pub(crate) const CHEAP: &str = "[password]\ninsecure_cost = true\nmemory_kib = 64\npasses = 1\n";
pub(crate) const PASSWORD: &str = "lantern ferry moss quarry";

pub(crate) struct Server {
    child: Child,
    pub(crate) dir: Arc<TempDir>,
    pub(crate) url: String,
    pub(crate) management_url: String,
    agent: ureq::Agent,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Names of the fields, for answers that must not differ.
    pub(crate) fn header_names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    }

    /// The body without what names this one request.
    pub(crate) fn anonymous(&self) -> Value {
        let mut body = self.json();
        body.as_object_mut().unwrap().remove("request_id");
        body
    }
}

/// The binary that `cargo xtask test` has built: it lies beside the folder of this test's own binary.
pub(crate) fn binary() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let binary = here.ancestors().nth(2).unwrap().join("bartizan-server");
    assert!(
        binary.exists(),
        "{} is missing: run `cargo xtask test`, or `cargo build -p bartizan-server` first",
        binary.display()
    );
    binary
}

/// What `cargo xtask test` has installed in the target folder, of which this test's own binary lies two folders deep.
pub(crate) fn installed(path: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let found = here.ancestors().nth(3).unwrap().join(path);
    assert!(
        found.exists(),
        "{} is missing: run `cargo xtask test`, which installs it",
        found.display()
    );
    found
}

impl Server {
    pub(crate) fn start(config: &str) -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().unwrap()), config)
    }

    /// In a folder that an earlier server has left.
    pub(crate) fn start_in(dir: Arc<TempDir>, config: &str) -> Self {
        let mut child = spawn(dir.path(), config);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut next = |prefix: &str| {
            let line = lines.next().and_then(Result::ok).unwrap_or_else(|| {
                let log = fs::read_to_string(dir.path().join("log")).unwrap_or_default();
                panic!("the server did not start:\n{log}")
            });
            line.strip_prefix(prefix)
                .unwrap_or_else(|| panic!("{line}"))
                .to_owned()
        };
        let management_url = next("management on ");
        let url = next("listening on ");
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // What is refused unread costs the connection its next request, at the moment of the server's choosing: only a
            // client that may repeat itself can reuse one.
            .max_idle_connections(0)
            .timeout_global(Some(std::time::Duration::from_secs(60)))
            .build()
            .into();
        Self {
            child,
            dir,
            url,
            management_url,
            agent,
        }
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Reply {
        let request = request(method, &self.at(path), headers);
        let response = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string()).unwrap())
            }
            None => self.agent.run(request.body(()).unwrap()),
        };
        reply(response.unwrap_or_else(|error| panic!("{method} {path}: {error}")))
    }

    fn at(&self, path: &str) -> String {
        match path.starts_with("http") {
            true => path.to_owned(),
            false => format!("{}{path}", self.url),
        }
    }

    /// With a body of any kind, whose type is among the fields.
    pub(crate) fn send_text(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let request = request(method, &self.at(path), headers);
        let sent = self.agent.run(request.body(body.to_owned()).unwrap());
        reply(sent.unwrap_or_else(|error| panic!("{method} {path}: {error}")))
    }

    /// The head and `sent` bytes of the body, on a connection of its own; the answer is the connection and the rest.
    pub(crate) fn begin(
        &self,
        (method, path): (&str, &str),
        token: &str,
        body: &Value,
        sent: usize,
    ) -> (std::net::TcpStream, Vec<u8>) {
        use std::io::Write;
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let mut body = body.to_string().into_bytes();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let rest = body.split_off(sent.min(body.len()));
        stream
            .write_all(&[head.as_bytes(), body.as_slice()].concat())
            .unwrap();
        (stream, rest)
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, &[], Some(body))
    }

    pub(crate) fn as_user(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Reply {
        self.send(
            method,
            path,
            &[("authorization", &format!("Bearer {token}"))],
            body,
        )
    }

    /// Signs up and confirms.
    pub(crate) fn account(&self, email: &str) {
        assert_eq!(
            self.post(
                "/v1/accounts",
                &json!({"email": email, "password": PASSWORD})
            )
            .status,
            202
        );
        let confirmed = self.post(
            "/v1/accounts/confirm",
            &json!({"token": self.mailed_token(email)}),
        );
        assert_eq!(confirmed.status, 204);
    }

    pub(crate) fn log_in(&self, email: &str) -> String {
        let reply = self.post(
            "/v1/sessions",
            &json!({"email": email, "password": PASSWORD}),
        );
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()["token"].as_str().unwrap().to_owned()
    }

    /// Mails to this address, oldest first.
    pub(crate) fn mails(&self, to: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.dir.path().join("data/outbox")) else {
            return Vec::new();
        };
        let mut mails: Vec<_> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "eml"))
            .map(|path| {
                (
                    path.metadata().unwrap().modified().unwrap(),
                    fs::read_to_string(path).unwrap(),
                )
            })
            .filter(|(_, text)| text.contains(to))
            .collect();
        mails.sort();
        mails.into_iter().map(|(_, text)| text).collect()
    }

    /// The token in the newest mail to this address: mail goes out after the answer, so it is waited for.
    pub(crate) fn mailed_token(&self, to: &str) -> String {
        self.mailed(to, 'c')
    }

    /// The newest mailed token of a kind: `c` a confirmation, `p` a new password, `e` another address, `u` the old one.
    pub(crate) fn mailed(&self, to: &str, kind: char) -> String {
        wait_for(|| {
            let mails = self.mails(to);
            mails.iter().rev().find_map(|mail| token_in(mail, kind))
        })
    }

    /// Logs in with another password; the whole answer.
    pub(crate) fn try_log_in(&self, email: &str, password: &str) -> Reply {
        self.post(
            "/v1/sessions",
            &json!({"email": email, "password": password}),
        )
    }

    /// Runs the program with the server's folder; its exit code, what it printed, and what it said of errors.
    pub(crate) fn command(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let done = Command::new(binary())
            .args(args)
            .arg("--data")
            .arg(self.dir.path().join("data"))
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (done.status.code(), text(done.stdout), text(done.stderr))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits until the process ends by itself; its exit code.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// The whole lines of the log: the last one may be half written yet.
    pub(crate) fn log(&self) -> String {
        let mut text = fs::read_to_string(self.dir.path().join("log")).unwrap();
        text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
        text
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn request(method: &str, url: &str, headers: &[(&str, &str)]) -> ureq::http::request::Builder {
    let request = ureq::http::Request::builder().method(method).uri(url);
    headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    })
}

fn reply(mut response: ureq::http::Response<ureq::Body>) -> Reply {
    Reply {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.body_mut().read_to_string().unwrap(),
    }
}

fn token_in(text: &str, kind: char) -> Option<String> {
    let start = text.find(&format!("bz1_{kind}"))?;
    text.get(start..start + 69).map(str::to_owned)
}

/// For what a real peer does at a time of its own and tells nobody of.
pub(crate) fn pause(duration: std::time::Duration) {
    #[expect(clippy::disallowed_methods, reason = "there is nothing to wait for")]
    std::thread::sleep(duration);
}

/// Asks again until there is an answer; twenty seconds without one are a failure.
pub(crate) fn wait_for<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let start = std::time::Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed().as_secs() < 20, "waited for 20 s");
        std::thread::yield_now();
    }
}

/// The process with this configuration file; stdout is a pipe, stderr the file `log`.
pub(crate) fn spawn(dir: &Path, config: &str) -> Child {
    let file = dir.join("bartizan.toml");
    let listen = "[server]\nlisten = \"127.0.0.1:0\"\nmanagement_listen = \"127.0.0.1:0\"\n";
    fs::write(&file, format!("{listen}{config}")).unwrap();
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(dir.join("log"))
        .unwrap();
    Command::new(binary())
        .args(["serve", "--config"])
        .arg(&file)
        .arg("--data")
        .arg(dir.join("data"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap()
}
