use super::*;

const OURS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn census(rows: &[&str]) -> Census {
    let mut census = Census::new(Policy::default(), Ceilings::default());
    rows.iter().for_each(|row| census.add(row));
    census
}

#[test]
fn a_table_of_current_and_unusable_rows_is_done() {
    assert!(census(&[]).is_done());
    let done = census(&[OURS, OURS, "!abc"]);
    assert!(done.is_done());
    assert_eq!((done.rows(), done.unusable()), (3, 1));
    let lines: Vec<_> = done.lines().map(|(_, count)| count).collect();
    assert_eq!(lines, [2]);
    assert!(done.to_string().ends_with("done"));
}

#[test]
fn each_undone_row_is_counted_for_its_reason() {
    let weak = OURS.replace("m=19456", "m=64");
    let dear = OURS.replace("m=19456", "m=65536");
    let hostile = OURS.replace("m=19456", "m=4294967295");
    let not_done = |row: &str| {
        let census = census(&[OURS, row]);
        assert!(!census.is_done(), "{row}");
        census
    };
    assert_eq!(not_done(&weak).below_policy(), 1);
    assert_eq!(not_done(&hostile).above_ceilings(), 1);
    assert_eq!(not_done("hunter2").unreadable(), 1);
    assert_eq!(not_done("").unreadable(), 1);
    // Dearer rows are strong: they tell their account by time, but nothing has to be replaced.
    let dear = census(&[&dear]);
    assert_eq!((dear.dearer(), dear.is_done()), (1, true));
    assert!(!not_done("hunter2").to_string().contains("hunter2"));
}

#[test]
fn rows_that_are_input_make_64_lines_at_most() {
    let mut census = census(&[]);
    for passes in 1..=10 {
        for memory in 0..20 {
            let cost = format!("m={},t={passes}", 64 + memory);
            census.add(&OURS.replace("m=19456,t=2", &cost));
        }
    }
    assert_eq!(census.lines().count(), Census::MAX_LINES);
    assert_eq!(census.other(), 200 - Census::MAX_LINES as u64);
    assert_eq!((census.rows(), census.below_policy()), (200, 200));
}

#[cfg(feature = "pepper")]
#[test]
fn a_rotation_is_done_when_no_row_is_under_another_key() {
    let id = |text| PepperKeyId::new(text).unwrap();
    let row = |key: &str| OURS.replace("p=1", &format!("p=1,keyid={key}"));
    let mut census = census(&[]).pepper(id("k2"));
    census.add(&row("k2"));
    assert!(census.is_done());
    census.add(&row("k1"));
    census.add(OURS);
    assert_eq!((census.other_key(), census.is_done()), (2, false));
    let text = census.to_string();
    assert!(
        text.contains("1  argon2id m=19456,t=2,p=1 keyid=k1\n"),
        "{text}"
    );
    // Where none is wanted, a masked row is one that nobody can check.
    let plain = super::tests::census(&[&row("k1")]);
    assert_eq!((plain.other_key(), plain.is_done()), (1, false));
}

#[cfg(feature = "legacy")]
#[test]
fn foreign_rows_are_named_with_their_cost() {
    let census = census(&[
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
    ]);
    assert_eq!((census.foreign(), census.is_done()), (2, false));
    let text = census.to_string();
    assert!(text.contains("1  bcrypt 12\n"), "{text}");
    assert!(text.contains("1  md5-crypt"), "{text}");
}
