use super::*;

const SALT: &str = "AAECAwQFBgcICQoLDA0ODw";
const TAG: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn parse(text: &str) -> Result<StoredHash, StoredHashError> {
    StoredHash::parse(text, &Ceilings::default())
}

#[test]
fn a_well_formed_hash_keeps_its_text() {
    let text = format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}${TAG}");
    let hash = parse(&text).unwrap();
    assert_eq!(hash.to_string(), text);
    assert!(!hash.is_outdated(&Policy::default()));
    assert!(!format!("{hash:?}").contains(&TAG[..8]));
}

#[test]
fn hostile_texts_are_refused_and_say_why() {
    use StoredHashError::{Length, Malformed, TooCostly, UnknownScheme, UnknownVersion};
    let long_salt = "A".repeat(1 << 20);
    let cost = |m, t, p| format!("$argon2id$v=19$m={m},t={t},p={p}${SALT}${TAG}");
    let rest = |end: &str| format!("$argon2id$v=19$m=64,t=1,p=1${end}");
    let too_costly = |what, asked, ceiling| TooCostly {
        what,
        asked,
        ceiling,
    };
    for (text, error) in [
        (
            cost("4294967295", "2", "1"),
            too_costly("memory in KiB", u32::MAX, 65_536),
        ), // 4 TiB
        (
            cost("64", "4294967295", "1"),
            too_costly("passes", u32::MAX, 10),
        ),
        (
            cost("64", "1", "16777215"),
            too_costly("lanes", 16_777_215, 4),
        ), // 16 M threads
        (cost("4294967296", "2", "1"), Malformed { part: "cost" }),
        (cost("64", "0", "1"), Malformed { part: "cost" }),
        (cost("7", "1", "1"), Malformed { part: "cost" }),
        (cost("+64", "1", "1"), Malformed { part: "cost" }),
        (cost("064", "1", "1"), Malformed { part: "cost" }),
        (
            rest(&format!("{long_salt}${TAG}")),
            Length {
                part: "text",
                bytes: (1 << 20) + 72,
            },
        ),
        (
            rest(&format!("AAAA${TAG}")),
            Length {
                part: "salt",
                bytes: 3,
            },
        ),
        (
            rest(&format!("{SALT}$AAAAAAAA")),
            Length {
                part: "tag",
                bytes: 6,
            },
        ),
        (
            rest(&format!("{SALT}$")),
            Length {
                part: "tag",
                bytes: 0,
            },
        ),
        (rest(SALT), Malformed { part: "tag" }),
        (rest(&format!("{SALT}${TAG}$x")), Malformed { part: "end" }),
        (rest(&format!("{SALT}=${TAG}")), Malformed { part: "salt" }),
        (
            rest(&format!("{SALT}${}!", &TAG[1..])),
            Malformed { part: "tag" },
        ),
        (
            "$argon2id$v=16$m=64,t=1,p=1$".to_owned() + SALT,
            UnknownVersion,
        ),
        (
            "$argon2i$v=19$m=64,t=1,p=1$".to_owned() + SALT,
            UnknownScheme,
        ),
        ("$2b$12$abcdefghijklmnopqrstuv".to_owned(), UnknownScheme),
        (String::new(), UnknownScheme),
        ("$".to_owned(), UnknownScheme),
    ] {
        assert_eq!(parse(&text), Err(error), "{:.80}", text);
    }
}

#[test]
fn a_rehash_is_asked_for_only_when_it_strengthens() {
    let outdated = |m: u32, t: u32, tag: &str| {
        let text = format!("$argon2id$v=19$m={m},t={t},p=1${SALT}${tag}");
        parse(&text).unwrap().is_outdated(&Policy::default())
    };
    assert!(outdated(19_455, 2, TAG));
    assert!(outdated(19_456, 1, TAG));
    assert!(!outdated(47_104, 1, TAG)); // more work than 19 MiB twice
    assert!(!outdated(65_536, 3, TAG));
    assert!(outdated(19_456, 2, SALT)); // a 16-byte tag
}
