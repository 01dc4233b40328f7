use std::{
    collections::HashSet,
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::{Value, json};

use crate::server::{CHEAP, Server};

fn article(title: &str, tags: &[&str]) -> Value {
    json!({"title": title, "body": "text", "tags": tags})
}

#[test]
fn only_its_author_changes_an_article() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    server.account("bob@example.com");
    let (ann, bob) = (
        server.log_in("ann@example.com"),
        server.log_in("bob@example.com"),
    );
    assert_eq!(
        server.post("/v1/articles", &article("none", &[])).status,
        401
    );
    let made = server.as_user(
        &ann,
        "POST",
        "/v1/articles",
        Some(&article("one", &["b", "a", "a"])),
    );
    let path = made.header("location").unwrap().to_owned();
    assert_eq!(server.get(&path).json()["tags"], json!(["a", "b"]));

    let other = article("two", &["c"]);
    assert_eq!(server.as_user(&bob, "PUT", &path, Some(&other)).status, 403);
    assert_eq!(server.as_user(&bob, "DELETE", &path, None).status, 403);
    assert_eq!(server.get(&path).json()["title"], "one");
    assert_eq!(server.as_user(&ann, "PUT", &path, Some(&other)).status, 204);
    assert_eq!(server.get(&path).json()["title"], "two");
    assert_eq!(server.get(&path).json()["tags"], json!(["c"]));
    assert_eq!(server.as_user(&ann, "DELETE", &path, None).status, 204);
    assert_eq!(server.get(&path).status, 404);
    assert_eq!(server.as_user(&ann, "DELETE", &path, None).status, 404);
}

#[test]
fn pages_show_each_article_once_while_others_are_written() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let ann = server.log_in("ann@example.com");
    let write = |n: usize, tag: &str| {
        let reply = server.as_user(
            &ann,
            "POST",
            "/v1/articles",
            Some(&article(&n.to_string(), &[tag])),
        );
        assert_eq!(reply.status, 201);
    };
    (0..25).for_each(|n| write(n, if n % 2 == 0 { "even" } else { "odd" }));
    for (query, expected) in [
        ("?limit=4", 25),
        ("?limit=4&tag=even", 13),
        ("?limit=25", 25),
    ] {
        let mut seen = HashSet::new();
        let mut next = format!("/v1/articles{query}");
        loop {
            let page = server.get(&next).json();
            for item in page["items"].as_array().unwrap() {
                assert!(seen.insert(item["id"].as_i64().unwrap()));
            }
            write(100, "later"); // newer than every page still to come
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("/v1/articles{query}&cursor={cursor}"),
                None => break,
            }
        }
        assert!(seen.len() >= expected, "{query}");
    }
    assert_eq!(
        server.get("/v1/articles?tag=none").json(),
        json!({"items": [], "next_cursor": null})
    );
}

#[test]
fn a_list_that_cannot_be_is_refused() {
    let server = Server::start(CHEAP);
    for query in [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=x",
        "cursor=x",
        "cursor=AAAAAAAAAAA",
        "tag=A",
        "tag=",
        "sort=id",
    ] {
        let reply = server.get(&format!("/v1/articles?{query}"));
        assert!(
            matches!(reply.status, 400 | 422),
            "{query}: {}",
            reply.status
        );
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json")
        );
    }
    for path in ["/v1/articles/x", "/v1/articles/99999999999999999999"] {
        assert_eq!(server.get(path).status, 422);
    }
    assert_eq!(server.get("/v1/articles/-1").status, 422);
    assert_eq!(server.get("/v1/articles/4711").status, 404);
}

#[test]
fn a_session_that_was_ended_before_the_body_came_writes_nothing() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let (stolen, ann) = (
        server.log_in("ann@example.com"),
        server.log_in("ann@example.com"),
    );
    let body = article("late", &[]).to_string();
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    write!(
        stream,
        "POST /v1/articles HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {stolen}\r\ncontent-type: application/json\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    // The session was checked: the handler waits for the body.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(
        server.as_user(&ann, "DELETE", "/v1/sessions", None).status,
        204
    );
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(server.get("/v1/articles").json()["items"], json!([]));
}

#[test]
fn a_page_of_long_articles_ends_early_and_the_list_goes_on() {
    let server = Server::start(CHEAP);
    server.account("ann@example.com");
    let ann = server.log_in("ann@example.com");
    let long = json!({"title": "long", "body": "b".repeat(32 * 1024), "tags": []});
    for _ in 0..20 {
        let reply = server.as_user(&ann, "POST", "/v1/articles", Some(&long));
        assert_eq!(reply.status, 201);
    }
    let mut seen = 0;
    let mut next = "/v1/articles?limit=100".to_owned();
    loop {
        let reply = server.get(&next);
        assert!(reply.text.len() < 300 * 1024);
        let page = reply.json();
        seen += page["items"].as_array().unwrap().len();
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("/v1/articles?limit=100&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, 20);
}
