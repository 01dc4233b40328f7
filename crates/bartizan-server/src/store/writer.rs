use std::{
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use rusqlite::Connection;

use super::{StoreError, job::Job};

/// Writes that may wait.
const CAPACITY: usize = 1024;
/// The most writes of one transaction: they share one wait for the disk.
const GROUP: usize = 128;

/// The thread that writes. Writes that wait while it commits go into its next transaction together.
pub(super) struct Writer {
    /// `None` when it is being dropped.
    jobs: Option<SyncSender<Box<dyn Job>>>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (jobs, queue) = sync_channel(CAPACITY);
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || serve(&connection, &queue))
            .map_err(StoreError::Thread)?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Mutex::new(Some(thread)),
        })
    }

    pub(super) fn submit(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Closed,
        })
    }
}

/// Waits until what was taken is written.
impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // Its panic, if it had one, was already printed.
            drop(thread.join());
        }
    }
}

fn serve(connection: &Connection, queue: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = queue.recv() {
        let rest = std::iter::from_fn(|| queue.try_recv().ok());
        let group: Vec<_> = std::iter::once(first)
            .chain(rest.take(GROUP - 1))
            .filter(|job| !job.is_abandoned())
            .collect();
        let (group, outcome) = transact(connection, group);
        let outcome = outcome.map_err(StoreError::from);
        for job in group {
            job.finish(match &outcome {
                Ok(()) => Ok(()),
                Err(StoreError::Database(error)) => Err(StoreError::Database(error.clone())),
                Err(_) => Err(StoreError::Closed),
            });
        }
    }
}

/// All of the group in one transaction, each job in a savepoint of its own.
fn transact(
    connection: &Connection,
    mut group: Vec<Box<dyn Job>>,
) -> (Vec<Box<dyn Job>>, rusqlite::Result<()>) {
    let outcome = (|| {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for job in &mut group {
            connection.prepare_cached("SAVEPOINT job")?.execute([])?;
            if !job.run(connection) {
                connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
            }
            connection.prepare_cached("RELEASE job")?.execute([])?;
        }
        connection.execute_batch("COMMIT")
    })();
    if outcome.is_err() && !connection.is_autocommit() {
        // A full disk or a failed COMMIT leaves the transaction open; nothing of it was answered yet.
        drop(connection.execute_batch("ROLLBACK"));
    }
    (group, outcome)
}

#[cfg(test)]
mod tests {
    use crate::store::{Store, StoreError};
    use std::num::NonZeroUsize;

    async fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("test.db"), NonZeroUsize::MIN).unwrap();
        store
            .write(|c| c.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
            .await
            .unwrap();
        (dir, store)
    }

    async fn rows(store: &Store) -> i64 {
        store
            .read(|c| c.query_row("SELECT count(*) FROM t", [], |row| row.get(0)))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_write_that_fails_or_panics_undoes_itself_and_not_its_neighbours() {
        let (_dir, store) = store().await;
        let insert = |n: i64| store.write(move |c| c.execute("INSERT INTO t VALUES (?1)", [n]));
        let half = store.write(|c| {
            c.execute("INSERT INTO t VALUES (100)", [])?;
            c.execute("INSERT INTO nowhere VALUES (1)", [])
        });
        let panics = store.write(|c| {
            c.execute("INSERT INTO t VALUES (200)", [])?;
            if c.is_autocommit() {
                Ok(())
            } else {
                panic!("a job with a bug")
            }
        });
        let (one, half, two, panics, three) =
            tokio::join!(insert(1), half, insert(2), panics, insert(3));
        assert!(one.is_ok() && two.is_ok() && three.is_ok());
        assert!(matches!(half, Err(StoreError::Database(_))));
        assert!(matches!(panics, Err(StoreError::Closed)));
        assert_eq!(rows(&store).await, 3);
    }

    #[tokio::test]
    async fn a_full_disk_refuses_and_loses_nothing() {
        let (_dir, store) = store().await;
        store
            .write(|c| c.execute("INSERT INTO t VALUES (1)", []))
            .await
            .unwrap();
        // SQLite answers a page above its limit as it answers a disk without room: SQLITE_FULL.
        let limit = |pages: u32| {
            store.write(move |c| {
                c.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            })
        };
        limit(1).await.unwrap(); // never below what is in use
        let big = |n: i64| {
            store.write(move |c| {
                c.execute_batch(&format!("CREATE TABLE big{n} (text TEXT)"))?;
                c.execute("INSERT INTO t VALUES (?1)", [n])
            })
        };
        let (first, second) = tokio::join!(big(2), big(3));
        assert!(matches!(first, Err(StoreError::Database(_))), "{first:?}");
        assert!(matches!(second, Err(StoreError::Database(_))), "{second:?}");
        assert_eq!(rows(&store).await, 1);
        limit(1_000_000).await.unwrap();
        big(4).await.unwrap();
        assert_eq!(rows(&store).await, 2);
    }

    #[tokio::test]
    async fn readers_cannot_write() {
        let (_dir, store) = store().await;
        let write = store
            .read(|c| c.execute("INSERT INTO t VALUES (1)", []))
            .await;
        assert!(matches!(write, Err(StoreError::Database(_))));
        assert_eq!(rows(&store).await, 0);
    }

    #[tokio::test]
    async fn reads_at_once_see_what_was_committed_before_they_began() {
        let (_dir, store) = store().await;
        for n in 1..=20i64 {
            store
                .write(move |c| c.execute("INSERT INTO t VALUES (?1)", [n]))
                .await
                .unwrap();
            let reads: Vec<_> = (0..40)
                .map(|_| {
                    let store = store.clone();
                    tokio::spawn(async move { rows(&store).await })
                })
                .collect();
            for read in reads {
                assert_eq!(read.await.unwrap(), n);
            }
        }
    }

    #[tokio::test]
    async fn what_was_taken_is_written_before_the_store_closes() {
        let (dir, store) = store().await;
        let writes: Vec<_> = (0..300)
            .map(|n: i64| {
                let store = store.clone();
                tokio::spawn(async move {
                    store
                        .write(move |c| c.execute("INSERT INTO t VALUES (?1)", [n]))
                        .await
                })
            })
            .collect();
        for write in writes {
            write.await.unwrap().unwrap();
        }
        drop(store);
        let again = Store::open(&dir.path().join("test.db"), NonZeroUsize::MIN).unwrap();
        assert_eq!(rows(&again).await, 300);
    }
}
