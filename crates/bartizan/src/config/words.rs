//! Values that are one word of a short list.

use bartizan_headers::{EmbedderPolicy, OpenerPolicy, ReferrerPolicy, ResourcePolicy};

/// Reads a word; the error names all that there are.
pub(super) fn word<T: Word>(text: &str) -> Result<T, String> {
    T::from_word(text).ok_or_else(|| format!("must be one of: {}", T::words().join(", ")))
}

pub(super) trait Word: Sized {
    fn from_word(text: &str) -> Option<Self>;
    fn words() -> Vec<&'static str>;
}

macro_rules! word {
    ($($name:ty),*) => {$(
        impl Word for $name {
            fn from_word(text: &str) -> Option<Self> {
                Self::from_name(text)
            }

            fn words() -> Vec<&'static str> {
                Self::ALL.iter().map(|one| one.as_str()).collect()
            }
        }
    )*};
}

word!(ReferrerPolicy, OpenerPolicy, ResourcePolicy, EmbedderPolicy);
