//! The switchboard: what an agent reports goes to the rooms that want it.
//!
//! Records go to `metrics`, and only when they are on disk is their number answered and the newest sample shown to
//! `cluster`. Inventories, policies, arrivals and departures go to `cluster`. Nothing is kept here.

#[cfg(test)]
mod tests;

use crate::cluster::Cluster;
use crate::link::{Reports, Session};
use crate::metrics::Metrics;
use crate::store::StoreError;
use crane_shared::model::{Policy, SampleBatch};
use crane_shared::protocol::{InventoryFrame, RecordBatch, RecordBody, Refusal};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// Implements [`Reports`] for the listener.
#[derive(Debug, Clone)]
pub struct Ingest {
    metrics: Metrics,
    cluster: Cluster,
}

impl Ingest {
    /// Between the listener and these two.
    #[must_use]
    pub fn new(metrics: Metrics, cluster: Cluster) -> Self {
        Self { metrics, cluster }
    }

    async fn take(&self, session: &Session, batch: RecordBatch) -> Result<u64, Refusal> {
        let last = batch.records.last().map_or(0, |record| record.seq);
        let newest = newest_samples(&batch).cloned();
        let acked = self
            .metrics
            .take(&session.node, session.hello.epoch, batch)
            .await
            .map_err(|error| unavailable(session, &error))?;
        if acked < last {
            // Silence would leave the agent waiting for an acknowledgement that can't come. The refusal ends the
            // stream, and the next one begins behind what is on disk.
            tracing::warn!(node = %session.node, acked, last, "records are missing, waiting for them to be sent again");
            return Err(Refusal::Unavailable {
                what: format!("record {last}"),
                why: format!("those behind {acked} did not come"),
            });
        }
        if let Some(samples) = newest {
            self.cluster.observe(&session.node, &samples);
        }
        Ok(acked)
    }
}

impl Reports for Ingest {
    fn acked<'a>(&'a self, session: &'a Session) -> BoxFuture<'a, Result<u64, Refusal>> {
        let acked = self.metrics.acked(&session.node, session.hello.epoch);
        std::future::ready(acked.map_err(|error| unavailable(session, &error))).boxed()
    }

    fn began(&self, session: &Session) {
        self.cluster.began(session);
    }

    fn inventory(&self, session: &Session, frame: InventoryFrame) -> Result<(), Refusal> {
        self.cluster.inventory(session, frame)
    }

    fn records<'a>(&'a self, session: &'a Session, batch: RecordBatch) -> BoxFuture<'a, Result<u64, Refusal>> {
        self.take(session, batch).boxed()
    }

    fn policy(&self, session: &Session, policy: Policy) {
        self.cluster.policy(session, policy);
    }

    fn ended(&self, session: &Session, _why: &str) {
        self.cluster.ended(session);
    }
}

/// The picture wants the latest moment only.
fn newest_samples(batch: &RecordBatch) -> Option<&SampleBatch> {
    let samples = batch.records.iter().filter_map(|record| match &record.body {
        RecordBody::Samples(samples) => Some(samples),
        RecordBody::Event(_) | RecordBody::Gap { .. } => None,
    });
    samples.max_by_key(|samples| samples.at)
}

/// The agent keeps its records and tries again; what is wrong with the disk is for the manager's log.
fn unavailable(session: &Session, error: &StoreError) -> Refusal {
    tracing::error!(node = %session.node, %error, "records can't be stored");
    Refusal::Unavailable {
        what: "the store".to_owned(),
        why: error.to_string(),
    }
}
