//! What is kept, for how long, and how it is answered.

use super::*;

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
