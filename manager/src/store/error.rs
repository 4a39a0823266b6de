use super::Family;
use std::path::PathBuf;

/// The ways a read or a write can end badly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A guard of the batch does not hold: someone else was first. Nothing was written.
    #[error("it was changed by someone else")]
    Conflict,
    #[error("another process uses the database in {}", .directory.display())]
    InUse { directory: PathBuf },
    #[error("the database has layout {found}, this crane-manager knows {known}: use the newer crane-manager")]
    TooNew { found: u32, known: u32 },
    /// The bytes of a record are not what this version writes.
    #[error("a record of {family:?} can't be read: {why}")]
    Unreadable { family: Family, why: String },
    /// A record is larger than 1 MiB or holds something that has no fixed shape.
    #[error("a record of {family:?} can't be written: {why}")]
    Unwritable { family: Family, why: String },
    /// RocksDB refused: disk full, file damaged, and the like.
    #[error("the disk: {0}")]
    Disk(String),
    /// The writer has ended; only while the process ends.
    #[error("the store is closed")]
    Closed,
}

impl From<rocksdb::Error> for StoreError {
    fn from(error: rocksdb::Error) -> Self {
        Self::Disk(error.into_string())
    }
}
