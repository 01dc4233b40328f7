//! What the extractors promise, over a real `Router`: a handler gets what has passed, or is not called.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll},
};

use axum::{
    Extension, Router,
    body::{Body, Bytes},
    routing::{get, post},
};
use bartizan_validate::{
    AsyncRules, Findings, Limits, Place, Rejection, Settings, ValidForm, ValidHeader, ValidJson,
    ValidPath, ValidQuery, Violation, Wire,
};
use http::{Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::BodyExt;
use serde::Deserialize;
use tower::ServiceExt;
use validator::Validate;

#[derive(Deserialize, Validate, Wire)]
#[serde(rename_all = "camelCase")]
struct SignUp {
    #[validate(email)]
    #[wire(trim, lower_case)]
    mail: String,
    #[validate(length(min = 3, max = 8))]
    #[wire(trim)]
    user_name: String,
}

#[derive(Deserialize, Validate, Wire)]
struct Page {
    #[validate(range(max = 100))]
    limit: u32,
}

#[derive(Deserialize, Validate, Wire)]
#[serde(rename_all = "kebab-case")]
struct Fields {
    #[validate(length(equal = 4))]
    x_tenant: String,
}

static CALLS: AtomicUsize = AtomicUsize::new(0);

async fn sign_up(ValidJson(form): ValidJson<SignUp>) -> String {
    CALLS.fetch_add(1, Ordering::Relaxed);
    let form = form.into_inner();
    format!("{} {}", form.mail, form.user_name)
}

fn router() -> Router {
    let mut limits = Limits::default();
    limits.bytes = 1_000;
    let german = |violation: &Violation, language: &str| {
        (language == "de").then(|| format!("[{}]", violation.code).into())
    };
    Router::new()
        .route("/json", post(sign_up))
        .route(
            "/form",
            post(|ValidForm(form): ValidForm<SignUp>| async move { form.mail.clone() }),
        )
        .route(
            "/query",
            get(|ValidQuery(page): ValidQuery<Page>| async move { page.limit.to_string() }),
        )
        .route(
            "/path/{limit}",
            get(|ValidPath(page): ValidPath<Page>| async move { page.limit.to_string() }),
        )
        .route(
            "/header",
            get(|ValidHeader(fields): ValidHeader<Fields>| async move { fields.x_tenant.clone() }),
        )
        .layer(Extension(
            Settings::new(limits).with_texts(&["en", "de"], german),
        ))
}

async fn send(request: Request<Body>) -> Response<Body> {
    router().oneshot(request).await.expect("an answer")
}

fn json(body: impl Into<Body>) -> Request<Body> {
    Request::post("/json")
        .header("content-type", "application/json")
        .body(body.into())
        .expect("a request")
}

fn get_(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.expect("a body");
    String::from_utf8(bytes.to_bytes().to_vec()).expect("a text")
}

/// The rejection beside an empty body, after what must hold of every one.
async fn rejected(response: Response<Body>, status: u16) -> Rejection {
    assert_eq!(response.status(), status);
    let rejection = response.extensions().get::<Rejection>().cloned();
    assert_eq!(text(response).await, "");
    rejection.expect("a rejection")
}

fn violations(rejection: &Rejection) -> Vec<(&Place, &str)> {
    match rejection {
        Rejection::Invalid(violations) => violations
            .as_slice()
            .iter()
            .map(|violation| (&violation.place, &*violation.code))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn texts_are_changed_as_the_type_says_before_the_rules() {
    let body = r#"{"mail": "  Ann@Example.COM ", "userName": " ann              "}"#;
    let response = send(json(body)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(response).await, "ann@example.com ann");
}

#[tokio::test]
async fn each_kind_of_mistake_has_its_status() {
    let before = CALLS.load(Ordering::Relaxed);
    let mut request = json("{}");
    request
        .headers_mut()
        .insert("content-type", "text/plain".parse().expect("a value"));
    let response = send(request).await;
    assert_eq!(response.headers()["accept"], "application/json");
    rejected(response, 415).await;

    let mut request = json("{}");
    request
        .headers_mut()
        .append("content-type", "application/json".parse().expect("a value"));
    rejected(send(request).await, 415).await;

    let mut request = json("{}");
    request
        .headers_mut()
        .insert("content-encoding", "gzip".parse().expect("a value"));
    let response = send(request).await;
    assert_eq!(response.headers()["accept-encoding"], "identity");
    rejected(response, 415).await;

    for body in [
        "",
        "{",
        "{\"mail\": \"a\", \"mail\": \"b\"}",
        "\u{feff}{}",
        "{} x",
    ] {
        rejected(send(json(body)).await, 400).await;
    }

    rejected(send(json(" ".repeat(1_001))).await, 413).await;

    let rejection = rejected(send(json(r#"{"mail": 1, "extra": 2}"#)).await, 422).await;
    assert_eq!(violations(&rejection).len(), 3);
    let rejection = rejected(send(json(r#"{"mail": "x", "userName": "ab"}"#)).await, 422).await;
    assert_eq!(
        violations(&rejection),
        [
            (&Place::Body("#/mail".to_owned()), "email"),
            (&Place::Body("#/userName".to_owned()), "length"),
        ]
    );
    assert_eq!(
        CALLS.load(Ordering::Relaxed),
        before,
        "no handler was called"
    );
}

/// A body without end that counts how often it is asked.
struct Endless(&'static AtomicUsize);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let data = Bytes::from_static(&[b' '; 100]);
        Poll::Ready(Some(Ok(Frame::data(data))))
    }
}

fn endless(asked: &'static AtomicUsize) -> Body {
    Body::new(Endless(asked))
}

#[tokio::test]
async fn a_body_is_read_no_further_than_its_limit() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    rejected(send(json(endless(&ASKED))).await, 413).await;
    assert_eq!(ASKED.load(Ordering::Relaxed), 11);

    static NOT_ASKED: AtomicUsize = AtomicUsize::new(0);
    let mut request = json(endless(&NOT_ASKED));
    request
        .headers_mut()
        .insert("content-length", "1001".parse().expect("a value"));
    rejected(send(request).await, 413).await;
    assert_eq!(NOT_ASKED.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn queries_paths_fields_and_forms_go_the_same_way() {
    let name = |name: &'static str| name.into();
    assert_eq!(text(send(get_("/query?limit=7")).await).await, "7");
    let rejection = rejected(send(get_("/query?limit=101")).await, 422).await;
    assert_eq!(
        violations(&rejection),
        [(&Place::Query(name("limit")), "range")]
    );

    assert_eq!(text(send(get_("/path/8")).await).await, "8");
    let rejection = rejected(send(get_("/path/101")).await, 422).await;
    assert_eq!(
        violations(&rejection),
        [(&Place::Path(name("limit")), "range")]
    );
    rejected(send(get_("/path/%ff")).await, 400).await;

    let tenant = |value: &str| {
        let mut request = get_("/header");
        request
            .headers_mut()
            .insert("x-tenant", value.parse().expect("a value"));
        request
    };
    assert_eq!(text(send(tenant("acme")).await).await, "acme");
    let rejection = rejected(send(tenant("acme2")).await, 422).await;
    assert_eq!(
        violations(&rejection),
        [(&Place::Header(name("x-tenant")), "length")]
    );

    let form = |body: &'static str| {
        Request::post("/form")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request")
    };
    let right = send(form("mail=+A%40b.example&userName=ann")).await;
    assert_eq!(text(right).await, "a@b.example");
    let rejection = rejected(send(form("mail=x&userName=ann")).await, 422).await;
    assert_eq!(
        violations(&rejection),
        [(&Place::Form(name("mail")), "email")]
    );
    let mut request = form("");
    request.headers_mut().remove("content-type");
    rejected(send(request).await, 415).await;
}

#[tokio::test]
async fn the_text_is_in_the_language_that_the_client_likes() {
    for (field, language, expected) in [
        ("de-AT, en;q=0.5", "de", "[email]"),
        ("en", "en", "must be an email address"),
        ("fr", "en", "must be an email address"),
        ("de;q=nonsense", "en", "must be an email address"),
    ] {
        let mut request = json(r#"{"mail": "x", "userName": "ann"}"#);
        request
            .headers_mut()
            .insert("accept-language", field.parse().expect("a value"));
        let response = send(request).await;
        assert_eq!(response.headers()["content-language"], language);
        let Rejection::Invalid(violations) = rejected(response, 422).await else {
            panic!("not invalid")
        };
        assert_eq!(violations.as_slice()[0].message, expected, "{field}");
    }
}

/// Names that are taken; `None` if nobody can tell.
type Taken = Option<Vec<&'static str>>;

impl AsyncRules for SignUp {
    type Context = Taken;
    type Error = StatusCode;

    async fn check(&self, taken: &Taken, findings: &mut Findings<Self>) -> Result<(), StatusCode> {
        let Some(taken) = taken else {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        };
        if taken.contains(&&*self.user_name) {
            findings.add("user_name", "taken", "is taken");
        }
        Ok(())
    }
}

#[tokio::test]
async fn rules_that_wait_are_asked_last() {
    async fn handler(
        Extension(taken): Extension<Taken>,
        ValidJson(form): ValidJson<SignUp>,
    ) -> Result<String, Response<Body>> {
        match form.check_with(&taken).await {
            Ok(Ok(form)) => Ok(form.into_inner().user_name),
            Ok(Err(rejection)) => Err(rejection.into_response()),
            Err(status) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = status;
                Err(response)
            }
        }
    }
    let ask = async |taken: Taken, body: &'static str| {
        let router = Router::new()
            .route("/json", post(handler))
            .layer(Extension(taken));
        router.oneshot(json(body)).await.expect("an answer")
    };
    let right = r#"{"mail": "a@b.example", "userName": "ann"}"#;
    assert_eq!(text(ask(Some(vec![]), right).await).await, "ann");
    let rejection = rejected(ask(Some(vec!["ann"]), right).await, 422).await;
    assert_eq!(
        violations(&rejection),
        [(&Place::Body("#/userName".to_owned()), "taken")]
    );
    assert_eq!(
        ask(None, right).await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    // Not asked: another rule is broken already.
    rejected(ask(None, r#"{"mail": "x", "userName": "ann"}"#).await, 422).await;
}
