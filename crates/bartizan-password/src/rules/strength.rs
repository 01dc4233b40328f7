//! How soon a password is guessed, estimated by zxcvbn (Wheeler, USENIX Security 2016).

use std::fmt;

use zeroize::Zeroizing;
use zxcvbn::feedback::{Suggestion, Warning};

/// What is looked at. The cost grows faster than the length. Measured on a busy machine, medians of 9, for words: 0.05 ms for 12
/// characters, 0.2 for 25, 1.5 for 50, 64 for 100; for signs in place of letters 0.4, 4.8, 50 and 152. A password whose first
/// 100 characters are hard to guess is hard to guess.
const CHARS: usize = 100;
/// As of the rule about names.
const TEXTS: usize = 32;
const TEXT_BYTES: usize = 256;

/// A class of guesses that a password survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Score {
    /// More than 10^3 guesses.
    Low,
    /// More than 10^6: a limited login, for a while.
    Fair,
    /// More than 10^8.
    Good,
    /// More than 10^10: a stolen, slow hash.
    Strong,
}

/// What makes a password easy to guess, or what would help: codes for an interface, which has its own words for them. Nothing
/// of the password.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Feedback(u32);

impl Feedback {
    /// The codes, each once, warnings first.
    pub fn codes(self) -> impl Iterator<Item = FeedbackCode> {
        FeedbackCode::ALL
            .into_iter()
            .filter(move |code| self.0 & code.bit() != 0)
    }

    fn add(&mut self, code: FeedbackCode) {
        self.0 |= code.bit();
    }
}

impl fmt::Debug for Feedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.codes()).finish()
    }
}

/// The codes in words, with commas.
impl fmt::Display for Feedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, code) in self.codes().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{}", code.as_str())?;
        }
        Ok(())
    }
}

macro_rules! codes {
    ($($name:ident $text:literal $doc:literal,)*) => {
        /// One thing about a password that is easy to guess.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum FeedbackCode {
            $(#[doc = $doc] $name,)*
        }

        impl FeedbackCode {
            const ALL: [Self; [$($text),*].len()] = [$(Self::$name),*];

            /// A word for programs that does not change.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            const fn bit(self) -> u32 {
                1 << self as u32
            }
        }
    };
}

codes! {
    KeyboardWalk "keyboard_walk" "Keys that lie side by side.",
    Repeat "repeat" "A piece again and again.",
    Common "common" "A common password, or one like it.",
    Sequence "sequence" "An order that everybody knows, such as `6543`.",
    Year "year" "A recent year.",
    Word "word" "One word.",
    Date "date" "A date.",
    Name "name" "A name.",
    AddWords "add_words" "Another word or two would help, uncommon ones.",
    LongerWalk "longer_walk" "A longer way over the keys, with turns, would help.",
    Capitals "capitals" "Capitals help little.",
    Reversal "reversal" "Words spelled backwards help little.",
    Substitution "substitution" "Signs in place of letters help little.",
    OwnDates "own_dates" "Dates and years of one's own life help little.",
}

/// Nothing where the password survives the guesses of `least`.
pub(super) fn estimate(normal: &str, context: &[&str], least: Score) -> Result<(), Feedback> {
    let start: Zeroizing<String> = Zeroizing::new(normal.chars().take(CHARS).collect());
    let texts: Vec<&str> = context
        .iter()
        .take(TEXTS)
        .copied()
        .filter(|text| !text.is_empty() && text.len() <= TEXT_BYTES)
        .collect();
    let estimate = zxcvbn::zxcvbn(&start, &texts);
    if u8::from(estimate.score()) > least as u8 {
        return Ok(());
    }
    let mut feedback = Feedback::default();
    if let Some(found) = estimate.feedback() {
        if let Some(found) = found.warning() {
            feedback.add(warning(found));
        }
        for suggestion in found.suggestions() {
            if let Some(code) = suggestion_code(*suggestion) {
                feedback.add(code);
            }
        }
    }
    // The estimate explains the weakest classes only.
    if feedback == Feedback::default() {
        feedback.add(FeedbackCode::AddWords);
    }
    Err(feedback)
}

const fn warning(warning: Warning) -> FeedbackCode {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess
        | Warning::ShortKeyboardPatternsAreEasyToGuess => FeedbackCode::KeyboardWalk,
        Warning::RepeatsLikeAaaAreEasyToGuess
        | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => FeedbackCode::Repeat,
        Warning::ThisIsATop10Password
        | Warning::ThisIsATop100Password
        | Warning::ThisIsACommonPassword
        | Warning::ThisIsSimilarToACommonlyUsedPassword => FeedbackCode::Common,
        Warning::SequencesLikeAbcAreEasyToGuess => FeedbackCode::Sequence,
        Warning::RecentYearsAreEasyToGuess => FeedbackCode::Year,
        Warning::AWordByItselfIsEasyToGuess => FeedbackCode::Word,
        Warning::DatesAreOftenEasyToGuess => FeedbackCode::Date,
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
        | Warning::CommonNamesAndSurnamesAreEasyToGuess => FeedbackCode::Name,
    }
}

/// That signs and digits are not needed is true of all our rules.
const fn suggestion_code(suggestion: Suggestion) -> Option<FeedbackCode> {
    Some(match suggestion {
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => return None,
        Suggestion::UseAFewWordsAvoidCommonPhrases | Suggestion::AddAnotherWordOrTwo => {
            FeedbackCode::AddWords
        }
        Suggestion::CapitalizationDoesntHelpVeryMuch
        | Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => FeedbackCode::Capitals,
        Suggestion::ReversedWordsArentMuchHarderToGuess => FeedbackCode::Reversal,
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => FeedbackCode::Substitution,
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => FeedbackCode::LongerWalk,
        Suggestion::AvoidRepeatedWordsAndCharacters => FeedbackCode::Repeat,
        Suggestion::AvoidSequences => FeedbackCode::Sequence,
        Suggestion::AvoidRecentYears => FeedbackCode::Year,
        Suggestion::AvoidYearsThatAreAssociatedWithYou
        | Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => FeedbackCode::OwnDates,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rules, Violation, pool::tests::password};

    fn check(text: &str, context: &[&str], least: Score) -> Vec<FeedbackCode> {
        estimate(text, context, least).map_or_else(|found| found.codes().collect(), |()| Vec::new())
    }

    #[test]
    fn what_is_guessed_sooner_is_refused_with_codes() {
        for (text, code) in [
            ("zxcvfr567", FeedbackCode::KeyboardWalk),
            ("abababababababab", FeedbackCode::Repeat),
            ("password", FeedbackCode::Common),
            ("abcdefghijklmnop", FeedbackCode::Sequence),
        ] {
            let found = check(text, &[], Score::Good);
            assert!(found.contains(&code), "{text}: {found:?}");
        }
        assert_eq!(check("quartz under lantern moss 7", &[], Score::Strong), []);
    }

    #[test]
    fn a_higher_class_refuses_all_that_a_lower_one_does() {
        let classes = [Score::Low, Score::Fair, Score::Good, Score::Strong];
        for text in [
            "password",
            "lantern77",
            "lantern ferry",
            "lantern ferry moss quartz",
        ] {
            let refused = classes.map(|least| !check(text, &[], least).is_empty());
            assert!(refused.is_sorted(), "{text}: {refused:?}");
        }
    }

    #[test]
    fn names_of_the_account_are_easy_to_guess() {
        let text = "wolfgangerzbischof";
        assert_eq!(check(text, &[], Score::Good), []);
        assert_ne!(check(text, &["wolfgang", "Erzbischof"], Score::Good), []);
    }

    #[test]
    fn only_the_first_100_characters_are_looked_at() {
        // The bound holds for characters, not bytes.
        let start = "ä".repeat(CHARS);
        let endless = format!("{start} quartz under lantern moss 7");
        assert_eq!(
            check(&start, &[], Score::Strong),
            check(&endless, &[], Score::Strong)
        );
        assert_ne!(check(&endless, &[], Score::Strong), []);
    }

    #[test]
    fn the_violation_has_codes_and_nothing_of_the_password() {
        let rules = Rules::default().min_strength(Score::Good);
        let refused = rules
            .check(&password("lantern77lantern77"), &["lantern77"])
            .unwrap_err();
        let text = format!("{refused} {refused:?}");
        assert!(text.contains("easy to guess"), "{text}");
        assert!(!text.contains("lantern"), "{text}");
        let is_guessable = |violation: &Violation| matches!(violation, Violation::TooGuessable { feedback } if feedback.codes().count() > 0);
        assert!(refused.as_slice().iter().any(is_guessable));
        assert!(
            Rules::default()
                .check(&password("lantern77lantern77"), &[])
                .is_ok()
        );
    }

    #[test]
    fn each_code_has_a_word_and_a_bit_of_its_own() {
        let words: std::collections::BTreeSet<_> =
            FeedbackCode::ALL.map(FeedbackCode::as_str).into();
        assert_eq!(words.len(), FeedbackCode::ALL.len());
        let bits = FeedbackCode::ALL
            .iter()
            .fold(0, |bits, code| bits | code.bit());
        assert_eq!(bits.count_ones() as usize, FeedbackCode::ALL.len());
    }
}
