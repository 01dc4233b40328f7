//! Mint and check a token: `cargo run -p bartizan-examples --example token`.
//!
//! The client gets a text, the database a digest. What comes back is checked without a look-up first.

use std::{
    error::Error,
    time::{Duration, SystemTime},
};

use bartizan_token::{Cookie, Entropy, KeyId, KeyRing, Lifetime, Refresh, Session, Validity};

fn main() -> Result<(), Box<dyn Error>> {
    // In a service the root keys come from a file that only it can read. The first one mints, the others still verify.
    let ring = KeyRing::new([(KeyId::new(2), [0x22; 32]), (KeyId::new(1), [0x11; 32])])?;
    let sessions = ring.keys::<Session>();

    let token = sessions.mint(Entropy::from_os()?);
    let text = token.expose();
    let stored = sessions.digest(&token);
    println!("to the client:   {}", &*text);
    println!(
        "to the database: {} bytes, {:02x?}...",
        stored.as_bytes().len(),
        &stored.as_bytes()[..4]
    );

    let cookie = Cookie::host_only("session")?;
    let lifetime = Lifetime::new(
        Duration::from_secs(12 * 3600),
        Duration::from_secs(30 * 24 * 3600),
    )?;
    println!(
        "Set-Cookie: {}",
        cookie.set(&text, Some(lifetime.absolute_duration()))?
    );

    // The next request: the cookie is read, the token parsed, the digest looked up, the times checked.
    let field = format!("theme=dark; {}={}", cookie.name(), &*text);
    let value = cookie.read([field.as_bytes()])?.ok_or("no cookie")?;
    assert_eq!(sessions.digest(&sessions.parse(value)?), stored);
    let now = SystemTime::now();
    match lifetime.check(now - Duration::from_secs(3600), now, now) {
        Validity::Live { .. } => println!("the session lives"),
        Validity::Idle | Validity::Expired => println!("the session is over"),
    }

    // What does not get as far as the database.
    let refresh = ring.keys::<Refresh>().mint(Entropy::from_os()?).expose();
    let forged = KeyRing::new([(KeyId::new(2), [0x99; 32])])?
        .keys::<Session>()
        .mint(Entropy::from_os()?)
        .expose();
    for (name, text) in [
        ("cut off", &text[..60]),
        ("for refreshing", &refresh),
        ("forged", &forged),
    ] {
        match sessions.parse(text) {
            Ok(_) => return Err(format!("a token {name} was taken").into()),
            Err(error) => println!("a token {name}: {error}"),
        }
    }
    Ok(())
}
