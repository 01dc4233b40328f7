//! Rules of one's own: `cargo run -p bartizan-examples --example validate_rules`.
//!
//! A rule on a field, a rule over two fields, and what a client is told of them: names as on the wire, and no value.

use std::error::Error;

use bartizan::validation_problem;
use bartizan_validate::{Limits, Rejection, Wire, json, pointing_at};
use http::HeaderValue;
use serde::Deserialize;
use validator::{Validate, ValidationError};

#[derive(Debug, Deserialize, Validate, Wire)]
#[serde(rename_all = "camelCase")]
#[validate(schema(function = leaves_after_it_comes, skip_on_field_errors = false))]
struct Stay {
    first_night: u16,
    last_night: u16,
    #[validate(custom(function = is_no_common_word))]
    pass_phrase: String,
}

/// The message is the program's own and goes to the client. What a rule makes up at run time does not: it could hold the value.
fn is_no_common_word(text: &str) -> Result<(), ValidationError> {
    match ["password", "letmein"].contains(&text) {
        true => Err(ValidationError::new("common").with_message("is too easy to guess".into())),
        false => Ok(()),
    }
}

fn leaves_after_it_comes(stay: &Stay) -> Result<(), ValidationError> {
    match stay.first_night <= stay.last_night {
        true => Ok(()),
        false => {
            let error = ValidationError::new("order");
            let error = error.with_message("must not be before the first night".into());
            Err(pointing_at(error, &["last_night"]))
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let kind = HeaderValue::from_static("application/json");
    let read = |body: &str| json::<Stay>(Some(&kind), body.as_bytes(), &Limits::default());

    let stay = read(r#"{"firstNight": 3, "lastNight": 5, "passPhrase": "four words of mine"}"#)?;
    println!("{} nights", stay.last_night - stay.first_night + 1);

    let rejected = read(r#"{"firstNight": 5, "lastNight": 3, "passPhrase": "letmein"}"#);
    let Err(rejection @ Rejection::Invalid(_)) = rejected else {
        return Err("expected violations".into());
    };
    let problem = validation_problem(&rejection).to_json();
    let text = String::from_utf8_lossy(&problem);
    println!("{text}");
    assert!(text.contains("#/lastNight") && text.contains("#/passPhrase"));
    assert!(!text.contains("letmein"));
    Ok(())
}
