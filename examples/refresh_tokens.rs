//! Refresh tokens, a lost answer and a thief: `cargo run -p bartizan-examples --example refresh_tokens`.

use std::{
    error::Error,
    num::NonZeroUsize,
    time::{Duration, SystemTime},
};

use bartizan_token::{
    Entropy, KeyId, KeyRing, Lifetime, Refresh, Token,
    memory::Memory,
    refresh::{self, RefreshPolicy, Refreshed},
    store::{AccountId, AccountStore},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let keys = KeyRing::new([(KeyId::new(1), [0x11; 32])])?.keys::<Refresh>();
    let store = Memory::new(NonZeroUsize::new(1000).ok_or("no accounts")?);
    let ann = AccountId::new(1);
    store.add_account(ann)?;
    let day = Duration::from_secs(24 * 3600);
    let policy = RefreshPolicy::new(Lifetime::new(14 * day, 90 * day)?);
    let now = SystemTime::now();

    // A login: the version is the one that was read with the password's hash.
    let versions = store.versions(ann).await?.ok_or("no such account")?;
    let owner = (ann, versions.credential);
    let started = refresh::start(&store, &keys, owner, Entropy::from_os()?, policy, now).await?;
    let (first, _) = started.ok_or("the password was changed meanwhile")?;

    let show = async |what: &str, token: &Token<Refresh>, now: SystemTime| {
        let entropy = Entropy::from_os()?;
        let answer = refresh::refresh(&store, &keys, token, entropy, policy, now).await?;
        let next = match answer {
            Refreshed::Token { token, .. } => {
                println!("{what}: a token under key {}", token.key_id());
                Some(token)
            }
            Refreshed::Replayed { account } => {
                println!("{what}: used before, tell account {}", account.get());
                None
            }
            Refreshed::Refused => {
                println!("{what}: refused");
                None
            }
        };
        Ok::<_, Box<dyn Error>>(next)
    };
    let second = show("the first use", &first, now).await?.ok_or("refused")?;
    // The answer was lost, or another tab was as fast: the same token again.
    let seconds = Duration::from_secs;
    let again = show("once more after 2 s", &first, now + seconds(2)).await?;
    assert_eq!(&*again.ok_or("refused")?.expose(), &*second.expose());
    // A thief uses the stolen first token later; then nobody has the family any more, and Ann logs in again.
    show("once more after a minute", &first, now + seconds(60)).await?;
    show("the second token", &second, now + seconds(61)).await?;
    Ok(())
}
