use std::{fmt, sync::Arc};

use super::{PepperKey, PeppersError, PeppersFault, key::Entry};
use crate::PepperKeyId;

/// The pepper keys of a service: one masks new rows, the others are still found in rows that have not been rotated.
///
/// ```
/// use bartizan_password::{AccountId, Ceilings, PepperKey, PepperKeyId, Peppers, Rotation};
///
/// let id = PepperKeyId::new("2026-11")?;
/// let peppers = Peppers::new(id, PepperKey::random()?);
/// let account = AccountId::new("4711")?;
/// let row = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$avuGtOU9Ea6w5zsKnaQqbQ";
///
/// // A row without pepper is refused: somebody could have written it.
/// assert!(peppers.rotate(row, &account, &Ceilings::default()).is_err());
///
/// // But for the time in which a table that has none gets its pepper.
/// let peppers = peppers.accept_unpeppered();
/// let rotated = peppers.rotate(row, &account, &Ceilings::default())?;
/// assert!(matches!(rotated, Rotation::Changed(row) if row.contains(",keyid=2026-11$")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A clone shares the keys. `Debug` shows the ids only.
#[derive(Clone)]
pub struct Peppers {
    /// The first one masks new rows.
    pub(super) entries: Vec<Arc<Entry>>,
    unpeppered: bool,
}

impl Peppers {
    /// The most keys: the current one and 15 more.
    pub const MAX_KEYS: usize = 16;

    /// A ring of one key, which masks new rows.
    pub fn new(id: PepperKeyId, key: PepperKey) -> Self {
        Self {
            entries: vec![Arc::new(Entry::new(id, key))],
            unpeppered: false,
        }
    }

    /// Also takes rows of this key. Drop it when the [`Census`](crate::Census) finds no row of it any more.
    ///
    /// # Errors
    ///
    /// An id or a key that is there already, or more than [`MAX_KEYS`](Self::MAX_KEYS).
    pub fn with_live(mut self, id: PepperKeyId, key: PepperKey) -> Result<Self, PeppersError> {
        let same_key = |entry: &Arc<Entry>| entry.key.as_bytes() == key.as_bytes();
        let fault = if self.find(id).is_some() {
            PeppersFault::DuplicateId
        } else if self.entries.iter().any(same_key) {
            PeppersFault::DuplicateKey
        } else if self.entries.len() == Self::MAX_KEYS {
            PeppersFault::TooMany
        } else {
            self.entries.push(Arc::new(Entry::new(id, key)));
            return Ok(self);
        };
        Err(PeppersError::new(fault))
    }

    /// Also takes rows without pepper, and rows of other programs. **For the time of a migration only**: whoever can write
    /// into the table can meanwhile put a hash of his own in place of anybody's, and learn the masks of rows that he knows
    /// from before (docs/pepper.md).
    #[must_use]
    pub fn accept_unpeppered(mut self) -> Self {
        self.unpeppered = true;
        self
    }

    /// The id of the key that masks new rows.
    pub fn current_id(&self) -> PepperKeyId {
        self.current().id
    }

    /// The ids of all keys, the current one first.
    pub fn ids(&self) -> impl Iterator<Item = PepperKeyId> + '_ {
        self.entries.iter().map(|entry| entry.id)
    }

    pub(crate) fn accepts_unpeppered(&self) -> bool {
        self.unpeppered
    }

    pub(crate) fn current(&self) -> &Entry {
        // Never empty: `new` puts one there and nothing takes one away.
        &self.entries[0]
    }

    pub(crate) fn find(&self, id: PepperKeyId) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.id == id)
            .map(|entry| &**entry)
    }
}

impl fmt::Debug for Peppers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Peppers")?;
        f.debug_list().entries(self.ids()).finish()?;
        match self.unpeppered {
            true => f.write_str(" and unpeppered rows"),
            false => Ok(()),
        }
    }
}
