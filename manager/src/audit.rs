//! The audit record: who did what to what, and how it ended.
//!
//! Append only. Every entry carries the SHA-256 of itself and of the one before it, so that a changed, removed
//! or moved entry is found by [`Audit::verify`]. A tail that was cut off, or a whole database put back from
//! yesterday, is not found by a chain alone; witnesses outside this machine are not part of it yet.
//!
//! This room judges nobody: it writes down what `http` and the rooms above tell it.

mod chain;

use chain::Link;
pub use chain::{Broken, Entry, Outcome};

use crate::store::{Batch, Family, Order, Store, StoreError};
use crane_shared::api::AuditEntry;
use crane_shared::time::Clock;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The record. Clones share one.
#[derive(Debug, Clone)]
pub struct Audit {
    store: Store,
    clock: Clock,
    /// Number and hash of the newest entry; held while one is written, so that the chain has no fork.
    head: Arc<Mutex<Head>>,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    seq: u64,
    hash: [u8; 32],
}

impl Audit {
    /// Opens the record at its end.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn open(store: Store, clock: Clock) -> Result<Self, StoreError> {
        let newest = store.page::<Link>(Family::Audit, &[], None, 1, Order::Backward)?;
        let head = newest.first().map_or(Head { seq: 0, hash: [0; 32] }, |(_, link)| Head {
            seq: link.seq,
            hash: link.hash(),
        });
        Ok(Self {
            store,
            clock,
            head: Arc::new(Mutex::new(head)),
        })
    }

    /// Writes `entry` down; on disk when it returns. Its number.
    ///
    /// # Errors
    /// When the store can't be written; then whoever acts must not go on as if it were.
    pub async fn record(&self, entry: Entry) -> Result<u64, StoreError> {
        let mut head = self.head.lock().await;
        let link = Link::new(head.seq + 1, self.clock.now(), entry, head.hash);
        let key = link.seq.to_be_bytes();
        let mut batch = Batch::new();
        batch
            .only_if_absent(Family::Audit, &key)
            .put(Family::Audit, &key, &link)?;
        self.store.commit(batch).await?;
        *head = Head {
            seq: link.seq,
            hash: link.hash(),
        };
        Ok(link.seq)
    }

    /// At most `limit` entries, newest first, older than number `before`.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn page(&self, before: Option<u64>, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        let before = before.map(u64::to_be_bytes);
        let after = before.as_ref().map(<[u8; 8]>::as_slice);
        let page = self
            .store
            .page::<Link>(Family::Audit, &[], after, limit, Order::Backward)?;
        Ok(page.into_iter().map(|(_, link)| link.show()).collect())
    }

    /// Number of entries.
    pub async fn count(&self) -> u64 {
        self.head.lock().await.seq
    }

    /// Walks the whole chain; how many entries are whole. Blocks; about 100,000 entries a second.
    ///
    /// # Errors
    /// The first entry that does not fit, or what the disk says.
    pub fn verify(store: &Store) -> Result<u64, Broken> {
        let mut checker = chain::Checker::default();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = store.page::<Link>(Family::Audit, &[], after.as_deref(), 1000, Order::Forward)?;
            let Some((last, _)) = page.last() else {
                return Ok(checker.seen());
            };
            after = Some(last.clone());
            for (key, link) in &page {
                checker.see(key, link)?;
            }
        }
    }
}

#[cfg(test)]
mod tests;
