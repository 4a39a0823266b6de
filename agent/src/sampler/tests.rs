use super::*;
use crate::cgroup::RunningContainer;
use crane_shared::ids::ContainerId;
use crane_shared::protocol::StatsQuery;
use std::path::Path;
use std::sync::RwLock;
use tokio::sync::mpsc;

const ID: &str = "3b7e1c0d9a8f4e5566778899aabbccddeeff00112233445566778899aabbccdd";

/// A host of version 2 whose files a test writes.
fn host(root: &Path) -> (Settings, Running, ContainerKey) {
    let directory = root.join("sys/docker").join(ID);
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(root.join("sys/cgroup.controllers"), "cpu\n").unwrap();
    std::fs::write(directory.join("memory.current"), "1000\n").unwrap();
    std::fs::write(directory.join("memory.stat"), "inactive_file 100\n").unwrap();
    std::fs::write(directory.join("io.stat"), "8:0 rbytes=5 wbytes=6\n").unwrap();
    std::fs::write(directory.join("pids.current"), "4\n").unwrap();
    burn(root, 0);
    let id = ContainerId::parse(ID).unwrap();
    let key = ContainerKey::from(&id);
    let container = RunningContainer {
        id,
        pid: 1,
        memory_limit: 0,
        network_mode: "host".to_owned(),
    };
    let settings = Settings {
        cgroup_root: root.join("sys"),
        proc_root: PathBuf::from("/proc"),
        docker_root: root.to_owned(),
        period_ms: 500,
    };
    (settings, Arc::new(RwLock::new(BTreeMap::from([(key, container)]))), key)
}

/// The container's CPU counter, in microseconds.
fn burn(root: &Path, us: u64) {
    let path = root.join("sys/docker").join(ID).join("cpu.stat");
    // Written in place: a counter file keeps its inode, and the meter keeps it open.
    std::fs::write(path, format!("usage_usec {us:020}\n")).unwrap();
}

#[tokio::test]
async fn batches_come_with_the_machine_and_its_containers() {
    let root = tempfile::tempdir().unwrap();
    let (settings, running, key) = host(root.path());
    let tasks = Tasks::new();
    let (out, mut batches) = mpsc::channel(16);
    let _sampler = Sampler::start(&tasks, Clock::Real, settings, running, move |batch| {
        drop(out.try_send(batch));
    });
    burn(root.path(), 50_000);
    let mut at = Timestamp(0);
    for round in 0..3 {
        let batch: SampleBatch = batches.recv().await.unwrap();
        assert!(batch.at > at, "batches go forward in time");
        at = batch.at;
        assert!(batch.host.memory_total > 0);
        let [sample] = batch.containers.as_slice() else {
            panic!("{batch:?}");
        };
        assert_eq!((sample.key, sample.usage.memory, sample.usage.pids), (key, 900, 4));
        if round > 0 {
            assert_eq!(at.0 % 500, 0, "after the first one they lie on the full period");
        }
    }
    assert!(tasks.shutdown(Duration::from_secs(5)).await.is_empty());
}

#[tokio::test]
async fn a_container_that_is_gone_is_left_out_and_one_that_came_is_taken_in() {
    let root = tempfile::tempdir().unwrap();
    let (settings, running, key) = host(root.path());
    let tasks = Tasks::new();
    let sampler = Sampler::start(&tasks, Clock::Real, settings, Arc::clone(&running), |_| {});
    assert!(sampler.look(None).await.containers.contains_key(&key));
    let gone = running.write().unwrap().remove(&key).unwrap();
    assert!(sampler.look(None).await.containers.is_empty());
    running.write().unwrap().insert(key, gone);
    assert!(sampler.look(None).await.containers.contains_key(&key));
    assert!(sampler.look(Some(BTreeSet::new())).await.containers.is_empty());
    assert!(tasks.shutdown(Duration::from_secs(5)).await.is_empty());
}

#[tokio::test]
async fn live_frames_have_their_own_rates_and_end_when_nobody_reads() {
    let root = tempfile::tempdir().unwrap();
    let (settings, running, key) = host(root.path());
    let tasks = Tasks::new();
    let sampler = Sampler::start(&tasks, Clock::Real, settings, running, |_| {});
    let (out, mut frames) = mpsc::channel(1);
    let query = StatsQuery {
        containers: vec![key],
        period_ms: 1,
    };
    let serving = async {
        crate::stats::serve(&sampler, query, out).await;
    };
    let reading = async {
        let first = frames.recv().await.unwrap();
        assert_eq!(first.containers.len(), 1);
        burn(root.path(), 70_000);
        // The frame behind the change shows it: at 500 ms at most, 70 ms of CPU are more than a tenth of a core.
        let mut seen = 0;
        for _ in 0..3 {
            let frame = frames.recv().await.unwrap();
            seen = seen.max(frame.containers[0].usage.cpu);
            assert!(frame.containers[0].memory_limit > 0);
        }
        assert!(seen > 100, "{seen}");
        drop(frames);
    };
    tokio::join!(serving, reading);
    assert!(tasks.shutdown(Duration::from_secs(5)).await.is_empty());
}

#[test]
fn a_period_of_nonsense_is_moved_into_the_sensible() {
    assert_eq!((within(0), within(u32::MAX), within(10_000)), (500, 300_000, 10_000));
}
