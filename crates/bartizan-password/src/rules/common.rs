//! Common passwords, generated from what stands here and in the two lists beside it.
//!
//! A list of leaked passwords helps little where 15 characters are asked for: hardly any entry is that long. So this one is
//! made from how people come to a long password: a walk over the keys, a word again and again, a year behind it, two easy
//! pieces in a row, a sentence that everybody knows. All entries are in lower case, without spaces and signs, as
//! [`skeleton`] leaves them; only runs of one sign are kept as they are.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::OnceLock,
};

/// The least characters that any rule can ask for.
const SHORTEST: usize = 8;

/// Rows, columns and slants of a keyboard, and the orders that everybody knows. Each is walked from every key, both ways.
const WALKS: [&str; 18] = [
    "1234567890",
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "qsdfghjklm",
    "zxcvbnm",
    "yxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "a1b2c3d4e5f6g7h8i9",
];

/// What people put one after another until a rule is content.
const PIECES: [&str; 26] = [
    "123",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "0987654321",
    "987654321",
    "qwerty",
    "qwertyuiop",
    "qwertz",
    "azerty",
    "asdf",
    "asdfgh",
    "asdfghjkl",
    "zxcvbn",
    "zxcvbnm",
    "qazwsx",
    "1qaz2wsx",
    "abc",
    "abcdef",
    "password",
    "admin",
    "iloveyou",
];

/// What is put behind a word to please a rule about digits.
const TAILS: [&str; 14] = [
    "1",
    "12",
    "123",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "01",
    "007",
    "321",
    "777",
];

/// Years of birth, and some to come.
const YEARS: std::ops::RangeInclusive<u16> = 1940..=2035;

/// The first words of the list are also put in pairs.
const PAIRED: usize = 64;

/// Whether a password, in lower case, is on the list, itself or without its spaces and signs.
pub(super) fn contains(folded: &str) -> bool {
    let list = list();
    [folded, &skeleton(folded)]
        .iter()
        .any(|text| list.binary_search(&hash(text)).is_ok())
}

/// Letters and digits alone.
pub(super) fn skeleton(folded: &str) -> String {
    folded
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

/// The hashes of all entries, in order: 8 bytes each, whatever their length. That another password has one of them by
/// chance is as likely as to guess 49 bits, and would cost its owner no more than a second choice.
fn list() -> &'static [u64] {
    static LIST: OnceLock<Box<[u64]>> = OnceLock::new();
    LIST.get_or_init(|| {
        let mut hashes = Vec::new();
        generate(&mut |entry| hashes.push(hash(entry)));
        hashes.sort_unstable();
        hashes.dedup();
        hashes.into()
    })
}

/// The same in every process of a build, and stored nowhere.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Calls `visit` with each entry of at least [`SHORTEST`] characters, some more than once.
fn generate(visit: &mut dyn FnMut(&str)) {
    let mut visit = |entry: &str| {
        if entry.len() >= SHORTEST {
            visit(entry);
        }
    };
    let words: Vec<&str> = include_str!("common/words.txt")
        .split_whitespace()
        .collect();
    let phrases = include_str!("common/phrases.txt").lines().map(skeleton);

    // One key held down.
    for key in ' '..='~' {
        let key = key.to_ascii_lowercase();
        (SHORTEST..=32).for_each(|times| visit(&key.to_string().repeat(times)));
    }
    for walk in WALKS {
        let back: String = walk.chars().rev().collect();
        for walk in [walk, &back] {
            for start in 0..walk.len() {
                let endless = || walk.chars().cycle().skip(start);
                for length in SHORTEST..=walk.len().max(24) {
                    visit(&endless().take(length).collect::<String>());
                }
            }
        }
    }
    for first in PIECES {
        for second in PIECES {
            visit(&format!("{first}{second}"));
            PIECES
                .iter()
                .for_each(|third| visit(&format!("{first}{second}{third}")));
        }
    }
    let years = || YEARS.map(|year| year.to_string());
    for year in years() {
        (2..=6).for_each(|times| visit(&year.repeat(times)));
        PIECES
            .iter()
            .for_each(|piece| visit(&format!("{year}{piece}")));
    }
    for (rank, word) in words.iter().enumerate() {
        (1..=6).for_each(|times| visit(&word.repeat(times)));
        with_tails(word, &mut visit);
        with_tails(&word.repeat(2), &mut visit);
        PIECES
            .iter()
            .for_each(|piece| visit(&format!("{piece}{word}")));
        if rank < PAIRED {
            words
                .iter()
                .take(PAIRED)
                .for_each(|second| visit(&format!("{word}{second}")));
        }
    }
    for phrase in phrases {
        visit(&phrase);
        visit(&phrase.repeat(2));
        with_tails(&phrase, &mut visit);
    }

    fn with_tails(text: &str, visit: &mut dyn FnMut(&str)) {
        TAILS
            .iter()
            .for_each(|tail| visit(&format!("{text}{tail}")));
        YEARS.for_each(|year| visit(&format!("{text}{year}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_list_has_3000_entries_that_fit_the_length_rule_and_no_two_share_a_hash() {
        let mut entries = BTreeSet::new();
        generate(&mut |entry| {
            entries.insert(entry.to_owned());
        });
        let long = entries.iter().filter(|entry| entry.len() >= 15).count();
        assert!(long >= 3_000, "{long}");
        assert_eq!(list().len(), entries.len());
        // Its memory: less than 1 MB, once.
        assert!(entries.len() < 125_000, "{}", entries.len());
    }

    #[test]
    fn each_way_to_a_long_password_is_known() {
        for entry in [
            "aaaaaaaaaaaaaaa",
            "***************",
            "123456789012345",
            "qwertyuiopasdfghjkl",
            "1qaz2wsx3edc4rfv",
            "passwordpassword",
            "password password 1",
            "1234567890qwerty",
            "qwerty-asdfgh-123",
            "199019901990199",
            "correct horse battery staple",
            "correct horse battery staple 2024",
            "iloveyou forever",
            "administrator1234",
        ] {
            let known = contains(entry);
            assert_eq!(known, entry != "199019901990199", "{entry}");
        }
        for entry in [
            "lantern ferry moss quartz",
            "correct horse battery",
            "x7#kQp2!vLm9$wZt",
        ] {
            assert!(!contains(entry), "{entry}");
        }
    }
}
