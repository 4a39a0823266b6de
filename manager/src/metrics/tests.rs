use super::query::Bucket;
use super::retention::{HOUR, MINUTES, RAW, TEN_MINUTES, Tier};
use super::*;
use crane_shared::model::{ContainerSample, Event, HostLoad, SampleBatch, Usage};
use crane_shared::protocol::{Record, RecordBatch, RecordBody};
use crane_shared::time::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

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

#[test]
fn a_batch_sent_twice_counts_once() {
    let bench = Bench::new();
    for _ in 0..3 {
        assert_eq!(bench.take(&node(1), 7, batch((1..=50).map(record))), 50);
    }
    check_all_tiers(&bench.metrics, &node(1), 1..=50);
    assert_eq!(bench.metrics.acked(&node(1), 7).unwrap(), 50);
    assert_eq!(bench.metrics.acked(&node(1), 8).unwrap(), 0, "a new spool begins anew");
    assert_eq!(bench.metrics.acked(&node(2), 7).unwrap(), 0);
}

#[test]
fn a_hole_waits_until_it_is_filled_or_declared() {
    let bench = Bench::new();
    assert_eq!(bench.take(&node(1), 7, batch([record(1), record(3)])), 1);
    check_all_tiers(&bench.metrics, &node(1), 1..=1);
    assert_eq!(bench.take(&node(1), 7, batch([record(2), record(3)])), 3);
    assert_eq!(bench.take(&node(1), 7, batch([gap(4, 9), record(10)])), 10);
    check_all_tiers(&bench.metrics, &node(1), (1..=3).chain(10..=10));
    let told = bench.metrics.events(None, 10).unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].event.action.as_str(), &told[0].node), ("gap", &node(1)));
    assert_eq!(told[0].event.attributes["records"], "6");
    assert_eq!(bench.metrics.losses().counts()[3], ("declared", 6));
    assert_eq!(bench.metrics.losses().counts()[4], ("holes", 1));
}

#[test]
fn sealing_changes_no_answer() {
    let bench = Bench::new();
    bench.take(&node(1), 7, batch((1..=719).map(record)));
    bench.take(&node(2), 7, batch((1..=5).map(record)));
    bench.hours(2);
    assert_eq!(bench.housekeep(), 724);
    assert_eq!(bench.housekeep(), 0, "sealed twice");
    check_all_tiers(&bench.metrics, &node(1), 1..=719);
    check_all_tiers(&bench.metrics, &node(2), 1..=5);
}

#[test]
fn an_hour_is_not_sealed_before_its_reports_had_time_to_come() {
    let bench = Bench::new();
    bench.take(&node(1), 7, batch((1..=359).map(record)));
    assert_eq!(bench.housekeep(), 0);
    bench.clock.advance(Duration::from_secs(299));
    assert_eq!(bench.housekeep(), 0);
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.housekeep(), 359);
}

#[test]
fn a_node_that_was_away_fills_its_own_gap() {
    let bench = Bench::new();
    bench.take(&node(1), 7, batch((1..=100).map(record)));
    bench.hours(3);
    bench.housekeep();
    // Back after two hours: the rest of its first hour and the whole second one come late, in pieces.
    for start in (101..700).step_by(90) {
        bench.take(&node(1), 7, batch((start..start + 90).map(record)));
        bench.housekeep();
    }
    check_all_tiers(&bench.metrics, &node(1), 1..=730);
    let second = Subject::Container(node(1), key(1));
    let from = Timestamp(MIDNIGHT + HOUR);
    let series = bench
        .metrics
        .series(&second, from, Timestamp(from.0 + HOUR), 6)
        .unwrap();
    assert_eq!(series.step, 600);
    assert_eq!(series.at[0] * 1000, MIDNIGHT + HOUR);
    assert!(series.cpu.iter().all(Option::is_some), "{:?}", series.cpu);
}

#[test]
fn a_point_without_samples_is_a_hole() {
    let bench = Bench::new();
    bench.take(&node(1), 7, batch((1..=5).map(record)));
    bench.take(&node(1), 7, batch([gap(6, 9), record(10)]));
    let subject = Subject::Container(node(1), key(0));
    let from = Timestamp(MIDNIGHT);
    let series = bench
        .metrics
        .series(&subject, from, Timestamp(MIDNIGHT + 11 * PERIOD), 11)
        .unwrap();
    let present: Vec<bool> = series.memory.iter().map(Option::is_some).collect();
    let wanted: Vec<bool> = (0..11).map(|n| (1..=5).contains(&n) || n == 10).collect();
    assert_eq!((series.step, present), (10, wanted));
    assert_eq!(series.memory[3], Some(sample(3).containers[0].usage.memory as f64));
    assert_eq!(
        series.cpu[3],
        Some(f64::from(sample(3).containers[0].usage.cpu) / 100.0)
    );
    assert_eq!(series.pids[3], Some(3.0));
    let host = bench
        .metrics
        .series(&Subject::Node(node(1)), from, Timestamp(MIDNIGHT + PERIOD * 11), 11)
        .unwrap();
    assert_eq!(host.memory[3], Some(sample(3).host.memory_used as f64));
    assert!(host.pids.iter().chain(&host.read).all(Option::is_none));
    let unknown = Subject::Container(node(1), key(9));
    let nothing = bench
        .metrics
        .series(&unknown, from, Timestamp(MIDNIGHT + HOUR), 60)
        .unwrap();
    assert!(nothing.cpu.iter().all(Option::is_none) && nothing.cpu.len() == 60);
}

#[test]
fn strange_ranges_are_answered_and_bounded() {
    let bench = Bench::new();
    bench.take(&node(1), 7, batch((1..=5).map(record)));
    let subject = Subject::Node(node(1));
    for (from, to) in [
        (0, i64::MAX),
        (i64::MIN, i64::MAX),
        (MIDNIGHT, MIDNIGHT),
        (MIDNIGHT, 0),
        (-5, -1),
    ] {
        for points in [0, 1, 500, usize::MAX] {
            let series = bench
                .metrics
                .series(&subject, Timestamp(from), Timestamp(to), points)
                .unwrap();
            assert!(series.at.len() <= 2002, "{from}..{to}: {}", series.at.len());
        }
    }
}

#[test]
fn raw_rows_go_after_two_days_and_the_rest_stays() {
    let bench = Bench::new();
    bench.take(&node(1), 7, batch((1..=359).map(record)));
    bench.hours(1);
    bench.housekeep();
    bench.hours(49);
    bench.housekeep();
    assert_eq!(
        stored(&bench.metrics, &node(1), RAW),
        [Bucket::default(), Bucket::default()]
    );
    assert_eq!(stored(&bench.metrics, &node(1), MINUTES), oracle(1..=359));
    bench.hours(14 * 24);
    bench.housekeep();
    assert_eq!(stored(&bench.metrics, &node(1), MINUTES)[0].count, 0);
    assert_eq!(stored(&bench.metrics, &node(1), TEN_MINUTES), oracle(1..=359));
    bench.hours(366 * 24);
    bench.housekeep();
    assert_eq!(stored(&bench.metrics, &node(1), TEN_MINUTES)[0].count, 0);
}

#[test]
fn a_manager_that_was_off_for_days_seals_before_it_forgets() {
    let bench = Bench::new();
    bench.take(&node(1), 7, batch((1..=200).map(record)));
    bench.hours(60);
    let bench = bench.reopen();
    assert_eq!(bench.housekeep(), 200);
    assert_eq!(stored(&bench.metrics, &node(1), MINUTES), oracle(1..=200));
}

#[test]
fn samples_from_a_wrong_clock_are_counted_and_events_are_kept() {
    let bench = Bench::new();
    let mut records = vec![record(1), record(2), record(3)];
    for (record, at) in records.iter_mut().zip([MIDNIGHT - 47 * HOUR, MIDNIGHT + 3 * HOUR, -5]) {
        let RecordBody::Samples(samples) = &mut record.body else {
            unreachable!()
        };
        samples.at = Timestamp(at);
    }
    records.push(Record {
        seq: 4,
        body: RecordBody::Event(Event {
            at_ns: i64::MAX,
            kind: "container".to_owned(),
            action: "oom".to_owned(),
            subject: "a".repeat(64),
            attributes: BTreeMap::new(),
        }),
    });
    assert_eq!(bench.take(&node(1), 7, batch(records)), 4);
    assert_eq!(bench.metrics.losses().counts()[0], ("misdated", 3));
    let events = bench.metrics.events(None, 10).unwrap();
    assert_eq!(events[0].event.action, "oom");
    assert_eq!(bench.metrics.events(Some(&events[0].cursor), 10).unwrap(), []);
}

#[test]
fn a_report_of_sixty_thousand_containers_is_cut() {
    let bench = Bench::new();
    let mut flood = sample(1);
    flood.containers = (0..60_000)
        .map(|n| ContainerSample {
            key: key(n),
            usage: Usage::default(),
        })
        .collect();
    let records = batch([Record {
        seq: 1,
        body: RecordBody::Samples(flood),
    }]);
    assert_eq!(bench.take(&node(1), 7, records), 1);
    assert_eq!(bench.metrics.losses().counts()[1], ("beyond_limits", 60_000 - 4096));
}

/// One thing that happens to the line between an agent and its manager.
#[derive(Debug, Clone)]
enum Happening {
    /// The agent sends so many records from so many before the newest acknowledged one on.
    Send {
        back: u64,
        count: u64,
    },
    /// The agent lost so many unsent records and says so.
    Lose(u64),
    /// The agent forgot to send one.
    Skip,
    Restart,
    Housekeep,
    Later {
        minutes: u64,
    },
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        8 => (0_u64..40, 1_u64..90).prop_map(|(back, count)| Happening::Send { back, count }),
        1 => (1_u64..30).prop_map(Happening::Lose),
        1 => Just(Happening::Skip),
        1 => Just(Happening::Restart),
        3 => Just(Happening::Housekeep),
        3 => (1_u64..50).prop_map(|minutes| Happening::Later { minutes }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_on_the_line_every_sample_counts_once(
        story in prop::collection::vec(happening(), 1..60)
    ) {
        let mut bench = Bench::new();
        // Ahead of the newest sample that the story can reach, so that none is misdated.
        bench.hours(16);
        let (who, mut acked) = (node(3), 0_u64);
        let mut lost = BTreeMap::new();
        let say = |seq: u64, lost: &BTreeMap<u64, u64>| {
            let hit = lost.range(..=seq).next_back().filter(|(_, to)| **to >= seq);
            hit.map_or_else(|| record(seq), |(from, to)| gap(*from, *to))
        };
        for step in story {
            match step {
                Happening::Send { back, count } => {
                    let from = acked.saturating_sub(back).max(1);
                    let upto = acked + count;
                    let mut records: Vec<Record> = (from..=upto).map(|seq| say(seq, &lost)).collect();
                    records.dedup_by_key(|record| record.seq);
                    let end = records.last().unwrap().seq;
                    prop_assert_eq!(bench.take(&who, 1, batch(records)), end.max(acked));
                    acked = end.max(acked);
                }
                Happening::Lose(count) => {
                    lost.insert(acked + 1, acked + count);
                }
                Happening::Skip => {
                    let far = acked + 2 + lost.get(&(acked + 1)).map_or(0, |to| to - acked);
                    prop_assert_eq!(bench.take(&who, 1, batch([record(far)])), acked);
                }
                Happening::Restart => bench = bench.reopen(),
                Happening::Housekeep => drop(bench.housekeep()),
                Happening::Later { minutes } => bench.clock.advance(Duration::from_secs(minutes * 60)),
            }
        }
        let gone = |seq: &u64| lost.range(..=*seq).next_back().is_some_and(|(_, to)| to >= seq);
        let numbers: Vec<u64> = (1..=acked).filter(|seq| !gone(seq)).collect();
        check_all_tiers(&bench.metrics, &who, numbers.iter().copied());
        bench.hours(2);
        bench.housekeep();
        check_all_tiers(&bench.metrics, &who, numbers.iter().copied());
    }
}

/// Where the child of the test below finds its database; unset in a normal run.
const CHILD: &str = "CRANE_TEST_METRICS_CHILD";

/// Not a test of its own: what the child of the next one runs. Takes records, a third of them twice, and seals as fast
/// as it can; the clock runs with the data.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(
    clippy::disallowed_methods,
    reason = "a child process has no other way to learn where"
)]
#[allow(clippy::print_stdout, reason = "the parent reads it")]
async fn child_that_takes_and_seals_until_it_is_killed() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let clock = Clock::manual(Timestamp(MIDNIGHT));
    let metrics = open(Path::new(&dir), &clock);
    let who = node(1);
    let mut acked = metrics.acked(&who, 1).unwrap();
    let sealer = metrics.clone();
    let sealing = std::thread::spawn(move || while sealer.housekeep(&CancellationToken::new()).is_ok() {});
    while !sealing.is_finished() && acked < 10_000 {
        let from = acked.saturating_sub(15).max(1);
        let at = Timestamp(MIDNIGHT + (acked as i64 + 40) * PERIOD);
        clock.advance(at.since(clock.now()));
        acked = metrics
            .take(&who, 1, batch((from..=acked + 30).map(record)))
            .await
            .unwrap();
        println!("acked {acked}");
    }
}

#[test]
fn killing_the_manager_while_it_takes_and_seals_costs_and_doubles_nothing() {
    use std::io::BufRead;
    let dir = tempfile::tempdir().unwrap();
    let mut acked = 0;
    for kill in 0..8_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "metrics::tests::child_that_takes_and_seals_until_it_is_killed",
                "--nocapture",
            ])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        let read = |line: std::io::Result<String>| line.ok()?.strip_prefix("acked ")?.parse::<u64>().ok();
        let goal = acked + 300 + kill * 130;
        while acked < goal {
            acked = read(lines.next().expect("the child ended by itself")).unwrap_or(acked);
        }
        child.kill().unwrap();
        acked = lines.filter_map(read).last().unwrap_or(acked);
        child.wait().unwrap();

        let clock = Clock::manual(Timestamp(MIDNIGHT + (acked as i64 + 40) * PERIOD));
        let metrics = open(dir.path(), &clock);
        let mark = metrics.acked(&node(1), 1).unwrap();
        assert!(mark >= acked, "{acked} was acknowledged, {mark} is there");
        check_all_tiers(&metrics, &node(1), 1..=mark);
    }
    assert!(acked >= 8 * 300);
}
