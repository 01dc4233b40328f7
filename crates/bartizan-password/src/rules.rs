//! What a *new* password must be. No rule looks at the kinds of its characters, and none makes it expire.

mod common;
mod context;
#[cfg(feature = "strength")]
mod strength;
mod violation;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::Password;

#[cfg(feature = "strength")]
pub use strength::{Feedback, FeedbackCode, Score};
pub use violation::{RulesError, Violation, Violations};

/// Rules for new passwords (NIST SP 800-63B-4, 3.1.1.2; ASVS 5.0, 6.2): a length in characters, not a common password, not
/// only words that everybody links with the account.
///
/// ```
/// use bartizan_password::{Password, Rules, Violation};
///
/// let rules = Rules::default();
/// let context = ["bartizan", "alice@example.com"];
/// let check = |text: &str| rules.check(&Password::new(text.into()).unwrap(), &context);
///
/// assert!(check("lantern ferry moss").is_ok());
/// let refused = check("Alice-Bartizan").unwrap_err();
/// assert_eq!(
///     refused.as_slice(),
///     [Violation::TooShort { chars: 14, min_chars: 15 }, Violation::Context]
/// );
/// ```
#[derive(Debug, Clone)]
pub struct Rules {
    min_chars: usize,
    #[cfg(feature = "breach")]
    breach_filter: Option<std::sync::Arc<crate::BreachFilter>>,
    #[cfg(feature = "strength")]
    min_strength: Option<Score>,
}

impl Rules {
    /// The least that may be asked for: with a second factor, NIST SP 800-63B-4, 3.1.1.2 (1).
    pub const LEAST_CHARS: usize = 8;
    /// A password of so many characters is never too short: NIST wants at least 64 taken.
    pub const MOST_CHARS: usize = 64;

    /// Another least length.
    ///
    /// # Errors
    ///
    /// Below 8 or above 64 characters.
    pub fn min_chars(mut self, min_chars: usize) -> Result<Self, RulesError> {
        if !(Self::LEAST_CHARS..=Self::MOST_CHARS).contains(&min_chars) {
            return Err(RulesError { min_chars });
        }
        self.min_chars = min_chars;
        Ok(self)
    }

    /// Refuses what a filter of leaked passwords has in it (ASVS 5.0, 6.2.12).
    #[cfg(feature = "breach")]
    #[must_use]
    pub fn breach_filter(mut self, filter: std::sync::Arc<crate::BreachFilter>) -> Self {
        self.breach_filter = Some(filter);
        self
    }

    /// Refuses what is guessed sooner than this. Off by default: NIST SP 800-63B-4 asks for length and lists, not for estimates.
    /// An estimate of a common length takes less than a millisecond, and one of 100 characters made for it as long as a hash: call it
    /// behind the limits of sign-up, and not on a thread that serves others.
    #[cfg(feature = "strength")]
    #[must_use]
    pub fn min_strength(mut self, score: Score) -> Self {
        self.min_strength = Some(score);
        self
    }

    /// Checks a new password. `context` has what others link with the account: the service's name, the user's names and mail
    /// address. Only a password made of them as a whole is refused; one that merely has one inside is not.
    ///
    /// # Errors
    ///
    /// Everything that does not fit, at once.
    pub fn check(&self, password: &Password, context: &[&str]) -> Result<(), Violations> {
        // Characters are counted as they are hashed under `Policy::with_nfkc`.
        let normal = password.nfkc();
        let mut violations = Vec::new();
        let chars = normal.chars().count();
        if chars < self.min_chars {
            violations.push(Violation::TooShort {
                chars,
                min_chars: self.min_chars,
            });
        }
        let folded = Zeroizing::new(normal.to_lowercase());
        if common::contains(&folded) {
            violations.push(Violation::Common);
        }
        if context::covers(&folded, context) {
            violations.push(Violation::Context);
        }
        #[cfg(feature = "breach")]
        if let Some(filter) = &self.breach_filter
            && filter.contains(password)
        {
            violations.push(Violation::Breached);
        }
        #[cfg(feature = "strength")]
        if let Some(least) = self.min_strength
            && let Err(feedback) = strength::estimate(&normal, context, least)
        {
            violations.push(Violation::TooGuessable { feedback });
        }
        match violations.is_empty() {
            true => Ok(()),
            false => Err(Violations::new(violations)),
        }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            min_chars: 15,
            #[cfg(feature = "breach")]
            breach_filter: None,
            #[cfg(feature = "strength")]
            min_strength: None,
        }
    }
}

/// NFKC, in one allocation, so that no half of the password stays behind in a smaller one.
pub(crate) fn nfkc(text: &str) -> Zeroizing<String> {
    // No character becomes more than 18 others, none takes more than 11 times its bytes (Unicode Standard Annex 15).
    let mut normal = Zeroizing::new(String::with_capacity(text.len() * 11));
    normal.extend(text.nfkc());
    normal
}

#[cfg(test)]
mod tests;
