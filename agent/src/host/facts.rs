//! What changes only with a screwdriver or an upgrade.

use crane_shared::model::HostFacts;
use std::path::Path;
use sysinfo::Networks;

/// Interfaces with these beginnings belong to containers, not to the host.
const OF_CONTAINERS: [&str; 9] = [
    "lo", "docker", "br-", "veth", "virbr", "cni", "flannel", "cali", "podman",
];

/// Reads them. What can't be read is empty or zero: a host without `/etc/os-release` is a host all the same.
#[must_use]
pub fn read(proc_root: &Path, cgroup_root: &Path) -> HostFacts {
    let kernel = |name: &str| text(&proc_root.join("sys/kernel").join(name)).trim().to_owned();
    HostFacts {
        hostname: kernel("hostname"),
        os: pretty_name(&text(Path::new("/etc/os-release"))),
        kernel: kernel("osrelease"),
        arch: std::env::consts::ARCH.to_owned(),
        cpus: cpus(&text(&proc_root.join("stat"))),
        memory: memory(&text(&proc_root.join("meminfo"))),
        boot_id: kernel("random/boot_id"),
        cgroup_version: cgroup_version(cgroup_root),
        addresses: addresses(),
        engine: None,
    }
}

/// The host's name alone.
#[must_use]
pub fn hostname() -> String {
    text(Path::new("/proc/sys/kernel/hostname")).trim().to_owned()
}

/// 2 when the unified hierarchy is mounted there, else 1.
#[must_use]
pub fn cgroup_version(root: &Path) -> u8 {
    if root.join("cgroup.controllers").exists() { 2 } else { 1 }
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn pretty_name(os_release: &str) -> String {
    os_release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map(|name| name.trim_matches(['"', '\'']).to_owned())
        .unwrap_or_default()
}

/// `cpu0`, `cpu1`, … in `/proc/stat`: those that are online, whatever this process may use itself.
fn cpus(stat: &str) -> u32 {
    let lines = stat
        .lines()
        .filter_map(|line| line.strip_prefix("cpu"))
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    u32::try_from(lines.count()).unwrap_or(0)
}

fn memory(meminfo: &str) -> u64 {
    meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
        .map_or(0, |kib| kib << 10)
}

fn addresses() -> Vec<String> {
    let Ok(networks) = Networks::new_with_refreshed_list() else {
        return Vec::new();
    };
    let mut addresses: Vec<_> = networks
        .iter()
        .filter(|(name, _)| {
            !OF_CONTAINERS
                .iter()
                .any(|beginning| name.to_string_lossy().starts_with(beginning))
        })
        .flat_map(|(_, network)| network.ip_networks())
        .map(|net| net.addr)
        .filter(|addr| !addr.is_loopback() && !link_local(addr))
        .map(|addr| addr.to_string())
        .collect();
    addresses.sort();
    addresses.dedup();
    addresses.truncate(32);
    addresses
}

fn link_local(addr: &std::net::IpAddr) -> bool {
    match addr {
        std::net::IpAddr::V4(addr) => addr.is_link_local(),
        std::net::IpAddr::V6(addr) => addr.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_kernel_are_read() {
        assert_eq!(cpus("cpu  1 2 3\ncpu0 1\ncpu1 1\nintr 5\n"), 2);
        assert_eq!(memory("MemTotal:       16384 kB\nMemFree: 1 kB\n"), 16 << 20);
        assert_eq!(
            pretty_name("NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"),
            "Debian GNU/Linux 12 (bookworm)"
        );
        assert_eq!((cpus(""), memory(""), pretty_name("")), (0, 0, String::new()));
    }

    #[test]
    fn this_machine_has_facts() {
        let facts = read(Path::new("/proc"), Path::new("/sys/fs/cgroup"));
        assert!(facts.cpus > 0 && facts.memory > 1 << 20);
        assert_eq!(facts.boot_id.len(), 36);
        assert!(!facts.hostname.is_empty() && !facts.kernel.is_empty());
    }
}
