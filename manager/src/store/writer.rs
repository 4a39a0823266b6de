//! One thread writes everything: what waits while the disk syncs goes into the next write together.
//!
//! So a lone write waits for nobody, and a thousand at once cost one sync.

use super::batch::{Batch, Change, Guard, Wanted};
use super::read::handle;
use super::{Family, StoreError};
use rocksdb::{DB, WriteBatch, WriteOptions};
use std::collections::HashSet;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Batches that wait for the writer; behind that, committing waits for a place.
const QUEUE: usize = 1024;
/// A group is closed at this many batches or bytes, so that the first of them does not wait for ever.
const GROUP: usize = 1000;
const GROUP_BYTES: usize = 8 << 20;

#[derive(Debug)]
struct Job {
    batch: Batch,
    done: oneshot::Sender<Result<(), StoreError>>,
}

/// The writer's mailbox; dropping the last one ends the thread after the last job.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(db: Arc<DB>) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store writer".to_owned())
            .spawn(move || run(&db, jobs))
            .map_err(|err| StoreError::Disk(format!("no thread for the writer: {err}")))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    pub(super) async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let (done, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(Job { batch, done }).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    pub(super) fn commit_blocking(&self, batch: Batch) -> Result<(), StoreError> {
        let (done, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue
            .blocking_send(Job { batch, done })
            .map_err(|_| StoreError::Closed)?;
        answer.blocking_recv().map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has closed every waiting commit already.
            drop(thread.join());
        }
    }
}

fn run(db: &DB, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.blocking_recv() {
        let mut group = Group::new(db);
        group.add(first);
        while !group.is_full()
            && let Ok(next) = jobs.try_recv()
        {
            group.add(next);
        }
        group.write();
    }
}

/// Batches that are written and synced together.
struct Group<'a> {
    db: &'a DB,
    writes: WriteBatch,
    waiting: Vec<oneshot::Sender<Result<(), StoreError>>>,
    bytes: usize,
    /// Keys that the group changes: a guard on one of them can't be answered by the disk yet.
    touched: HashSet<(Family, Vec<u8>)>,
    /// A range is gone; which keys that touches is not written down.
    touched_a_range: bool,
}

impl<'a> Group<'a> {
    fn new(db: &'a DB) -> Self {
        Self {
            db,
            writes: WriteBatch::default(),
            waiting: Vec::new(),
            bytes: 0,
            touched: HashSet::new(),
            touched_a_range: false,
        }
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= GROUP || self.bytes >= GROUP_BYTES
    }

    fn add(&mut self, job: Job) {
        if self.hides_a_guard_of(&job.batch) {
            self.write();
        }
        match self.holds(&job.batch.guards) {
            // Whoever does not wait any more does not mind.
            Ok(false) => drop(job.done.send(Err(StoreError::Conflict))),
            Err(error) => drop(job.done.send(Err(error))),
            Ok(true) => {
                self.bytes += job.batch.weight();
                match self.take(job.batch.changes) {
                    Ok(()) => self.waiting.push(job.done),
                    Err(error) => drop(job.done.send(Err(error))),
                }
            }
        }
    }

    fn hides_a_guard_of(&self, batch: &Batch) -> bool {
        let mut guards = batch.guards.iter();
        guards.any(|guard| self.touched_a_range || self.touched.contains(&(guard.family, guard.key.clone())))
    }

    fn holds(&self, guards: &[Guard]) -> Result<bool, StoreError> {
        for guard in guards {
            let found = self.db.get_pinned_cf(handle(self.db, guard.family)?, &guard.key)?;
            let holds = match (&guard.wanted, found) {
                (Wanted::Absent, found) => found.is_none(),
                (Wanted::Present, found) => found.is_some(),
                (Wanted::Exactly(wanted), Some(found)) => *found == wanted[..],
                (Wanted::Exactly(_), None) => false,
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Every handle exists (opening made them), so a batch is never taken by half.
    fn take(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        for change in changes {
            match change {
                Change::Put(family, key, value) => {
                    self.writes.put_cf(handle(self.db, family)?, &key, value);
                    self.touched.insert((family, key));
                }
                Change::Delete(family, key) => {
                    self.writes.delete_cf(handle(self.db, family)?, &key);
                    self.touched.insert((family, key));
                }
                Change::DeleteRange(family, from, to) => {
                    self.writes.delete_range_cf(handle(self.db, family)?, from, to);
                    self.touched_a_range = true;
                }
            }
        }
        Ok(())
    }

    /// Writes and syncs what came together, tells everyone, and starts anew.
    fn write(&mut self) {
        let group = std::mem::replace(self, Self::new(self.db));
        if group.waiting.is_empty() {
            return;
        }
        let mut synced = WriteOptions::default();
        synced.set_sync(true);
        let result = self.db.write_opt(group.writes, &synced).map_err(StoreError::from);
        if let Err(error) = &result {
            tracing::error!(%error, batches = group.waiting.len(), "a write failed");
        }
        for done in group.waiting {
            drop(done.send(result.clone()));
        }
    }
}
