//! Files with keys: a line `ID HEX` each, the first one mints or signs.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use bartizan::{
    password::{Peppers, PeppersError},
    token::{KeyId, KeyRing, KeyRingError},
};
use bartizan_ratelimit::{DeviceKeys, Secret};
use zeroize::Zeroizing;

use crate::config;

/// Reads the ring, or makes a file with one random key when there is none.
///
/// # Errors
///
/// The file can be read by others, is malformed, or cannot be read or made.
pub fn load_or_create(path: &Path) -> Result<KeyRing, KeysError> {
    let keys = keys_or_create(path)?;
    KeyRing::new(keys).map_err(|error| fail(path, Cause::Ring(error)))
}

/// The same for device cookies; the first key signs.
///
/// # Errors
///
/// As [`load_or_create`].
pub fn devices_or_create(path: &Path) -> Result<DeviceKeys, KeysError> {
    let mut keys = keys_or_create(path)?.into_iter().map(|(_, key)| key);
    let first = keys.next().ok_or_else(|| fail(path, Cause::None))?;
    Ok(keys.fold(DeviceKeys::new(first), DeviceKeys::with_older))
}

/// What the keys of shared limits are made with: 32 hexadecimal digits.
///
/// # Errors
///
/// The file can be read by others, is malformed, or cannot be read.
pub fn limit_secret(path: &Path) -> Result<Secret, KeysError> {
    let text = fs::read_to_string(path).map_err(|error| fail(path, Cause::Io(error)))?;
    let text = Zeroizing::new(text);
    private(path)?;
    let bytes = bytes(text.trim()).ok_or_else(|| fail(path, Cause::Secret))?;
    Ok(Secret::from_bytes(bytes))
}

/// The peppers that the configuration names, if it names any. Never made here: a key that nobody has a copy of would lock
/// everybody out when the disk fails.
///
/// # Errors
///
/// The file can be read by others, is malformed, or cannot be read.
pub fn peppers(config: &config::Password) -> Result<Option<Peppers>, KeysError> {
    let Some(path) = &config.pepper_file else {
        return Ok(None);
    };
    let (_, peppers) = read_peppers(path)?;
    Ok(Some(match config.accept_unpeppered {
        true => peppers.accept_unpeppered(),
        false => peppers,
    }))
}

/// A file of peppers, and what it says.
pub(crate) fn read_peppers(path: &Path) -> Result<(Zeroizing<String>, Peppers), KeysError> {
    let text = fs::read_to_string(path).map_err(|error| fail(path, Cause::Io(error)))?;
    let text = Zeroizing::new(text);
    private(path)?;
    let peppers = Peppers::read(&text).map_err(|error| fail(path, Cause::Peppers(error)))?;
    Ok((text, peppers))
}

/// Held while a file of keys is read and replaced. The lock is another file, since the first one gets another body.
pub(crate) fn lock_beside(path: &Path) -> Result<File, KeysError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let open = || {
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&name)?;
        lock.lock()?;
        Ok(lock)
    };
    open().map_err(|error| fail(path, Cause::Io(error)))
}

/// Puts another text in a file's place, for its owner alone: a crash leaves the old one or the new one, whole.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), KeysError> {
    let write = || {
        // Of a link, the file that it names: the link stays, and no key is left where it was.
        let path = &match fs::canonicalize(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_path_buf(),
            found => found?,
        };
        let beside = write_beside(path, text)?;
        fs::rename(&beside, path)?;
        sync_folder_of(path)
    };
    write().map_err(|error| fail(path, Cause::Io(error)))
}

/// A file with this text, on the disk and for its owner alone, to be put in the place of `path`.
fn write_beside(path: &Path, text: &str) -> io::Result<PathBuf> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    // What a crash has left may have other permissions: never written into.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(beside)
}

/// Else a power cut could take the name.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn fail(path: &Path, cause: Cause) -> KeysError {
    KeysError {
        path: path.to_path_buf(),
        cause,
    }
}

fn keys_or_create(path: &Path) -> Result<Vec<(KeyId, [u8; 32])>, KeysError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create(path).map_err(|error| fail(path, Cause::Io(error)))?
        }
        Err(error) => return Err(fail(path, Cause::Io(error))),
    };
    private(path)?;
    let mut keys = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if !line.is_empty() {
            keys.push(read(line).ok_or_else(|| fail(path, Cause::Line(number + 1)))?);
        }
    }
    Ok(keys)
}

fn private(path: &Path) -> Result<(), KeysError> {
    let metadata = fs::metadata(path).map_err(|error| fail(path, Cause::Io(error)))?;
    match metadata.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => Err(fail(path, Cause::Shared)),
    }
}

/// Written beside and linked into place: a crash leaves no half a key, and of two servers at once one makes it.
fn create(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut key = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *key).map_err(|error| io::Error::other(error.to_string()))?;
    let hex: Zeroizing<String> =
        Zeroizing::new(key.iter().map(|byte| format!("{byte:02x}")).collect());
    let text = Zeroizing::new(format!("1 {}\n", *hex));
    let beside = write_beside(path, &text)?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    linked?;
    // With the name, every session would go after the first of them was made.
    sync_folder_of(path)?;
    Ok(text)
}

fn read(line: &str) -> Option<(KeyId, [u8; 32])> {
    let (id, hex) = line.split_once(' ')?;
    Some((KeyId::new(id.parse().ok()?), bytes(hex.trim())?))
}

fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let hex = hex.as_bytes();
    let mut bytes = [0; N];
    if hex.len() != 2 * N || !hex.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// The key file cannot be used. It holds no key.
#[derive(Debug)]
pub struct KeysError {
    path: PathBuf,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Io(io::Error),
    Shared,
    Line(usize),
    Ring(KeyRingError),
    Peppers(PeppersError),
    None,
    Secret,
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.cause {
            Cause::Io(error) => write!(f, "key file {path}: {error}"),
            Cause::Shared => write!(
                f,
                "key file {path} can be read by others: run `chmod 600 {path}`"
            ),
            Cause::Line(line) => write!(
                f,
                "{path}:{line}: expected an id from 0 to 65535 and 64 hexadecimal digits"
            ),
            Cause::Ring(error) => write!(f, "key file {path}: {error}"),
            Cause::Peppers(error) => write!(f, "pepper file {path}: {error}"),
            Cause::None => write!(f, "key file {path}: a file without a key"),
            Cause::Secret => write!(f, "{path}: expected 32 hexadecimal digits"),
        }
    }
}

impl std::error::Error for KeysError {}

#[cfg(test)]
mod tests {
    use super::*;
    use bartizan::token::{Entropy, Session};

    #[test]
    fn a_key_is_made_once_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token.keys");
        let token = load_or_create(&path)
            .unwrap()
            .keys::<Session>()
            .mint(Entropy::new([1; 32]));
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(
            load_or_create(&path)
                .unwrap()
                .keys::<Session>()
                .parse(&token.expose())
                .is_ok()
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn device_keys_are_kept_and_a_limit_secret_must_be_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("device.keys");
        let now = std::time::SystemTime::now();
        let cookie = devices_or_create(&path)
            .unwrap()
            .issue(b"ann", [1; 16], now);
        assert!(
            devices_or_create(&path)
                .unwrap()
                .verify(b"ann", &cookie, now)
                .is_some()
        );

        let path = dir.path().join("secret");
        for (text, is_one) in [
            ("0f".repeat(16), true),
            ("0f".repeat(15), false),
            ("x".repeat(32), false),
        ] {
            fs::write(&path, format!("{text}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert_eq!(limit_secret(&path).is_ok(), is_one);
        }
    }

    #[test]
    fn a_file_behind_a_link_is_replaced_where_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("pepper.new"), dir.path().join("pepper"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        replace(&link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        replace(&dir.path().join("first"), "new").unwrap();
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token.keys");
        load_or_create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(
            load_or_create(&path)
                .unwrap_err()
                .to_string()
                .contains("chmod 600")
        );
    }

    #[test]
    fn a_wrong_line_is_named_and_its_text_is_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token.keys");
        let good = format!("2 {}", "ab".repeat(32));
        for (text, part) in [
            (format!("# old\n{good}\n1 abcdef\n"), ":3: expected"),
            (format!("70000 {}\n", "ab".repeat(32)), ":1: expected"),
            (format!("{good}\n{good}\n"), "stands twice"),
            ("# none\n".to_owned(), "without a key"),
        ] {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let error = load_or_create(&path).unwrap_err().to_string();
            assert!(
                error.contains(part) && !error.contains("abab") && !error.contains("abcdef"),
                "{error}"
            );
        }
    }
}
