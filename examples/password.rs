//! Hash a password and verify it: `cargo run -p bartizan-examples --example password`.
//!
//! Shows the four things a login meets: a right password, a wrong one, an account that does not exist, and a pool that is
//! too busy to say.

use std::{
    error::Error,
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use bartizan_password::{
    Ceilings, Password, Pool, PoolConfig, StoredHash, UnavailableKind, Verdict,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let queue = NonZeroUsize::new(2).ok_or("a queue needs a place")?;
    let pool = Pool::start(
        PoolConfig::default()
            .workers(NonZeroUsize::MIN)
            .queue(queue),
    )?;

    let hash = pool
        .hash(Password::new("correct horse battery staple".into())?, None)
        .await?;
    let column = hash.to_string();
    println!("to store: {column}");

    // What comes back from the database is input: it is checked against ceilings before it costs anything.
    let stored = StoredHash::parse(&column, &Ceilings::default())?;
    let deadline = Some(Instant::now() + Duration::from_secs(10));
    for (text, stored) in [
        ("correct horse battery staple", Some(stored.clone())),
        ("Correct horse battery staple", Some(stored.clone())),
        ("anything", None), // no such account: the same work, the same answer
    ] {
        let verdict = pool
            .verify(Password::new(text.into())?, stored, deadline)
            .await?;
        println!(
            "{text:?}: {}",
            match verdict {
                Verdict::Match { .. } => "match",
                Verdict::Mismatch => "mismatch",
            }
        );
    }

    // Ten logins at once on one worker with a queue of two: the excess is refused at once, and memory stays where it was.
    let flood: Vec<_> = (0..10)
        .map(|_| Password::new("guess".into()).map(|guess| pool.verify(guess, None, deadline)))
        .collect::<Result<_, _>>()?;
    let mut busy = 0;
    for login in flood {
        match login.await {
            Ok(_) => {}
            Err(error) if error.kind() == UnavailableKind::QueueFull => busy += 1,
            Err(error) => return Err(error.into()),
        }
    }
    println!("of 10 logins at once, {busy} were told to come back later");
    Ok(())
}
