//! Which name was probably meant.

/// The most changes between what was sent and what was probably meant.
const MOST_CHANGES: usize = 2;

/// Longer names are not compared: the work would grow with what a client sends.
const LONGEST: usize = 64;

/// The one of `known` with the fewest changes to `name`: at most two, and fewer than its letters. The first of several.
pub(crate) fn nearest(
    name: &str,
    known: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    if name.len() > LONGEST {
        return None;
    }
    known
        .filter(|known| known.len() <= LONGEST && known.len().abs_diff(name.len()) <= 8)
        .map(|known| (changes(name, known), known))
        .filter(|(changes, known)| *changes <= MOST_CHANGES && *changes < known.chars().count())
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, known)| known)
}

/// Letters to add, take away or replace, by the rows of Levenshtein's table.
fn changes(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (line, sent) in from.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, letter) in row.iter_mut().skip(1).zip(to.chars()) {
            let above = *cell;
            let replaced = diagonal + usize::from(sent != letter);
            left = replaced.min(above + 1).min(left + 1);
            diagonal = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{changes, nearest};

    #[test]
    fn changes_are_counted_as_in_the_textbook() {
        for (from, to, count) in [
            ("kitten", "sitting", 3),
            ("", "abc", 3),
            ("abc", "", 3),
            ("flaw", "lawn", 2),
            ("same", "same", 0),
        ] {
            assert_eq!(changes(from, to), count, "{from} {to}");
        }
    }

    #[test]
    fn the_nearest_name_is_told_if_it_is_near() {
        let known = || ["email", "name", "id"].into_iter();
        assert_eq!(nearest("emial", known()), Some("email"));
        assert_eq!(nearest("naem", known()), Some("name"));
        assert_eq!(nearest("xy", known()), None);
        assert_eq!(nearest("password", known()), None);
        assert_eq!(nearest(&"e".repeat(1_000), known()), None);
    }
}
