use super::accept::{Accepted, accept};
use super::retention::{BEFORE, BEHIND};
use super::{Metrics, keys};
use crate::store::{Batch, Family, StoreError};
use crane_shared::ids::NodeId;
use crane_shared::model::{Event, SampleBatch};
use crane_shared::protocol::{RecordBatch, RecordBody};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// One report names at most so many containers; a hundred is a busy host, and ten times that is where Docker ends.
const MOST_CONTAINERS: usize = 4096;

/// What one attempt left out; counted only when it was written.
#[derive(Debug, Default)]
struct LeftOut {
    misdated: u64,
    beyond_limits: u64,
    declared: u64,
}

impl Metrics {
    /// Up to where the records of `epoch` are durable; 0 when none are.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn acked(&self, node: &NodeId, epoch: u64) -> Result<u64, StoreError> {
        let mark = self.store.get(Family::Watermarks, &keys::watermark(node, epoch))?;
        Ok(mark.unwrap_or(0))
    }

    /// Applies what of `records` is new, exactly once, and answers the new watermark: on disk when this returns.
    /// Records behind a hole are left out until they are sent again.
    ///
    /// # Errors
    /// When the disk fails; then nothing of the batch is applied, or all of it (if the caller was cut off).
    pub async fn take(&self, node: &NodeId, epoch: u64, records: RecordBatch) -> Result<u64, StoreError> {
        let key = keys::watermark(node, epoch);
        loop {
            let mark: Option<u64> = self.store.get(Family::Watermarks, &key)?;
            let accepted = accept(mark.unwrap_or(0), &records);
            if accepted.hole {
                self.losses.add_hole();
            }
            if accepted.records.is_empty() {
                return Ok(accepted.upto);
            }
            let (mut batch, left_out) = self.batch_of(node, epoch, &accepted)?;
            batch.put(Family::Watermarks, &key, &accepted.upto)?;
            // Two sessions of one node may overlap for a moment; the slower one looks again.
            match mark {
                Some(mark) => batch.only_if(Family::Watermarks, &key, &mark)?,
                None => batch.only_if_absent(Family::Watermarks, &key),
            };
            match self.store.commit(batch).await {
                Ok(()) => {
                    self.losses.add_misdated(left_out.misdated);
                    self.losses.add_beyond_limits(left_out.beyond_limits);
                    self.losses.add_declared(left_out.declared);
                    return Ok(accepted.upto);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn batch_of(&self, node: &NodeId, epoch: u64, accepted: &Accepted<'_>) -> Result<(Batch, LeftOut), StoreError> {
        let now = self.clock.now();
        let in_time = |at: i64| at > 0 && at >= now.0 - BEHIND && at <= now.0 + BEFORE;
        let mut batch = Batch::new();
        let mut left_out = LeftOut::default();
        for record in &accepted.records {
            match &record.body {
                RecordBody::Samples(samples) if in_time(samples.at.0) => {
                    let (samples, over) = limited(samples);
                    left_out.beyond_limits += over;
                    let key = keys::report(node, samples.at.0, epoch, record.seq);
                    batch.put(Family::Reports, &key, &*samples)?;
                }
                RecordBody::Samples(_) => left_out.misdated += 1,
                RecordBody::Event(event) => {
                    // An event is never dropped for a wrong clock: it is filed under the time it came.
                    let at = Some(event.at().0).filter(|at| in_time(*at)).unwrap_or(now.0);
                    batch.put(Family::Events, &keys::event(at, node, epoch, record.seq), event)?;
                }
                RecordBody::Gap {
                    from,
                    to,
                    since,
                    until,
                    bytes,
                } => {
                    left_out.declared += to - from + 1;
                    let told = BTreeMap::from([
                        ("records".to_owned(), (to - from + 1).to_string()),
                        ("bytes".to_owned(), bytes.to_string()),
                        ("since".to_owned(), since.to_rfc3339()),
                        ("until".to_owned(), until.to_rfc3339()),
                    ]);
                    let event = Event {
                        at_ns: now.0.saturating_mul(1_000_000),
                        kind: "spool".to_owned(),
                        action: "gap".to_owned(),
                        subject: node.to_string(),
                        attributes: told,
                    };
                    batch.put(Family::Events, &keys::event(now.0, node, epoch, record.seq), &event)?;
                    tracing::warn!(%node, from, to, bytes, "an agent had to drop records");
                }
            }
        }
        Ok((batch, left_out))
    }
}

/// At most [`MOST_CONTAINERS`] of them, and how many are too many.
fn limited(samples: &SampleBatch) -> (Cow<'_, SampleBatch>, u64) {
    let over = samples.containers.len().saturating_sub(MOST_CONTAINERS);
    if over == 0 {
        return (Cow::Borrowed(samples), 0);
    }
    let mut fewer = samples.clone();
    fewer.containers.truncate(MOST_CONTAINERS);
    (Cow::Owned(fewer), over as u64)
}
