use std::collections::BTreeSet;

use super::*;
use crate::{
    Cost, Password, Policy, StoredHash, UnavailableKind, Verdict,
    pool::tests::{password, policy, pool, wait},
};

/// Made by the programs themselves: tests/legacy/make.py says which and how.
const GOLDEN: &str = include_str!("../../tests/legacy/golden.tsv");

pub(super) fn golden() -> impl Iterator<Item = [&'static str; 4]> {
    let rows = GOLDEN.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| line.splitn(4, '\t').collect::<Vec<_>>().try_into().unwrap())
}

pub(super) fn parse(text: &str) -> Result<LegacyHash, StoredHashError> {
    // Firebase's rows are two columns.
    match text.split_once("== ") {
        Some((salt, hash)) => firebase().read(&format!("{salt}=="), hash, &Default::default()),
        None => LegacyHash::parse(text, &LegacyCeilings::default()),
    }
}

fn firebase() -> FirebaseProject {
    let signer_key =
        "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
    FirebaseProject::new(signer_key, "Bw==", 8, 6).unwrap()
}

/// The mark: what is before the first of its own parts.
fn mark(text: &str) -> String {
    let end = text.find(['$', '}']);
    match text
        .strip_prefix('$')
        .and_then(|rest| rest.split('$').next())
    {
        Some("pbkdf2-sha1") => "$pbkdf2-sha1$i=".into(),
        Some("pbkdf2-sha256") if text.contains("i=") => "$pbkdf2-sha256$i=".into(),
        Some("pbkdf2-sha512") if text.contains("i=") => "$pbkdf2-sha512$i=".into(),
        Some(mark) => format!("${mark}$"),
        None if text.starts_with('A') => text[..2].into(),
        None => end.map_or("firebase", |end| &text[..=end]).into(),
    }
}

#[test]
fn what_other_programs_made_matches_and_what_differs_does_not() {
    let mut marks = BTreeSet::new();
    let pool = pool(policy(64), 8);
    for [scheme, right, text, program] in golden() {
        let stored = parse(text).unwrap_or_else(|error| panic!("{text} of {program}: {error}"));
        assert_eq!(format!("{:?}", stored.scheme()), scheme, "{text}");
        let verify =
            |word: &str| wait(pool.verify_legacy(password(word), stored.clone(), None)).unwrap();
        match verify(right) {
            Verdict::Match { rehash } => drop(rehash.unwrap()),
            Verdict::Mismatch => panic!("{text} of {program} does not match {right}"),
        }
        let mut wrong = vec![format!("y{right}")];
        // bcrypt does not see what follows 72 bytes.
        if right.len() < 72 {
            wrong.extend([right.chars().skip(1).collect(), format!("{right}x")]);
        }
        for wrong in wrong {
            assert!(matches!(verify(&wrong), Verdict::Mismatch), "{text}");
        }
        marks.insert(mark(text));
    }
    assert!(marks.len() >= 30, "{marks:?}");
}

#[test]
fn a_spoilt_text_is_malformed_and_never_wrong() {
    for [_, _, text, _] in golden() {
        let at = text.len() - 2;
        let spoilt = format!("{}!{}", &text[..at], &text[at + 1..]);
        assert!(
            matches!(parse(&spoilt), Err(StoredHashError::Malformed { .. })),
            "{spoilt}: {:?}",
            parse(&spoilt)
        );
        let half = &text[..text.len() / 2];
        assert!(parse(half).is_err(), "{half}");
        // `$$` as the end belongs to no format.
        assert!(parse(&format!("{text}$$")).is_err(), "{text}");
    }
}

#[test]
fn a_text_that_asks_for_too_much_is_refused_before_any_work() {
    let zeros = |count: usize| ".".repeat(count);
    let bcrypt = zeros(53);
    let salt_and_tag = "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA";
    for text in [
        format!("$2b$31${bcrypt}"),
        format!("$2b$15${bcrypt}"),
        format!("$2x$15${bcrypt}"),
        format!("$wp$2y$15${bcrypt}"),
        format!("bcrypt$$2b$15${bcrypt}"),
        format!("bcrypt_sha256$$2b$15${bcrypt}"),
        format!("$bcrypt-sha256$v=2,t=2b,r=15${}${}", zeros(22), zeros(31)),
        format!("$scrypt$ln=18,r=8,p=1${salt_and_tag}"),
        format!("$scrypt$ln=14,r=8,p=9${salt_and_tag}"),
        format!("$scrypt$ln=63,r=4294967295,p=4294967295${salt_and_tag}"),
        format!("$7$G6..../....salt${}", zeros(43)),
        format!("$7$6zzzzzzzzzzsalt${}", zeros(43)),
        format!("scrypt$262144$salt$8$1${}==", "A".repeat(86)),
        format!("$pbkdf2$2000001${salt_and_tag}"),
        format!("$pbkdf2-sha256$i=4294967295,l=16${salt_and_tag}"),
        // Two digests' length: twice the rounds.
        format!("$pbkdf2-sha256$1000001$AAAA${}", "A".repeat(86)),
        "pbkdf2_sha256$2000001$salt$2UDZg5KE4htWlYE+FQ4j+LW536zVE8W+BIGGGP6d38Q=".to_owned(),
        format!("{{PBKDF2-SHA512}}2000001${salt_and_tag}"),
        format!("$argon2i$v=19$m=131073,t=1,p=1${salt_and_tag}"),
        format!("$argon2d$m=64,t=11,p=1${salt_and_tag}"),
        format!("$argon2id$v=16$m=65536,t=1,p=17${salt_and_tag}"),
        format!("argon2$argon2id$v=19$m=4294967295,t=1,p=1${salt_and_tag}"),
        format!("$P$J{}", zeros(30)),
        format!("$H$S{}", zeros(30)),
        format!("$5$rounds=2000001$salt${}", zeros(43)),
        format!("$6$rounds=999999999$salt${}", zeros(86)),
        format!("{{CRYPT}}$6$rounds=999999999$salt${}", zeros(86)),
        format!("$argon2id-wrap$v=19$m=131073,t=1,p=1${salt_and_tag}$md5-crypt$1$16$AAAA"),
        format!(
            "$argon2id-wrap$v=19$m=64,t=1,p=1${salt_and_tag}$bcrypt$15$23$AAAAAAAAAAAAAAAAAAAAAA"
        ),
        format!("$argon2id-wrap$v=19$m=64,t=1,p=1${salt_and_tag}$phpass$4294967295$16$AAAA"),
        // ASP.NET, version 3, 2^31 rounds.
        "AQAAAAGAAAAAAAAAEJE2yPKztIzzkCJmeVAyhhgO69z3bfGwF0y0k+wnyYMHEBeQWzC0+czTJfqCAcnzsQ=="
            .to_owned(),
    ] {
        assert!(
            matches!(parse(&text), Err(StoredHashError::TooCostly { .. })),
            "{text}: {:?}",
            parse(&text)
        );
    }
    assert!(matches!(
        parse(&"$2b$".repeat(10_000)),
        Err(StoredHashError::Length { part: "text", .. })
    ));
    let project = FirebaseProject::new(&base64_of(&[0; 64]), "Bw==", 8, 20).unwrap();
    let hash = base64_of(&[0; 64]);
    let refused = project.read("AAAA", &hash, &LegacyCeilings::default());
    assert!(matches!(refused, Err(StoredHashError::TooCostly { .. })));
}

pub(super) fn base64_of(bytes: &[u8]) -> String {
    use base64ct::Encoding;
    base64ct::Base64::encode_string(bytes)
}

#[test]
fn unknown_marks_are_told_apart_from_malformed_texts() {
    for text in [
        "",
        "$",
        "$$",
        "$y$j9T$salt$tag",
        "$3$",
        "plain",
        "{SHA}AAAA",
        "{",
        "{}",
        "{CRYPT}ab",
        "whirlpool$salt$tag",
        "$argon2x$v=19$m=8,t=1,p=1$AAAA$AAAA",
        "$pbkdf2-md5$1$AAAA$AAAA",
    ] {
        assert_eq!(parse(text), Err(StoredHashError::UnknownScheme), "{text}");
    }
}

#[test]
fn bcrypt_looks_at_72_bytes_and_the_new_hash_at_all() {
    let row = golden()
        .find(|row| row[0] == "Bcrypt" && row[1].len() == 80)
        .unwrap();
    let pool = pool(policy(64), 8);
    let typed = format!("{}another end", "x".repeat(72));
    let verdict = wait(pool.verify_legacy(password(&typed), parse(row[2]).unwrap(), None));
    let Ok(Verdict::Match {
        rehash: Some(rehash),
    }) = verdict
    else {
        panic!("{verdict:?}")
    };
    let new = wait(rehash).unwrap();
    let verify = |word: &str| wait(pool.verify(password(word), Some(new.clone()), None)).unwrap();
    assert!(matches!(verify(&typed), Verdict::Match { .. }));
    assert!(matches!(verify(row[1]), Verdict::Mismatch));
}

#[test]
fn a_nul_is_hashed_or_ends_the_password_as_in_the_program_that_made_the_row() {
    // PyPI bcrypt 4.0.1, which hashes the NUL, of `abc`, and of `abc`, NUL, `def`.
    let cut = "$2b$04$abcdefghijklmnopqrstuuCi15uRb1eH7NAlJ/TgeJertyknQpYn2";
    let whole = "$2b$04$abcdefghijklmnopqrstuuU8Rgm0REdvZ0WHY/1al21xqZXmq41/C";
    let pool = pool(policy(64), 8);
    let matches = |word: &str, row: &str| {
        let verdict = wait(pool.verify_legacy(password(word), parse(row).unwrap(), None));
        matches!(verdict.unwrap(), Verdict::Match { .. })
    };
    assert!(matches("abc\0def", whole) && matches("abc\0def", cut) && matches("abc", cut));
    assert!(!matches("abc\0deg", whole) && !matches("abc", whole) && !matches("abd\0def", cut));
    assert!(!matches("\0abc", cut));
}

#[test]
fn wordpress_hashes_what_is_left_after_its_trim() {
    let pool = pool(policy(64), 8);
    let [_, right, text, _] = golden().find(|row| row[0] == "WordPress").unwrap();
    let typed = format!("\t {right}\r\n");
    let verdict = wait(pool.verify_legacy(password(&typed), parse(text).unwrap(), None));
    assert!(matches!(verdict.unwrap(), Verdict::Match { .. }));
}

#[test]
fn the_published_hash_of_wordpress_matches() {
    // github.com/openwall/john, issue 6016.
    let stored = parse("$wp$2y$10$607XKVrBjPEqujeOXNwbYuOJ.gPMd2TelMMknmeV70Kap1E81Ovo6").unwrap();
    let pool = pool(policy(64), 8);
    let verdict = wait(pool.verify_legacy(password("hashpwn"), stored, None));
    assert!(matches!(verdict.unwrap(), Verdict::Match { .. }));
}

#[test]
fn a_cheap_row_costs_what_no_account_costs_be_it_right_or_wrong() {
    let pool = pool(policy(64), 8);
    let [_, right, text, _] = golden().find(|row| row[0] == "Ssha1").unwrap();
    let stored = parse(text).unwrap();
    let shared = &pool.handle.shared;
    let work = |typical: Option<u64>, word: &str| {
        for hours in typical.iter().cycle().take(15) {
            let hours = std::time::Duration::from_secs(3600 * hours);
            shared.typical().record(hours);
        }
        let mut arena = shared.arena(0);
        let before = arena.work;
        let who = crate::queue::Who::default();
        let same = shared.verify_legacy(&mut arena, word.as_bytes(), &stored, &who);
        (same.unwrap(), arena.work - before)
    };
    // Before anything is known of this machine, and where a full hash takes far longer than one SHA-1.
    for typical in [None, Some(1)] {
        assert_eq!(work(typical, right), (true, 128));
        assert_eq!(work(typical, "wrong"), (false, 128));
    }
    // Where it takes no time at all, nothing is missing.
    assert_eq!(work(Some(0), right), (true, 0));
    assert_eq!(work(Some(0), "wrong"), (false, 0));
}

#[test]
fn a_password_that_every_round_reads_again_has_512_bytes_at_most() {
    let pool = pool(policy(64), 8);
    // The first by passlib 1.7.4, with 1,000 rounds and the salt `short`; the second by Django's PBKDF2, which reads it once.
    let (rounds, once) = (
        "$6$rounds=1000$short$C77BqPzc8j1u/h3.w1SrBJpO4yN2kq52NOO8uKVTc6BQbUo8dJwifo19yqbhbXjLJeC1vGqLO6pFydUV9vZzM/",
        "pbkdf2_sha256$120$saltForDjango$7AmdAFFiZcQ6egpTX+Fj6JoqvMzSkdaNeAERDEgsJRo=",
    );
    for (text, matches) in [(rounds, false), (once, true)] {
        let verdict =
            wait(pool.verify_legacy(password(&"x".repeat(513)), parse(text).unwrap(), None));
        assert_eq!(
            matches!(verdict, Ok(Verdict::Match { .. })),
            matches,
            "{text}"
        );
    }
}

#[test]
fn one_row_at_a_time_has_memory_of_its_own() {
    let pool = pool(policy(64), 8);
    let [_, right, text, _] = golden().find(|row| row[0] == "Scrypt").unwrap();
    let large = pool.handle.shared.large.lock().unwrap();
    let mut answer =
        std::pin::pin!(pool.verify_legacy(password(right), parse(text).unwrap(), None));
    while pool.started() == 0 {
        std::thread::yield_now();
    }
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(answer.as_mut().poll(&mut cx).is_pending());
    drop(large);
    assert!(matches!(wait(answer), Ok(Verdict::Match { .. })));
}

#[test]
fn djangos_own_cost_fits_although_the_arena_is_smaller() {
    // Django 5.2 with its default cost: 100 MiB, 8 lanes. Password `correct horse`.
    let text = include_str!("../../tests/legacy/django_argon2.txt").trim();
    let pool = pool(policy(64), 8);
    let stored = parse(text).unwrap();
    assert_eq!(stored.memory_kib(), 102_400);
    let verify = |word| wait(pool.verify_legacy(password(word), stored.clone(), None)).unwrap();
    assert!(matches!(verify("correct horse"), Verdict::Match { .. }));
    assert!(matches!(verify("correct mule"), Verdict::Mismatch));
    assert_eq!(pool.handle.shared.arena(0).words().len(), 64);
}

#[test]
fn memory_that_cannot_be_had_is_unavailable_and_not_wrong() {
    let ceilings = LegacyCeilings::default().scrypt_kib(u32::MAX);
    let text = "$scrypt$ln=31,r=8,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA"; // 2 TiB
    let Ok(stored) = LegacyHash::parse(text, &ceilings) else {
        panic!()
    };
    // Where the system promises any amount, this would take it: only the arithmetic is looked at.
    assert_eq!(stored.memory_kib(), 1 << 31);
    let broken = LegacyHash {
        setting: Setting {
            tag_bytes: 65,
            ..stored.setting.clone()
        },
        ..stored
    };
    let pool = pool(policy(64), 8);
    let answer = wait(pool.verify_legacy(password("p"), broken, None));
    assert_eq!(answer.unwrap_err().kind(), UnavailableKind::Failed);
}

#[test]
fn our_own_hashes_are_read_too_and_debug_shows_nothing() {
    let pool = pool(Policy::with_insecure_cost(Cost::new(64, 1, 1).unwrap()), 8);
    let own: StoredHash = wait(pool.hash(password("right"), None)).unwrap();
    let stored = parse(&own.to_string()).unwrap();
    assert_eq!(stored.scheme(), Scheme::Argon2id);
    assert_eq!(format!("{stored:?}"), "LegacyHash(Argon2id, ..)");
    assert_eq!(format!("{:?}", firebase()), "FirebaseProject(..)");
    let right = Password::new("right".into()).unwrap();
    let verdict = wait(pool.verify_legacy(right, stored, None)).unwrap();
    assert!(matches!(verdict, Verdict::Match { .. }));
}
