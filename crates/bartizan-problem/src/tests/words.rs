//! Types, ids and languages of problems.

use http::StatusCode;

use super::*;
use crate::{Languages, ProblemType};

const TEAPOT: ProblemType = ProblemType::new("/problems/teapot", "I am a teapot", &[418, 400])
    .with_detail("no coffee here");

/// Knows an origin, a trace and German.
struct Worldly;

impl Describe for Worldly {
    fn describe(&self, head: &Parts) -> Option<Problem> {
        (head.status == StatusCode::IM_A_TEAPOT).then(|| Problem::of(&TEAPOT))
    }
    fn trace_id(&self, _: &Extensions) -> Option<HeaderValue> {
        Some(HeaderValue::from_static("4bf92f3577b34da6a3ce929d0e0e4736"))
    }
    fn type_base(&self) -> Option<&str> {
        Some("https://api.example.com")
    }
    fn translates(&self) -> bool {
        true
    }
    fn translate(
        &self,
        problem: &Problem,
        languages: &Languages,
    ) -> Option<(Problem, &'static str)> {
        let language = languages.choose(&["en", "de"])?;
        let german = || {
            problem
                .clone()
                .with_title("Ich bin eine Teekanne")
                .with_detail("hier gibt es keinen Kaffee")
        };
        Some((
            if language == "de" {
                german()
            } else {
                problem.clone()
            },
            language,
        ))
    }
}

async fn ask(language: Option<&'static str>, status: u16) -> Seen {
    let mut request = Request::new(());
    if let Some(language) = language {
        append(request.headers_mut(), &[("accept-language", language)]);
    }
    through(
        ProblemLayer::describing(Worldly),
        request,
        answer(status, &[], ""),
    )
    .await
}

#[tokio::test]
async fn a_type_of_ones_own_is_absolute_and_other_types_stay() {
    let seen = ask(None, 418).await.json();
    assert_eq!(seen["type"], "https://api.example.com/problems/teapot");
    assert_eq!(
        (&seen["title"], &seen["detail"]),
        (&"I am a teapot".into(), &"no coffee here".into())
    );
    assert_eq!(seen["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(ask(None, 404).await.json()["type"], "about:blank");
}

#[tokio::test]
async fn a_problem_speaks_the_clients_language_and_says_which_it_is() {
    let seen = ask(Some("de-CH, en;q=0.1"), 418).await;
    assert_eq!(seen.json()["title"], "Ich bin eine Teekanne");
    assert_eq!(
        (seen.header("content-language"), seen.header("vary")),
        ("de", "accept-language")
    );
    assert_eq!(seen.header("content-length"), seen.text.len().to_string());
    for language in [None, Some("fr"), Some("de;q=nonsense")] {
        let seen = ask(language, 418).await;
        assert_eq!(seen.json()["title"], "I am a teapot");
        assert_eq!(
            (seen.header("content-language"), seen.header("vary")),
            ("", "accept-language")
        );
    }
}

#[test]
fn violations_are_a_bounded_member() {
    let problem =
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY).with_violations((0..1_000).map(Value::from));
    let value: Value = serde_json::from_slice(&problem.to_json()).unwrap();
    assert_eq!(value["violations"].as_array().map(Vec::len), Some(100));
}
