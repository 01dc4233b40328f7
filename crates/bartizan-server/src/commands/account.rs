//! `bartizan-server account`: what an operator does with one account.
//!
//! By the database, not by a route: whoever may read the folder may do it, nobody else, and no token of an operator can be
//! stolen. A server that serves from the folder sees it with its next request: it asks the database each time.

use std::{error::Error, io::Write, process::ExitCode, time::SystemTime};

use crate::{
    cli::{self, AccountAct},
    data_dir::DataDir,
    routes::{normalize, rfc3339},
    store::{Store, accounts::Credentials, audit::Origin},
};

/// Does it and says what was done.
pub fn run(args: &cli::Account) -> ExitCode {
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(act(args)));
    super::exit(outcome)
}

async fn act(args: &cli::Account) -> Result<(), Box<dyn Error>> {
    let store = Store::attach(&DataDir::database_in(&super::data_dir(&args.place)?))?;
    let email = normalize(args.email.clone())
        .ok_or("this is no address: expected one like name@example.com")?;
    let found = store.find_for_login(email).await?;
    let found = found.ok_or("there is no account with this address")?;
    let origin = Origin {
        at: SystemTime::now(),
        address: "operator".to_owned(),
    };
    let account = found.account;
    let done = match args.act {
        AccountAct::Show => show(&store, &found).await?,
        AccountAct::Disable => match store.disable_account(account, origin).await? {
            true => format!("account {account} is disabled, and everything of it has ended"),
            false => format!("account {account} was disabled already"),
        },
        AccountAct::Enable => match store.enable_account(account, origin).await? {
            true => format!("account {account} is enabled: its owner can log in"),
            false => format!("account {account} was not disabled"),
        },
        AccountAct::EndSessions => {
            store.end_all(account, origin).await?;
            format!("account {account} has no session and no token any more")
        }
    };
    // A closed pipe is the reader's wish.
    drop(writeln!(std::io::stdout(), "{done}"));
    Ok(())
}

/// Never the hash.
async fn show(store: &Store, found: &Credentials) -> Result<String, Box<dyn Error>> {
    let state = match (found.disabled, found.confirmed) {
        (true, _) => "disabled",
        (false, true) => "active",
        (false, false) => "not confirmed",
    };
    let mut text = format!("account {}: {state}", found.account);
    for told in store.list_events(found.account, 20).await? {
        text += &format!("\n{}  {}  {}", rfc3339(told.at), told.event, told.address);
    }
    Ok(text)
}
