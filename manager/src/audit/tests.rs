use super::*;
use crane_shared::time::Timestamp;

fn entry(target: &str) -> Entry {
    Entry {
        actor: "anna@example.org".into(),
        from: "192.0.2.1".into(),
        action: "node.remove",
        target: target.into(),
        outcome: Outcome::Done,
        detail: String::new(),
    }
}

#[tokio::test]
async fn the_chain_goes_on_over_a_restart_and_two_writers_do_not_fork_it() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Timestamp(1_700_000_000_000));
    for round in 0..2 {
        let store = Store::open(dir.path()).unwrap();
        let audit = Audit::open(store.clone(), clock.clone()).unwrap();
        let many = (0..50).map(|n| {
            let audit = audit.clone();
            async move { audit.record(entry(&format!("{round}.{n}"))).await.unwrap() }
        });
        let mut numbers = futures_util::future::join_all(many).await;
        numbers.sort_unstable();
        assert_eq!(numbers, (round * 50 + 1..=round * 50 + 50).collect::<Vec<u64>>());
        assert_eq!(Audit::verify(&store).unwrap(), round * 50 + 50);
    }
}

#[tokio::test]
async fn pages_go_back_in_time_without_overlap() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let audit = Audit::open(store, Clock::manual(Timestamp(0))).unwrap();
    for n in 1..=5 {
        audit.record(entry(&n.to_string())).await.unwrap();
    }
    let numbers = |page: Vec<AuditEntry>| page.iter().map(|entry| entry.seq).collect::<Vec<_>>();
    assert_eq!(numbers(audit.page(None, 2).unwrap()), [5, 4]);
    assert_eq!(numbers(audit.page(Some(4), 2).unwrap()), [3, 2]);
    assert_eq!(numbers(audit.page(Some(2), 2).unwrap()), [1]);
}

#[tokio::test]
async fn a_removed_entry_is_found_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let audit = Audit::open(store.clone(), Clock::manual(Timestamp(0))).unwrap();
    for n in 1..=5 {
        audit.record(entry(&n.to_string())).await.unwrap();
    }
    let mut batch = Batch::new();
    batch.delete(Family::Audit, &3_u64.to_be_bytes());
    store.commit(batch).await.unwrap();
    assert!(matches!(Audit::verify(&store), Err(Broken::Missing(3))));
}
