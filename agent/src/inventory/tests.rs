use super::*;
use crate::docker::{Inspected, Listed};
use crane_shared::ids::{ContainerId, ContainerKey};
use crane_shared::model::{Container, ContainerState, Health};
use crane_shared::protocol::InventoryFrame;
use crane_shared::time::Timestamp;
use std::collections::BTreeMap;

fn id(n: u64) -> ContainerId {
    ContainerId::parse(format!("{n:016x}{}", "0".repeat(48))).unwrap()
}

fn seen(n: u64, pid: Option<u32>, label: usize) -> Inspected {
    Inspected {
        container: Container {
            id: id(n),
            name: format!("c{n}"),
            image: String::new(),
            image_id: String::new(),
            command: String::new(),
            created: Timestamp(0),
            started: None,
            finished: None,
            state: ContainerState::Running,
            health: Health::None,
            exit_code: None,
            oom_killed: false,
            restarts: 0,
            labels: BTreeMap::from([("l".to_owned(), "x".repeat(label))]),
            task: None,
            ports: Vec::new(),
            networks: Vec::new(),
            mounts: Vec::new(),
            tty: false,
            log_driver: String::new(),
            memory_limit: 5,
        },
        log_path: None,
        pid,
        network_mode: "bridge".to_owned(),
    }
}

fn inventory() -> Inventory {
    let facts = crate::host::facts::read("/proc".as_ref(), "/sys/fs/cgroup".as_ref());
    Inventory::new(facts, Running::default())
}

/// Everything that is due right now.
async fn frames(feed: &mut Feed) -> Vec<InventoryFrame> {
    let mut frames = Vec::new();
    while let Ok(frame) = tokio::time::timeout(Duration::from_millis(20), feed.next()).await {
        if !matches!(frame, InventoryFrame::Facts(_)) {
            frames.push(frame);
        }
    }
    frames
}

#[tokio::test]
async fn a_reader_gets_everything_and_then_the_changes() {
    let inventory = inventory();
    let mut early = inventory.feed();
    assert_eq!(frames(&mut early).await, [], "nothing is known yet");
    inventory.learn(seen(1, Some(7), 0));
    inventory.whole();
    let sweep = [
        InventoryFrame::SweepBegins,
        InventoryFrame::Sweep(vec![seen(1, None, 0).container]),
        InventoryFrame::SweepEnds,
    ];
    assert_eq!(frames(&mut early).await, sweep);
    assert_eq!(frames(&mut inventory.feed()).await, sweep);

    inventory.learn(seen(1, Some(7), 0));
    assert_eq!(frames(&mut early).await, [], "the same again is no change");
    inventory.learn(seen(1, Some(7), 3));
    inventory.remove(&id(1));
    inventory.remove(&id(2));
    // The change was overtaken by the removal.
    assert_eq!(frames(&mut early).await, [InventoryFrame::Removed(id(1))]);
}

#[tokio::test]
async fn a_reader_that_falls_behind_gets_everything_again() {
    let inventory = inventory();
    inventory.whole();
    let mut feed = inventory.feed();
    frames(&mut feed).await;
    for n in 0..=2 * BEHIND as u64 {
        inventory.learn(seen(n, None, 0));
    }
    let frames = frames(&mut feed).await;
    assert_eq!(frames.first(), Some(&InventoryFrame::SweepBegins));
    let swept: usize = frames
        .iter()
        .map(|frame| {
            if let InventoryFrame::Sweep(part) = frame {
                part.len()
            } else {
                0
            }
        })
        .sum();
    assert_eq!(swept, 2 * BEHIND + 1);
}

#[tokio::test]
async fn frames_of_a_sweep_fit_the_wire() {
    let inventory = inventory();
    for n in 0..100 {
        inventory.learn(seen(n, None, 60_000));
    }
    inventory.whole();
    let mut count = 0;
    for frame in frames(&mut inventory.feed()).await {
        assert!(crane_shared::wire::encode(&frame).unwrap().len() <= 600 << 10);
        if let InventoryFrame::Sweep(part) = frame {
            assert!(part.len() <= 64);
            count += part.len();
        }
    }
    assert_eq!(count, 100);
}

#[tokio::test]
async fn an_engine_that_went_away_is_told_once_and_swept_when_back() {
    let inventory = inventory();
    inventory.learn(seen(1, None, 0));
    inventory.whole();
    let mut feed = inventory.feed();
    frames(&mut feed).await;
    inventory.lost("gone");
    inventory.lost("still gone");
    let lost = InventoryFrame::EngineLost { why: "gone".to_owned() };
    assert_eq!(frames(&mut feed).await, [lost]);
    inventory.keep_only(&[]);
    inventory.whole();
    assert_eq!(
        frames(&mut feed).await,
        [
            InventoryFrame::Removed(id(1)),
            InventoryFrame::SweepBegins,
            InventoryFrame::SweepEnds
        ]
    );
}

#[test]
fn the_sampler_knows_what_runs() {
    let inventory = inventory();
    inventory.learn(seen(1, Some(4711), 0));
    let running = || inventory.inner.running.read().unwrap().clone();
    assert_eq!(running()[&ContainerKey(1)].pid, 4711);
    inventory.learn(seen(1, None, 0));
    assert!(running().is_empty());
    inventory.learn(seen(1, Some(4712), 0));
    inventory.remove(&id(1));
    assert!(running().is_empty());
}

#[test]
fn only_what_looks_different_is_inspected_again() {
    let inventory = inventory();
    inventory.learn(seen(1, None, 0));
    inventory.learn(seen(2, None, 0));
    let line = |n, state| Listed {
        id: id(n),
        name: format!("c{n}"),
        state,
        health: Health::None,
    };
    let listed = [
        line(1, ContainerState::Running),
        line(2, ContainerState::Exited),
        line(3, ContainerState::Running),
    ];
    assert_eq!(inventory.picture().stale(&listed), [id(2), id(3)]);
}
