//! `bartizan-server pepper`: another pepper for every row, without a password and without a login.
//!
//! A row says which key masks it, so a job that was killed is run again and goes on where it was. A key is destroyed when no
//! row needs it and no server runs that could still write one.

use std::{
    error::Error,
    fmt::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bartizan::password::{Ceilings, PepperKey, PepperKeyId, Peppers, Rotation, RotationError};
use zeroize::Zeroizing;

use super::progress;
use crate::{
    cli,
    config::Config,
    data_dir::{DataDir, DataDirError},
    keys,
    new_hash::account_id,
    store::{
        Store,
        passwords::{Stored, Table},
    },
};

/// What to do with the peppers.
#[derive(Debug, Clone, clap::Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Make a key and put it first in `password.pepper_file`: new hashes are masked with it after a restart.
    Add {
        /// Its name in the rows, such as 2026-11: at most eight letters, digits, `-`, `_` and `.`.
        #[arg(value_name = "ID")]
        id: String,
        /// There is no file yet. Without it, a missing file is an error: its disk may not be mounted.
        #[arg(long)]
        first: bool,
        /// Where the file is named.
        #[command(flatten)]
        place: cli::Place,
    },
    /// Mask every row with the first key. With no server running, destroy the keys that no row needs any more.
    Rotate {
        /// Also give a pepper to rows that have none. Somebody may have written one: do it once, when the pepper is new.
        #[arg(long)]
        accept_unpeppered: bool,
        /// Leave all keys in the file.
        #[arg(long)]
        keep_keys: bool,
        /// Where the database is.
        #[command(flatten)]
        place: cli::Place,
    },
    /// Take the pepper off every row, to leave peppers behind. No server may be running.
    Remove {
        /// Where the database is.
        #[command(flatten)]
        place: cli::Place,
    },
}

/// Does it and says what was done.
pub fn run(command: &Command) -> ExitCode {
    let outcome = match command {
        Command::Add { id, first, place } => add(id, *first, place),
        Command::Rotate {
            accept_unpeppered,
            keep_keys,
            place,
        } => blocking(rotate(place, *accept_unpeppered, *keep_keys)),
        Command::Remove { place } => blocking(remove(place)),
    };
    match outcome {
        Ok(done) => super::print(done),
        Err(error) => super::fail(&*error),
    }
}

type Outcome<T> = Result<T, Box<dyn Error>>;

fn blocking<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

fn file(config: &Config) -> Outcome<PathBuf> {
    let file = config.password.pepper_file.clone();
    file.ok_or_else(|| "there is no pepper: set password.pepper_file in the configuration".into())
}

fn add(id: &str, first: bool, place: &cli::Place) -> Outcome<String> {
    let file = file(&super::configuration(place)?)?;
    let id = PepperKeyId::new(id)?;
    // Two commands at once would read the same file, and the second would write without the first one's key.
    let _turn = keys::lock_beside(&file)?;
    match (file.try_exists()?, first) {
        (true, true) => {
            return Err(format!("{} is there already: leave --first out", file.display()).into());
        }
        (false, false) => {
            return Err(format!(
                "there is no {}: is its disk there? Say --first if this is the first key",
                file.display()
            )
            .into());
        }
        _ => {}
    }
    let new = Peppers::new(id, PepperKey::random()?);
    let mut text = Zeroizing::new(String::with_capacity(Peppers::MAX_TEXT));
    new.write(&mut *text)?;
    if file.try_exists()? {
        let (old, _) = keys::read_peppers(&file)?;
        text.push_str(&old);
    }
    // Two of one name, or too many, are refused before anything is written.
    Peppers::read(&text)?;
    keys::replace(&file, &text)?;
    Ok(format!(
        "key {id} is the first in {file}\nkeep a copy of the file, apart from the database: without it nobody can log in\nrestart the server, then run `bartizan-server pepper rotate`",
        file = file.display()
    ))
}

/// What became of the rows.
#[derive(Debug, Default)]
struct Counts {
    changed: u64,
    current: u64,
    /// No row of ours: of another program, or unusable. There is no tag that a pepper could mask.
    foreign: u64,
    unpeppered: u64,
    unknown_key: u64,
}

impl Counts {
    fn add(&mut self, outcome: Result<Rotation, RotationError>) -> Option<String> {
        match outcome {
            Ok(Rotation::Changed(text)) => {
                self.changed += 1;
                return Some(text);
            }
            Ok(Rotation::Current) => self.current += 1,
            Err(RotationError::UnknownKey { .. }) => self.unknown_key += 1,
            Err(RotationError::Unpeppered) => self.unpeppered += 1,
            Err(_) => self.foreign += 1,
        }
        None
    }
}

/// Whether somebody else wants to write too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Alone,
    BesideAServer,
}

impl Pace {
    /// Rows of one transaction.
    const fn rows(self) -> u32 {
        match self {
            Self::Alone => 1_000,
            Self::BesideAServer => 200,
        }
    }
}

/// Longer than SQLite's longest wait between two tries for the lock.
const LEAST_PAUSE: Duration = Duration::from_millis(110);

/// Every row through `change`, one batch after another.
async fn walk<F>(store: &Store, pace: Pace, change: F) -> Outcome<Counts>
where
    F: Fn(&Stored) -> Result<Rotation, RotationError> + Send + Sync + 'static,
{
    let bar = progress::bar(
        store.count_passwords().await?,
        "{bar:40} {pos}/{len} rows, {per_sec}, {eta} left",
    );
    let counts = Arc::new(Mutex::new(Counts::default()));
    let change = Arc::new(change);
    for table in Table::ALL {
        let mut after = 0;
        loop {
            let (shared, change, bar) = (Arc::clone(&counts), Arc::clone(&change), bar.clone());
            let start = Instant::now();
            let batch = store.replace_passwords((table, after, pace.rows()), move |row| {
                bar.inc(1);
                let mut counts = shared.lock().unwrap_or_else(PoisonError::into_inner);
                counts.add(change(row))
            });
            match batch.await? {
                Some(last) => after = last,
                None => break,
            }
            if pace == Pace::BesideAServer {
                // Its writes come in between: SQLite gives the lock to whoever asks first, and not in turn.
                tokio::time::sleep(start.elapsed().max(LEAST_PAUSE)).await;
            }
        }
    }
    bar.finish_and_clear();
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(std::mem::take(&mut counts))
}

/// The folder, if no server has it.
fn alone(config: &Config) -> Outcome<Option<DataDir>> {
    let folder = &config.server.data_dir;
    // Opening it would make it.
    if !DataDir::database_in(folder).is_file() {
        return Ok(None);
    }
    match DataDir::open(folder) {
        Ok(folder) => Ok(Some(folder)),
        Err(DataDirError::InUse { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn rotate(place: &cli::Place, accept_unpeppered: bool, keep: bool) -> Outcome<String> {
    let config = super::configuration(place)?;
    let file = file(&config)?;
    let (text, peppers) = keys::read_peppers(&file)?;
    let lock = alone(&config)?;
    if lock.is_none() {
        knows(&config, peppers.current_id())?;
    }
    let database = DataDir::database_in(&config.server.data_dir);
    let store = Store::attach(&database)?;
    let ceilings = config.password.ceilings();
    let pace = match lock {
        Some(_) => Pace::Alone,
        None => Pace::BesideAServer,
    };
    let ring = match accept_unpeppered {
        true => peppers.clone().accept_unpeppered(),
        false => peppers.clone(),
    };
    let counts = walk(&store, pace, turn(ring, ceilings)).await?;
    let id = peppers.current_id();
    let mut said = format!(
        "{} rows masked with {id} now, {} were before",
        counts.changed, counts.current
    );
    if counts.foreign > 0 {
        write!(
            said,
            "\n{} rows of other programs or without a password were left: they have nothing to mask",
            counts.foreign
        )?;
    }
    if counts.unpeppered > 0 {
        write!(
            said,
            "\n{} rows have no pepper and were left: run it once with --accept-unpeppered if the pepper is new; else somebody wrote them",
            counts.unpeppered
        )?;
    }
    if counts.unknown_key > 0 {
        write!(
            said,
            "\n{} rows need a key that is not in the file: put it back, or their owners need new passwords",
            counts.unknown_key
        )?;
    }
    // A reader of another command may be in the way.
    if lock.is_none() || Store::rewrite(&database).is_err() {
        said.push_str(
            "\nold texts of rows may be left in the database's files: run it again with no server running",
        );
    }
    let old: Vec<_> = peppers.ids().filter(|other| *other != id).collect();
    if old.is_empty() || keep {
        return Ok(said);
    }
    if lock.is_none() {
        write!(
            said,
            "\nthe older keys stay in {}: a server is running and may write rows with them. Stop it, run this again, start it",
            file.display()
        )?;
        return Ok(said);
    }
    // Read once more, as what is on the disk: nobody writes while the folder is locked.
    let again = turn(Peppers::read(first_line(&text)?)?, ceilings);
    let (unread, named) = (Arc::new(Mutex::new(0_u64)), old.clone());
    let seen = Arc::clone(&unread);
    let left = walk(&store, pace, move |row| {
        let outcome = again(row);
        // Above the ceilings or damaged, it may be read one day: by the key that it names.
        let names = |id: &PepperKeyId| row.password.contains(&format!("keyid={id}"));
        if matches!(outcome, Err(RotationError::Unreadable(_))) && named.iter().any(names) {
            *seen.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        }
        outcome
    });
    let left = left.await?;
    let unread = *unread.lock().unwrap_or_else(PoisonError::into_inner);
    if unread > 0 {
        return Err(format!(
            "{unread} rows that cannot be read name an older key: nothing was destroyed"
        )
        .into());
    }
    if left.changed + left.unknown_key > counts.unknown_key {
        return Err("rows still need an older key: nothing was destroyed, run it again".into());
    }
    destroy(&file, &text)?;
    for id in old {
        write!(said, "\nkey {id} is destroyed: no row needs it")?;
    }
    write!(
        said,
        "\ndestroy it in the copies of the file too, and the backups of the database that need it"
    )?;
    Ok(said)
}

/// A server that runs must have read the key that rows are masked with from now on, or it could check none of them.
fn knows(config: &Config, id: PepperKeyId) -> Outcome<()> {
    let told = DataDir::told_peppers(&config.server.data_dir)?;
    match told.split_whitespace().any(|known| known == id.as_str()) {
        true => Ok(()),
        false => {
            Err(format!("the server that runs has not read key {id} yet: restart it first").into())
        }
    }
}

fn turn(
    peppers: Peppers,
    ceilings: Ceilings,
) -> impl Fn(&Stored) -> Result<Rotation, RotationError> + Send + Sync + 'static {
    move |row| peppers.rotate(&row.password, &account_id(row.account), &ceilings)
}

/// The line of the first key.
fn first_line(text: &str) -> Outcome<&str> {
    let mut lines = text.lines();
    let first = lines.find(|line| !line.trim().is_empty() && !line.starts_with('#'));
    first.ok_or_else(|| "a file without a key".into())
}

/// Overwrites the file's own bytes before it is replaced: a file system that writes in place keeps no old key.
fn destroy(file: &Path, text: &str) -> Outcome<()> {
    let mut kept = Zeroizing::new(String::with_capacity(text.len() + 1));
    kept.push_str(first_line(text)?);
    kept.push('\n');
    let old = std::fs::OpenOptions::new().write(true).open(file)?;
    // The new file first: a crash between the two leaves the key that is needed.
    keys::replace(file, &kept)?;
    let zeros = vec![0; text.len()];
    std::io::Write::write_all(&mut &old, &zeros)?;
    old.sync_all()?;
    Ok(())
}

async fn remove(place: &cli::Place) -> Outcome<String> {
    let config = super::configuration(place)?;
    let (_, peppers) = keys::read_peppers(&file(&config)?)?;
    let Some(_lock) = alone(&config)? else {
        return Err("no server may be running: it would refuse the rows without pepper".into());
    };
    let store = Store::attach(&DataDir::database_in(&config.server.data_dir))?;
    let ceilings = config.password.ceilings();
    // Rows without a pepper are what this makes.
    let peppers = peppers.accept_unpeppered();
    let take =
        move |row: &Stored| peppers.remove(&row.password, &account_id(row.account), &ceilings);
    let counts = walk(&store, Pace::Alone, take).await?;
    let mut said = format!(
        "{} rows have no pepper any more: delete password.pepper_file from the configuration",
        counts.changed
    );
    if counts.unknown_key > 0 {
        write!(
            said,
            "\n{} rows need a key that is not in the file",
            counts.unknown_key
        )?;
    }
    Ok(said)
}
