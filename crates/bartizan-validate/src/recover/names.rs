//! Which name was probably meant.

/// Longer names are not compared, so that a key of the client costs little.
const LONGEST: usize = 48;

/// The name that `key` is at most two letters away from: inserted, left out or another one (Levenshtein's distance).
pub(crate) fn meant(key: &str, names: &[&'static str]) -> Option<&'static str> {
    let near = names
        .iter()
        .map(|name| (distance(key.as_bytes(), name.as_bytes()), *name));
    near.filter(|(distance, name)| *distance <= 2 && *distance < name.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The distance in bytes, or more than two if it is certain to be more.
fn distance(one: &[u8], other: &[u8]) -> usize {
    if one.len().abs_diff(other.len()) > 2 || one.len() > LONGEST || other.len() > LONGEST {
        return usize::MAX;
    }
    // one row of the usual table: `row[j]` is the distance of what has been read of `one` to the first `j` of `other`
    let mut row: [usize; LONGEST + 1] = std::array::from_fn(|column| column);
    for (index, a) in one.iter().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (b, pair) in other.iter().zip(1..) {
            let above = row.get(pair).copied().unwrap_or(usize::MAX);
            let cost = (diagonal + usize::from(a != b))
                .min(left.saturating_add(1))
                .min(above.saturating_add(1));
            if let Some(cell) = row.get_mut(pair - 1) {
                *cell = left;
            }
            diagonal = above;
            left = cost;
        }
        if let Some(cell) = row.get_mut(other.len()) {
            *cell = left;
        }
    }
    row.get(other.len()).copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::{distance, meant};

    #[test]
    fn distances_are_levenshtein_s() {
        for (one, other, expected) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "ab", 2),
            ("price", "price", 0),
            ("prices", "price", 1),
            ("pirce", "price", 2),
            ("rice", "price", 1),
            ("kitten", "sittin", 2),
            ("kitten", "sitting", 3),
            ("abcd", "wxyz", 4),
        ] {
            assert_eq!(
                distance(one.as_bytes(), other.as_bytes()),
                expected,
                "{one}, {other}"
            );
        }
    }

    #[test]
    fn a_near_name_is_told_and_no_far_one() {
        let names = ["price", "quantity", "id"];
        assert_eq!(meant("prcie", &names), Some("price"));
        assert_eq!(meant("qantity", &names), Some("quantity"));
        assert_eq!(meant("xy", &names), None);
        assert_eq!(meant("secret", &names), None);
        assert_eq!(meant(&"x".repeat(10_000), &names), None);
    }
}
