use bartizan_validate::{ValidJson, ValidQuery, Wire};
use serde::Deserialize;
use serde_json::{Value, json};
use validator::Validate;

use super::*;

#[derive(Deserialize, Validate, Wire)]
#[serde(rename_all = "camelCase")]
struct SignUp {
    #[validate(email)]
    mail: String,
    #[validate(length(min = 8))]
    pass_word: String,
    #[validate(must_match(other = pass_word))]
    again: String,
}

#[derive(Deserialize, Validate, Wire)]
struct Page {
    #[validate(range(max = 100))]
    limit: u64,
}

async fn sign_up(ValidJson(form): ValidJson<SignUp>) -> String {
    form.into_inner().mail
}

async fn page(ValidQuery(page): ValidQuery<Page>) -> String {
    page.limit.to_string()
}

async fn answer(request: http::request::Builder, body: &'static str) -> (u16, Value) {
    let router = Router::new()
        .route("/sign-up", post(sign_up))
        .route("/page", get(page))
        .layer(Hardening::default());
    let request = request.body(Body::from(body)).unwrap();
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    assert_eq!(head.headers["content-type"], "application/problem+json");
    assert_eq!(head.headers["x-content-type-options"], "nosniff");
    let mut problem: Value = serde_json::from_str(&text(body).await).unwrap();
    problem.as_object_mut().unwrap().remove("request_id");
    (head.status.as_u16(), problem)
}

fn posted() -> http::request::Builder {
    Request::post("/sign-up").header("content-type", "application/json")
}

#[tokio::test]
async fn every_violation_is_told_and_nothing_of_the_input() {
    let body = r#"{"mail": "hunter2", "passWord": "hunter3", "again": "hunter4"}"#;
    let (status, problem) = answer(posted(), body).await;
    assert_eq!(status, 422);
    assert_eq!(
        problem,
        json!({
            "type": "/problems/invalid-input", "title": "Invalid input", "status": 422,
            "detail": "the input does not fit; `violations` says where and why",
            "violations": [
                {"pointer": "#/mail", "code": "email", "detail": "must be an email address"},
                {
                    "pointer": "#/passWord", "code": "length", "params": {"min": 8},
                    "detail": "must have a length of at least 8",
                },
                {
                    "pointer": "#/again", "code": "must_match", "params": {"other": "passWord"},
                    "detail": "must be the same as passWord",
                },
            ],
        })
    );
    let (_, problem) = answer(Request::get("/page?limit=101"), "").await;
    assert_eq!(
        problem["violations"],
        json!([{
            "name": "limit", "in": "query", "code": "range", "params": {"max": 100}, "detail": "must be at most 100",
        }])
    );
}

#[tokio::test]
async fn each_reason_has_its_status_and_its_members() {
    let (status, problem) = answer(posted(), "{\"mail\": hunter2}").await;
    assert_eq!(
        (status, &problem["type"]),
        (400, &json!("/problems/malformed-input"))
    );
    assert!(problem["at"].is_u64(), "{problem}");
    let (status, problem) = answer(Request::post("/sign-up"), "{}").await;
    assert_eq!(
        (status, &problem["type"]),
        (415, &json!("/problems/unreadable-type"))
    );
    let (status, problem) = answer(posted().header("content-encoding", "br"), "{}").await;
    assert_eq!(
        (status, &problem["type"]),
        (415, &json!("/problems/unreadable-type"))
    );
    let (status, problem) = answer(posted().header("content-length", "65537"), "{}").await;
    assert_eq!(
        (status, &problem["type"]),
        (413, &json!("/problems/input-too-large"))
    );
    assert_eq!(problem["limit"], 65_536);
}
