//! What a client of gRPC is told.

use http::{Method, StatusCode};

use super::*;
use crate::Problem;

fn call(kind: &str) -> Request<()> {
    Request::post("/greeter.Greeter/SayHello")
        .header("content-type", kind)
        .body(())
        .unwrap()
}

#[tokio::test]
async fn a_refusal_is_a_status_in_the_fields_and_no_problem() {
    for (kind, answered) in [
        ("application/grpc", "application/grpc"),
        ("application/grpc+proto", "application/grpc"),
        ("application/grpc+json", "application/grpc+json"),
        ("Application/gRPC-Web; x=y", "application/grpc-web+proto"),
        (
            "application/grpc-web-text",
            "application/grpc-web-text+proto",
        ),
    ] {
        let words = answer(
            429,
            &[("content-type", "text/plain"), ("retry-after", "7")],
            "the cause",
        );
        let seen = through(with_ids(), call(kind), words).await;
        assert_eq!(seen.head.status, 200);
        assert_eq!(seen.header("content-type"), answered);
        assert_eq!(seen.header("grpc-status"), "8");
        assert_eq!(seen.header("grpc-message"), "Too Many Requests");
        assert_eq!(seen.header("retry-after"), "7");
        assert_eq!(seen.header("x-request-id"), "some-id");
        assert_eq!(seen.header("content-length"), "");
        assert!(seen.text.is_empty());
    }
}

#[tokio::test]
async fn the_detail_is_the_message_percent_encoded() {
    let problem = Problem::new(StatusCode::FORBIDDEN).with_detail("50 % für Ämter\n");
    let response: Response<Full<Bytes>> = problem.into_response();
    let seen = through(with_ids(), call("application/grpc"), response).await;
    assert_eq!(seen.header("grpc-status"), "7");
    assert_eq!(seen.header("grpc-message"), "50 %25 f%C3%BCr %C3%84mter%0A");
}

#[tokio::test]
async fn the_field_alone_makes_no_call_of_a_request() {
    // gRPC is POST; and an answer that says what it is stays
    let mut request = call("application/grpc");
    *request.method_mut() = Method::GET;
    through(with_ids(), request, answer(500, &[], ""))
        .await
        .assert_problem(500);
    let json = answer(409, &[("content-type", "application/json")], "{}");
    let seen = through(with_ids(), call("application/grpc"), json).await;
    assert_eq!((seen.head.status.as_u16(), &*seen.text), (409, &b"{}"[..]));
}

#[tokio::test]
async fn a_panic_is_an_internal_error_without_a_word_of_it() {
    let inner = crate::CatchPanicLayer::new().layer(service_fn(async |request: Request<()>| {
        assert_ne!(request.method(), Method::POST, "secret 4711");
        Ok::<_, Infallible>(Response::<Full<Bytes>>::default())
    }));
    let seen = see(with_ids()
        .layer(inner)
        .oneshot(call("application/grpc"))
        .await
        .unwrap())
    .await;
    assert_eq!(seen.header("grpc-status"), "13");
    assert_eq!(seen.header("grpc-message"), "Internal Server Error");
}
