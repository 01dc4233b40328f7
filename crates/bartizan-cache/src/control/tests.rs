use super::*;

fn read(lines: &[&str]) -> CacheControl {
    let lines: Vec<HeaderValue> = lines.iter().map(|line| line.parse().unwrap()).collect();
    CacheControl::of_lines(&lines)
}

#[test]
fn a_mistake_in_a_number_is_zero_and_never_more() {
    for (line, expected) in [
        ("max-age=60", Some(60)),
        ("MAX-AGE=60", Some(60)),
        ("max-age=\"60\"", Some(60)),
        ("max-age=0060", Some(60)),
        ("max-age=99999999999999999999", Some(MOST_SECONDS)),
        ("max-age=4294967296", Some(MOST_SECONDS)),
        ("max-age=-1", Some(0)),
        ("max-age=+60", Some(0)),
        ("max-age=6.0", Some(0)),
        ("max-age = 60", Some(0)),
        ("max-age", Some(0)),
        ("max-age=\u{666}", Some(0)),
        ("xmax-age=60", None),
        ("max-agex=60", None),
        ("x=\"max-age=60\"", None),
    ] {
        let value = HeaderValue::from_bytes(line.as_bytes()).unwrap();
        let control = CacheControl::of_lines([&value]);
        assert_eq!(control.max_age, expected, "{line}");
    }
}

#[test]
fn of_two_the_stricter_counts() {
    assert_eq!(read(&["max-age=60, max-age=5"]).max_age, Some(5));
    assert_eq!(read(&["max-age=5", "max-age=60"]).max_age, Some(5));
    assert_eq!(read(&["min-fresh=5, min-fresh=60"]).min_fresh, Some(60));
    assert_eq!(read(&["max-stale, max-stale=60"]).max_stale, Some(60));
    let control = read(&["private=\"a\"", "private"]);
    assert!(control.is_private());
}

#[test]
fn what_restricts_counts_with_any_argument_and_what_permits_only_without() {
    for line in ["no-store=x", "no-store=\"x\"", "no-store x", "No-Store"] {
        assert!(read(&[line]).is_no_store(), "{line}");
    }
    assert!(read(&["must-revalidate=x"]).is_must_revalidate());
    assert!(!read(&["public=x"]).is_public());
    assert!(!read(&["must-understand=1"]).is_must_understand());
    assert!(!read(&["x-no-store, no-storex"]).is_no_store());
}

#[test]
fn a_list_of_fields_restricts_those_fields_and_a_bad_list_everything() {
    let control = read(&["no-cache=\"Set-Cookie, X-A\", private=x-b"]);
    assert_eq!(control.no_cache_fields(), ["set-cookie", "x-a"]);
    assert_eq!(control.private_fields(), ["x-b"]);
    assert!(!control.is_no_cache() && !control.is_private());
    for line in [
        "private",
        "private=\"\"",
        "private=\",\"",
        "private=\"a b\"",
        "private=",
        "private= \"a\"",
    ] {
        assert!(read(&[line]).is_private(), "{line}");
    }
}

#[test]
fn a_string_without_an_end_breaks_the_field() {
    assert!(read(&["max-age=60, x=\"no-store"]).is_broken());
    assert!(read(&["max-age=60", "x=\"", "public"]).is_broken());
    assert!(!read(&["max-age=60, x=\"no-store\""]).is_broken());
}
