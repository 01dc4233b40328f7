use std::{fs, path::PathBuf};

use proptest::prelude::*;
use sha1::{Digest as _, Sha1};

use super::{format::HEAD, *};
use crate::{Rules, Violation, pool::tests::password};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A filter of `count` made-up passwords.
fn built(bits: FingerprintBits, count: u32) -> (tempfile::TempDir, PathBuf, BreachSummary) {
    let folder = folder();
    let path = folder.path().join("leaked.filter");
    let mut builder = BreachFilterBuilder::new(BreachLines::Plain).fingerprint_bits(bits);
    for number in 0..count {
        builder.add(format!("leaked {number}").as_bytes()).unwrap();
    }
    let summary = builder.write(&path).unwrap();
    (folder, path, summary)
}

fn kind(path: &PathBuf) -> BreachFilterErrorKind {
    let kinds = [BreachFilter::open(path), BreachFilter::read(path)]
        .map(|opened| opened.unwrap_err().kind());
    assert_eq!(kinds[0], kinds[1]);
    kinds[0]
}

#[test]
fn of_200_000_entries_none_is_missed_and_few_others_are_taken_for_one() {
    const COUNT: u32 = 200_000;
    for (bits, most_bits, most_false) in [
        (FingerprintBits::Eight, 9.6, 0.0045),
        (FingerprintBits::Sixteen, 19.2, 0.00005),
    ] {
        let (_folder, path, summary) = built(bits, COUNT);
        assert_eq!(summary.entries, u64::from(COUNT));
        assert_eq!(summary.bytes, fs::metadata(&path).unwrap().len());
        for filter in [BreachFilter::open(&path), BreachFilter::read(&path)] {
            let filter = filter.unwrap();
            assert_eq!((filter.len(), filter.is_empty()), (u64::from(COUNT), false));
            assert!(
                filter.bits_per_entry() <= most_bits,
                "{}",
                filter.bits_per_entry()
            );
            let missed = (0..COUNT).filter(|n| !filter.contains(&password(&format!("leaked {n}"))));
            assert_eq!(missed.count(), 0);
            let wrong = (0..COUNT).filter(|n| filter.contains(&password(&format!("other {n}"))));
            let rate = wrong.count() as f64 / f64::from(COUNT);
            assert!(rate <= most_false, "{rate}");
        }
    }
}

#[test]
fn a_list_of_hashes_gives_the_file_that_the_passwords_give() {
    let folder = folder();
    let write = |lines: BreachLines, text: String| {
        let path = folder.path().join(format!("{lines:?}"));
        let mut builder = BreachFilterBuilder::new(lines);
        let mut read = 0;
        let count = builder
            .add_lines(text.as_bytes(), |bytes| read = bytes)
            .unwrap();
        assert_eq!(
            (count, read),
            (text.lines().count() as u64, text.len() as u64)
        );
        builder.write(&path).unwrap();
        fs::read(path).unwrap()
    };
    let words: Vec<String> = (0..1_000).map(|n| format!("wörd {n}")).collect();
    let hash = |word: &String, at: usize| {
        let hex: String = Sha1::digest(word)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        match at % 3 {
            0 => hex,
            1 => format!("{}:{at}", hex.to_uppercase()),
            _ => format!("{hex}:18446744073709551615\r"),
        }
    };
    let plain = write(
        BreachLines::Plain,
        words.join("\r\n") + "\n\n" + &words.join("\n"),
    );
    let hashes: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(at, word)| hash(word, at))
        .collect();
    assert_eq!(plain, write(BreachLines::Sha1, hashes.join("\n")));
}

#[test]
fn a_line_that_is_no_hash_is_told_by_its_number() {
    let good = "00".repeat(20);
    for bad in [
        "x",
        &good[1..],
        &format!("{good}0"),
        &format!("{good}:"),
        &format!("{good}:-1"),
        &"é".repeat(20),
        &format!("{good}:99999999999999999999"),
    ] {
        let mut builder = BreachFilterBuilder::new(BreachLines::Sha1);
        let error = builder
            .add_lines(format!("{good}\n\n{bad}\n").as_bytes(), |_| {})
            .unwrap_err();
        assert_eq!(
            error.kind(),
            BreachFilterErrorKind::Line { number: 3 },
            "{bad}"
        );
        assert!(!error.to_string().contains(bad) || bad == "x");
    }
}

#[test]
fn padding_and_lines_that_are_no_password_add_nothing() {
    let mut builder = BreachFilterBuilder::new(BreachLines::Sha1);
    builder
        .add(format!("{}:0", "ab".repeat(20)).as_bytes())
        .unwrap();
    assert!(builder.is_empty());
    let nowhere = folder().path().join("none");
    assert_eq!(
        builder.write(&nowhere).unwrap_err().kind(),
        BreachFilterErrorKind::Empty
    );
    let mut builder = BreachFilterBuilder::new(BreachLines::Plain);
    let lines = format!(
        "{}\n{}\n\r\n{}\nend",
        "x".repeat(1024),
        "x".repeat(1025),
        "x".repeat(1 << 20)
    );
    assert_eq!(builder.add_lines(lines.as_bytes(), |_| {}).unwrap(), 5);
    assert_eq!(builder.len(), 2);
}

#[test]
fn bytes_that_are_no_utf_8_and_both_forms_of_unicode_are_found() {
    let folder = folder();
    let path = folder.path().join("forms");
    let mut builder =
        BreachFilterBuilder::new(BreachLines::Plain).fingerprint_bits(FingerprintBits::Sixteen);
    builder.add(b"\xff\xfe").unwrap();
    builder.add("Zo\u{eb} in the moss".as_bytes()).unwrap();
    builder.write(&path).unwrap();
    let filter = BreachFilter::open(&path).unwrap();
    assert!(filter.contains(&password("Zo\u{eb} in the moss")));
    assert!(filter.contains(&password("Zoe\u{308} in the moss")));
    assert!(!filter.contains(&password("Zoe in the moss")));
    assert!(filter.contains_sha1(&Sha1::digest(b"\xff\xfe").into()));
}

#[test]
fn every_number_of_entries_from_one_makes_a_filter() {
    for bits in [FingerprintBits::Eight, FingerprintBits::Sixteen] {
        for count in (1..70).chain([100, 1_000, 10_007]) {
            let (_folder, path, _) = built(bits, count);
            let filter = BreachFilter::open(&path).unwrap();
            assert!((0..count).all(|n| filter.contains(&password(&format!("leaked {n}")))));
        }
    }
}

#[test]
fn a_file_cut_anywhere_in_its_head_or_after_it_is_refused() {
    let (_folder, path, _) = built(FingerprintBits::Eight, 100);
    let whole = fs::read(&path).unwrap();
    for length in (0..=HEAD).chain([whole.len() - 1]) {
        fs::write(&path, &whole[..length]).unwrap();
        let expected = whole.len() as u64;
        match kind(&path) {
            BreachFilterErrorKind::NotAFilter => assert!(length < HEAD),
            BreachFilterErrorKind::Length {
                expected: told,
                found,
            } => {
                assert_eq!((told, found), (expected, length as u64));
            }
            other => panic!("{other:?}"),
        }
    }
    fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
    assert!(matches!(kind(&path), BreachFilterErrorKind::Length { .. }));
}

#[test]
fn any_other_byte_is_noticed() {
    for bits in [FingerprintBits::Eight, FingerprintBits::Sixteen] {
        let (_folder, path, _) = built(bits, 40);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                fs::write(&path, &bytes).unwrap();
                let kind = kind(&path);
                assert!(
                    at < HEAD || kind == BreachFilterErrorKind::Checksum,
                    "{at}: {kind:?}"
                );
            }
        }
    }
}

/// Writes a field and makes the checksum right again, as an attacker would.
fn forged(whole: &[u8], at: usize, field: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    let mut bytes = whole.to_vec();
    bytes[at..at + field.len()].copy_from_slice(field);
    let sum = sha2::Sha256::new()
        .chain_update(&bytes[..48])
        .chain_update(&bytes[HEAD..])
        .finalize();
    bytes[48..64].copy_from_slice(&sum[..16]);
    bytes
}

#[test]
fn no_head_makes_a_look_up_read_beyond_the_file() {
    let (_folder, path, _) = built(FingerprintBits::Eight, 100);
    let whole = fs::read(&path).unwrap();
    assert_eq!(forged(&whole, 44, &[0; 4]), whole);
    for field in [
        [0; 4],
        [1, 0, 0, 0],
        [7, 0, 0, 0],
        [0xff; 4],
        [0, 0, 0, 0x80],
        [0, 0, 4, 0],
        [0, 0, 8, 0],
    ] {
        for at in (8..48).step_by(4) {
            if whole[at..at + 4] == field {
                continue;
            }
            fs::write(&path, forged(&whole, at, &field)).unwrap();
            for filter in [BreachFilter::open(&path), BreachFilter::read(&path)]
                .into_iter()
                .flatten()
            {
                // The seed may be any, and entries any number that fits: the answers are wrong, and nothing else.
                assert!((16..32).contains(&at), "{at} {field:?}");
                (0..1_000).for_each(|n| _ = filter.contains(&password(&format!("any {n}"))));
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path, _) = built(FingerprintBits::Eight, 10);
    let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o022, 0);
    for writable in [0o664, 0o646, 0o666] {
        mode(writable);
        assert_eq!(kind(&path), BreachFilterErrorKind::Writable);
    }
    mode(0o444);
    assert!(BreachFilter::open(&path).is_ok());
}

#[test]
fn what_is_no_file_is_refused_and_what_is_not_there_is_told() {
    let folder = folder();
    assert_eq!(
        kind(&folder.path().to_owned()),
        BreachFilterErrorKind::NotAFilter
    );
    assert_eq!(kind(&folder.path().join("none")), BreachFilterErrorKind::Io);
    let path = folder.path().join("text");
    fs::write(&path, "x".repeat(100)).unwrap();
    assert_eq!(kind(&path), BreachFilterErrorKind::NotAFilter);
}

#[test]
fn a_new_file_replaces_the_old_one_whole_and_an_open_filter_keeps_its_own() {
    let (folder, path, _) = built(FingerprintBits::Eight, 1_000);
    let old = BreachFilter::open(&path).unwrap();
    let mut builder = BreachFilterBuilder::new(BreachLines::Plain);
    builder.add(b"another").unwrap();
    builder.write(&path).unwrap();
    assert!((0..1_000).all(|n| old.contains(&password(&format!("leaked {n}")))));
    assert_eq!(BreachFilter::open(&path).unwrap().len(), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    // A folder stands where the file should: nothing is left behind.
    let taken = folder.path().join("taken");
    fs::create_dir(&taken).unwrap();
    let mut builder = BreachFilterBuilder::new(BreachLines::Plain);
    builder.add(b"another").unwrap();
    assert_eq!(
        builder.write(&taken).unwrap_err().kind(),
        BreachFilterErrorKind::Io
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_leaked_password_is_a_violation_beside_the_others() {
    let folder = folder();
    let path = folder.path().join("few");
    let mut builder =
        BreachFilterBuilder::new(BreachLines::Plain).fingerprint_bits(FingerprintBits::Sixteen);
    builder.add(b"password").unwrap();
    builder.write(&path).unwrap();
    let rules = Rules::default().breach_filter(BreachFilter::open(&path).unwrap().into());
    let refused = rules.check(&password("password"), &[]).unwrap_err();
    let short = Violation::TooShort {
        chars: 8,
        min_chars: 15,
    };
    assert_eq!(
        refused.as_slice(),
        [short, Violation::Common, Violation::Breached]
    );
    assert!(rules.check(&password("quartz under the moss"), &[]).is_ok());
    assert!(format!("{rules:?}").contains("entries: 1"));
}

proptest! {
    #[test]
    fn no_line_panics(lines in prop::collection::vec(any::<u8>(), 0..3_000)) {
        for kind in [BreachLines::Plain, BreachLines::Sha1] {
            let _ = BreachFilterBuilder::new(kind).add_lines(&lines[..], |_| {});
        }
    }
}
