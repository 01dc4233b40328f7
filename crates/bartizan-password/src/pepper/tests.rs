mod file;
#[cfg(feature = "legacy")]
mod foreign;
mod pooled;

use proptest::prelude::*;

use super::*;
use crate::{AccountId, Ceilings, PepperKeyId, StoredHash, StoredHashError};

const PLAIN: &str = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$avuGtOU9Ea6w5zsKnaQqbQ";

fn id(text: &str) -> PepperKeyId {
    PepperKeyId::new(text).unwrap()
}

/// The key of a number: 32 bytes that differ.
fn key(number: u8) -> PepperKey {
    PepperKey::new(std::array::from_fn(|at| number.wrapping_add(at as u8))).unwrap()
}

fn ring(name: &str, number: u8) -> Peppers {
    Peppers::new(id(name), key(number))
}

fn account(text: &str) -> AccountId {
    AccountId::new(text).unwrap()
}

fn parse(text: &str) -> StoredHash {
    StoredHash::parse(text, &Ceilings::default()).unwrap()
}

fn rotated(peppers: &Peppers, text: &str, of: &str) -> String {
    match peppers.rotate(text, &account(of), &Ceilings::default()) {
        Ok(Rotation::Changed(text)) => text,
        other => panic!("{other:?} of {text}"),
    }
}

#[test]
fn the_mask_is_the_hmac_that_docs_pepper_md_defines() {
    // Computed with Python's hmac: key 1, 2, .. 32, account `4711`; the tags of kat.rs with 16, 32 and 64 bytes.
    let peppers = ring("k1", 1).accept_unpeppered();
    for (start, tag, masked) in [
        (
            "$argon2id$v=19$m=64,t=1,p=1",
            "avuGtOU9Ea6w5zsKnaQqbQ",
            "BU8FsDkNpX9y5pvBG+h7zA",
        ),
        (
            "$argon2id$v=19$m=256,t=3,p=2",
            "wQS2482evJ/y+W80kgPsZZHrFjsrDJxnWaSNYzU/2pw",
            "rrA15xGuCE4w+M//FE+9xPPQ7luH8JsJ1I2j1bwXt7A",
        ),
        (
            "$argon2id$v=19$m=64,t=2,p=4",
            "Zedep67e3kCYsFjQRISI2RoXBUUc2POwBM2mLmtsUmd/NpCjfx6FHvk/JZZMCuCzpEq123SwJFUl5wa2foE8dA",
            "ClPdo3LuapFasfgbwsjZeHgs/SWwJPTeieSImOJEP0ts0Y1thQ2WWI8UAJvVg46BT8BfjCRtKz/NFn11w29jeg",
        ),
    ] {
        let salt = "c29tZXNhbHQxMjM0NTY3OA";
        let row = rotated(&peppers, &format!("{start}${salt}${tag}"), "4711");
        assert_eq!(row, format!("{start},keyid=k1${salt}${masked}"));
    }
}

#[test]
fn every_way_from_key_to_key_and_back_ends_in_the_same_row() {
    let unpeppered = PLAIN.to_owned();
    let first = rotated(&ring("k1", 1).accept_unpeppered(), &unpeppered, "a");
    let two = ring("k2", 2).with_live(id("k1"), key(1)).unwrap();
    let second = rotated(&two, &first, "a");
    let three = ring("k3", 3).with_live(id("k2"), key(2)).unwrap();
    let third = rotated(&three, &second, "a");
    let none = three.remove(&third, &account("a"), &Ceilings::default());
    assert_eq!(none, Ok(Rotation::Changed(unpeppered.clone())));
    let all = [&unpeppered, &first, &second, &third].map(|text| parse(text).tag);
    for (at, tag) in all.iter().enumerate() {
        assert!(!all[..at].contains(tag), "each key has its own mask");
    }
    // Back to the first key: the same row again, so the same pad has masked the same tag.
    let one = ring("k1", 1).with_live(id("k3"), key(3)).unwrap();
    assert_eq!(rotated(&one, &third, "a"), first);
    assert_eq!(rotated(&one.accept_unpeppered(), &unpeppered, "a"), first);
}

#[test]
fn a_row_under_the_current_key_is_left_alone() {
    let peppers = ring("k1", 1).accept_unpeppered();
    let row = rotated(&peppers, PLAIN, "a");
    let again = peppers.rotate(&row, &account("a"), &Ceilings::default());
    assert_eq!(again, Ok(Rotation::Current));
    let removed = peppers.remove(PLAIN, &account("a"), &Ceilings::default());
    assert_eq!(removed, Ok(Rotation::Current));
}

#[test]
fn a_row_that_cannot_be_rotated_says_why_and_never_wrong() {
    let peppers = ring("k1", 1);
    let try_it = |text: &str| {
        let mut out = "of before".to_owned();
        let error = peppers.rotate_into(text, &account("a"), &Ceilings::default(), &mut out);
        assert_eq!(out, "");
        error.unwrap_err()
    };
    assert_eq!(try_it(PLAIN), RotationError::Unpeppered);
    let other = PLAIN.replace("p=1", "p=1,keyid=k9");
    assert_eq!(try_it(&other), RotationError::UnknownKey { id: id("k9") });
    let unreadable = RotationError::Unreadable;
    let scheme = StoredHashError::UnknownScheme;
    assert_eq!(try_it("$2b$12$abc"), unreadable(scheme));
    assert_eq!(try_it("!unusable"), unreadable(scheme));
    let costly = PLAIN.replace("m=64", "m=4294967295");
    let error = try_it(&costly);
    assert!(matches!(
        error,
        RotationError::Unreadable(StoredHashError::TooCostly { .. })
    ));
    let error = peppers.remove(&other, &account("a"), &Ceilings::default());
    assert_eq!(error, Err(RotationError::UnknownKey { id: id("k9") }));
}

#[test]
fn hostile_key_ids_are_malformed() {
    let with = |cost: &str| PLAIN.replace("m=64,t=1,p=1", cost);
    let malformed = |part| Err(StoredHashError::Malformed { part });
    for (cost, part) in [
        ("m=64,t=1,p=1,keyid=", "keyid"),
        ("m=64,t=1,p=1,keyid=123456789", "keyid"),
        ("m=64,t=1,p=1,keyid=a,keyid=b", "keyid"),
        ("m=64,t=1,p=1,keyid=a,data=AA", "keyid"),
        ("m=64,t=1,p=1,keyid=a b", "keyid"),
        ("m=64,t=1,p=1,keyid=a\0", "keyid"),
        ("m=64,t=1,p=1,keyid=ä", "keyid"),
        ("m=64,t=1,p=1,keyid=a\n", "keyid"),
        ("m=64,t=1,p=1,norm=nfkc,keyid=a", "cost"),
        ("keyid=a,m=64,t=1,p=1", "cost"),
        ("m=64,keyid=a,t=1,p=1", "keyid"),
        ("m=64,t=1,p=1,KEYID=a", "cost"),
        ("m=64,t=1,p=1, keyid=a", "cost"),
    ] {
        let read = StoredHash::parse(&with(cost), &Ceilings::default());
        assert_eq!(read, malformed(part), "{cost:?}");
    }
    let long = with(&format!("m=64,t=1,p=1,keyid={}", "a".repeat(1 << 20)));
    let read = StoredHash::parse(&long, &Ceilings::default());
    assert!(matches!(read, Err(StoredHashError::Length { .. })));
}

#[test]
fn the_key_id_stands_behind_the_costs_and_before_the_norm() {
    let text = PLAIN.replace("p=1", "p=1,keyid=2026-11");
    let hash = parse(&text);
    assert_eq!(hash.pepper_key_id(), Some(id("2026-11")));
    assert_eq!(hash.to_string(), text);
    assert_eq!(parse(PLAIN).pepper_key_id(), None);
    #[cfg(feature = "rules")]
    {
        let text = PLAIN.replace("p=1", "p=1,keyid=k1,norm=nfkc");
        assert_eq!(parse(&text).to_string(), text);
    }
}

#[test]
fn the_longest_text_of_ours_can_be_read_back() {
    let bytes = "A".repeat(86);
    let text = format!(
        "$argon2id$v=19$m=4294967295,t=4294967295,p=16777215,keyid=12345678,norm=nfkc${bytes}${bytes}"
    );
    assert!(text.len() <= StoredHash::MAX_TEXT, "{}", text.len());
}

proptest! {
    /// One to one on the tag: what is masked comes back, two tags never become one, and nothing else of the row changes.
    #[test]
    fn rotation_is_a_bijection_on_the_tag(
        tags in prop::array::uniform2(prop::collection::vec(any::<u8>(), 16..=64)),
        salt in prop::collection::vec(any::<u8>(), 8..=64),
        name in prop::collection::vec(any::<u8>(), 1..=64),
        numbers in (1u8..=100, 101u8..=200),
    ) {
        use base64ct::{Base64Unpadded, Encoding};
        let text = |tag: &[u8]| format!(
            "$argon2id$v=19$m=64,t=1,p=1${}${}",
            Base64Unpadded::encode_string(&salt),
            Base64Unpadded::encode_string(tag),
        );
        let of = AccountId::new(&name).unwrap();
        let ceilings = Ceilings::default();
        let old = ring("old", numbers.0).accept_unpeppered();
        let new = ring("new", numbers.1).with_live(id("old"), key(numbers.0)).unwrap();
        let mut ends = Vec::new();
        for tag in &tags {
            let plain = text(tag);
            let Ok(Rotation::Changed(first)) = old.rotate(&plain, &of, &ceilings) else { panic!() };
            let Ok(Rotation::Changed(second)) = new.rotate(&first, &of, &ceilings) else { panic!() };
            let (a, b) = (parse(&first), parse(&second));
            prop_assert_ne!(a.tag.as_slice(), b.tag.as_slice());
            prop_assert_eq!(b.tag.as_slice().len(), tag.len());
            prop_assert_eq!(b.salt.as_slice(), &salt[..]);
            prop_assert_eq!(new.remove(&second, &of, &ceilings), Ok(Rotation::Changed(plain)));
            ends.push(second);
        }
        prop_assert_eq!(ends[0] == ends[1], tags[0] == tags[1]);
    }

    #[test]
    fn no_text_panics_and_what_is_rotated_can_be_read(text in "\\$argon2id(-wrap)?\\$v=19\\$m=64,t=1,p=1[,a-z=0-9$A-Za-z+/]{0,200}") {
        let peppers = ring("k1", 1).with_live(id("k2"), key(2)).unwrap().accept_unpeppered();
        if let Ok(Rotation::Changed(new)) = peppers.rotate(&text, &account("a"), &Ceilings::default()) {
            prop_assert_eq!(
                peppers.rotate(&new, &account("a"), &Ceilings::default()),
                Ok(Rotation::Current)
            );
        }
    }
}
