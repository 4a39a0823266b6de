use super::{Family, Store, StoreError, records};
use rocksdb::{ColumnFamily, DB, Direction, IteratorMode, ReadOptions, Snapshot};
use serde::de::DeserializeOwned;
use std::ops::ControlFlow;

/// Which end of a range a page begins at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Smallest key first.
    Forward,
    /// Largest key first: newest, where the key begins with a time.
    Backward,
}

/// Everything as it was at one moment: what is written meanwhile is not seen, so that two reads fit together.
pub struct View<'a> {
    snapshot: Snapshot<'a>,
    db: &'a DB,
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("View")
            .field("sequence", &self.snapshot.sequence_number())
            .finish()
    }
}

impl Store {
    /// Freezes a moment to read from. Short-lived: it holds back what compaction may throw away.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View {
            snapshot: self.db.snapshot(),
            db: &self.db,
        }
    }

    /// One record. Blocks for one read, usually microseconds.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when the bytes are no `T`; [`StoreError::Disk`].
    pub fn get<T: DeserializeOwned>(&self, family: Family, key: &[u8]) -> Result<Option<T>, StoreError> {
        let bytes = self.db.get_pinned_cf(handle(&self.db, family)?, key)?;
        bytes.map(|bytes| records::read(family, &bytes)).transpose()
    }

    /// At most `limit` records whose keys begin with `prefix`, behind `after` in the direction of `order`.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn page<T: DeserializeOwned>(
        &self,
        family: Family,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
        order: Order,
    ) -> Result<Vec<(Vec<u8>, T)>, StoreError> {
        let mut range = ReadOptions::default();
        let end = end_of(prefix);
        range.set_iterate_lower_bound(prefix);
        if let Some(end) = &end {
            range.set_iterate_upper_bound(end.clone());
        }
        let mode = match (after, order) {
            (Some(key), Order::Forward) => IteratorMode::From(key, Direction::Forward),
            (Some(key), Order::Backward) => IteratorMode::From(key, Direction::Reverse),
            (None, Order::Forward) => IteratorMode::Start,
            (None, Order::Backward) => IteratorMode::End,
        };
        let mut found = Vec::new();
        for entry in self.db.iterator_cf_opt(handle(&self.db, family)?, range, mode) {
            let (key, value) = entry?;
            if found.len() == limit {
                break;
            }
            // An iterator starts at the key itself when it is still there.
            if after != Some(key.as_ref()) {
                found.push((key.into_vec(), records::read(family, &value)?));
            }
        }
        Ok(found)
    }
}

impl View<'_> {
    /// One record.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn get<T: DeserializeOwned>(&self, family: Family, key: &[u8]) -> Result<Option<T>, StoreError> {
        self.get_raw(family, key)?
            .map(|bytes| records::read(family, &bytes))
            .transpose()
    }

    /// The bytes of one time-series block.
    ///
    /// # Errors
    /// [`StoreError::Disk`].
    pub fn get_raw(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.snapshot.get_cf(handle(self.db, family)?, key)?)
    }

    /// Hands every key and value from `from` up to, not including, `to` to `see`, in order, until it breaks off.
    ///
    /// # Errors
    /// Those of `see`, and [`StoreError::Disk`].
    pub fn scan(
        &self,
        family: Family,
        from: &[u8],
        to: &[u8],
        mut see: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut range = ReadOptions::default();
        range.set_iterate_upper_bound(to);
        let mut cursor = self.snapshot.raw_iterator_cf_opt(handle(self.db, family)?, range);
        cursor.seek(from);
        while let Some((key, value)) = cursor.item() {
            if see(key, value)?.is_break() {
                return Ok(());
            }
            cursor.next();
        }
        Ok(cursor.status()?)
    }

    /// Reads what [`View::scan`] handed out.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`].
    pub fn record<T: DeserializeOwned>(family: Family, value: &[u8]) -> Result<T, StoreError> {
        records::read(family, value)
    }

    /// As [`View::scan`], each value read as a record.
    ///
    /// # Errors
    /// As [`View::scan`], and [`StoreError::Unreadable`].
    pub fn scan_records<T: DeserializeOwned>(
        &self,
        family: Family,
        from: &[u8],
        to: &[u8],
        mut see: impl FnMut(&[u8], T) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        self.scan(family, from, to, |key, value| see(key, records::read(family, value)?))
    }
}

pub(super) fn handle(db: &DB, family: Family) -> Result<&ColumnFamily, StoreError> {
    // Opening made all of them.
    db.cf_handle(family.name())
        .ok_or_else(|| StoreError::Disk(format!("there is no {}", family.name())))
}

/// The first key behind all that begin with `prefix`; `None` when there is none.
fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte < u8::MAX)?;
    let mut end = prefix.get(..=last)?.to_vec();
    if let Some(byte) = end.last_mut() {
        *byte += 1;
    }
    Some(end)
}
