//! `bartizan-server account`: what an operator does with one account.
//!
//! By the database, not by a route: whoever may read the folder may do it, nobody else, and no token of an operator can be
//! stolen. A server that serves from the folder sees it with its next request: it asks the database each time.

use std::{error::Error, process::ExitCode, time::SystemTime};

use crate::{
    cli,
    data_dir::DataDir,
    routes::{normalize, rfc3339},
    store::{Store, accounts::Credentials, audit::Origin},
};

/// Options of `account`.
#[derive(Debug, Clone, clap::Args)]
#[non_exhaustive]
pub struct Args {
    /// What to do with it.
    #[arg(value_enum)]
    pub act: Act,
    /// The account's address.
    #[arg(value_name = "EMAIL")]
    pub email: String,
    /// Where the database is.
    #[command(flatten)]
    pub place: cli::Place,
}

/// What to do with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[non_exhaustive]
pub enum Act {
    /// Print its state and its newest events.
    Show,
    /// Let nobody in and end all that lets somebody act for it.
    Disable,
    /// Let its owner log in again.
    Enable,
    /// End all sessions, refresh tokens, API tokens and links.
    EndSessions,
}

/// Does it and says what was done.
pub fn run(args: &Args) -> ExitCode {
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(act(args)));
    match outcome {
        Ok(done) => super::print(done),
        Err(error) => super::fail(&*error),
    }
}

async fn act(args: &Args) -> Result<String, Box<dyn Error>> {
    let config = super::configuration(&args.place)?;
    let store = Store::attach(&DataDir::database_in(&config.server.data_dir))?;
    let email = normalize(args.email.clone())
        .ok_or("this is no address: expected one like name@example.com")?;
    let found = store.find_for_login(email).await?;
    let found = found.ok_or("there is no account with this address")?;
    let origin = Origin {
        at: SystemTime::now(),
        address: "operator".to_owned(),
    };
    let account = found.account;
    Ok(match args.act {
        Act::Show => show(&store, &found).await?,
        Act::Disable => match store.disable_account(account, origin).await? {
            true => format!("account {account} is disabled, and everything of it has ended"),
            false => format!("account {account} was disabled already"),
        },
        Act::Enable => match store.enable_account(account, origin).await? {
            true => format!("account {account} is enabled: its owner can log in"),
            false => format!("account {account} was not disabled"),
        },
        Act::EndSessions => {
            store.end_all(account, origin).await?;
            format!("account {account} has no session and no token any more")
        }
    })
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
