//! A code that resets a password, hashed by the password pool: `cargo run -p bartizan-examples --example reset_code`.
//!
//! Six digits are no secret to whoever has the database and time, so they are hashed like a password, and looked at five times
//! at most.

use std::{
    error::Error,
    num::NonZeroUsize,
    time::{Duration, SystemTime},
};

use bartizan_password::{Ceilings, Password, Pool, PoolConfig, StoredHash, Verdict};
use bartizan_token::{
    Entropy, Reset,
    code::{self, Checked, Code, SlowHash},
    memory::Memory,
    store::{AccountId, AccountStore, Change, StoreError},
};

struct Argon2id(Pool);

impl SlowHash for Argon2id {
    async fn hash(&self, code: &Code) -> Result<String, StoreError> {
        let code = Password::new(code.expose().to_owned()).map_err(StoreError::unavailable)?;
        let hash = self.0.hash(code, None).await;
        Ok(hash.map_err(StoreError::unavailable)?.to_string())
    }

    async fn verify(&self, code: &Code, stored: &str) -> Result<bool, StoreError> {
        let code = Password::new(code.expose().to_owned()).map_err(StoreError::unavailable)?;
        let stored = StoredHash::parse(stored, &Ceilings::default());
        let stored = stored.map_err(StoreError::unavailable)?;
        let verdict = self.0.verify(code, Some(stored), None).await;
        let verdict = verdict.map_err(StoreError::unavailable)?;
        Ok(matches!(verdict, Verdict::Match { .. }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let hasher = Argon2id(Pool::start(PoolConfig::default())?);
    let store = Memory::new(NonZeroUsize::new(1000).ok_or("no accounts")?);
    let ann = AccountId::new(1);
    store.add_account(ann)?;
    let versions = store.versions(ann).await?.ok_or("no such account")?;
    let now = SystemTime::now();

    let code = Code::new(6, Entropy::from_os()?).ok_or("6 to 8 digits")?;
    let lifetime = Duration::from_secs(600);
    let kept = code::keep::<Reset, _>((&store, &hasher), (ann, versions), &code, lifetime, now);
    assert!(kept.await?);
    println!("mailed to Ann: {} digits", code.expose().len());

    let change = Some(Change::Password);
    let check = async |text: &str| {
        let code = Code::parse(text).ok_or("not 6 to 8 digits")?;
        let checked = code::check::<Reset, _>((&store, &hasher), ann, &code, change, now).await?;
        Ok::<_, Box<dyn Error>>(checked)
    };
    let wrong = if code.expose() == "000000" {
        "000001"
    } else {
        "000000"
    };
    println!("a wrong one: {:?}", check(wrong).await?);
    assert_eq!(check(code.expose()).await?, Checked::Right);
    println!("the right one: taken, and every session of Ann's has ended");
    println!("once more: {:?}", check(code.expose()).await?);
    Ok(())
}
