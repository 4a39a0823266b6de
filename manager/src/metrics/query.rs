use super::retention::{MINUTES, RAW, TEN_MINUTES, Tier};
use super::rollup::start_of;
use super::table::Table;
use super::{Metrics, Subject, columns, keys, seal};
use crate::store::{Family, Order, StoreError};
use crane_shared::api::Series;
use crane_shared::ids::NodeId;
use crane_shared::model::{Event, SampleBatch};
use crane_shared::time::Timestamp;
use std::ops::ControlFlow;

/// A chart is at most so many points wide; a screen has fewer.
const MOST_POINTS: i64 = 2000;
/// No point is narrower than the usual sampling period, or every other one would be a hole.
const NARROWEST: i64 = 10_000;

/// Points of equal width, filled from rows of any tier.
#[derive(Debug)]
pub(super) struct Buckets {
    /// ms since 1970, a multiple of `step`.
    pub(super) start: i64,
    /// In ms.
    pub(super) step: i64,
    pub(super) buckets: Vec<Bucket>,
}

/// Everything that fell into one point.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    pub(super) count: u64,
    pub(super) sum: Vec<u128>,
    pub(super) max: Vec<u64>,
}

/// One event as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Give it back to go on behind this event.
    pub cursor: Vec<u8>,
    pub node: NodeId,
    pub event: Event,
}

impl Metrics {
    /// What `subject` did from `from` up to `to`, in about `points` points (1 to 2,000): means, and the most of CPU
    /// and memory. A point in which nothing was sampled is a hole. Blocks for up to some ten milliseconds.
    ///
    /// # Errors
    /// When the disk fails or a block can't be read.
    pub fn series(
        &self,
        subject: &Subject,
        from: Timestamp,
        to: Timestamp,
        points: usize,
    ) -> Result<Series, StoreError> {
        let (tier, step) = choose(self.clock.now().0, from.0, to.0, points);
        let from = from.0.max(self.clock.now().0 - tier.keep);
        Ok(self.buckets(subject, from, to.0, tier, step)?.into_series(subject))
    }

    /// The newest events first, behind `after`.
    ///
    /// # Errors
    /// When the disk fails or an event can't be read.
    pub fn events(&self, after: Option<&[u8]>, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let found = self.store.page(Family::Events, &[], after, limit, Order::Backward)?;
        let with_node = |(cursor, event): (Vec<u8>, Event)| {
            let node = keys::read_event(&cursor)?;
            Some(StoredEvent { cursor, node, event })
        };
        Ok(found.into_iter().filter_map(with_node).collect())
    }

    /// Sealed blocks of `tier` and reports that are not sealed yet, seen at one moment.
    pub(super) fn buckets(
        &self,
        subject: &Subject,
        from: i64,
        to: i64,
        tier: Tier,
        step: i64,
    ) -> Result<Buckets, StoreError> {
        let mut buckets = Buckets::new(from, to, step);
        let (from, to) = (buckets.start, buckets.end());
        let view = self.store.view();
        if from >= to {
            return Ok(buckets);
        }
        let key = keys::subject(subject);
        for window in tier.window_of(from)..=tier.window_of(to - 1) {
            if let Some(block) = view.get_raw(tier.family, &keys::block(window, &key))? {
                let table = Table::decode(&block).map_err(|err| seal::unreadable(tier.family, &err))?;
                buckets.add_table(&table, tier, columns::width(subject));
            }
        }
        let (Subject::Node(node) | Subject::Container(node, _)) = subject;
        let (from, to) = (keys::reports_of(node, from), keys::reports_of(node, to));
        view.scan_records(Family::Reports, &from, &to, |_, batch: SampleBatch| {
            match subject {
                Subject::Node(_) => buckets.add_row(batch.at.0, &columns::of_machine(&batch.host)),
                Subject::Container(_, wanted) => {
                    for sample in batch.containers.iter().filter(|sample| sample.key == *wanted) {
                        buckets.add_row(batch.at.0, &columns::of_container(&sample.usage));
                    }
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(buckets)
    }
}

/// The finest tier that still holds all of the range and is not much finer than a point, and the width of a
/// point in ms: always whole periods of the tier, so that no row lies across two points.
fn choose(now: i64, from: i64, to: i64, points: usize) -> (Tier, i64) {
    let points = i64::try_from(points).unwrap_or(MOST_POINTS).clamp(1, MOST_POINTS);
    let wanted = to.saturating_sub(from.max(0)).max(0) / points;
    let age = now.saturating_sub(from);
    let tier = if age <= RAW.keep && wanted < MINUTES.period {
        RAW
    } else if age <= MINUTES.keep && wanted < TEN_MINUTES.period {
        MINUTES
    } else {
        TEN_MINUTES
    };
    let unit = tier.period.max(NARROWEST);
    // Rounded up, or there would be more points than were asked for.
    let step = (wanted.saturating_add(unit - 1) / unit).max(1) * unit;
    (tier, step)
}

impl Buckets {
    /// Points that cover `from..to`, at most some more than [`MOST_POINTS`].
    fn new(from: i64, to: i64, step: i64) -> Self {
        let start = start_of(from.max(0), step);
        let count = to.saturating_sub(start).max(0).saturating_add(step - 1) / step;
        let count = usize::try_from(count.min(MOST_POINTS + 2)).unwrap_or(0);
        Self {
            start,
            step,
            buckets: vec![Bucket::default(); count],
        }
    }

    fn end(&self) -> i64 {
        self.start + self.step * i64::try_from(self.buckets.len()).unwrap_or(0)
    }

    fn at(&mut self, at: i64) -> Option<&mut Bucket> {
        let offset = at.checked_sub(self.start).filter(|offset| *offset >= 0)?;
        self.buckets.get_mut(usize::try_from(offset / self.step).ok()?)
    }

    fn add_row(&mut self, at: i64, values: &[u64]) {
        if let Some(bucket) = self.at(at) {
            bucket.add(1, values.iter().map(|value| (*value, *value)));
        }
    }

    fn add_table(&mut self, table: &Table, tier: Tier, width: usize) {
        for (index, at) in table.at.iter().enumerate() {
            let Some(bucket) = self.at(*at) else { continue };
            if tier.period == 0 {
                bucket.add(1, table.row(index).take(width).map(|value| (value, value)));
                continue;
            }
            let row: Vec<u64> = table.row(index).collect();
            if let Some((count, values)) = row.split_first() {
                // Sum, least, most; see `rollup`.
                let pairs = values
                    .chunks_exact(3)
                    .filter_map(|three| Some((*three.first()?, *three.last()?)));
                bucket.add(*count, pairs.take(width));
            }
        }
    }

    fn into_series(self, subject: &Subject) -> Series {
        let mean = |column: usize| self.mapped(|bucket| bucket.mean(column));
        let most = |column: usize| self.mapped(|bucket| bucket.max.get(column).map(|value| *value as f64));
        let hundredths = |values: Vec<Option<f64>>| values.into_iter().map(|v| Some(v? / 100.0)).collect();
        let of_container = |column: usize| match subject {
            Subject::Container(..) => mean(column),
            Subject::Node(_) => vec![None; self.buckets.len()],
        };
        Series {
            step: u32::try_from(self.step / 1000).unwrap_or(u32::MAX),
            at: (0..self.buckets.len() as i64)
                .map(|n| (self.start + n * self.step) / 1000)
                .collect(),
            cpu: hundredths(mean(columns::CPU)),
            cpu_max: hundredths(most(columns::CPU)),
            memory: mean(columns::MEMORY),
            memory_max: most(columns::MEMORY),
            rx: mean(columns::RX),
            tx: mean(columns::TX),
            read: of_container(columns::READ),
            write: of_container(columns::WRITE),
            pids: of_container(columns::PIDS),
        }
    }

    fn mapped(&self, of: impl Fn(&Bucket) -> Option<f64>) -> Vec<Option<f64>> {
        self.buckets.iter().map(of).collect()
    }
}

impl Bucket {
    fn add(&mut self, count: u64, values: impl Iterator<Item = (u64, u64)>) {
        self.count += count;
        for (column, (sum, max)) in values.enumerate() {
            match (self.sum.get_mut(column), self.max.get_mut(column)) {
                (Some(total), Some(most)) => {
                    *total += u128::from(sum);
                    *most = max.max(*most);
                }
                _ => {
                    self.sum.push(sum.into());
                    self.max.push(max);
                }
            }
        }
    }

    fn mean(&self, column: usize) -> Option<f64> {
        let sum = *self.sum.get(column)?;
        (self.count > 0).then(|| sum as f64 / self.count as f64)
    }
}
