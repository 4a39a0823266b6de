mod history;
mod line;

use super::query::Bucket;
use super::retention::{HOUR, MINUTES, RAW, TEN_MINUTES, Tier};
use super::*;
use crane_shared::model::{ContainerSample, Event, HostLoad, SampleBatch, Usage};
use crane_shared::protocol::{Record, RecordBatch, RecordBody};
use crane_shared::time::Timestamp;
use std::collections::BTreeMap;
use std::path::Path;

/// Midnight of some day, so that hours and days begin where a reader expects them.
const MIDNIGHT: i64 = 20_000 * 24 * HOUR;
const PERIOD: i64 = 10_000;

fn node(number: u64) -> NodeId {
    NodeId::parse(format!("{number:016x}")).unwrap()
}

fn key(number: u64) -> ContainerKey {
    ContainerKey(number)
}

/// The sample with this number: one every ten seconds from midnight on, two containers, values from the number alone.
fn sample(seq: u64) -> SampleBatch {
    let value = |salt: u64| seq.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(salt as u32) >> 40;
    SampleBatch {
        at: Timestamp(MIDNIGHT + seq as i64 * PERIOD),
        period_ms: 10_000,
        host: HostLoad {
            cpu: (value(1) % 10_000) as u32,
            memory_used: value(2),
            ..HostLoad::default()
        },
        containers: (0..2)
            .map(|n| ContainerSample {
                key: key(n),
                usage: Usage {
                    cpu: (value(3 + n) % 40_000) as u32,
                    memory: value(5 + n),
                    rx: value(7),
                    tx: value(8),
                    read: value(9),
                    write: value(10),
                    pids: 3,
                },
            })
            .collect(),
    }
}

fn record(seq: u64) -> Record {
    Record {
        seq,
        body: RecordBody::Samples(sample(seq)),
    }
}

fn gap(from: u64, to: u64) -> Record {
    Record {
        seq: to,
        body: RecordBody::Gap {
            from,
            to,
            since: Timestamp(0),
            until: Timestamp(0),
            bytes: 1,
        },
    }
}

fn batch(records: impl IntoIterator<Item = Record>) -> RecordBatch {
    RecordBatch {
        records: records.into_iter().collect(),
    }
}

/// What the samples with these numbers are together, for the machine and for container 1.
fn oracle(numbers: impl Iterator<Item = u64> + Clone) -> [Bucket; 2] {
    let sum_of = |of: &dyn Fn(u64) -> Vec<u64>| {
        let mut total = Bucket::default();
        for number in numbers.clone() {
            let row = of(number);
            total.sum.resize(row.len(), 0);
            total.max.resize(row.len(), 0);
            total.count += 1;
            for (n, value) in row.into_iter().enumerate() {
                total.sum[n] += u128::from(value);
                total.max[n] = total.max[n].max(value);
            }
        }
        total
    };
    [
        sum_of(&|number| columns::of_machine(&sample(number).host).to_vec()),
        sum_of(&|number| columns::of_container(&sample(number).containers[1].usage).to_vec()),
    ]
}

/// Everything that is stored of `node` in `tier`, as one bucket each for the machine and container 1.
fn stored(metrics: &Metrics, node: &NodeId, tier: Tier) -> [Bucket; 2] {
    let whole = |subject| {
        let step = 48 * HOUR;
        let mut buckets = metrics
            .buckets(&subject, MIDNIGHT, MIDNIGHT + step, tier, step)
            .unwrap()
            .buckets
            .into_iter()
            .filter(|bucket| bucket.count > 0);
        let only = buckets.next().unwrap_or_default();
        assert_eq!(buckets.next(), None, "all samples lie within one step");
        only
    };
    [
        whole(Subject::Node(node.clone())),
        whole(Subject::Container(node.clone(), key(1))),
    ]
}

fn check_all_tiers(metrics: &Metrics, node: &NodeId, numbers: impl Iterator<Item = u64> + Clone) {
    let wanted = oracle(numbers);
    for tier in [RAW, MINUTES, TEN_MINUTES] {
        assert_eq!(stored(metrics, node, tier), wanted, "{:?}", tier.family);
    }
}

struct Bench {
    metrics: Metrics,
    clock: Clock,
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Timestamp(MIDNIGHT + HOUR));
        Self {
            metrics: open(dir.path(), &clock),
            clock,
            dir,
        }
    }

    fn reopen(self) -> Self {
        let Self { metrics, clock, dir } = self;
        drop(metrics);
        Self {
            metrics: open(dir.path(), &clock),
            clock,
            dir,
        }
    }

    fn take(&self, node: &NodeId, epoch: u64, records: RecordBatch) -> u64 {
        waiting(self.metrics.take(node, epoch, records)).unwrap()
    }

    fn hours(&self, hours: u64) {
        self.clock.advance(Duration::from_secs(hours * 3600));
    }

    fn housekeep(&self) -> u64 {
        self.metrics.housekeep(&CancellationToken::new()).unwrap()
    }
}

fn open(dir: &Path, clock: &Clock) -> Metrics {
    Metrics::new(Store::open(dir).unwrap(), clock.clone())
}

fn waiting<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}
