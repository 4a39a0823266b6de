//! Backup and restore: the database and the manager's identity, as one directory.
//!
//! A backup holds the keys that every agent pins: who has it can be this manager. It is made for our user's eyes
//! only. A restore goes into an empty directory or not at all.

use crate::store::{Store, StoreError};
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The database, in a data directory and in a backup.
pub const STORE: &str = "store";
/// What makes this manager this manager.
const KEYS: [&str; 3] = ["authority.pem", "authority.key", "manager.key"];

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{} exists already; choose a directory that does not", .0.display())]
    Exists(PathBuf),
    #[error("{} is not empty; restore into a directory that is empty or does not exist", .0.display())]
    NotEmpty(PathBuf),
    #[error("{} is not a whole backup: {what} is missing", .directory.display())]
    NotWhole { directory: PathBuf, what: &'static str },
    #[error("{}: {why}", .path.display())]
    File { path: PathBuf, why: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Copies the database of `store` and the keys in `data` to `to`. Blocks; everything goes on meanwhile.
///
/// # Errors
/// When `to` exists or something can't be copied; then `to` is not a backup.
pub fn backup(store: &Store, data: &Path, to: &Path) -> Result<(), BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    make_private(to)?;
    // The keys last: without them it is visibly not whole.
    store.backup(&to.join(STORE))?;
    for key in KEYS {
        copy(&data.join(key), &to.join(key))?;
    }
    sync(to)
}

/// Copies the backup in `from` to the data directory `data`, and opens the database there once.
///
/// # Errors
/// When `data` is not empty, the backup is not whole, or its database can't be read; then `data` is as before.
pub fn restore(from: &Path, data: &Path) -> Result<(), BackupError> {
    for what in KEYS.into_iter().chain([STORE]) {
        if !from.join(what).exists() {
            return Err(BackupError::NotWhole {
                directory: from.to_owned(),
                what,
            });
        }
    }
    let entries = fs::read_dir(data);
    if entries.is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(BackupError::NotEmpty(data.to_owned()));
    }
    let mut beside = data.as_os_str().to_owned();
    beside.push(".restoring");
    let beside = PathBuf::from(beside);
    if beside.exists() {
        fs::remove_dir_all(&beside).map_err(|error| file(&beside, &error))?;
    }
    let copied = copy_all(from, &beside);
    if copied.is_err() {
        drop(fs::remove_dir_all(&beside));
        return copied;
    }
    // Renaming over an empty directory is one step: the data directory is empty or whole.
    fs::rename(&beside, data).map_err(|error| file(data, &error))?;
    sync(data.parent().unwrap_or_else(|| Path::new(".")))
}

fn copy_all(from: &Path, to: &Path) -> Result<(), BackupError> {
    make_private(to)?;
    for key in KEYS {
        copy(&from.join(key), &to.join(key))?;
    }
    let (store, copied) = (from.join(STORE), to.join(STORE));
    make_private(&copied)?;
    for entry in fs::read_dir(&store).map_err(|error| file(&store, &error))? {
        let entry = entry.map_err(|error| file(&store, &error))?;
        // A database is flat; whatever else lies there is not followed.
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            copy(&entry.path(), &copied.join(entry.file_name()))?;
        }
    }
    sync(&copied)?;
    drop(Store::open(&copied)?);
    sync(to)
}

/// Makes a directory for our user alone.
///
/// # Errors
/// When it can't be made.
pub fn make_private(directory: &Path) -> Result<(), BackupError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(|error| file(directory, &error))
}

fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    // The mode goes with it.
    fs::copy(from, to).map_err(|error| file(from, &error))?;
    File::open(to)
        .and_then(|copy| copy.sync_all())
        .map_err(|error| file(to, &error))
}

fn sync(directory: &Path) -> Result<(), BackupError> {
    let directory = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    File::open(directory)
        .and_then(|handle| handle.sync_all())
        .map_err(|error| file(directory, &error))
}

fn file(path: &Path, error: &std::io::Error) -> BackupError {
    BackupError::File {
        path: path.to_owned(),
        why: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Audit, Entry, Outcome};
    use crate::enrolment::Keys;
    use crane_shared::time::Clock;
    use std::os::unix::fs::PermissionsExt as _;

    async fn used(data: &Path) -> Store {
        let store = Store::open(&data.join(STORE)).unwrap();
        Keys::open(data, &Clock::Real).unwrap();
        let audit = Audit::open(store.clone(), Clock::Real).unwrap();
        let entry = Entry {
            actor: "a".into(),
            from: "b".into(),
            action: "test.test",
            target: "c".into(),
            outcome: Outcome::Done,
            detail: String::new(),
        };
        audit.record(entry).await.unwrap();
        store
    }

    #[tokio::test]
    async fn a_backup_under_use_restores_data_and_identity() {
        let dir = tempfile::tempdir().unwrap();
        let (data, copy, again) = (
            dir.path().join("data"),
            dir.path().join("copy"),
            dir.path().join("again"),
        );
        make_private(&data).unwrap();
        let store = used(&data).await;
        backup(&store, &data, &copy).unwrap();
        assert!(matches!(backup(&store, &data, &copy), Err(BackupError::Exists(_))));
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o700);
        restore(&copy, &again).unwrap();
        let before = Keys::open(&data, &Clock::Real).unwrap();
        let after = Keys::open(&again, &Clock::Real).unwrap();
        assert_eq!(before.authority.pin(), after.authority.pin());
        assert_eq!(Audit::verify(&Store::open(&again.join(STORE)).unwrap()).unwrap(), 1);
        assert!(matches!(restore(&copy, &again), Err(BackupError::NotEmpty(_))));
    }

    #[tokio::test]
    async fn half_a_backup_is_refused_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (data, copy, again) = (
            dir.path().join("data"),
            dir.path().join("copy"),
            dir.path().join("again"),
        );
        make_private(&data).unwrap();
        let store = used(&data).await;
        backup(&store, &data, &copy).unwrap();
        fs::write(copy.join(STORE).join("CURRENT"), "nonsense").unwrap();
        assert!(restore(&copy, &again).is_err());
        assert!(!again.exists() && !dir.path().join("again.restoring").exists());
        fs::remove_file(copy.join("manager.key")).unwrap();
        assert!(matches!(
            restore(&copy, &again),
            Err(BackupError::NotWhole {
                what: "manager.key",
                ..
            })
        ));
    }
}
