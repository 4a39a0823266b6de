use super::{Family, StoreError, records};
use serde::Serialize;

/// What is written together, and what must hold for it.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) changes: Vec<Change>,
    pub(super) guards: Vec<Guard>,
}

/// One step of a batch.
#[derive(Debug)]
pub(super) enum Change {
    Put(Family, Vec<u8>, Vec<u8>),
    Delete(Family, Vec<u8>),
    /// Everything from the first key up to, not including, the second.
    DeleteRange(Family, Vec<u8>, Vec<u8>),
}

/// Looked at by the writer right before the batch is written.
#[derive(Debug)]
pub(super) struct Guard {
    pub(super) family: Family,
    pub(super) key: Vec<u8>,
    pub(super) wanted: Wanted,
}

#[derive(Debug)]
pub(super) enum Wanted {
    Absent,
    Present,
    Exactly(Vec<u8>),
}

impl Batch {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// True when committing would write nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Writes a record over whatever is there.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`] when it is larger than 1 MiB or has no fixed shape.
    pub fn put<T: Serialize>(&mut self, family: Family, key: &[u8], value: &T) -> Result<&mut Self, StoreError> {
        let bytes = records::write(family, value)?;
        Ok(self.put_raw(family, key, bytes))
    }

    /// Writes bytes that carry a layout of their own (time-series blocks).
    pub fn put_raw(&mut self, family: Family, key: &[u8], value: Vec<u8>) -> &mut Self {
        self.changes.push(Change::Put(family, key.to_vec(), value));
        self
    }

    /// Removes a record; no mistake when there is none.
    pub fn delete(&mut self, family: Family, key: &[u8]) -> &mut Self {
        self.changes.push(Change::Delete(family, key.to_vec()));
        self
    }

    /// Removes every record from `from` up to, not including, `to`.
    pub fn delete_range(&mut self, family: Family, from: &[u8], to: &[u8]) -> &mut Self {
        self.changes
            .push(Change::DeleteRange(family, from.to_vec(), to.to_vec()));
        self
    }

    /// The batch holds only if there is no such record.
    pub fn only_if_absent(&mut self, family: Family, key: &[u8]) -> &mut Self {
        self.guard(family, key, Wanted::Absent)
    }

    /// The batch holds only if there is such a record.
    pub fn only_if_present(&mut self, family: Family, key: &[u8]) -> &mut Self {
        self.guard(family, key, Wanted::Present)
    }

    /// The batch holds only if the record is exactly `value`: read, change, write back, and see whether
    /// someone else was faster.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`] as in [`Batch::put`].
    pub fn only_if<T: Serialize>(&mut self, family: Family, key: &[u8], value: &T) -> Result<&mut Self, StoreError> {
        let bytes = records::write(family, value)?;
        Ok(self.guard(family, key, Wanted::Exactly(bytes)))
    }

    fn guard(&mut self, family: Family, key: &[u8], wanted: Wanted) -> &mut Self {
        self.guards.push(Guard {
            family,
            key: key.to_vec(),
            wanted,
        });
        self
    }

    /// Bytes that the write-ahead log will take, about.
    pub(super) fn weight(&self) -> usize {
        self.changes
            .iter()
            .map(|change| match change {
                Change::Put(_, key, value) => key.len() + value.len() + 16,
                Change::Delete(_, key) => key.len() + 16,
                Change::DeleteRange(_, from, to) => from.len() + to.len() + 16,
            })
            .sum()
    }
}
