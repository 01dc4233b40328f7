//! `Hardening` behind a real listener with several connections.

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
};

use axum::{Router, routing::get};
use bartizan::Hardening;

fn serve() -> SocketAddr {
    async fn panics() -> &'static str {
        panic!("a secret 4711")
    }
    serve_router(
        Router::new()
            .route("/", get(|| async { "hello" }))
            .route("/panics", get(panics))
            .layer(Hardening::default()),
    )
}

/// Served the way that builds the service anew for each connection: state made in `layer` would show.
pub(crate) fn serve_router(app: Router) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, app).await
        })
    });
    address
}

fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn request_id(answer: &str) -> String {
    let line = answer
        .lines()
        .find(|line| line.starts_with("x-request-id: "))
        .unwrap();
    line["x-request-id: ".len()..].to_owned()
}

#[test]
fn connections_share_one_source_of_request_ids() {
    let address = serve();
    let ids: Vec<String> = thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    (0..5)
                        .map(|_| request_id(&ask(address, "/")))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        clients
            .into_iter()
            .flat_map(|client| client.join().unwrap())
            .collect()
    });
    // One source: what it draws at random is the same in all, and what it counts is never the same.
    assert_eq!(
        ids.iter().map(|id| &id[..16]).collect::<HashSet<_>>().len(),
        1,
        "{ids:?}"
    );
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 40);
}

#[test]
fn a_panic_is_a_hardened_problem_on_the_wire_and_the_next_request_is_served() {
    let address = serve();
    let answer = ask(address, "/panics");
    assert!(answer.starts_with("HTTP/1.1 500"));
    assert!(answer.contains("content-type: application/problem+json"));
    assert!(answer.contains("x-content-type-options: nosniff"));
    assert!(!answer.contains("4711"));
    assert!(ask(address, "/").ends_with("hello"));
}

#[test]
fn an_answer_to_head_ends_after_its_fields_and_the_connection_lives_on() {
    let mut stream = TcpStream::connect(serve()).unwrap();
    // The client reads no body after HEAD: a server that wrote one would have it taken for the next answer.
    write!(
        stream,
        "HEAD /nowhere HTTP/1.1\r\nhost: localhost\r\n\r\n\
         GET /panics HTTP/1.1\r\nhost: localhost\r\n\r\n\
         GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    let (head, rest) = answers.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 404"), "{answers}");
    assert!(head.contains("content-type: application/problem+json"));
    let length = head.split("content-length: ").nth(1).unwrap();
    assert_ne!(length.lines().next(), Some("0"));
    assert!(rest.starts_with("HTTP/1.1 500"), "{rest}");
    assert!(rest.ends_with("hello"), "{rest}");
}
