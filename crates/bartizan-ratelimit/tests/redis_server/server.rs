//! A server of one test, on a port of its own.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const PROGRAM: &str = "redis-server";

/// It is killed when this is dropped, also by a test that panics.
pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    pub(crate) fn start() -> Self {
        // Another process may take the port in between; a few tries are enough.
        (0..5)
            .find_map(|_| Self::start_on(free_port()))
            .expect("redis-server starts on a free port")
    }

    /// A server that answers, unless it ends at once.
    fn start_on(port: u16) -> Option<Self> {
        let child = Command::new(PROGRAM)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let child = child.unwrap_or_else(|error| {
            panic!("{PROGRAM} cannot be started ({error}): install the package redis-server, or run `cargo xtask test --core`")
        });
        let mut server = Self { child, port };
        let start = Instant::now();
        while server.try_ask(&["PING"]).is_none() {
            if server.child.try_wait().expect("it is our child").is_some() {
                return None;
            }
            assert!(start.elapsed() < super::DEADLINE, "{PROGRAM} never answers");
            pause();
        }
        Some(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn kill(&mut self) {
        // A child that has ended already is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// After a kill, on the same port and empty.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let start = Instant::now();
        *self = loop {
            if let Some(server) = Self::start_on(self.port) {
                break server;
            }
            assert!(start.elapsed() < super::DEADLINE, "the port stays taken");
            pause();
        };
    }

    /// It keeps its connections and its port, and answers nothing until [`thaw`](Self::thaw).
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &command]).status();
        assert!(status.expect("there is a shell").success(), "{command}");
    }

    /// How often a command was called.
    pub(crate) fn calls(&self, command: &str) -> u64 {
        let info: String = redis::from_redis_value(self.ask(&["INFO", "commandstats"])).unwrap();
        let head = format!("cmdstat_{command}:calls=");
        info.lines()
            .find_map(|line| line.strip_prefix(&head)?.split(',').next()?.parse().ok())
            .unwrap_or(0)
    }

    pub(crate) fn ask(&self, words: &[&str]) -> redis::Value {
        self.try_ask(words).expect("the server answers")
    }

    fn try_ask(&self, words: &[&str]) -> Option<redis::Value> {
        let client = redis::Client::open(self.url()).ok()?;
        let mut connection = client.get_connection().ok()?;
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query(&mut connection).ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port on which nobody listens: nobody is there until a server is started on it.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it has an address").port()
}

/// A server on a port that was chosen before.
pub(crate) fn start_on(port: u16) -> Server {
    Server::start_on(port).expect("redis-server starts on this port")
}

#[expect(clippy::disallowed_methods, reason = "waits for another process")]
fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}
