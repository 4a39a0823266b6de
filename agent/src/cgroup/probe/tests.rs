use super::*;
use crane_shared::ids::ContainerId;
use std::path::PathBuf;

fn fixtures(name: &str) -> Hierarchy {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    Hierarchy::find(&root.join("sys"), &root.join("proc")).unwrap()
}

fn container(id: &str, pid: u32, network_mode: &str) -> RunningContainer {
    RunningContainer {
        id: ContainerId::parse(id).unwrap(),
        pid,
        memory_limit: 0,
        network_mode: network_mode.to_owned(),
    }
}

const FIRST: &str = "3b7e1c0d9a8f4e5566778899aabbccddeeff00112233445566778899aabbccdd";

#[test]
fn version_one_is_read_from_its_trees() {
    let hierarchy = fixtures("cgroup-v1");
    assert_eq!(hierarchy.number(), 1);
    let read = Probe::open(&hierarchy, &container(FIRST, 4242, "bridge"))
        .unwrap()
        .read(&mut Vec::new())
        .unwrap();
    assert_eq!(read.cpu_ns, 123_456_789_012);
    assert_eq!(read.memory, 52_428_800 - 12_275_712);
    assert_eq!((read.read, read.write), (1_052_672, 2_097_152));
    assert_eq!(read.pids, 12);
    assert_eq!((read.rx, read.tx), (1_790, 154));
}

#[test]
fn version_two_is_read_from_one_directory() {
    let hierarchy = fixtures("cgroup-v2");
    assert_eq!(hierarchy.number(), 2);
    let read = Probe::open(&hierarchy, &container(FIRST, 777, "web_default"))
        .unwrap()
        .read(&mut Vec::new())
        .unwrap();
    assert_eq!(read.cpu_ns, 98_765_432_000);
    assert_eq!(read.memory, 104_857_600 - 20_971_520);
    assert_eq!((read.read, read.write), (8_196_096, 1_048_576));
    assert_eq!(read.pids, 33);
    assert_eq!((read.rx, read.tx), (9_000, 8_000));
}

#[test]
fn a_container_on_the_hosts_network_has_no_traffic_of_its_own() {
    let read = Probe::open(&fixtures("cgroup-v1"), &container(FIRST, 4242, "host"))
        .unwrap()
        .read(&mut Vec::new())
        .unwrap();
    assert_eq!((read.rx, read.tx), (0, 0));
}

#[test]
fn an_unseen_process_is_found_by_the_usual_place_and_by_search() {
    // No /proc entry: the systemd driver's usual place.
    let usual = container(&"ab".repeat(32), 1, "host");
    assert!(Probe::open(&fixtures("cgroup-v2"), &usual).is_ok());
    // No /proc entry and a parent of the owner's choice.
    let odd = container(&"cd".repeat(32), 1, "host");
    assert!(Probe::open(&fixtures("cgroup-v2"), &odd).is_ok());
    let none = container(&"ef".repeat(32), 1, "host");
    assert!(matches!(
        Probe::open(&fixtures("cgroup-v2"), &none),
        Err(ProbeError::Gone)
    ));
}

#[test]
fn a_cgroup_that_died_under_an_open_descriptor_is_gone_and_not_a_failure() {
    let enodev = io::Error::from_raw_os_error(libc::ENODEV);
    assert!(matches!(failed("cpu", enodev), ProbeError::Gone));
    let denied = io::Error::from_raw_os_error(libc::EACCES);
    assert!(matches!(failed("cpu", denied), ProbeError::Io { .. }));
}

#[test]
fn a_root_without_cgroups_is_refused() {
    let here = tempfile::tempdir().unwrap();
    assert!(Hierarchy::find(here.path(), here.path()).is_err());
}
