use super::*;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::{Command, Stdio};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Thing {
    name: String,
    size: u64,
}

fn thing(name: &str, size: u64) -> Thing {
    Thing {
        name: name.to_owned(),
        size,
    }
}

fn put(family: Family, key: &[u8], value: &Thing) -> Batch {
    let mut batch = Batch::new();
    batch.put(family, key, value).unwrap();
    batch
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..3_u64 {
        let store = Store::open(dir.path()).unwrap();
        for before in 0..round {
            let found: Option<Thing> = store.get(Family::Nodes, &before.to_be_bytes()).unwrap();
            assert_eq!(found, Some(thing("round", before)));
        }
        let batch = put(Family::Nodes, &round.to_be_bytes(), &thing("round", round));
        store.commit(batch).await.unwrap();
    }
}

#[tokio::test]
async fn a_second_process_is_told_who_holds_the_database() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Store::open(dir.path()).unwrap();
    let second = Store::open(dir.path()).unwrap_err();
    assert_eq!(
        second,
        StoreError::InUse {
            directory: dir.path().to_owned()
        }
    );
}

#[tokio::test]
async fn a_database_of_a_newer_crane_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.db.put(b"layout", 7_u32.to_be_bytes()).unwrap();
    drop(store);
    assert_eq!(
        Store::open(dir.path()).unwrap_err(),
        StoreError::TooNew { found: 7, known: 1 }
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_racers_exactly_one_wins() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut race = tokio::task::JoinSet::new();
    for racer in 0..1000_u64 {
        let store = store.clone();
        race.spawn(async move {
            let mut batch = put(Family::JoinTokens, b"used", &thing("racer", racer));
            batch.only_if_absent(Family::JoinTokens, b"used");
            (racer, store.commit(batch).await)
        });
    }
    let mut winners = Vec::new();
    while let Some(end) = race.join_next().await {
        match end.unwrap() {
            (racer, Ok(())) => winners.push(racer),
            (_, Err(StoreError::Conflict)) => {}
            (_, Err(other)) => panic!("{other}"),
        }
    }
    assert_eq!(winners.len(), 1);
    let stored: Option<Thing> = store.get(Family::JoinTokens, b"used").unwrap();
    assert_eq!(stored, Some(thing("racer", winners[0])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_counter_changed_by_many_loses_no_step() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.commit(put(Family::Settings, b"n", &thing("n", 0))).await.unwrap();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        workers.spawn(async move {
            let mut done = 0;
            while done < 25 {
                let old: Thing = store.get(Family::Settings, b"n").unwrap().unwrap();
                let mut batch = put(Family::Settings, b"n", &thing("n", old.size + 1));
                batch.only_if(Family::Settings, b"n", &old).unwrap();
                if store.commit(batch).await.is_ok() {
                    done += 1;
                }
            }
        });
    }
    workers.join_all().await;
    let end: Option<Thing> = store.get(Family::Settings, b"n").unwrap();
    assert_eq!(end, Some(thing("n", 200)));
}

#[tokio::test]
async fn a_refused_batch_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut batch = put(Family::Users, b"a", &thing("a", 1));
    batch.only_if_present(Family::Users, b"b");
    assert_eq!(store.commit(batch).await, Err(StoreError::Conflict));
    assert_eq!(store.get::<Thing>(Family::Users, b"a").unwrap(), None);
}

#[tokio::test]
async fn a_guard_sees_a_range_that_is_deleted_in_the_same_breath() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.commit(put(Family::Raw, b"m", &thing("m", 1))).await.unwrap();
    let mut sweep = Batch::new();
    sweep.delete_range(Family::Raw, b"a", b"z");
    let mut late = put(Family::Users, b"late", &thing("late", 1));
    late.only_if_present(Family::Raw, b"m");
    // Polled in order on one thread, so both wait in the writer's queue together or one after the other.
    let (swept, refused) = tokio::join!(store.commit(sweep), store.commit(late));
    assert_eq!((swept, refused), (Ok(()), Err(StoreError::Conflict)));
}

#[tokio::test]
async fn pages_go_both_ways_and_join_without_a_seam() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut batch = Batch::new();
    for size in 0..10_u64 {
        batch
            .put(Family::Audit, &[b'p', size as u8], &thing("p", size))
            .unwrap();
    }
    batch.put(Family::Audit, b"o", &thing("before", 0)).unwrap();
    batch.put(Family::Audit, b"q", &thing("behind", 0)).unwrap();
    store.commit(batch).await.unwrap();

    for (order, wanted) in [
        (Order::Forward, (0..10).collect::<Vec<_>>()),
        (Order::Backward, (0..10).rev().collect()),
    ] {
        let (mut seen, mut after) = (Vec::new(), None::<Vec<u8>>);
        loop {
            let page = store
                .page::<Thing>(Family::Audit, b"p", after.as_deref(), 3, order)
                .unwrap();
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            seen.extend(page.into_iter().map(|(_, thing)| thing.size));
        }
        assert_eq!(seen, wanted, "{order:?}");
    }
}

#[tokio::test]
async fn a_record_of_another_layout_is_refused_not_guessed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut batch = Batch::new();
    batch.put_raw(Family::Users, b"future", vec![9, 1, 2, 3]);
    batch.put_raw(Family::Users, b"empty", Vec::new());
    store.commit(batch).await.unwrap();
    for key in [&b"future"[..], b"empty"] {
        let read = store.get::<Thing>(Family::Users, key);
        assert!(matches!(read, Err(StoreError::Unreadable { .. })), "{read:?}");
    }
}

#[tokio::test]
async fn a_backup_opens_and_holds_everything() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("live")).unwrap();
    store.commit(put(Family::Users, b"a", &thing("a", 1))).await.unwrap();
    let copy = dir.path().join("copy");
    store.backup(&copy).unwrap();
    store.commit(put(Family::Users, b"b", &thing("b", 2))).await.unwrap();
    assert!(store.backup(&copy).is_err(), "a copy was overwritten");
    assert!(store.size_on_disk() > 0);

    let copy = Store::open(&copy).unwrap();
    assert_eq!(copy.get(Family::Users, b"a").unwrap(), Some(thing("a", 1)));
    assert_eq!(copy.get::<Thing>(Family::Users, b"b").unwrap(), None);
}

#[tokio::test]
async fn a_view_does_not_see_what_comes_later() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let view = store.view();
    store.commit(put(Family::Users, b"a", &thing("a", 1))).await.unwrap();
    assert_eq!(view.get::<Thing>(Family::Users, b"a").unwrap(), None);
    assert!(store.get::<Thing>(Family::Users, b"a").unwrap().is_some());
}

/// Where the child of the test below finds its database; unset in a normal run.
const CHILD: &str = "CRANE_TEST_STORE_CHILD";

/// Not a test of its own: what the child process of the next one runs. Eight writers commit numbered records
/// and print each number when it is acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[allow(
    clippy::disallowed_methods,
    reason = "a child process has no other way to learn where"
)]
#[allow(clippy::print_stdout, reason = "the parent reads it")]
async fn child_that_commits_until_it_is_killed() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let store = Store::open(Path::new(&dir)).unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8_u64 {
        let store = store.clone();
        writers.spawn(async move {
            for round in 0_u64.. {
                let number = round * 8 + writer;
                let batch = put(Family::Audit, &number.to_be_bytes(), &thing("acked", number));
                store.commit(batch).await.unwrap();
                println!("acked {number}");
            }
        });
    }
    writers.join_all().await;
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    use std::io::BufRead;
    let dir = tempfile::tempdir().unwrap();
    let mut total = 0;
    for kill in 0..5_usize {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "store::tests::child_that_commits_until_it_is_killed",
                "--nocapture",
            ])
            .env(CHILD, dir.path().join(kill.to_string()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acked = Vec::new();
        let read = |line: std::io::Result<String>| line.unwrap().strip_prefix("acked ")?.parse::<u64>().ok();
        while acked.len() < 50 + kill * 37 {
            acked.extend(read(lines.next().expect("the child ended by itself")));
        }
        child.kill().unwrap();
        // What it had said before it died counts as well; a line may be torn by the end.
        acked.extend(lines.filter_map(|line| if line.is_ok() { read(line) } else { None }));
        child.wait().unwrap();

        let store = Store::open(&dir.path().join(kill.to_string())).unwrap();
        for number in &acked {
            let found: Option<Thing> = store.get(Family::Audit, &number.to_be_bytes()).unwrap();
            assert_eq!(found, Some(thing("acked", *number)), "kill {kill} lost it");
        }
        total += acked.len();
    }
    assert!(total >= 620, "{total}");
}
