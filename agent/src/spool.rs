//! What the manager has not acknowledged yet, on disk, bounded.
//!
//! Records get sequence numbers without holes. `frame` writes one record, `segment` is one file of them, `store`
//! is the ordered set of files with its limit, and [`Spool`] is the door for async callers.
//!
//! Three promises: nothing is sent before it is synced (so a power cut never makes a number mean two things);
//! nothing is forgotten before it is acknowledged, except the oldest when the limit is reached; and whatever is
//! lost is declared by a [`RecordBody::Gap`]. A killed process loses nothing, a power cut at most
//! [`SYNC_DELAY`] worth of records.

mod frame;
mod segment;
mod store;

use crane_shared::protocol::{Record, RecordBody};
use crane_shared::tasks::Tasks;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::Store;
use tokio::sync::{Notify, watch};

/// The spool takes at most this much disk unless the owner says otherwise: about a week of 50 containers.
pub const DEFAULT_LIMIT: u64 = 64 << 20;
/// Records are synced together this long after the first of them.
pub const SYNC_DELAY: Duration = Duration::from_millis(500);

/// Why the spool can't work.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    #[error("{path}: {err}")]
    Io { path: PathBuf, err: std::io::Error },
    #[error("{0} is used by another agent")]
    InUse(PathBuf),
    #[error("a record of {0} bytes is too large")]
    TooLarge(usize),
    #[error("a record can't be written: {0}")]
    Codec(#[from] crane_shared::wire::CodecError),
    /// The manager holds numbers of this epoch that were never given out here: the disk was set back
    /// (a restored snapshot). The spool has begun a new epoch; the session must begin again.
    #[error("the manager has records up to {acked} but this disk only made {last}: the disk was set back")]
    SetBack { acked: u64, last: u64 },
    #[error("the spool's worker is gone")]
    Stopped,
}

impl SpoolError {
    fn io(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        move |err| Self::Io {
            path: path.to_owned(),
            err,
        }
    }
}

/// What the spool holds right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Bytes on disk.
    pub bytes: u64,
    /// Last number given out; 0 means none.
    pub last: u64,
    /// Everything up to here is at the manager.
    pub acked: u64,
    /// Records lost since the process started, each declared by a gap.
    pub lost: u64,
}

/// The spool. Cheap to clone; all clones share one store.
#[derive(Debug, Clone)]
pub struct Spool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Mutex<Store>,
    dirty: Notify,
    synced: watch::Sender<u64>,
}

impl Spool {
    /// Opens or makes the spool in `dir`, at most `limit` bytes large. A tail torn by a crash is cut. Blocking.
    ///
    /// # Errors
    /// When the directory can't be used or another agent uses it.
    pub fn open(dir: &Path, limit: u64) -> Result<Self, SpoolError> {
        let store = Store::open(dir, limit)?;
        let synced = watch::Sender::new(store.last());
        Ok(Self {
            inner: Arc::new(Inner {
                store: Mutex::new(store),
                dirty: Notify::new(),
                synced,
            }),
        })
    }

    /// Starts the task that syncs what was appended.
    pub fn start(&self, tasks: &Tasks) {
        let spool = self.clone();
        let stopping = tasks.stopping();
        tasks.spawn_graceful("spool keeper", async move {
            loop {
                tokio::select! {
                    () = stopping.cancelled() => break,
                    () = spool.inner.dirty.notified() => {}
                }
                tokio::select! {
                    () = stopping.cancelled() => break,
                    () = tokio::time::sleep(SYNC_DELAY) => {}
                }
                spool.sync().await;
            }
            spool.sync().await;
        });
    }

    /// Chosen at random when the spool was made.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.lock().epoch()
    }

    /// What it holds.
    #[must_use]
    pub fn status(&self) -> Status {
        self.lock().status()
    }

    /// Keeps one thing for the manager. Never fails for the caller: what can't be written is counted, logged
    /// once, and declared as a gap as soon as the disk takes records again.
    pub async fn append(&self, body: RecordBody) {
        let done = self.blocking(move |store| store.append(body)).await;
        match done {
            Ok(()) => self.inner.dirty.notify_one(),
            Err(err) => tracing::error!(%err, "a record is lost"),
        }
    }

    /// Last number that is safely on disk, and every later one as it becomes so. Only these may be sent.
    #[must_use]
    pub fn synced(&self) -> watch::Receiver<u64> {
        self.inner.synced.subscribe()
    }

    /// Brings everything appended so far onto the disk now.
    pub async fn sync(&self) {
        match self.blocking(Store::sync).await {
            Ok(last) => {
                self.inner.synced.send_replace(last);
            }
            Err(err) => tracing::error!(%err, "the spool can't be synced"),
        }
    }

    /// Synced records after `after`, in order, about `bytes` of them but at least one if there is one.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn read(&self, after: u64, bytes: usize) -> Result<Vec<Record>, SpoolError> {
        let until = *self.inner.synced.borrow();
        self.blocking(move |store| store.read(after, until, bytes)).await
    }

    /// Forgets everything up to `acked`, which is durable at the manager.
    ///
    /// # Errors
    /// [`SpoolError::SetBack`] when the manager knows more than was ever appended; or when the disk fails.
    pub async fn trim(&self, acked: u64) -> Result<(), SpoolError> {
        let trimmed = self.blocking(move |store| store.trim(acked)).await;
        if matches!(trimmed, Err(SpoolError::SetBack { .. })) {
            self.sync().await;
        }
        trimmed
    }

    /// Files block; the runtime's workers must not.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, SpoolError> + Send + 'static,
    ) -> Result<T, SpoolError> {
        let spool = self.clone();
        tokio::task::spawn_blocking(move || work(&mut spool.lock()))
            .await
            .map_err(|_| SpoolError::Stopped)?
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Store> {
        // The store checks itself against the files at every step; a panic elsewhere does not spoil it.
        self.inner.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crane_shared::model::Event;
    use std::collections::BTreeMap;

    fn event(action: &str) -> RecordBody {
        RecordBody::Event(Event {
            at_ns: 1_000_000,
            kind: "container".to_owned(),
            action: action.to_owned(),
            subject: String::new(),
            attributes: BTreeMap::new(),
        })
    }

    #[tokio::test]
    async fn what_is_not_synced_is_not_handed_out() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(dir.path(), DEFAULT_LIMIT).unwrap();
        spool.append(event("start")).await;
        assert_eq!(spool.read(0, 1000).await.unwrap(), []);
        spool.sync().await;
        assert_eq!(*spool.synced().borrow(), 1);
        assert_eq!(spool.read(0, 1000).await.unwrap().len(), 1);
        spool.trim(1).await.unwrap();
        assert_eq!(spool.read(1, 1000).await.unwrap(), []);
    }

    #[tokio::test]
    async fn the_keeper_syncs_by_itself() {
        let dir = tempfile::tempdir().unwrap();
        let tasks = Tasks::new();
        let spool = Spool::open(dir.path(), DEFAULT_LIMIT).unwrap();
        spool.start(&tasks);
        let mut synced = spool.synced();
        spool.append(event("start")).await;
        assert_eq!(*synced.wait_for(|last| *last == 1).await.unwrap(), 1);
        assert_eq!(tasks.shutdown(Duration::from_secs(10)).await, [""; 0]);
    }

    #[test]
    fn two_agents_never_share_a_spool() {
        let dir = tempfile::tempdir().unwrap();
        let _first = Spool::open(dir.path(), DEFAULT_LIMIT).unwrap();
        assert!(matches!(
            Spool::open(dir.path(), DEFAULT_LIMIT),
            Err(SpoolError::InUse(_))
        ));
    }
}
