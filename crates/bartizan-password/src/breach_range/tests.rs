use std::future::{Ready, pending, ready};

use proptest::prelude::*;

use super::*;
use crate::pool::tests::{password, wait};

/// SHA-1 of `password` behind its first five digits.
const SUFFIX: &str = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
const OTHER: &str = "0018A45C4D1DEF81644B54AB7F969B88D65";

enum Fake {
    Body(Vec<u8>),
    Fails,
    Hangs,
}

impl BreachRange for Fake {
    fn suffixes<'a>(&'a self, prefix: &'a str) -> RangeFuture<'a> {
        assert_eq!(prefix, "5BAA6");
        match self {
            Self::Body(body) => Box::pin(ready(Ok(body.clone()))),
            Self::Fails => Box::pin(ready(Err("503 from the service".into()))),
            Self::Hangs => Box::pin(pending()),
        }
    }
}

const LIMIT: Duration = Duration::from_secs(1);

/// The time is over at once.
fn over(limit: Duration) -> Ready<()> {
    assert_eq!(limit, LIMIT);
    ready(())
}

fn check(fake: Fake, on_failure: OnFailure) -> (Result<bool, BreachUnavailableKind>, u64) {
    let lookup = BreachLookup::new(Arc::new(fake), LIMIT, over, on_failure);
    let answer = wait(lookup.check(&password("password")));
    (answer.map_err(|error| error.kind()), lookup.failures())
}

fn body(text: impl Into<Vec<u8>>) -> Fake {
    Fake::Body(text.into())
}

#[test]
fn a_suffix_is_found_in_any_case_and_with_any_end_of_line() {
    for text in [
        format!("{SUFFIX}:9659365"),
        format!("{OTHER}:3\r\n{}:1\r\n", SUFFIX.to_lowercase()),
        format!("{OTHER}:3\n{SUFFIX}:99999999999999999999999999\n\n"),
    ] {
        assert_eq!(check(body(text), OnFailure::Refuse), (Ok(true), 0));
    }
    let text = format!("{OTHER}:3\r\n{}9:7\r\n", &SUFFIX[..34]);
    assert_eq!(check(body(text), OnFailure::Refuse), (Ok(false), 0));
}

#[test]
fn padding_does_not_count() {
    for zero in ["0", "000"] {
        let text = format!("{SUFFIX}:{zero}\r\n{OTHER}:3");
        assert_eq!(check(body(text), OnFailure::Refuse), (Ok(false), 0));
    }
}

#[test]
fn every_failure_is_what_the_caller_wrote_down() {
    use BreachUnavailableKind as Kind;
    let large = format!("{OTHER}:1\n").repeat(10_000);
    assert!(large.len() > BreachLookup::<()>::MAX_BODY_BYTES);
    for (make, kind) in [
        (&(|| Fake::Fails) as &dyn Fn() -> Fake, Kind::Failed),
        (&|| Fake::Hangs, Kind::Deadline),
        (&|| body(large.clone()), Kind::TooLarge),
        (&|| body(""), Kind::Malformed),
        (
            &|| body("<html>log in to this network</html>"),
            Kind::Malformed,
        ),
    ] {
        assert_eq!(check(make(), OnFailure::Accept), (Ok(false), 1));
        assert_eq!(check(make(), OnFailure::Refuse), (Err(kind), 1));
    }
}

#[test]
fn a_body_is_believed_whole_or_not_at_all() {
    for bad in [
        SUFFIX.to_owned(),
        format!("{SUFFIX}:"),
        format!("{SUFFIX}:-1"),
        format!("{SUFFIX};1"),
        format!("5BAA6{SUFFIX}:1"),
        format!("{}:1", &SUFFIX[1..]),
        format!("{}G:1", &SUFFIX[1..]),
        "é".repeat(40),
    ] {
        let text = format!("{SUFFIX}:1\n{bad}\n{OTHER}:1");
        let answer = check(body(text), OnFailure::Refuse).0;
        assert_eq!(answer, Err(BreachUnavailableKind::Malformed), "{bad}");
    }
}

#[test]
fn errors_hold_the_cause_and_nothing_of_the_password() {
    let lookup = BreachLookup::new(Arc::new(Fake::Fails), LIMIT, over, OnFailure::Refuse);
    let error = wait(lookup.check(&password("password"))).unwrap_err();
    let text = format!("{error} {error:?} {lookup:?}");
    assert_eq!(
        error.source().map(ToString::to_string).as_deref(),
        Some("503 from the service")
    );
    for secret in ["5BAA6", SUFFIX, "\"password\""] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn the_check_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    let lookup = BreachLookup::new(Arc::new(Fake::Hangs), LIMIT, over, OnFailure::Accept);
    let typed = password("password");
    is_send(&lookup.check(&typed));
}

proptest! {
    #[test]
    fn no_body_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = check(Fake::Body(bytes), OnFailure::Refuse);
    }

    #[test]
    fn nearly_good_bodies_do_not_either(text in "([0-9A-Fa-f]{34,36}[:;]?[0-9]{0,3}\r?\n){0,5}") {
        let _ = check(body(text), OnFailure::Refuse);
    }
}
