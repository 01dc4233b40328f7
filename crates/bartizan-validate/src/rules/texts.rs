//! What a violation says to people, in their language.

use std::{
    borrow::Cow,
    fmt::{self, Write},
};

use crate::{Param, Violation, Violations};

/// Texts in other languages. A closure will do.
pub trait Texts: Send + Sync {
    /// The text for `violation` in `language`, one of those that the service has listed. `None`: the text that is there stays.
    fn text(&self, violation: &Violation, language: &str) -> Option<Cow<'static, str>>;
}

impl<F> Texts for F
where
    F: Fn(&Violation, &str) -> Option<Cow<'static, str>> + Send + Sync,
{
    fn text(&self, violation: &Violation, language: &str) -> Option<Cow<'static, str>> {
        self(violation, language)
    }
}

impl fmt::Debug for dyn Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Texts")
    }
}

impl Violations {
    /// Puts the texts of `language` in place of those that are there.
    pub fn translate(&mut self, texts: &dyn Texts, language: &str) {
        for violation in self.iter_mut() {
            if let Some(text) = texts.text(violation, language) {
                violation.message = text;
            }
        }
        self.set_language(language);
    }
}

/// The English text for a violation of a rule of `validator`.
#[must_use]
pub fn default_text(violation: &Violation) -> Cow<'static, str> {
    let bound = |name| {
        let mut params = violation.params.iter();
        params
            .find(|(known, _)| *known == name)
            .map(|(_, param)| Shown(param))
    };
    Cow::Borrowed(match &*violation.code {
        "length" => {
            return match (bound("equal"), bound("min"), bound("max")) {
                (Some(equal), ..) => worded(format_args!("must have a length of {equal}")),
                (None, Some(min), Some(max)) => {
                    worded(format_args!("must have a length of {min} to {max}"))
                }
                (None, Some(min), None) => {
                    worded(format_args!("must have a length of at least {min}"))
                }
                (None, None, Some(max)) => {
                    worded(format_args!("must have a length of at most {max}"))
                }
                (None, None, None) => "has the wrong length".into(),
            };
        }
        "range" => {
            let mut text = String::with_capacity(ROOM);
            for (words, name) in [
                ("at least", "min"),
                ("more than", "exclusive_min"),
                ("at most", "max"),
                ("less than", "exclusive_max"),
            ] {
                if let Some(bound) = bound(name) {
                    let joint = if text.is_empty() { "must be" } else { " and" };
                    // Writing to a string does not fail.
                    _ = write!(text, "{joint} {words} {bound}");
                }
            }
            return match text.is_empty() {
                true => "is out of range".into(),
                false => text.into(),
            };
        }
        "must_match" => {
            return match bound("other") {
                Some(other) => format!("must be the same as {other}").into(),
                None => "must be the same as another field".into(),
            };
        }
        "email" => "must be an email address",
        "url" => "must be a URL",
        "ip" => "must be an IP address",
        "credit_card" => "must be the number of a credit card",
        "required" => "must be there",
        "contains" => "lacks something that it must contain",
        "does_not_contain" => "contains something that it must not",
        "non_control_character" => "must not contain control characters",
        "regex" => "does not have the expected form",
        _ => "breaks a rule",
    })
}

/// Room for most texts, so that they do not grow while they are written.
const ROOM: usize = 48;

fn worded(words: fmt::Arguments<'_>) -> Cow<'static, str> {
    let mut text = String::with_capacity(ROOM);
    // Writing to a string does not fail.
    _ = text.write_fmt(words);
    text.into()
}

struct Shown<'a>(&'a Param);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            // Few bounds need 128 bits, which are slow to write.
            Param::Whole(number) => match i64::try_from(*number) {
                Ok(number) => number.fmt(f),
                Err(_) => number.fmt(f),
            },
            Param::Real(number) => number.fmt(f),
            Param::Text(text) => f.write_str(text),
            Param::Texts(texts) => f.write_str(&texts.join(", ")),
        }
    }
}
