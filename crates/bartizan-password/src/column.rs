use std::fmt;

use crate::{Ceilings, StoredHash, StoredHashError, Unavailable, UnavailableKind};
#[cfg(feature = "legacy")]
use crate::{LegacyCeilings, LegacyHash};

/// What the column of passwords holds for an account.
///
/// ```
/// use bartizan_password::{Ceilings, Column, Unusable};
///
/// // An account that logs in by other means: no password ever matches.
/// let marker = Unusable::new()?.to_string();
/// assert!(matches!(Column::read(&marker, &Ceilings::default())?, Column::Unusable));
///
/// let row = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$avuGtOU9Ea6w5zsKnaQqbQ";
/// assert!(matches!(Column::read(row, &Ceilings::default())?, Column::Argon2id(_)));
/// assert!(Column::read("secret", &Ceilings::default()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Column {
    /// A hash of ours.
    Argon2id(StoredHash),
    /// A hash of another program, or one that was wrapped.
    #[cfg(feature = "legacy")]
    Legacy(LegacyHash),
    /// No password matches; a check costs what a wrong password does.
    Unusable,
}

impl Column {
    /// Reads hashes of ours and markers. Any text that begins with `!` is a marker, as Django and shadow files write them, and
    /// any that begins with `*`, as shadow files do.
    ///
    /// # Errors
    ///
    /// As [`StoredHash::parse`]: "could not check", never "wrong". Log it with the account's id, and check for no account.
    pub fn read(text: &str, ceilings: &Ceilings) -> Result<Self, StoredHashError> {
        match Unusable::is_marker(text) {
            true => Ok(Self::Unusable),
            false => StoredHash::parse(text, ceilings).map(Self::Argon2id),
        }
    }

    /// As [`read`](Self::read), and what other programs wrote.
    ///
    /// # Errors
    ///
    /// As there, and as [`LegacyHash::parse`].
    #[cfg(feature = "legacy")]
    pub fn read_any(
        text: &str,
        ceilings: &Ceilings,
        legacy: &LegacyCeilings,
    ) -> Result<Self, StoredHashError> {
        let ours = match Self::read(text, ceilings) {
            Err(error) => error,
            column => return column,
        };
        match LegacyHash::parse(text, legacy) {
            Ok(hash) => Ok(Self::Legacy(hash)),
            Err(StoredHashError::UnknownScheme) => Err(ours),
            Err(error) => Err(error),
        }
    }
}

/// The marker of an account that has no password: `!` and 40 random letters and digits.
///
/// Random, so that no two rows are equal, and whoever sees the column learns nothing from equal ones; and so that a binding to
/// the row's text, such as that of a reset link, ends when the password becomes unusable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable(String);

impl Unusable {
    /// Random characters behind the mark: 238 bits.
    const CHARS: usize = 40;

    /// A new marker. Its `Display` is what to store.
    ///
    /// # Errors
    ///
    /// [`UnavailableKind::Random`].
    pub fn new() -> Result<Self, Unavailable> {
        const ALPHABET: &[u8; 62] =
            b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut text = String::with_capacity(1 + Self::CHARS);
        text.push('!');
        let mut random = [0; 64];
        while text.len() < 1 + Self::CHARS {
            getrandom::fill(&mut random).map_err(|_| Unavailable::new(UnavailableKind::Random))?;
            // 62 of 64 values have a letter; the others are left out, so that all letters are as likely.
            let letters = random
                .iter()
                .filter_map(|byte| ALPHABET.get(usize::from(byte & 63)));
            let missing = 1 + Self::CHARS - text.len();
            text.extend(letters.take(missing).map(|letter| char::from(*letter)));
        }
        Ok(Self(text))
    }

    /// Whether a text is a marker, of ours or of another program.
    pub fn is_marker(text: &str) -> bool {
        text.starts_with(['!', '*'])
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Verdict,
        pool::tests::{password, policy, pool, wait},
    };

    fn read(text: &str) -> Result<Column, StoredHashError> {
        #[cfg(feature = "legacy")]
        return Column::read_any(text, &Ceilings::default(), &LegacyCeilings::default());
        #[cfg(not(feature = "legacy"))]
        Column::read(text, &Ceilings::default())
    }

    #[test]
    fn a_marker_is_like_djangos_and_no_two_are_equal() {
        let marker = Unusable::new().unwrap().to_string();
        assert_eq!(marker.len(), 41);
        let mut chars = marker.chars();
        assert_eq!(chars.next(), Some('!'));
        assert!(chars.all(|char| char.is_ascii_alphanumeric()));
        assert_ne!(marker, Unusable::new().unwrap().to_string());
        for text in [&*marker, "!", "!!", "*", "*LK*", "!$6$locked"] {
            assert_eq!(read(text), Ok(Column::Unusable), "{text}");
        }
        for text in ["", " !", "x!", "plain"] {
            assert_eq!(read(text), Err(StoredHashError::UnknownScheme), "{text}");
        }
    }

    #[test]
    fn an_unusable_row_costs_what_a_wrong_password_does_and_never_matches() {
        let pool = pool(policy(64), 8);
        let account = pool.account("ada");
        let hash = wait(account.hash(password("p"), None)).unwrap();
        let mut costs = Vec::new();
        for column in [Some(Column::Argon2id(hash)), Some(Column::Unusable), None] {
            let before = pool.handle.shared.arena(0).work;
            let verdict = wait(account.verify_column(password("q"), column, None));
            assert!(matches!(verdict, Ok(Verdict::Mismatch)));
            costs.push(pool.handle.shared.arena(0).work - before);
        }
        assert_eq!(costs, [128; 3]);
    }

    #[cfg(feature = "legacy")]
    #[test]
    fn each_row_goes_to_its_own_reader_and_its_error_is_told() {
        let ours = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$avuGtOU9Ea6w5zsKnaQqbQ";
        assert!(matches!(read(ours), Ok(Column::Argon2id(_))));
        // Above the ceilings for our own rows, below those for imports.
        let large = ours.replace("m=64", "m=102400");
        assert!(matches!(read(&large), Ok(Column::Legacy(_))));
        let bcrypt = "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";
        assert!(matches!(read(bcrypt), Ok(Column::Legacy(_))));
        let week = bcrypt.replace("$12$", "$31$");
        assert!(matches!(
            read(&week),
            Err(StoredHashError::TooCostly { .. })
        ));
    }
}
