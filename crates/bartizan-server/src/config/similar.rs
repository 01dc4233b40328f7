use super::table::all_keys;

/// The key or section that was probably meant: one with the same last name, or one two slips of the finger away.
pub(super) fn similar(path: &str) -> Option<&'static str> {
    let last = |path: &str| path.rsplit('.').next().map(str::to_owned);
    let keys = all_keys().map(|key| key.path);
    let elsewhere = keys.clone().find(|key| last(key) == last(path));
    let sections = keys.clone().flat_map(sections);
    let near = sections.chain(keys).map(|name| (slips(path, name), name));
    let near = near.filter(|(slips, _)| *slips <= 2).min();
    elsewhere.or(near.map(|(_, name)| name))
}

/// `a` and `a.b` of `a.b.c`.
fn sections(key: &'static str) -> impl Iterator<Item = &'static str> {
    key.match_indices('.').map(|(dot, _)| &key[..dot])
}

/// Letters to insert, drop or change (Levenshtein's distance).
fn slips(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.bytes().enumerate() {
            let change = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_and_a_wrong_section_are_understood() {
        assert_eq!(similar("acounts"), Some("accounts"));
        assert_eq!(similar("server.lsiten"), Some("server.listen"));
        assert_eq!(similar("session.idle"), Some("token.session.idle"));
        assert_eq!(similar("something.else"), None);
    }
}
