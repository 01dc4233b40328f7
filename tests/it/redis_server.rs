//! Two servers that share their limits through a real Redis.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
};

use crate::server::{CHEAP, Server, wait_for};

struct RedisServer {
    child: Child,
    port: u16,
}

impl RedisServer {
    fn start() -> Self {
        // Freed and taken again: between the two somebody else may take it, which the connection below would show.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server, of the package redis-server");
        let server = Self { child, port };
        wait_for(|| TcpStream::connect(("127.0.0.1", port)).ok());
        server
    }

    /// How many scripts it has run with success.
    fn scripts(&self) -> u64 {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(b"INFO commandstats\r\nQUIT\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let number = |line: &str, name: &str| -> u64 {
            let (_, rest) = line.split_once(name).unwrap();
            rest.split(',').next().unwrap().trim().parse().unwrap()
        };
        let lines = text.lines().filter(|line| line.starts_with("cmdstat_eval"));
        lines
            .map(|line| number(line, ":calls=") - number(line, ",failed_calls="))
            .sum()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn two_servers_share_a_limit_and_both_answer_when_the_store_is_gone() {
    let redis = RedisServer::start();
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("secret");
    fs::write(&secret, "0123456789abcdef0123456789abcdef\n").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let config = format!(
        "{CHEAP}[rate_limit_store]\nkind = \"redis\"\nurl = \"redis://127.0.0.1:{}\"\nsecret_file = \"{}\"\n\
         [[rate_limit]]\nname = \"edge\"\nlimit = 40\nperiod = \"1d\"\n",
        redis.port,
        secret.display()
    );
    // Each begins without the store, until the first answer of it.
    let servers = [1, 2].map(|_| {
        let before = redis.scripts();
        let server = Server::start(&config);
        wait_for(|| (redis.scripts() > before).then_some(()));
        server
    });
    let ask = |number: usize| servers[number % 2].get("/v1/articles").status;
    let passed = (0..100).filter(|number| ask(*number) == 200).count();
    assert_eq!(passed, 40);

    // Gone: each server counts alone, and refuses nobody whom it has not refused before.
    drop(redis);
    let fresh = Server::start(&config);
    assert_eq!(fresh.get("/v1/articles").status, 200);
    assert_eq!(ask(0), 429);
}
