//! `bartizan-server census`: which hashes are stored, so that a migration has an end.

use std::{error::Error, process::ExitCode};

use bartizan::password::{Census, Cost, LegacyCeilings};
use serde_json::json;

use super::progress;
use crate::{
    cli,
    data_dir::DataDir,
    keys,
    store::{Store, passwords::Table},
};

/// Options of `census`.
#[derive(Debug, Clone, clap::Args)]
#[non_exhaustive]
pub struct Args {
    /// For machines.
    #[arg(long)]
    pub json: bool,
    /// End with exit code 1 unless every row is as new ones are: for a job that watches over a migration.
    #[arg(long)]
    pub expect_done: bool,
    /// Where the database is.
    #[command(flatten)]
    pub place: cli::Place,
}

/// Counts and prints; the server may be serving.
pub fn run(args: &Args) -> ExitCode {
    let counted = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(count(args)));
    let census = match counted {
        Ok(census) => census,
        Err(error) => return super::fail(&*error),
    };
    let printed = match args.json {
        true => super::print(machine(&census)),
        false => super::print(&census),
    };
    match args.expect_done && !census.is_done() {
        true => ExitCode::FAILURE,
        false => printed,
    }
}

async fn count(args: &Args) -> Result<Census, Box<dyn Error>> {
    let config = super::configuration(&args.place)?;
    let password = &config.password;
    let store = Store::attach(&DataDir::database_in(&config.server.data_dir))?;
    let mut census = Census::new(password.policy()?, password.ceilings());
    census = census.legacy(LegacyCeilings::default());
    if let Some(peppers) = keys::peppers(password)? {
        census = census.pepper(peppers.current_id());
    }
    if let Some(memory_kib) = password.pad_to_kib {
        census = census.pad_to(Cost::new(memory_kib, password.passes, password.lanes)?);
    }
    let bar = progress::bar(store.count_passwords().await?, "{bar:40} {pos}/{len} rows");
    for table in Table::ALL {
        let mut after = 0;
        loop {
            let rows = store.list_passwords(table, after).await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            for row in &rows {
                census.add(&row.password);
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    Ok(census)
}

fn machine(census: &Census) -> serde_json::Value {
    json!({
        "rows": census.rows(),
        "done": census.is_done(),
        "foreign": census.foreign(),
        "below_policy": census.below_policy(),
        "dearer": census.dearer(),
        "other_key": census.other_key(),
        "above_ceilings": census.above_ceilings(),
        "unusable": census.unusable(),
        "unreadable": census.unreadable(),
    })
}
