//! Rotate the pepper of a whole table offline: `cargo run --release -p bartizan-examples --example pepper_rotation`.
//!
//! A drill with 1,000 rows in memory: hash them under one key, move all of them to another without a single password, destroy
//! the old key, and see that every login still works, while a row that was copied to another account lets nobody in.

use std::{error::Error, time::Instant};

use bartizan_password::{
    AccountId, Ceilings, Census, Cost, Password, PepperKey, PepperKeyId, Peppers, Policy, Pool,
    PoolConfig, Rotation, StoredHash, UnavailableKind, Verdict,
};

const ROWS: usize = 1_000;

fn id_of(row: usize) -> Result<AccountId, Box<dyn Error>> {
    Ok(AccountId::new(format!("{row}"))?)
}

/// The 1,000 hashes of a drill need not be strong.
fn policy() -> Result<Policy, Box<dyn Error>> {
    Ok(Policy::with_insecure_cost(Cost::new(64, 1, 1)?))
}

fn start(peppers: Peppers) -> Result<Pool, Box<dyn Error>> {
    let config = PoolConfig::default().policy(policy()?).peppers(peppers);
    Ok(Pool::start(config)?)
}

/// A login: the name as it was submitted gives the account its turn, the primary key is what the row is bound to.
async fn matches(pool: &Pool, row: usize, column: &str) -> Result<bool, Box<dyn Error>> {
    let account = pool.account(&format!("user-{row}")).bound_to(&id_of(row)?);
    let password = Password::new(format!("the password of user {row}"))?;
    let stored = StoredHash::parse(column, &Ceilings::default())?;
    let verdict = account.verify(password, Some(stored), None).await?;
    Ok(matches!(verdict, Verdict::Match { .. }))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (old_id, new_id) = (PepperKeyId::new("2025")?, PepperKeyId::new("2026")?);

    // What the operator keeps in a file, apart from the database.
    let mut file = String::new();
    Peppers::new(old_id, PepperKey::random()?).write(&mut file)?;

    let pool = start(Peppers::read(&file)?)?;
    let mut table = Vec::new();
    for row in 0..ROWS {
        let account = pool.account(&format!("user-{row}")).bound_to(&id_of(row)?);
        let password = Password::new(format!("the password of user {row}"))?;
        table.push(account.hash(password, None).await?.to_string());
    }
    println!("a row: {}", table[0]);

    // A new first line; the old key stays until no row needs it.
    let mut rotated = String::new();
    Peppers::new(new_id, PepperKey::random()?).write(&mut rotated)?;
    let only_new = rotated.clone();
    rotated.push_str(&file);
    let peppers = Peppers::read(&rotated)?;
    let begun = Instant::now();
    for (row, column) in table.iter_mut().enumerate() {
        // In a database: ... WHERE id = ? AND hash = ?, so that a login that came first wins.
        if let Rotation::Changed(text) =
            peppers.rotate(column, &id_of(row)?, &Ceilings::default())?
        {
            *column = text;
        }
    }
    println!("{ROWS} rows rotated in {:?}", begun.elapsed());

    let mut census = Census::new(policy()?, Ceilings::default()).pepper(new_id);
    table.iter().for_each(|column| census.add(column));
    println!("{census}");
    assert!(census.is_done(), "the old key may be destroyed");

    // From here on nobody has the old key.
    drop((file, rotated, peppers));
    let pool = start(Peppers::read(&only_new)?)?;
    for (row, column) in table.iter().enumerate() {
        assert!(matches(&pool, row, column).await?, "user {row}");
    }
    println!("all {ROWS} passwords match");

    // Somebody who can write into the table puts his own row in place of another's.
    assert!(!matches(&pool, 1, &table[0]).await?);
    println!("the row of user 0 does not let user 0's password into account 1");

    // Or a hash of his own without pepper.
    let plain = Pool::start(PoolConfig::default().policy(policy()?))?;
    let known = Password::new("the password of user 1".into())?;
    let planted = plain.hash(known, None).await?.to_string();
    let refused = match matches(&pool, 1, &planted).await {
        Err(error) => *error.downcast::<bartizan_password::Unavailable>()?,
        Ok(_) => return Err("a planted row was taken".into()),
    };
    assert_eq!(refused.kind(), UnavailableKind::Unpeppered);
    println!("a planted row: {refused}");
    Ok(())
}
