use std::collections::HashSet;

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
        assert_eq!(server.get(path).status, 400);
    }
    assert_eq!(server.get("/v1/articles/-1").status, 404);
}
