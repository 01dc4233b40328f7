//! argon2-cffi, which is the C reference implementation, hashes 10,000 random sets of parameters; ours has to match each tag.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use bartizan_password::{LegacyCeilings, LegacyHash};
use base64ct::{Base64Unpadded, Encoding};

use crate::{matches, pool};

const SETS: usize = 10_000;
/// Another one is another 10,000: set `BARTIZAN_ARGON2_SEED`.
const SEED: u64 = 0x9106_2025;

/// One hash: all that goes in, but for associated data and a secret, which argon2-cffi does not offer.
struct Set {
    kind: &'static str,
    version: u32,
    memory_kib: u64,
    passes: u64,
    lanes: u64,
    salt: Vec<u8>,
    tag_bytes: u64,
    password: String,
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers in each run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// `least` to `most`, both of them too.
    fn within(&mut self, least: u64, most: u64) -> u64 {
        least + self.next() % (most - least + 1)
    }

    fn set(&mut self) -> Set {
        let lanes = self.within(1, 4);
        // 1 to 128 bytes, of one to four bytes a character; no NUL, at which programs in C stop.
        let bytes = self.within(1, 128);
        let mut password = String::new();
        while (password.len() as u64) < bytes {
            let letter = match self.within(0, 3) {
                0 => char::from_u32(self.within(0xa0, 0x2fff) as u32),
                1 => char::from_u32(self.within(0x1f300, 0x1f5ff) as u32),
                _ => char::from_u32(self.within(0x20, 0x7e) as u32),
            };
            let letter = letter.unwrap();
            let fits = (password.len() + letter.len_utf8()) as u64 <= bytes;
            password.push(if fits { letter } else { 'x' });
        }
        let salt = self.within(8, 64);
        Set {
            kind: ["d", "i", "id"][self.within(0, 2) as usize],
            version: [16, 19][self.within(0, 1) as usize],
            memory_kib: self.within(8 * lanes, 1_024),
            passes: self.within(1, 4),
            lanes,
            salt: (0..salt).map(|_| self.next() as u8).collect(),
            tag_bytes: self.within(16, 64),
            password,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// What `cargo xtask test` has installed in the target folder, of which this test's own binary lies two folders deep.
fn python() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let found = here.ancestors().nth(3).unwrap().join("pip/bin/python");
    assert!(
        found.exists(),
        "{} is missing: run `cargo xtask test`, which installs it",
        found.display()
    );
    found
}

#[test]
fn ten_thousand_random_sets_have_the_tags_of_the_c_implementation() {
    let seed = std::env::var("BARTIZAN_ARGON2_SEED").map_or(SEED, |text| text.parse().unwrap());
    println!("BARTIZAN_ARGON2_SEED={seed}");
    let mut chance = Chance(seed);
    let sets: Vec<Set> = (0..SETS).map(|_| chance.set()).collect();
    let folder = tempfile::tempdir().unwrap();
    let (asked, answered) = (folder.path().join("sets"), folder.path().join("tags"));
    let lines = sets.iter().map(|set| {
        format!(
            "{} {} {} {} {} {} {} {}\n",
            set.kind,
            set.version,
            set.memory_kib,
            set.passes,
            set.lanes,
            hex(&set.salt),
            set.tag_bytes,
            hex(set.password.as_bytes())
        )
    });
    fs::write(&asked, lines.collect::<String>()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/argon2/tags.py");
    let ended = Command::new(python())
        .arg(script)
        .args([&asked, &answered])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");

    let tags = fs::read_to_string(&answered).unwrap();
    let tags: Vec<&str> = tags.lines().collect();
    assert_eq!(tags.len(), SETS);
    let pool = pool();
    let mut different = Vec::new();
    for (number, (set, tag)) in sets.iter().zip(tags).enumerate() {
        let Set {
            kind,
            version,
            memory_kib,
            passes,
            lanes,
            salt,
            tag_bytes,
            password,
        } = set;
        let salt = Base64Unpadded::encode_string(salt);
        let row =
            format!("$argon2{kind}$v={version}$m={memory_kib},t={passes},p={lanes}${salt}${tag}");
        let stored = LegacyHash::parse(&row, &LegacyCeilings::default()).unwrap();
        let length = Base64Unpadded::decode_vec(tag).unwrap().len() as u64;
        if length != *tag_bytes || !matches(&pool, password, stored) {
            different.push(format!("{number}: {row}"));
        }
    }
    assert!(
        different.is_empty(),
        "seed {seed}:\n{}",
        different.join("\n")
    );
}
