//! `docs/asvs.md` names a test for each requirement that is met. Here it is held to that: each test that it names is there,
//! and no row says that it is met without naming one.

use std::fs;
use std::path::Path;

const PAGE: &str = "docs/asvs.md";
/// What the third cell of a row may begin with, and whether the row then names a test.
const WORDS: &[(&str, bool)] = &[
    ("met", true),
    ("partly", true),
    ("page", false),
    ("by construction", false),
    ("not met", false),
    ("not ours", false),
];

/// Every rule that the page breaks.
pub(crate) fn check(root: &Path) -> Result<Vec<String>, String> {
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    let page = read(PAGE).ok_or_else(|| format!("{PAGE} is missing"))?;
    let mut broken: Vec<String> = rows(&page).filter_map(row).collect();
    broken.extend(named(&page).filter_map(|(path, test)| match read(path) {
        None => Some(format!("{path} is not there")),
        Some(text) if !is_test(&text, test) => Some(format!("{path} has no test `{test}`")),
        Some(_) => None,
    }));
    if rows(&page).next().is_none() {
        broken.push("no requirement is listed".to_owned());
    }
    let mut broken: Vec<_> = broken.iter().map(|why| format!("{PAGE}: {why}")).collect();
    broken.dedup();
    Ok(broken)
}

/// Lines of tables that begin with a requirement's number.
fn rows(page: &str) -> impl Iterator<Item = &str> {
    page.lines()
        .filter(|line| line.starts_with("| V") && line.contains('.'))
}

/// What is wrong with a row: number, words, how it stands, where and by which tests.
fn row(line: &str) -> Option<String> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [_, number, _, state, ..] = cells.as_slice() else {
        return Some(format!("`{line}` is no row of the table"));
    };
    let known = WORDS.iter().find(|(word, _)| state.starts_with(word));
    match known {
        None => Some(format!("{number} neither says that it is met nor why not")),
        Some((_, true)) if named(line).next().is_none() => Some(format!("{number} names no test")),
        Some(_) => None,
    }
}

/// The tests that a text names, each as `path.rs::name` between backticks.
fn named(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('`')
        .filter(|words| !words.contains(char::is_whitespace))
        .filter_map(|words| words.split_once("::"))
        .filter(|(path, _)| path.ends_with(".rs"))
}

/// Whether there is a function of this name, and it is a test.
fn is_test(text: &str, name: &str) -> bool {
    let begins = format!("fn {name}(");
    let mut above = [""; 3];
    for line in text.lines() {
        let declared = line.trim_start().trim_start_matches("async ");
        if declared.starts_with(&begins) {
            return above.iter().any(|line| line.contains("test"));
        }
        above = [above[1], above[2], line];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{is_test, named, row};

    #[test]
    fn a_row_that_is_met_names_a_test_and_every_row_says_how_it_stands() {
        assert_eq!(
            row("| V6.2.1 | length | met | `a.rs::refuses_short_ones` |"),
            None
        );
        assert_eq!(
            row("| V6.2.6 | masked fields | not ours: no pages | |"),
            None
        );
        let without = row("| V6.2.1 | length | met | the crate |");
        assert_eq!(without, Some("V6.2.1 names no test".to_owned()));
        assert!(row("| V6.2.1 | length | surely | `a.rs::b` |").is_some());
        assert!(row("| V6.2.1 |").is_some());
    }

    #[test]
    fn names_are_read_between_backticks_alone() {
        let text = "`Policy::default()` of `a/b.rs::holds`, as c.rs::d says; `e.rs::f`";
        let found: Vec<_> = named(text).collect();
        assert_eq!(found, [("a/b.rs", "holds"), ("e.rs", "f")]);
    }

    #[test]
    fn a_function_counts_only_as_a_test_and_under_its_whole_name() {
        let text = "fn helps() {}\n\n#[test]\nfn holds_for_all() {}\n\n#[tokio::test]\nasync fn waits() {}\n";
        assert!(is_test(text, "holds_for_all") && is_test(text, "waits"));
        assert!(!is_test(text, "holds") && !is_test(text, "helps") && !is_test(text, "gone"));
    }

    #[test]
    fn the_page_keeps_its_word() {
        assert_eq!(super::check(&crate::run::root()), Ok(Vec::<String>::new()));
    }
}
