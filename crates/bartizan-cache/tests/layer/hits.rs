//! Hits, conditions, ranges, writes, tags.

use bartizan_cache::{CacheTags, Policy, Purge};

use crate::service::{App, exact_length, read, request, response};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

fn numbered() -> App {
    App::new(Policy::builder(), |_, call| {
        response(200, &[FRESH, ("etag", "\"a\"")], &format!("answer {call}"))
    })
}

#[tokio::test]
async fn a_second_request_is_answered_without_the_handler() {
    let app = numbered();
    let first = app.get("/a", &[]).await;
    assert_eq!(
        first.field("cache-status"),
        "c; fwd=uri-miss; fwd-status=200; stored"
    );
    app.clock.advance(20);
    let second = app.get("/a", &[]).await;
    assert_eq!((second.status, second.body.as_str()), (200, "answer 1"));
    assert_eq!(
        (second.field("age"), second.field("content-length")),
        ("20", "8")
    );
    assert_eq!(second.field("date"), "Tue, 14 Nov 2023 22:13:20 GMT");
    assert_eq!(second.field("cache-status"), "c; hit; ttl=40");
    app.clock.advance(40);
    assert_eq!(app.get("/a", &[]).await.body, "answer 2");
    assert_eq!(app.get("/a?", &[]).await.body, "answer 3");
    assert_eq!(app.calls(), 3);
}

#[tokio::test]
async fn head_conditions_and_ranges_are_answered_from_a_stored_get() {
    let app = numbered();
    app.get("/a", &[]).await;
    let head = app.send(request("HEAD", "/a", &[])).await;
    assert_eq!(exact_length(&head), Some(0));
    let head = read(head).await;
    assert_eq!(
        (head.body.as_str(), head.field("content-length")),
        ("", "8")
    );

    let same = app.get("/a", &[("if-none-match", "W/\"a\"")]).await;
    assert_eq!((same.status, same.body.as_str()), (304, ""));
    assert_eq!(
        (same.field("etag"), same.field("content-length")),
        ("\"a\"", "")
    );
    assert_eq!(
        app.get("/a", &[("if-none-match", "\"b\"")]).await.body,
        "answer 1"
    );

    let part = app.get("/a", &[("range", "bytes=0-5")]).await;
    assert_eq!((part.status, part.body.as_str()), (206, "answer"));
    assert_eq!(
        (part.field("content-range"), part.field("content-length")),
        ("bytes 0-5/8", "6")
    );
    let parts = app.get("/a", &[("range", "bytes=0-0,7-7")]).await;
    assert_eq!(parts.status, 206);
    assert!(
        parts
            .field("content-type")
            .starts_with("multipart/byteranges; boundary=")
    );
    assert!(parts.body.contains("bytes 7-7/8\r\n\r\n1\r\n"));
    let none = app.get("/a", &[("range", "bytes=8-")]).await;
    assert_eq!(
        (none.status, none.field("content-range")),
        (416, "bytes */8")
    );
    assert_eq!(app.calls(), 1);
}

#[tokio::test]
async fn the_handler_sees_no_condition_of_the_client_and_no_field_outside_the_key() {
    let app = App::new(Policy::builder(), |request, _| {
        let seen: Vec<&str> = request
            .headers()
            .keys()
            .map(http::HeaderName::as_str)
            .collect();
        response(200, &[FRESH], &seen.join(","))
    });
    let fields = [
        ("if-none-match", "\"x\""),
        ("x-forwarded-host", "evil"),
        ("accept", "a"),
    ];
    assert_eq!(app.get("/a", &fields).await.body, "accept");
}

#[tokio::test]
async fn a_head_or_a_part_that_misses_is_sent_on_as_it_is() {
    let app = App::new(Policy::builder(), |request, _| {
        let range = request.headers().contains_key("range");
        response(
            if range { 206 } else { 200 },
            &[FRESH],
            request.method().as_str(),
        )
    });
    assert_eq!(
        read(app.send(request("HEAD", "/a", &[])).await).await.body,
        "HEAD"
    );
    assert_eq!(app.get("/a", &[("range", "bytes=0-1")]).await.status, 206);
    assert_eq!(app.get("/a", &[]).await.body, "GET");
    assert_eq!(app.calls(), 3);
}

#[tokio::test]
async fn a_write_makes_its_target_and_what_it_names_invalid() {
    let app = App::new(Policy::builder(), |request, call| {
        match request.method().as_str() {
            "GET" => response(200, &[FRESH], &call.to_string()),
            "POST" => response(
                201,
                &[
                    ("location", "/b"),
                    ("content-location", "https://other.example/c"),
                ],
                "",
            ),
            _ => response(400, &[], ""),
        }
    });
    for path in ["/a", "/b", "/c"] {
        app.get(path, &[]).await;
    }
    read(app.send(request("PUT", "/a", &[])).await).await;
    assert_eq!(app.get("/a", &[]).await.body, "1", "a write that failed");
    let written = read(
        app.send(request("POST", "/a", &[("cookie", "sid=1")]))
            .await,
    )
    .await;
    assert_eq!(
        written.field("cache-status"),
        "c; fwd=method; fwd-status=201; detail=method"
    );
    assert_eq!(app.get("/a", &[]).await.body, "6");
    assert_eq!(app.get("/b", &[]).await.body, "7");
    assert_eq!(app.get("/c", &[]).await.body, "3", "another origin's");
}

#[tokio::test]
async fn tags_come_from_extensions_and_a_field_that_is_not_sent_on() {
    let app = App::new(Policy::builder(), |_, call| {
        let mut answer = response(200, &[FRESH, ("surrogate-key", "x y")], &call.to_string());
        answer.extensions_mut().insert(CacheTags::new(["z"]));
        answer
    });
    for (number, tag) in ["x", "y", "z"].iter().enumerate() {
        let first = app.get("/a", &[]).await;
        assert_eq!(
            (first.body, first.headers.get("surrogate-key")),
            ((number + 1).to_string(), None)
        );
        assert!(
            !app.get("/a", &[])
                .await
                .headers
                .contains_key("surrogate-key")
        );
        app.flights.store().purge_tag(tag, Purge::Hard);
    }
    assert_eq!(app.get("/a", &[]).await.body, "4");
}

#[tokio::test]
async fn a_client_cannot_ask_past_the_cache_unless_the_route_lets_him() {
    let fields = [("cache-control", "no-cache"), ("pragma", "no-cache")];
    let app = numbered();
    app.get("/a", &[]).await;
    assert_eq!(app.get("/a", &fields).await.body, "answer 1");
    let app = App::new(Policy::builder().honour_requests(), |_, call| {
        response(200, &[FRESH], &call.to_string())
    });
    app.get("/a", &[]).await;
    let asked = app.get("/a", &fields).await;
    assert_eq!(asked.body, "2");
    assert_eq!(
        asked.field("cache-status"),
        "c; fwd=request; fwd-status=200; stored"
    );
    let only = [("cache-control", "only-if-cached")];
    assert_eq!(app.get("/a", &only).await.body, "2");
    assert_eq!(app.get("/b", &only).await.status, 504);
}
