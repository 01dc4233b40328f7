//! API tokens from making to replacing: `cargo run -p bartizan-examples --example api_tokens`.
//!
//! The store here is the one in memory; a database is used in the same way once it implements the traits.

use std::{
    error::Error,
    num::NonZeroUsize,
    time::{Duration, SystemTime},
};

use bartizan_token::{
    Api, Entropy, KeyId, KeyRing,
    api::{self, ApiTokenStore, Name, Scope, Scopes},
    memory::Memory,
    store::AccountId,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // In a service the root keys come from a file that only it can read.
    let ring = KeyRing::new([(KeyId::new(1), [0x11; 32])])?;
    let keys = ring.keys::<Api>();
    let store = Memory::new(NonZeroUsize::new(1000).ok_or("no accounts")?);
    let ann = AccountId::new(1);
    store.add_account(ann)?;

    // Made: the text is shown to Ann now and never again.
    let now = SystemTime::now();
    let day = Duration::from_secs(24 * 3600);
    let name = Name::new("Build server".to_owned())?;
    let scopes = Scopes::parse("articles:read articles:write")?;
    let details = (name, scopes, Some(now + 90 * day));
    let made = api::create(&store, &keys, ann, details, Entropy::from_os()?, now).await?;
    let (token, id) = made.ok_or("too many tokens")?;
    let text = token.expose();
    println!("to Ann, once:  {} characters", text.len());

    // A request: parsed without a look-up, found, and asked for the scope that its route needs.
    let found = api::find(&store, &keys, &keys.parse(&text)?, now).await?;
    let found = found.ok_or("a live token is not found")?;
    for scope in ["articles:write", "accounts:write"] {
        let allowed = found.scopes.allows(&Scope::new(scope)?);
        println!("{scope}: {}", if allowed { "allowed" } else { "refused" });
    }

    // Ann's list: no secret in it.
    for token in store.list_api_tokens(ann, now).await? {
        let (name, shown) = (token.name.as_str(), &token.shown);
        println!("{name}: {shown}... for {}", token.scopes);
    }

    // Replaced: for an hour both work, so the build server can be told in peace.
    let hour = Duration::from_secs(3600);
    let rolled = api::roll(&store, &keys, (ann, id), hour, Entropy::from_os()?, now).await?;
    let (new, _) = rolled.ok_or("replaced already")?;
    for (when, later) in [("at once", now), ("after an hour", now + hour)] {
        let old_lives = api::find(&store, &keys, &token, later).await?.is_some();
        let new_lives = api::find(&store, &keys, &new, later).await?.is_some();
        println!("{when}: old {old_lives}, new {new_lives}");
    }
    Ok(())
}
