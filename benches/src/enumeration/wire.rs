//! HTTP/1.1 over one connection that is kept, as little as measures an answer: no pool, no task, no buffer between the clock and
//! the socket.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::harness::Outcome;

/// Longer than any answer here takes; a server that hangs ends the run.
const PATIENCE: Duration = Duration::from_secs(60);
const MOST_BYTES: usize = 1 << 20;

/// What must not differ between two kinds of accounts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shape {
    pub(crate) status: u16,
    /// Names of the fields, sorted.
    pub(crate) names: Vec<String>,
    pub(crate) body: usize,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) shape: Shape,
    pub(crate) retry_after: Option<u64>,
    /// From the first byte sent to the last one read.
    pub(crate) took: Duration,
}

#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    address: SocketAddr,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, address })
    }

    /// Sends a request as from `caller`, and reads its whole answer. A body is JSON, and makes it a POST.
    pub(crate) fn ask(&mut self, path: &str, caller: u32, body: Option<&str>) -> Outcome<Answer> {
        let request = request(self.address, path, caller, body);
        let start = Instant::now();
        self.stream.write_all(request.as_bytes())?;
        let mut bytes = Vec::with_capacity(4096);
        let mut piece = [0; 4096];
        loop {
            let read = self.stream.read(&mut piece)?;
            let took = start.elapsed();
            if read == 0 || bytes.len() > MOST_BYTES {
                return Err("the server closed the connection, or its answer has no end".into());
            }
            bytes.extend_from_slice(&piece[..read]);
            if let Some((shape, retry_after)) = parse(&bytes)? {
                return Ok(Answer {
                    shape,
                    retry_after,
                    took,
                });
            }
        }
    }

    /// Sends a request whose answer nobody waits for: drop the connection to leave.
    pub(crate) fn send(&mut self, path: &str, caller: u32, body: &str) -> io::Result<()> {
        let request = request(self.address, path, caller, Some(body));
        self.stream.write_all(request.as_bytes())
    }
}

/// A proxy in front is trusted to say who calls, so that each request comes from an address of its own and no limit is met.
fn request(host: SocketAddr, path: &str, caller: u32, body: Option<&str>) -> String {
    let [_, b, c, d] = caller.to_be_bytes();
    let (method, body) = match body {
        Some(body) => ("POST", body),
        None => ("GET", ""),
    };
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nx-forwarded-for: 10.{b}.{c}.{d}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// `None` while the answer is not all there.
fn parse(bytes: &[u8]) -> Outcome<Option<(Shape, Option<u64>)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&bytes[..end])?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status: u16 = status.ok_or("an answer without a status")?.parse()?;
    let (mut names, mut body, mut retry_after) = (Vec::new(), 0, None);
    for line in lines {
        let (name, value) = line.split_once(':').ok_or("a field without a colon")?;
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "content-length" => body = value.trim().parse()?,
            "retry-after" => retry_after = Some(value.trim().parse()?),
            "transfer-encoding" => return Err("an answer without a length".into()),
            _ => {}
        }
        names.push(name);
    }
    names.sort();
    let whole = bytes.len() >= end + 4 + body;
    let shape = Shape {
        status,
        names,
        body,
    };
    Ok(whole.then_some((shape, retry_after)))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_answer_is_complete_with_its_last_byte() {
        let text =
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\ncontent-length: 3\r\n\r\nabc";
        for end in 0..text.len() {
            assert!(parse(&text.as_bytes()[..end]).is_ok_and(|found| found.is_none()));
        }
        let (shape, retry_after) = parse(text.as_bytes()).ok().flatten().expect("it is whole");
        assert_eq!((shape.status, shape.body, retry_after), (503, 3, Some(2)));
        assert_eq!(shape.names, ["content-length", "retry-after"]);
    }
}
