//! The files of `broken/`: each says in its last lines what is wrong with it, as `#! LINE:COLUMN: KEY MESSAGE`.

use std::{fs, path::Path};

use super::load;

/// A file's errors, without its name.
fn errors(path: &Path) -> Vec<String> {
    let errors = load(Some(path), []).expect_err(&path.display().to_string());
    let name = format!("{}:", path.display());
    let lines = errors.lines().into_iter();
    lines
        .map(|line| line.strip_prefix(&name).unwrap_or(&line).to_owned())
        .collect()
}

#[test]
fn every_error_of_every_broken_file_is_named_at_its_place() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/broken"));
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let expected: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("#! "))
            .collect();
        assert_eq!(errors(&path), expected, "{}", path.display());
        files += 1;
    }
    assert!(files >= 40, "{files}");
}

/// What was typed at a wrong place may be a password.
#[test]
fn no_error_repeats_a_value() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/broken"));
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let all = errors(&path).join("\n");
        for value in [
            "hunter2",
            "somebody",
            "Camera",
            "v1/*/x",
            "loud",
            "b.example",
        ] {
            assert!(!all.contains(value), "{}: {all}", path.display());
        }
    }
}
