//! The ways out of the service: how to reach each, and what it must look like.

use http::Method;

use super::{
    answers::{Kind, Values},
    pieces::End,
    wire::{Ask, Host},
};

/// One way out.
#[derive(Debug)]
pub(super) struct Exit {
    pub(super) name: &'static str,
    pub(super) status: u16,
    pub(super) ask: Ask,
    /// How often to ask; the last answer is the one.
    pub(super) times: u8,
    pub(super) kind: Kind,
    /// Fields in which this answer differs from its kind.
    pub(super) own: Vec<(&'static str, Values)>,
    /// Whether the body is a problem of ours.
    pub(super) is_problem: bool,
    /// Whether the body ends as it should.
    pub(super) is_whole: bool,
    /// Whether it has a request id: all have but preflights, which nobody reads and which are answered outside of what knows it.
    pub(super) has_id: bool,
}

impl Exit {
    fn get(name: &'static str, path: &'static str, status: u16) -> Self {
        Self::ask(name, Method::GET, path, status)
    }

    fn post(name: &'static str, path: &'static str, status: u16) -> Self {
        Self::ask(name, Method::POST, path, status)
    }

    fn ask(name: &'static str, method: Method, path: &'static str, status: u16) -> Self {
        Self {
            name,
            status,
            ask: Ask::new(method, path),
            times: 1,
            kind: Kind::Api,
            own: Vec::new(),
            is_problem: status >= 400,
            is_whole: true,
            has_id: true,
        }
    }

    fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.ask.fields.push((name, value));
        self
    }

    fn body(mut self, media_type: &'static str, text: &'static str) -> Self {
        self.ask.body = (text, End::Known);
        self.with("content-type", media_type)
    }

    fn host(mut self, host: Host) -> Self {
        self.ask.host = host;
        self
    }

    fn handshake(mut self) -> Self {
        self.ask.handshake = true;
        self
    }

    fn own(mut self, name: &'static str, values: Values) -> Self {
        self.own.push((name, values));
        self
    }

    /// The handler's own body stays.
    fn keeps_body(self) -> Self {
        Self {
            is_problem: false,
            ..self
        }
    }
}

pub(super) fn exits() -> Vec<Exit> {
    let mut all = answered();
    all.extend(failed());
    all.extend(refused_before_the_router());
    all.extend(of_other_sites());
    all
}

/// By handlers, as they want it.
fn answered() -> Vec<Exit> {
    use Kind::{Document, Unchanged};
    vec![
        Exit::get("200 JSON", "/json", 200),
        Exit::get("200 text", "/", 200),
        Exit::get("200 without a type", "/untyped", 200),
        Exit::get("200 HTML", "/page", 200).kind(Document),
        Exit::get("200 XHTML", "/xhtml", 200).kind(Document),
        Exit::get("200 HTML for one person", "/page", 200)
            .kind(Document)
            .with("authorization", "Bearer token")
            .own("cache-control", &["no-store"]),
        Exit::get("204", "/none", 204),
        Exit::get("303", "/moved", 303),
        Exit::get("304 without a type", "/unchanged", 304).kind(Unchanged),
        Exit::get("304 of a page", "/unchanged/page", 304).kind(Document),
        Exit::get("304 of data", "/unchanged/data", 304),
        Exit::ask("HEAD of data", Method::HEAD, "/json", 200),
        Exit::ask("HEAD of a page", Method::HEAD, "/page", 200).kind(Document),
        Exit::ask("HEAD of nothing", Method::HEAD, "/nowhere", 404),
        Exit::get("a stream", "/stream", 200),
        Exit {
            is_whole: false,
            ..Exit::get("a stream that breaks off", "/breaks-off", 200)
        },
        Exit::get("a file with its own caching", "/style.css", 200)
            .own("cache-control", &["public, max-age=31536000, immutable"]),
        Exit::get("a page with its own policy", "/own-policy", 200)
            .kind(Document)
            .own(
                "content-security-policy",
                &["default-src 'self'", "frame-ancestors 'none'"],
            ),
        Exit::get("data with its own policy", "/own-policy/data", 200).own(
            "content-security-policy",
            &["default-src 'self'", "frame-ancestors 'none'"],
        ),
        Exit::get("a page that goes under the floor", "/weak", 200)
            .kind(Document)
            .own("referrer-policy", &["unsafe-url"]),
        Exit::get("a page that may be framed", "/framed", 200)
            .kind(Document)
            .own("x-frame-options", &[])
            .own(
                "content-security-policy",
                &["frame-ancestors https://app.test"],
            ),
        // 101 over HTTP/1.1, 200 over HTTP/2
        Exit::get("a handshake of the site itself", "/socket", 200)
            .with("sec-fetch-site", "same-origin")
            .handshake(),
        Exit::get("an answer that the origin may read", "/shared", 200)
            .with("origin", "https://app.test"),
    ]
}

/// By the router, by extractors, by handlers and layers that fail.
fn failed() -> Vec<Exit> {
    use Kind::Document;
    const JSON: &str = "application/json";
    vec![
        Exit::get("404 of the router", "/nowhere", 404),
        Exit::ask("405 of the router", Method::DELETE, "/json", 405),
        Exit::ask(
            "405 to OPTIONS without Origin",
            Method::OPTIONS,
            "/json",
            405,
        ),
        Exit::get("400 of a path", "/path/x", 400),
        Exit::get("400 of a query", "/query?a=x", 400),
        Exit::post("400 of a body", "/json", 400).body(JSON, "{\"a\": "),
        Exit::post("413 by the length", "/json", 413).body(JSON, LONG),
        Exit::post("415", "/json", 415).body("text/plain", "{}"),
        Exit::post("422", "/json", 422).body(JSON, "{\"a\": \"x\"}"),
        Exit::post("422 of a form", "/form", 422).body("application/x-www-form-urlencoded", "a=x"),
        Exit::get("401", "/login", 401),
        Exit::get("404 of a handler, a page", "/missing/page", 404)
            .kind(Document)
            .keeps_body(),
        Exit::get("500 of a handler", "/fails", 500),
        Exit::get("500 of a handler, data", "/fails/data", 500).keeps_body(),
        Exit::get("500 of a handler, a page", "/fails/page", 500)
            .kind(Document)
            .keeps_body(),
        Exit::get("503 of a handler", "/busy", 503),
        Exit::get("an informational status that is no answer", "/informs", 500),
        Exit::get("a panic", "/panics", 500),
        Exit::get("a panic after an await", "/panics/later", 500),
        Exit::get("a panic in a task", "/panics/elsewhere", 500),
        Exit::get("a timeout of a layer inside", "/slow", 504),
        Exit::get("an error of a service inside", "/broken", 502),
        never_sent(Exit::post("417, the body not sent", "/expects", 417)),
    ]
}

/// By hosts, addresses and limits.
fn refused_before_the_router() -> Vec<Exit> {
    vec![
        Exit::get("421 for another host", "/json", 421).host(Host::Is("elsewhere.test")),
        Exit::get("400 without a host", "/json", 400).host(Host::Missing),
        Exit::get("400 with two hosts", "/json", 400).host(Host::Twice),
        Exit::get("400 with a host that is none", "/json", 400).host(Host::Is("a_b..test")),
        Exit::get("400 with a host beside the target's", "/json", 400)
            .host(Host::Differs("elsewhere.test")),
        Exit::get("400 when the proxy does not tell who calls", "/json", 400)
            .with("x-forwarded-for", "nobody"),
        Exit::get("403 for a network", "/json", 403).with("x-forwarded-for", "192.0.2.1"),
        Exit {
            times: 2,
            ..Exit::get("429", "/narrow", 429)
        },
    ]
}

/// By the check of requests of other sites, and by CORS.
fn of_other_sites() -> Vec<Exit> {
    const EVIL: &str = "https://evil.test";
    let preflight = |name, origin, status| Exit {
        is_problem: false,
        has_id: false,
        ..Exit::ask(name, Method::OPTIONS, "/shared", status)
            .with("origin", origin)
            .with("access-control-request-method", "PUT")
    };
    vec![
        Exit::post("403 for a form of another site", "/json", 403)
            .with("sec-fetch-site", "cross-site")
            .with("origin", EVIL),
        never_sent(Exit::post("403, the body not sent", "/json", 403)).with("origin", EVIL),
        Exit::get("403 for a handshake of another site", "/socket", 403)
            .with("sec-fetch-site", "cross-site")
            .with("origin", EVIL)
            .handshake(),
        Exit::get("403 for a handshake of nobody", "/socket", 403).handshake(),
        preflight("204 to a preflight", "https://app.test", 204),
        preflight("403 to a preflight", EVIL, 403),
    ]
}

/// The client waits for leave that never comes (RFC 9110, section 10.1.1).
fn never_sent(mut exit: Exit) -> Exit {
    exit.ask.body = ("", End::Never);
    exit.with("expect", "100-continue")
}

/// More than handlers read.
const LONG: &str = match std::str::from_utf8(&[b'1'; super::app::MOST + 1]) {
    Ok(text) => text,
    Err(_) => "",
};
