//! Take over the users of a Django site: `cargo run --release -p bartizan-examples --example import_django`.
//!
//! Five accounts of a table in memory: what its rows are, what can be done without a password, five logins, and how to see
//! that the migration is over.

use std::error::Error;

use bartizan_password::{
    Ceilings, Census, Column, LegacyCeilings, LegacyHash, Password, Policy, Pool, PoolConfig,
    Verdict,
};

const RIGHT: &str = "lantern ferry moss quarry";

/// `SELECT username, password FROM auth_user`. Made by `make_password` of Django 5.2.19 with argon2-cffi 25.1.0 and bcrypt
/// 5.0.0; the row of SHA-1 by Django 4.2.30, since 5.1 has it no more.
const TABLE: [(&str, &str); 5] = [
    (
        "ada",
        "pbkdf2_sha256$1000000$Oeh2sSV5B32QyTfPMZwPHw$+mBTslUbiLvdd4UZKdcVlAvUHw7lRNmtC5enk+TWXF0=",
    ),
    (
        "bob",
        "bcrypt_sha256$$2b$12$maX73O0DpGfOWxGOlt8E..dpHrpKZgid2mgy8sIriKPGxzSe/DVEW",
    ),
    (
        "cleo",
        "argon2$argon2id$v=19$m=102400,t=2,p=8$WGltYjB0OXlPQ1J3RTRJYVljdVQwNA$8qduhyOwIQFuYB+lC7rfZqIOm/Pnw8yxDAHMgj6nH2U",
    ),
    (
        "dan",
        "sha1$G6obD3UisKoCMIYNy0CYGR$75c5fdc5034c3a521edc84b309ca4877f076b620",
    ),
    // Logs in by another way: `set_unusable_password`.
    ("eve", "!HQ4cfzeaq0gAntgPlE8PMSlmRjBxB4IPPngJrIsW"),
];

fn census(table: &[(&str, String)]) -> Census {
    let mut census = Census::new(Policy::default(), Ceilings::default());
    table.iter().for_each(|(_, row)| census.add(row));
    census
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let pool = Pool::start(PoolConfig::default())?;
    let mut table = TABLE.map(|(name, row)| (name, row.to_owned()));

    println!("before:\n{}\n", census(&table));
    assert_eq!(census(&table).foreign(), 4);

    // A salted SHA-1 is guessed at by the billion a second. All such rows at once get Argon2id around them, at night, without
    // a password. PBKDF2 and bcrypt could be wrapped as well; here they wait for their owners.
    for (name, row) in &mut table {
        if !row.starts_with("sha1$") {
            continue;
        }
        let weak = LegacyHash::parse(row, &LegacyCeilings::default())?;
        let weak = weak.wrappable().ok_or("wrapped already")?;
        let wrapped = pool.account(name).wrap(weak, None).await?.to_string();
        println!("{name}: wrapped, {}...\n", &wrapped[..48]);
        // In a database: UPDATE ... SET password = ? WHERE id = ? AND password = ?, with the row that was read.
        *row = wrapped;
    }

    for (name, row) in &mut table {
        for typed in ["not the password", RIGHT] {
            // A row that cannot be read is answered like an account that does not exist; its error is for the log.
            let column = Column::read_any(row, &Ceilings::default(), &LegacyCeilings::default());
            let usable = !matches!(column, Ok(Column::Unusable));
            // The turn is for the name as it was submitted, so it is taken for names that nobody has, too.
            let account = pool.account(name);
            let password = Password::new(typed.to_owned())?;
            let verdict = account.verify_column(password, column.ok(), None).await?;
            match verdict {
                Verdict::Match { rehash } => {
                    assert!(usable && typed == RIGHT, "{name}");
                    // Answer the login first; the new hash is made meanwhile.
                    let new = rehash.ok_or("a foreign row is always replaced")?.await?;
                    // Again only if the row is still the one that was read: a change of password in between wins.
                    *row = new.to_string();
                    println!("{name}: logged in, the row is now {}...", &row[..30]);
                }
                Verdict::Mismatch => {
                    assert!(!usable || typed != RIGHT, "{name}");
                    println!("{name}: refused");
                }
            }
        }
    }

    // What ends a migration is this, and not a date: then the parsers of Django's rows can go (feature `legacy`).
    let after = census(&table);
    println!("\nafter:\n{after}");
    assert!(after.is_done());
    assert_eq!((after.foreign(), after.unusable()), (0, 1));

    // The second login knows nothing of Django.
    for (name, row) in table.iter().filter(|(name, _)| *name != "eve") {
        let column = Column::read(row, &Ceilings::default())?;
        let password = Password::new(RIGHT.to_owned())?;
        let login = pool
            .account(name)
            .verify_column(password, Some(column), None);
        assert!(matches!(login.await?, Verdict::Match { rehash: None }));
    }
    println!("\nall who have a password log in again, without Django");
    Ok(())
}
