use super::keys::SubjectKey;
use super::retention::{HOUR, MINUTES, RAW, TEN_MINUTES, Tier};
use super::rollup::{roll_up, rolled_width, splice, start_of};
use super::table::Table;
use super::{Metrics, columns, keys};
use crate::store::{Batch, Family, StoreError, View};
use crane_shared::model::SampleBatch;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use tokio_util::sync::CancellationToken;

/// An hour is sealed this long after its end: by then its reports have come, unless the node is away.
const GRACE: i64 = 5 * 60_000;
/// Samples that are sealed in one write, so that a host with thousands of containers takes 20 MB and not a gigabyte.
const AT_ONCE: usize = 100_000;
/// Rows of one block: one every half second. More is no sampling any more.
const MOST_ROWS: usize = 7200;

/// Reports of one node's hour, or as many of them as fit, by subject.
#[derive(Default)]
struct Hour {
    tables: BTreeMap<SubjectKey, Table>,
    /// Of the reports, to delete them.
    keys: Vec<Vec<u8>>,
    samples: usize,
    unreadable: u64,
}

impl Metrics {
    /// Seals every hour of every node that is over; answers how many reports. One hour that fails does not
    /// keep the others: the first error is answered at the end.
    pub(super) fn seal_due(&self, stop: &CancellationToken) -> Result<u64, StoreError> {
        // Held over the whole walk; poisoned only by a panic, after which the disk is still whole.
        let _alone = self.sealing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let due = start_of(self.clock.now().0 - GRACE, HOUR);
        let (mut sealed, mut failed) = (0, None);
        let mut from = vec![0];
        while let Some((node, at)) = self.next_report(&from)? {
            if stop.is_cancelled() {
                break;
            }
            let hour = start_of(at, HOUR);
            if hour >= due {
                // Nothing of this node is over yet.
                let Some(next) = keys::behind_node(node) else { break };
                from = next.to_vec();
                continue;
            }
            match self.seal_hour(node, hour) {
                Ok(reports) => sealed += reports,
                Err(error) => failed = failed.or(Some(error)),
            }
            from = keys::reports_from(node, hour + HOUR).to_vec();
        }
        failed.map_or(Ok(sealed), Err)
    }

    /// Node and time of the first report at or behind `from`.
    fn next_report(&self, from: &[u8]) -> Result<Option<([u8; 8], i64)>, StoreError> {
        let mut found = None;
        self.store
            .view()
            .scan(Family::Reports, from, &[u8::MAX; 33], |key, _| {
                found = keys::read_report(key);
                Ok(ControlFlow::Break(()))
            })?;
        Ok(found)
    }

    /// In as many writes as it takes; each leaves every report either among the reports or in a block, never both.
    fn seal_hour(&self, node: [u8; 8], hour: i64) -> Result<u64, StoreError> {
        let mut sealed = 0;
        loop {
            let view = self.store.view();
            let reports = read_hour(&view, node, hour)?;
            if reports.keys.is_empty() {
                return Ok(sealed);
            }
            let mut batch = Batch::new();
            let mut over = 0;
            for (subject, rows) in &reports.tables {
                over += write_blocks(&view, &mut batch, subject, hour, rows)?;
            }
            for key in &reports.keys {
                batch.delete(Family::Reports, key);
            }
            drop(view);
            self.store.commit_blocking(batch)?;
            sealed += reports.keys.len() as u64;
            self.losses.add_beyond_limits(over);
            self.losses.add_unreadable(reports.unreadable);
        }
    }
}

fn read_hour(view: &View<'_>, node: [u8; 8], hour: i64) -> Result<Hour, StoreError> {
    let mut found = Hour::default();
    let (from, to) = (keys::reports_from(node, hour), keys::reports_from(node, hour + HOUR));
    view.scan(Family::Reports, &from, &to, |key, value| {
        found.keys.push(key.to_vec());
        let Ok(batch) = View::record::<SampleBatch>(Family::Reports, value) else {
            // Kept, it would stop this hour for ever.
            found.unreadable += 1;
            return Ok(ControlFlow::Continue(()));
        };
        found.samples += 1 + batch.containers.len();
        let mut add = |subject, values: &[u64]| {
            let table = found.tables.entry(subject).or_insert_with(|| Table::new(values.len()));
            table.push(batch.at.0, values.iter().copied());
        };
        add(keys::machine(node), &columns::of_machine(&batch.host));
        for sample in &batch.containers {
            add(keys::container(node, sample.key), &columns::of_container(&sample.usage));
        }
        Ok(if found.samples < AT_ONCE {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    })?;
    Ok(found)
}

/// Merges `rows` into the subject's raw block of `hour` and makes the hour's roll-ups anew from the whole block.
/// Answers how many rows were too many.
fn write_blocks(
    view: &View<'_>,
    batch: &mut Batch,
    subject: &SubjectKey,
    hour: i64,
    rows: &Table,
) -> Result<u64, StoreError> {
    let (key, old) = read_block(view, RAW, subject, hour, rows.columns.len())?;
    let mut raw = old.merged(rows);
    let over = raw.len().saturating_sub(MOST_ROWS);
    raw.truncate(MOST_ROWS);
    put_block(batch, RAW, &key, &raw)?;
    for tier in [MINUTES, TEN_MINUTES] {
        let (key, old) = read_block(view, tier, subject, hour, rolled_width(raw.columns.len()))?;
        let rolled = splice(&old, hour, hour + HOUR, &roll_up(&raw, tier.period));
        put_block(batch, tier, &key, &rolled)?;
    }
    Ok(over as u64)
}

fn read_block(
    view: &View<'_>,
    tier: Tier,
    subject: &SubjectKey,
    at: i64,
    width: usize,
) -> Result<([u8; 21], Table), StoreError> {
    let key = keys::block(tier.window_of(at), subject);
    let table = match view.get_raw(tier.family, &key)? {
        Some(block) => Table::decode(&block).map_err(|err| unreadable(tier.family, &err))?,
        None => Table::new(width),
    };
    Ok((key, table))
}

fn put_block(batch: &mut Batch, tier: Tier, key: &[u8], table: &Table) -> Result<(), StoreError> {
    let block = table.encode().map_err(|err| StoreError::Unwritable {
        family: tier.family,
        why: err.to_string(),
    })?;
    batch.put_raw(tier.family, key, block);
    Ok(())
}

pub(super) fn unreadable(family: Family, err: &super::table::BadBlock) -> StoreError {
    StoreError::Unreadable {
        family,
        why: err.to_string(),
    }
}
