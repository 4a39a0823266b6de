//! The disk: RocksDB behind one handle, one writer and one table of families.
//!
//! Whoever stores something puts it into a [`Batch`] and commits it: all of a batch or nothing, on disk before
//! `commit` returns. Guards make a batch a compare-and-set. Reading is plain and never waits for a writer.
//!
//! Nothing above this room knows a column family's name or how a record becomes bytes; this room knows no
//! domain type. Nothing is ever written past the write-ahead log.

mod batch;
mod error;
mod families;
mod open;
mod read;
mod records;
#[cfg(test)]
mod tests;
mod writer;

pub use batch::Batch;
pub use error::StoreError;
pub use families::Family;
pub use read::{Order, View};

use rocksdb::DB;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The handle; clones share one database and one writer.
#[derive(Debug, Clone)]
pub struct Store {
    // Before `db`: the writer must have ended when the last handle closes the database.
    writer: Arc<writer::Writer>,
    db: Arc<DB>,
    directory: Arc<PathBuf>,
}

impl Store {
    /// Opens or makes the database in `dir`. Blocks for as long as it takes to replay the log, seconds at most.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it, [`StoreError::TooNew`] when a newer Crane wrote it,
    /// [`StoreError::Disk`] for everything that RocksDB refuses.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let db = Arc::new(open::open(dir)?);
        Ok(Self {
            writer: Arc::new(writer::Writer::start(Arc::clone(&db))?),
            db,
            directory: Arc::new(dir.to_owned()),
        })
    }

    /// Writes `batch`: all or nothing, on disk when this returns. Many callers share one sync of the log.
    /// Once called, the batch is written even when the caller stops waiting.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a guard does not hold; then nothing is written.
    pub async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.writer.commit(batch).await
    }

    /// As [`Store::commit`], from a thread that may block. Panics inside async code.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub fn commit_blocking(&self, batch: Batch) -> Result<(), StoreError> {
        self.writer.commit_blocking(batch)
    }

    /// Forgets every record of `family` from `from` up to, not including, `to`: whole files at once where it can, the rest
    /// with one mark. Blocks. Not for records that a guard may ask for meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Disk`].
    pub fn retire(&self, family: Family, from: &[u8], to: &[u8]) -> Result<(), StoreError> {
        if from >= to {
            return Ok(());
        }
        self.db
            .delete_file_in_range_cf(read::handle(&self.db, family)?, from, to)?;
        let mut batch = Batch::new();
        batch.delete_range(family, from, to);
        self.commit_blocking(batch)
    }

    /// Bytes of all files of the database, logs included. Reads the directory: not for a hot path.
    #[must_use]
    pub fn size_on_disk(&self) -> u64 {
        let Ok(files) = std::fs::read_dir(self.directory.as_path()) else {
            return 0;
        };
        files
            .filter_map(|file| file.ok()?.metadata().ok())
            .filter(std::fs::Metadata::is_file)
            .map(|file| file.len())
            .sum()
    }

    /// A consistent copy in `to`, which must not exist yet, while everything goes on. Hard links where it can:
    /// quick and small on the same file system. The copy is opened once and read, so that it is known to work.
    ///
    /// # Errors
    /// [`StoreError::Disk`] when `to` exists, its disk is full, or the copy can't be read.
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        rocksdb::checkpoint::Checkpoint::new(&self.db)?.create_checkpoint(to)?;
        open::verify(to)
    }
}
