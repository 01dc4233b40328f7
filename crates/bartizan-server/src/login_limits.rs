//! What the login limits have counted, from one run to the next, so that a restart gives nobody fresh guesses. It is written each
//! minute and when the server stops: a kill forgets what was counted since.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::{Instant, SystemTime},
};

use bartizan_ratelimit::{Limit, Secret, Snapshot, snapshot};

/// What the last run has left, with the secret that its keys were made with. The file stays until the next one takes its place,
/// so that a start which fails loses nothing; read again it can only count too much.
///
/// A file that cannot be read is told and left out: limits that begin anew are better than a server that does not start.
pub fn read(path: &Path) -> Option<Snapshot> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "login limits begin anew");
            return None;
        }
    };
    match Snapshot::parse(&bytes) {
        Ok(snapshot) => Some(snapshot),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "login limits begin anew");
            None
        }
    }
}

/// Puts back what the last run has counted.
pub fn restore(snapshot: &Snapshot, limits: &[Limit]) {
    if let Err(error) = snapshot.restore(limits, Instant::now(), SystemTime::now()) {
        // As after a change of their number of cells.
        tracing::warn!(%error, "login limits begin anew");
    }
}

/// Leaves it to the next run. The file is as secret as the keys are: it has the secret of the limits in it.
pub fn save(path: &Path, limits: &[Limit], secret: &Secret) {
    let bytes = snapshot(limits, secret, Instant::now(), SystemTime::now());
    let written = || -> io::Result<()> {
        let beside = path.with_extension("new");
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let options = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside);
        let mut file = options?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    if let Err(error) = written() {
        tracing::warn!(path = %path.display(), %error, "login limits begin anew at the next start");
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, sync::Arc};

    use bartizan_ratelimit::{Epoch, Quota, Table};

    use super::*;

    #[test]
    fn what_was_counted_survives_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("login.limits");
        let (now, secret) = (Instant::now(), Secret::random());
        let quota = Quota::per_hour(NonZeroU32::MIN).unwrap();
        let limit = |secret: &Secret| {
            let table = Table::with_cells(64, Epoch::new(now, SystemTime::now()));
            Limit::new("a", quota, Arc::new(table), secret)
        };
        let before = limit(&secret);
        let key = before.keyer().address([192, 0, 2, 1].into());
        assert!(before.table().decide(key, quota, 1, now).is_allowed());
        save(&path, &[before], &secret);

        let left = read(&path).unwrap();
        let after = limit(&left.secret());
        restore(&left, std::slice::from_ref(&after));
        let key = after.keyer().address([192, 0, 2, 1].into());
        assert!(
            !after
                .table()
                .decide(key, quota, 1, Instant::now())
                .is_allowed()
        );
        fs::write(&path, b"nonsense").unwrap();
        assert!(read(&path).is_none());
    }
}
