use super::*;
use crane_shared::model::Event;
use proptest::prelude::*;
use std::collections::BTreeMap;

const LIMIT: u64 = 64 << 10;

fn event(n: u64, size: usize) -> RecordBody {
    RecordBody::Event(Event {
        at_ns: i64::try_from(n).unwrap() * 1_000_000,
        kind: "container".to_owned(),
        action: n.to_string(),
        subject: "x".repeat(size),
        attributes: BTreeMap::new(),
    })
}

fn everything(store: &mut Store, after: u64) -> Vec<Record> {
    let (mut records, mut after) = (Vec::new(), after);
    loop {
        let last = store.last();
        let more = store.read(after, last, 4000).unwrap();
        let Some(end) = more.last() else { return records };
        after = end.seq;
        records.extend(more);
    }
}

/// Every number from `after + 1` to the last is there once, as itself or inside a declared gap; gives back how many gaps.
fn check_whole(store: &mut Store, after: u64) -> u64 {
    let last = store.last();
    let mut expected = after + 1;
    let mut declared = 0;
    for record in everything(store, after) {
        match record.body {
            RecordBody::Gap { from, to, .. } => {
                assert!(
                    from <= expected && to == record.seq,
                    "gap {from}..={to} where {expected} was due"
                );
                declared += to + 1 - expected;
            }
            RecordBody::Event(event) => {
                assert_eq!(record.seq, expected);
                assert!(!event.action.is_empty());
            }
            RecordBody::Samples(_) => panic!("never written"),
        }
        expected = record.seq + 1;
    }
    assert_eq!(expected, last + 1);
    declared
}

#[test]
fn numbers_go_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), LIMIT).unwrap();
    let epoch = store.epoch();
    for n in 1..=5 {
        store.append(event(n, 10)).unwrap();
    }
    store.trim(5).unwrap();
    drop(store);
    let mut store = Store::open(dir.path(), LIMIT).unwrap();
    assert_eq!((store.epoch(), store.last()), (epoch, 5));
    store.append(event(6, 10)).unwrap();
    assert_eq!(
        everything(&mut store, 5),
        [Record {
            seq: 6,
            body: event(6, 10)
        }]
    );
}

#[test]
fn a_full_spool_drops_the_oldest_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), LIMIT).unwrap();
    for n in 1..=200 {
        store.append(event(n, 1000)).unwrap();
        assert!(store.bytes() <= LIMIT);
    }
    let lost = store.status().lost;
    assert!(lost > 100);
    assert_eq!(check_whole(&mut store, 0), lost);
    let records = everything(&mut store, 0);
    let RecordBody::Gap {
        from,
        since,
        until,
        bytes,
        ..
    } = records[0].body
    else {
        panic!("the first record is no gap: {:?}", records[0]);
    };
    assert_eq!(
        (from, since, until),
        (1, Timestamp(1), Timestamp(i64::try_from(lost).unwrap()))
    );
    assert!(bytes > lost * 1000);
    // The same after a restart, until the manager has heard of it.
    drop(store);
    let mut store = Store::open(dir.path(), LIMIT).unwrap();
    assert_eq!(everything(&mut store, 0), records);
    store.trim(lost).unwrap();
    drop(store);
    let mut store = Store::open(dir.path(), LIMIT).unwrap();
    assert_eq!(everything(&mut store, lost).len(), records.len() - 1);
    assert!(!dir.path().join(GAP_FILE).exists());
}

#[test]
fn a_torn_tail_is_cut_and_its_number_is_not_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), LIMIT).unwrap();
    for n in 1..=3 {
        store.append(event(n, 100)).unwrap();
    }
    let path = store.segments[0].path.clone();
    let end = store.segments[0].end;
    drop(store);
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(end - 7)
        .unwrap();
    let mut store = Store::open(dir.path(), LIMIT).unwrap();
    assert_eq!(store.last(), 3);
    store.append(event(4, 100)).unwrap();
    assert_eq!(check_whole(&mut store, 0), 1);
}

#[test]
fn a_damaged_middle_is_declared() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), LIMIT).unwrap();
    for n in 1..=20 {
        store.append(event(n, 1000)).unwrap();
    }
    assert!(store.segments.len() > 2);
    let path = store.segments[1].path.clone();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    std::fs::write(&path, bytes).unwrap();
    let mut store = Store::open(dir.path(), LIMIT).unwrap();
    assert_eq!(store.last(), 20);
    let declared = check_whole(&mut store, 0);
    assert!((1..=4).contains(&declared), "{declared}");
    // An acknowledgement inside the file before the hole must not take that file away at the next start.
    store.trim(1).unwrap();
    drop(store);
    let mut store = Store::open(dir.path(), LIMIT).unwrap();
    assert_eq!(check_whole(&mut store, 1), declared);
}

#[test]
fn damaged_numbers_begin_a_new_epoch() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), LIMIT).unwrap();
    store.append(event(1, 10)).unwrap();
    let (path, epoch) = (store.segments[0].path.clone(), store.epoch());
    drop(store);
    std::fs::write(&path, b"garbage").unwrap();
    let store = Store::open(dir.path(), LIMIT).unwrap();
    assert_ne!(store.epoch(), epoch);
    assert_eq!(store.last(), 0);
}

#[test]
fn a_disk_that_was_set_back_begins_a_new_epoch() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), LIMIT).unwrap();
    store.append(event(1, 10)).unwrap();
    let epoch = store.epoch();
    assert!(matches!(store.trim(7), Err(SpoolError::SetBack { acked: 7, last: 1 })));
    assert_ne!(store.epoch(), epoch);
    assert!(matches!(everything(&mut store, 0)[0].body, RecordBody::Gap { .. }));
    store.append(event(2, 10)).unwrap();
    assert_eq!(store.last(), 2);
}

#[test]
fn a_record_that_is_too_large_is_declared_lost() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), 8 << 20).unwrap();
    store.append(event(1, 10)).unwrap();
    assert!(store.append(event(2, frame::LONGEST)).is_err());
    store.append(event(3, 10)).unwrap();
    let records = everything(&mut store, 0);
    assert_eq!(records.iter().map(|r| r.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(matches!(records[1].body, RecordBody::Gap { from: 2, to: 2, .. }));
}

#[test]
fn an_acknowledged_spool_stays_small() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path(), LIMIT).unwrap();
    for n in 1..=500 {
        store.append(event(n, 200)).unwrap();
        store.trim(n).unwrap();
    }
    assert!(store.bytes() <= store.segment_size());
    assert_eq!(store.status().lost, 0);
}

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    Ack(u64),
    Restart,
    /// The process dies inside a write: so many bytes of the next record are on disk.
    Crash(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0usize..3000).prop_map(Step::Append),
        2 => (0u64..40).prop_map(Step::Ack),
        1 => Just(Step::Restart),
        1 => (1usize..200).prop_map(Step::Crash),
    ];
    proptest::collection::vec(step, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever happens, the manager can apply what it reads: no number twice, none missing without a word.
    #[test]
    fn numbers_never_have_undeclared_holes(steps in steps()) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path(), LIMIT).unwrap();
        let (epoch, mut acked, mut bodies) = (store.epoch(), 0, BTreeMap::new());
        for step in steps {
            match step {
                Step::Append(size) => {
                    let seq = store.last() + 1;
                    let body = event(seq, size);
                    store.append(body.clone()).unwrap();
                    bodies.insert(seq, body);
                }
                Step::Ack(more) => {
                    acked = (acked + more).min(store.last());
                    store.trim(acked).unwrap();
                }
                Step::Restart => {
                    drop(store);
                    store = Store::open(dir.path(), LIMIT).unwrap();
                    store.trim(acked).unwrap();
                }
                Step::Crash(bytes) => {
                    let segment = store.segments.back().unwrap();
                    let path = segment.path.clone();
                    let frame = frame::write(store.last() + 1, &event(9, 300)).unwrap();
                    drop(store);
                    File::options().append(true).open(&path).unwrap().write_all(&frame[..bytes]).unwrap();
                    store = Store::open(dir.path(), LIMIT).unwrap();
                }
            }
            prop_assert_eq!(store.epoch(), epoch);
            prop_assert!(store.bytes() <= LIMIT);
            check_whole(&mut store, acked);
            for record in everything(&mut store, acked) {
                if let RecordBody::Event(_) = record.body {
                    prop_assert_eq!(Some(&record.body), bodies.get(&record.seq));
                }
            }
        }
    }

    /// Any bytes in a segment are read without a panic, and never make a number twice.
    #[test]
    fn any_damage_is_survived(at in 0usize..20_000, value: u8, cut in 0usize..4000) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path(), LIMIT).unwrap();
        for n in 1..=15 {
            store.append(event(n, 900)).unwrap();
        }
        let paths: Vec<_> = store.segments.iter().map(|segment| segment.path.clone()).collect();
        let epoch = store.epoch();
        drop(store);
        let path = &paths[at % paths.len()];
        let mut bytes = std::fs::read(path).unwrap();
        let place = at % bytes.len();
        bytes[place] = value;
        bytes.truncate(bytes.len() - cut % bytes.len());
        std::fs::write(path, bytes).unwrap();
        let mut store = Store::open(dir.path(), LIMIT).unwrap();
        check_whole(&mut store, 0);
        let last = store.last();
        store.append(event(99, 10)).unwrap();
        prop_assert_eq!(store.last(), last + 1);
        prop_assert!(store.epoch() != epoch || last >= 12);
    }
}
