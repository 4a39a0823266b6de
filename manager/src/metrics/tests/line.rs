//! What may happen between an agent and its manager: whatever it is, every sample counts exactly once.

use super::*;
use proptest::prelude::*;
use std::process::{Command, Stdio};

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
                "metrics::tests::line::child_that_takes_and_seals_until_it_is_killed",
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
