//! Whether a password is made of names alone. NIST SP 800-63B-4, 3.1.1.2: the entire password is compared, not parts of it.

use super::{common::skeleton, nfkc};

/// Texts that are looked at, and words in them; a caller that gives more gives noise.
const TEXTS: usize = 32;
const WORDS: usize = 64;
/// The longest word; names and addresses are shorter (RFC 5321 section 4.5.3.1.3: 254).
const WORD_BYTES: usize = 256;
/// Shorter ones, such as initials, cover anything.
const SHORTEST: usize = 3;
/// Digits before and behind that make no other password: a year.
const DIGITS: usize = 4;

/// The password, in lower case, is one or more of the words, with signs between them and up to four digits at either end.
pub(super) fn covers(folded: &str, context: &[&str]) -> bool {
    let mut words = Vec::new();
    for text in context
        .iter()
        .take(TEXTS)
        .filter(|text| text.len() <= WORD_BYTES)
    {
        let text = nfkc(text).to_lowercase();
        words.push(skeleton(&text));
        // A mail address: its local part, the domain, the domain's labels; a name: its parts.
        words.extend(text.split('@').map(skeleton));
        words.extend(
            text.split(|letter: char| !letter.is_alphanumeric())
                .map(str::to_owned),
        );
    }
    words.retain(|word| word.chars().count() >= SHORTEST);
    words.truncate(WORDS);
    let skeleton = zeroize::Zeroizing::new(skeleton(folded));
    let starts = 0..=leading_digits(skeleton.chars());
    let ends = 0..=leading_digits(skeleton.chars().rev());
    starts.clone().any(|start| {
        ends.clone().any(|end| {
            let rest = skeleton.get(start..skeleton.len().saturating_sub(end));
            rest.is_some_and(|rest| is_made_of(rest, &words))
        })
    })
}

/// ASCII digits, so their number is that of their bytes.
fn leading_digits(letters: impl Iterator<Item = char>) -> usize {
    let digits = letters.take_while(char::is_ascii_digit);
    digits.take(DIGITS).count()
}

/// Marks each place that words from the start can reach.
fn is_made_of(text: &str, words: &[String]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for at in 0..text.len() {
        if !reached[at] {
            continue;
        }
        for word in words {
            if text.as_bytes()[at..].starts_with(word.as_bytes()) {
                reached[at + word.len()] = true;
            }
        }
    }
    !text.is_empty() && reached[text.len()]
}
