//! Whatever a column holds, nothing panics and no row costs more than the ceilings say.

use proptest::prelude::*;

use super::{
    LegacyCeilings, LegacyHash,
    tests::{base64_of, golden},
};
use crate::Cost;

/// Costs small enough to compute what the parser lets through.
fn small() -> LegacyCeilings {
    LegacyCeilings::default()
        .argon2(Cost::new(256, 2, 4).unwrap())
        .scrypt_kib(256)
        .bcrypt_log(5)
        .iterations(2_000)
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,300}") {
        let _ = LegacyHash::parse(&text, &small());
    }

    /// A real row with a part replaced, and the work it then asks for.
    #[test]
    fn what_is_let_through_stays_below_the_ceilings_and_is_computed(
        row in 0..golden().count(),
        at in 0.0..1.0f64,
        length in 0usize..6,
        with in "[$,=0-9a-zA-Z./+!\u{e4}]{0,6}",
        typed in ".{1,40}",
    ) {
        let text = golden().nth(row).unwrap()[2];
        let at = (text.len() as f64 * at) as usize;
        let end = (at + length).min(text.len());
        let text = format!("{}{with}{}", &text[..at], &text[end..]);
        if let Ok(stored) = LegacyHash::parse(&text, &small()) {
            prop_assert!(stored.memory_kib() <= 256);
            prop_assert!(stored.setting.salt.len() <= 128);
            prop_assert!(stored.setting.digest(typed.as_bytes()).is_ok(), "{}", text);
        }
    }

    #[test]
    fn no_base64_of_aspnet_panics(bytes in prop::collection::vec(any::<u8>(), 0..100), version in 0u8..3) {
        let mut bytes = bytes;
        bytes.insert(0, version);
        if version == 1 {
            bytes.splice(1..1, [0, 0, 0]);
        }
        if let Ok(stored) = LegacyHash::parse(&base64_of(&bytes), &small()) {
            prop_assert!(stored.setting.digest(b"p").is_ok());
        }
    }
}
