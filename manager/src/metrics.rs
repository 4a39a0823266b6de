//! History: what the machines and containers did, from seconds to a year.
//!
//! `accept` decides which records are new, `take` writes them, `seal` turns an hour of reports into blocks and
//! roll-ups, `query` answers charts, `retention` forgets. `table` and `rollup` are plain functions.
//!
//! A record is counted exactly once, however often it is sent: its watermark lies in the same write as its data. Roll-ups
//! are a function of the raw block they belong to, never a running sum, so they are exact as well. The time of a
//! sample is when it happened, not when it came. This room never decides what an agent sends, and draws nothing.

mod accept;
mod columns;
mod keys;
mod losses;
mod query;
mod retention;
mod rollup;
mod seal;
mod table;
mod take;
#[cfg(test)]
mod tests;

pub use losses::Losses;
pub use query::StoredEvent;

use crate::store::{Store, StoreError};
use crane_shared::ids::{ContainerKey, NodeId};
use crane_shared::tasks::Tasks;
use crane_shared::time::Clock;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often sealing and forgetting are looked after. A late report waits at most this long for its block.
const HOUSEKEEPING: Duration = Duration::from_secs(60);

/// Whose numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// The whole machine.
    Node(NodeId),
    /// One container on it.
    Container(NodeId, ContainerKey),
}

/// The history of everything; clones share it.
#[derive(Debug, Clone)]
pub struct Metrics {
    store: Store,
    clock: Clock,
    losses: Arc<Losses>,
    /// One sealer at a time: it reads blocks and writes them back.
    sealing: Arc<Mutex<()>>,
    /// Up to when retention was applied, in ms.
    retired: Arc<AtomicI64>,
}

impl Metrics {
    /// History kept in `store`.
    #[must_use]
    pub fn new(store: Store, clock: Clock) -> Self {
        Self {
            store,
            clock,
            losses: Arc::new(Losses::default()),
            sealing: Arc::new(Mutex::new(())),
            retired: Arc::new(AtomicI64::new(0)),
        }
    }

    /// What had to be left out since the start.
    #[must_use]
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    /// Seals and forgets for as long as the process lives.
    pub fn start(&self, tasks: &Tasks) {
        let metrics = self.clone();
        let stopping = tasks.stopping();
        tasks.spawn("history housekeeping", async move {
            loop {
                let (here, stop) = (metrics.clone(), stopping.clone());
                match tokio::task::spawn_blocking(move || here.housekeep(&stop)).await {
                    Ok(Ok(sealed)) if sealed > 0 => tracing::debug!(sealed, "reports sealed into blocks"),
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => tracing::error!(%error, "history can't be sealed"),
                    Err(error) => tracing::error!(%error, "sealing history died"),
                }
                tokio::time::sleep(HOUSEKEEPING).await;
            }
        });
    }

    /// Seals every hour that is over, then forgets what is too old; answers how many reports were sealed. Blocks
    /// for milliseconds per node and hour; breaks off between two hours when `stop` fires. May be killed at
    /// any point: each step is one write.
    ///
    /// # Errors
    /// The first error of the store. What could be sealed is sealed; nothing is forgotten then.
    pub fn housekeep(&self, stop: &CancellationToken) -> Result<u64, StoreError> {
        let sealed = self.seal_due(stop)?;
        if !stop.is_cancelled() {
            self.retire()?;
        }
        Ok(sealed)
    }
}
