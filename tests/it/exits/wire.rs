//! One request over HTTP/1.1 and the same over HTTP/2, each on a connection of its own.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body_util::BodyExt;
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
    ext,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::pieces::{BREAK, End, Pieces};

/// The one host that is answered.
pub(super) const HOST: &str = "api.test";
/// Longer than any answer takes on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// How the request names its host.
#[derive(Clone, Copy, Debug)]
pub(super) enum Host {
    /// As the protocol does it: `Host`, or `:authority`.
    Is(&'static str),
    /// Not at all.
    Missing,
    /// By two fields.
    Twice,
    /// By a target that names [`HOST`] and a field that names this.
    Differs(&'static str),
}

#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) host: Host,
    pub(super) fields: Vec<(&'static str, &'static str)>,
    pub(super) body: (&'static str, End),
    /// Opens a WebSocket, as each protocol does it (RFC 6455, section 4.1; RFC 8441, section 4).
    pub(super) handshake: bool,
}

impl Ask {
    pub(super) const fn new(method: Method, path: &'static str) -> Self {
        Self {
            method,
            path,
            host: Host::Is(HOST),
            fields: Vec::new(),
            body: ("", End::Known),
            handshake: false,
        }
    }

    fn request(&self, protocol: Protocol) -> Request<Pieces> {
        // What HTTP/2 carries as the scheme is a claim, and over a plain connection it must not count.
        let scheme = match protocol {
            Protocol::Http1 => "http",
            Protocol::Http2 => "https",
        };
        let whole = |host: &str| format!("{scheme}://{host}{}", self.path);
        let (target, hosts) = match (self.host, protocol) {
            (Host::Is(host), Protocol::Http1) => (self.path.to_owned(), vec![host]),
            (Host::Is(host), Protocol::Http2) => (whole(host), vec![]),
            (Host::Missing, _) => (self.path.to_owned(), vec![]),
            (Host::Twice, _) => (self.path.to_owned(), vec![HOST, HOST]),
            (Host::Differs(host), _) => (whole(HOST), vec![host]),
        };
        let (text, end) = self.body;
        let mut request = Request::new(Pieces::new([text], end));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = target.parse::<Uri>().unwrap();
        let hosts = hosts.into_iter().map(|host| ("host", host));
        for (name, value) in hosts.chain(self.fields.iter().copied()) {
            request.headers_mut().append(name, value.parse().unwrap());
        }
        match (self.handshake, protocol) {
            (false, _) => {}
            (true, Protocol::Http1) => {
                for (name, value) in [
                    ("connection", "upgrade"),
                    ("upgrade", "websocket"),
                    ("sec-websocket-version", "13"),
                    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
                ] {
                    request.headers_mut().insert(name, value.parse().unwrap());
                }
            }
            (true, Protocol::Http2) => {
                *request.method_mut() = Method::CONNECT;
                let name = ext::Protocol::from_static("websocket");
                request.extensions_mut().insert(name);
            }
        }
        request
    }
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) fields: HeaderMap,
    /// `None` if it broke off.
    pub(super) body: Option<Bytes>,
}

/// The answer, or why there was none.
pub(super) async fn ask(
    address: SocketAddr,
    protocol: Protocol,
    ask: &Ask,
) -> Result<Answer, hyper::Error> {
    let request = ask.request(protocol);
    let exchange = async {
        let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
        match protocol {
            Protocol::Http1 => {
                let (mut sender, connection) = http1::handshake(stream).await?;
                tokio::spawn(connection.with_upgrades());
                read(sender.send_request(request).await?, ask).await
            }
            Protocol::Http2 => {
                let (mut sender, connection) =
                    http2::handshake(TokioExecutor::new(), stream).await?;
                tokio::spawn(connection);
                if ask.handshake {
                    // A client may ask for it only once the server's settings have come (RFC 8441, section 3), as they have
                    // when it has answered something.
                    let first = Ask::new(Method::GET, "/").request(protocol);
                    read(sender.send_request(first).await?, ask).await?;
                }
                read(sender.send_request(request).await?, ask).await
            }
        }
    };
    let answer = tokio::time::timeout(PATIENCE, exchange).await;
    answer.unwrap_or_else(|_| panic!("no answer to {ask:?} over {protocol:?}"))
}

async fn read(response: Response<Incoming>, ask: &Ask) -> Result<Answer, hyper::Error> {
    let (head, body) = response.into_parts();
    if ask.path == "/breaks-off" {
        BREAK.notify_one();
    }
    // An open tunnel has no end to wait for.
    let is_tunnel = head.status == 101 || ask.handshake && head.status == 200;
    let body = match is_tunnel {
        true => Some(Bytes::new()),
        false => body.collect().await.ok().map(|body| body.to_bytes()),
    };
    Ok(Answer {
        status: head.status.as_u16(),
        fields: head.headers,
        body,
    })
}
