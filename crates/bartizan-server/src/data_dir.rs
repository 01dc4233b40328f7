//! The folder that holds all that the server remembers.

use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// The folder, locked for this process: two servers on one folder would each have a writer.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    /// Unlocked when it is closed, by a crash too.
    lock: File,
}

impl DataDir {
    /// Makes the folder when it is missing, for its owner alone, and locks it.
    ///
    /// # Errors
    ///
    /// It cannot be made or written, others can read it, or another server has it.
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        let at = |path: &Path| {
            let path = path.to_path_buf();
            move |source| DataDirError::Io { path, source }
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(at(path))?;
        let mode = fs::metadata(path).map_err(at(path))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(DataDirError::Shared {
                path: path.to_path_buf(),
            });
        }
        let file = path.join("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&file)
            .map_err(at(&file))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DataDirError::InUse {
                    path: path.to_path_buf(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(at(&file)(source)),
        }
        // Made here, because SQLite would let everybody read it; its log files take the same permissions.
        let database = path.join("bartizan.db");
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&database)
            .map_err(at(&database))?;
        let outbox = path.join("outbox");
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&outbox)
            .map_err(at(&outbox))?;
        Ok(Self {
            path: path.to_path_buf(),
            lock,
        })
    }

    /// Tells commands that run beside the server which pepper keys it has read.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn tell_peppers(&self, ids: &str) -> Result<(), DataDirError> {
        let write = || {
            self.lock.set_len(0)?;
            (&self.lock).write_all(ids.as_bytes())
        };
        write().map_err(|source| DataDirError::Io {
            path: self.path.join("lock"),
            source,
        })
    }

    /// What the server that has locked a folder has told of its pepper keys.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn told_peppers(path: &Path) -> Result<String, DataDirError> {
        let path = path.join("lock");
        fs::read_to_string(&path).map_err(|source| DataDirError::Io { path, source })
    }

    /// The database's file.
    pub fn database(&self) -> PathBuf {
        Self::database_in(&self.path)
    }

    /// The database's file in a folder that another process may have locked.
    pub fn database_in(path: &Path) -> PathBuf {
        path.join("bartizan.db")
    }

    /// The folder for mail.
    pub fn outbox(&self) -> PathBuf {
        self.path.join("outbox")
    }

    /// The root keys' file, unless the configuration names another.
    pub fn keys(&self) -> PathBuf {
        self.path.join("token.keys")
    }

    /// The file of the keys that sign device cookies.
    pub fn device_keys(&self) -> PathBuf {
        self.path.join("device.keys")
    }

    /// What the login limits have counted, from one run to the next.
    pub fn login_limits(&self) -> PathBuf {
        self.path.join("login.limits")
    }
}

/// The folder cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum DataDirError {
    /// It cannot be made or written.
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others can read it.
    Shared {
        /// The folder.
        path: PathBuf,
    },
    /// Another server has it.
    InUse {
        /// The folder.
        path: PathBuf,
    },
}

impl fmt::Display for DataDirError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(f, "data folder: {}: {source}", path.display()),
            Self::Shared { path } => write!(
                f,
                "data folder {path} can be read by others: run `chmod 700 {path}`",
                path = path.display()
            ),
            Self::InUse { path } => write!(
                f,
                "data folder {} is in use by another server",
                path.display()
            ),
        }
    }
}

impl std::error::Error for DataDirError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_for_one_server_and_its_owner() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let first = DataDir::open(&path).unwrap();
        assert!(matches!(
            DataDir::open(&path),
            Err(DataDirError::InUse { .. })
        ));
        drop(first);
        drop(DataDir::open(&path).unwrap());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
        assert!(matches!(
            DataDir::open(&path),
            Err(DataDirError::Shared { .. })
        ));
    }
}
