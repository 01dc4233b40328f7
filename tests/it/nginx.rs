//! The same requests for a real nginx and for our policy: where both find a caller, it is the same one.

use std::{
    fs,
    io::{Read, Write},
    net::{IpAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use bartizan_client_ip::{AddressError, ForwardingField, Policy};
use http::{HeaderMap, HeaderValue};
use tempfile::TempDir;

const PEER: &str = "127.0.0.1";
const TRUSTED: [&str; 3] = ["127.0.0.0/8", "10.0.0.0/8", "2001:db8:a::/48"];

/// Debian's nginx in a folder and on a port of its own, stopped when the test ends.
struct Nginx {
    child: Child,
    port: u16,
    _dir: TempDir,
}

impl Nginx {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().display();
        let port = TcpListener::bind((PEER, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|module| format!("{module}_temp_path {path}/{module};\n"))
            .concat();
        let trusted = TRUSTED
            .map(|range| format!("set_real_ip_from {range};\n"))
            .concat();
        let config = format!(
            "daemon off; master_process off; pid {path}/pid; error_log {path}/error.log;\n\
             events {{}}\n\
             http {{\n access_log off;\n {temporary}\
             server {{\n listen {PEER}:{port};\n {trusted} real_ip_header X-Forwarded-For; real_ip_recursive on;\n\
             location / {{ return 200 \"$remote_addr\"; }}\n}}\n}}\n"
        );
        fs::write(dir.path().join("nginx.conf"), config).unwrap();
        let child = Command::new("nginx")
            .arg("-p")
            .arg(dir.path())
            .arg("-c")
            .arg(dir.path().join("nginx.conf"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let nginx = Self {
            child,
            port,
            _dir: dir,
        };
        let end = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect((PEER, port)).is_err() {
            assert!(Instant::now() < end, "nginx does not listen");
            thread::park_timeout(Duration::from_millis(10));
        }
        nginx
    }

    /// The address that nginx takes for the caller's.
    fn address(&self, lines: &[String]) -> IpAddr {
        let mut stream = TcpStream::connect((PEER, self.port)).unwrap();
        let fields: String = lines
            .iter()
            .map(|line| format!("X-Forwarded-For: {line}\r\n"))
            .collect();
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        body.parse::<IpAddr>().unwrap().to_canonical()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn policy() -> Policy {
    let trusted = TRUSTED.map(|range| range.parse().unwrap());
    Policy::builder()
        .behind(trusted, ForwardingField::XForwardedFor)
        .build()
        .unwrap()
}

fn ours(policy: &Policy, lines: &[String]) -> Result<IpAddr, AddressError> {
    let name = http::HeaderName::from_static("x-forwarded-for");
    let line = |line: &String| (name.clone(), HeaderValue::from_str(line).unwrap());
    let headers: HeaderMap = lines.iter().map(line).collect();
    policy.address(Some(PEER.parse().unwrap()), &headers)
}

/// Numbers that look random and are the same in each run: xorshift by Marsaglia.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn pick(&mut self, texts: &[&'static str]) -> &'static str {
        texts[self.below(texts.len())]
    }

    /// One to eight elements, each with what both are to read in it, in one to eight lines.
    fn request(&mut self) -> (Vec<&'static str>, Vec<String>) {
        let elements: Vec<_> = (0..1 + self.below(8))
            .map(|_| match self.below(12) {
                0 => self.pick(&BROKEN),
                1..=3 => self.pick(&CALLERS),
                _ => self.pick(&PROXIES),
            })
            .collect();
        let mut lines: Vec<String> = Vec::new();
        for element in &elements {
            match lines.last_mut() {
                Some(line) if self.below(3) > 0 => {
                    line.push_str(self.pick(&[", ", ",", " , "]));
                    line.push_str(element);
                }
                _ => lines.push((*element).to_owned()),
            }
        }
        (elements, lines)
    }
}

/// Proxies and callers as both read them.
const PROXIES: [&str; 5] = [
    "10.0.0.2",
    "10.20.30.40:1234",
    "127.0.0.9",
    "::ffff:10.0.0.3",
    "2001:db8:a::9",
];
const CALLERS: [&str; 5] = [
    "203.0.113.9",
    "198.51.100.7:8080",
    "2001:db8:b::1",
    "[2001:db8:b::2]:443",
    "::ffff:192.0.2.1",
];

/// What neither reads as an address.
const BROKEN: [&str; 8] = [
    "oops",
    "unknown",
    "203.0.113",
    "203.0.113.256",
    "1.2.3.4.5",
    "203.0.113.9:99999",
    "2001:db8::g",
    "_hidden",
];

/// The address of an element that both read.
fn known(element: &str) -> Option<IpAddr> {
    let socket = element
        .parse::<std::net::SocketAddr>()
        .map(|socket| socket.ip());
    let address = socket.or_else(|_| element.parse());
    address.ok().map(|address| address.to_canonical())
}

#[test]
fn nginx_and_ours_find_the_same_caller() {
    let (nginx, policy) = (Nginx::start(), policy());
    let mut dice = Dice(0x0123_4567_89ab_cdef);
    let (mut same, mut refused) = (0, 0);
    for _ in 0..400 {
        let (elements, lines) = dice.request();
        let theirs = nginx.address(&lines);
        match ours(&policy, &lines) {
            Ok(address) => {
                assert_eq!(address, theirs, "{lines:?}");
                same += 1;
            }
            Err(error) => {
                // Ours does not know; nginx takes the last proxy before the broken element for the caller.
                assert_eq!(error, AddressError::Malformed, "{lines:?}");
                let reached = elements
                    .iter()
                    .rev()
                    .map_while(|element| known(element))
                    .last();
                assert_eq!(
                    theirs,
                    reached.unwrap_or(PEER.parse().unwrap()),
                    "{lines:?}"
                );
                refused += 1;
            }
        }
    }
    assert!(same >= 200, "only {same} requests were comparable");
    assert!(refused >= 50, "only {refused} requests were refused");
}

#[test]
fn where_ours_and_nginx_differ_the_reason_is_known() {
    let (nginx, policy) = (Nginx::start(), policy());
    let refused = Err(AddressError::Malformed);
    let is = |text: &str| Ok(text.parse().unwrap());
    let cases = [
        // Octal for some readers: two of them would see two callers.
        ("1.1.1.1, 0203.0.113.9", refused, "203.0.113.9"),
        // Nobody calls from there.
        ("1.1.1.1, 0.0.0.0, 10.0.0.2", refused, "0.0.0.0"),
        // Empty elements and missing commas: nginx takes a row of spaces and commas for one separator.
        ("203.0.113.9,, 10.0.0.2", refused, "203.0.113.9"),
        ("203.0.113.9 10.0.0.2", refused, "203.0.113.9"),
        // What nginx does not read: its address is then a proxy's.
        ("[2001:db8:b::1], 10.0.0.2", is("2001:db8:b::1"), "10.0.0.2"),
        ("fe80::1%eth0, 10.0.0.2", is("fe80::1"), "10.0.0.2"),
        ("203.0.113.9:0, 10.0.0.2", is("203.0.113.9"), "10.0.0.2"),
        // All are proxies: both take the leftmost.
        ("10.0.0.9, 10.0.0.2", is("10.0.0.9"), "10.0.0.9"),
    ];
    for (line, expected, theirs) in cases {
        let lines = [line.to_owned()];
        assert_eq!(ours(&policy, &lines), expected, "{line}");
        assert_eq!(
            nginx.address(&lines),
            theirs.parse::<IpAddr>().unwrap(),
            "{line}"
        );
    }
    assert_eq!(ours(&policy, &[]), Ok(nginx.address(&[])));
}
