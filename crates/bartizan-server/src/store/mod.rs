//! Where accounts, sessions, tokens and articles live: SQLite, one writer thread, read-only reader threads.
//!
//! Each area's statements stand as constants at the top of its file, and `plan` proves that none of them scans a table.

pub mod accounts;
pub mod articles;
pub mod audit;
mod connection;
pub mod credentials;
pub mod email;
pub mod history;
mod job;
mod migrate;
pub mod passwords;
#[cfg(test)]
mod plan;
mod readers;
pub mod sessions;
pub mod tokens;
mod writer;

use std::{fmt, io, num::NonZeroUsize, path::Path, sync::Arc};

use rusqlite::Connection;

use self::{job::Pending, readers::Readers, writer::Writer};

const CHECK: &str = "UPDATE health SET checks = checks + 1 WHERE id = 1";

/// A handle on the database; a clone is two `Arc`s. When the last one goes, the threads end after the jobs that wait.
#[derive(Clone)]
pub struct Store {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
}

impl Store {
    /// Opens or makes the database, migrates it and starts the threads.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, is damaged, or was written by a newer version.
    pub fn open(path: &Path, readers: NonZeroUsize) -> Result<Self, StoreError> {
        let mut connection = connection::open_writer(path)?;
        migrate::run(&mut connection)?;
        let readers = Readers::start(path, readers)?;
        Ok(Self {
            writer: Arc::new(Writer::start(connection)?),
            readers: Arc::new(readers),
        })
    }

    /// Opens the database of a server, which may be serving: SQLite puts the writes of both in turn.
    ///
    /// # Errors
    ///
    /// There is none, it is of another version, or it cannot be opened.
    pub fn attach(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::Missing);
        }
        let connection = connection::open_writer(path)?;
        migrate::expect_current(&connection)?;
        Ok(Self {
            writer: Arc::new(Writer::start(connection)?),
            readers: Arc::new(Readers::start(path, NonZeroUsize::MIN)?),
        })
    }

    /// Leaves no old text of a row in the files: pages that were freed by whoever wrote before go, and what the log holds goes
    /// into the database. A copy of the disk or of the files is another matter.
    ///
    /// # Errors
    ///
    /// Somebody reads or writes: then the log, or the freed pages, may still hold some.
    pub fn rewrite(path: &Path) -> Result<(), StoreError> {
        let connection = connection::open_writer(path)?;
        connection.execute_batch("VACUUM")?;
        let busy: bool =
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        match busy {
            true => Err(StoreError::Busy),
            false => Ok(()),
        }
    }

    /// Runs `work` in the writer's next transaction and answers after the commit is on disk: what is answered `Ok` survives
    /// a kill and a power cut. An error undoes this `work` alone, not its neighbours in the same transaction.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (pending, answer) = Pending::new(work);
        self.writer.submit(Box::new(pending))?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Runs `work` on a read-only connection. Each call sees the newest commit.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (pending, answer) = Pending::new(work);
        self.readers.submit(Box::new(pending))?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// As [`write`](Self::write), but done even when the caller goes away before its turn: a log-out is not taken back by
    /// closing the page.
    pub(crate) async fn write_to_end<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        let written = tokio::spawn(async move { store.write(work).await });
        written.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Whether writes still reach the disk: one row is written, through the same queue as every other.
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.write(|c| c.prepare_cached(CHECK)?.execute([]).map(|_| ()))
            .await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store(..)")
    }
}

/// The store gave no answer. A client learns only "503, come back"; the rest is for the log.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// As many jobs wait as may.
    Busy,
    /// The threads have ended.
    Closed,
    /// SQLite refused: full disk, damaged file, a bug.
    Database(Arc<rusqlite::Error>),
    /// There is no database.
    Missing,
    /// The schema cannot be brought up to date.
    Migration(String),
    /// A thread cannot be started.
    Thread(io::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("database queue is full"),
            Self::Closed => f.write_str("database is closed"),
            Self::Database(_) => f.write_str("database failed"),
            Self::Missing => f.write_str(
                "there is no database: name the server's folder by --data, or its --config",
            ),
            Self::Migration(why) => write!(f, "database schema: {why}"),
            Self::Thread(_) => f.write_str("cannot start a database thread"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database(error) => Some(&**error),
            Self::Thread(error) => Some(error),
            _ => None,
        }
    }
}
